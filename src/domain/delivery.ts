/**
 * How many of the periodic posts that were due came: by the receive clock, in the last hour. What comes late came: a gap
 * counts as so many missing, and each post that turns out to be one of those is taken off again. A copy of what came
 * already is told by its content, and is none.
 *
 * A gap longer than silence may be loss as well, or nothing was sent. Posts are lost independently of each other: it is
 * loss when the share that is lost anyhow makes so many in a row likely, and the other groups were heard meanwhile.
 */
import type { Missing, Post, Pulse, Slice } from './pulse.js';

/** The ratio looks back this far, in slices that are dropped whole. */
const WINDOW_MS = 3_600_000;
const SLICE_MS = 300_000;
/** A post is the one that is due from this share of an interval before its time. */
const EARLY = 0.4;
/** What is further apart, in intervals, by date-time or by arrival, are different posts; what is closer may be a copy. */
const APART = 0.3;
/** A post that is late by more than this share makes up for one that was early before it. */
const STILL_LATE = 0.2;
/** Intervals that differ by more than this share are different ones. */
const DIFFERENT = 0.2;
/** A backlog comes within so many intervals after the gap; a late one that nobody missed is so old at most. */
const BACKLOG_WITHIN = 2;
const OLD = 3;
/**
 * Gaps of a group that are remembered.
 * @bound gaps of a group whose missing posts may still come
 * @beyond the posts of the oldest count as lost
 * @seen `ocs_monitor_delivery_ratio`
 */
const GAPS_KEPT = 8;
/** A gap that is less likely than this did not come of independent losses. */
const LIKELY = 1e-4;
/** Posts that must have been due before the share that is lost is known. */
const SHARE_KNOWN = 30;
/**
 * Posts missing in one gap.
 * @bound lengths of gaps longer than silence that are told apart
 * @beyond a longer gap is none of lost posts
 * @seen `ocs_monitor_delivery_ratio`
 */
const LONGEST = 128;
/** How sure it is that posts come in pairs. */
const ECHOES_CERTAIN = 3;
const ECHOES_MOST = 8;

/** How often a group is expected, null: never; and after how long it is silent. */
export interface Pace {
  intervalOf(pulse: Pulse): number | null;
  silenceAfterOf(pulse: Pulse): number | null;
}

export class Delivery {
  readonly #pace: Pace;
  #slices: Slice[] = [];
  /** The interval by which posts are counted as missed. */
  #byMs: number;
  /** The share that was lost before the interval was another one. */
  #lostBefore = 0;
  /** When any group was last heard, and when a gap of all groups ended last that was no loss. */
  #heardMs = -Infinity;
  #outageEndedMs = -Infinity;

  constructor(pace: Pace, intervalMs: number) {
    this.#pace = pace;
    this.#byMs = intervalMs;
  }

  /** Periodic posts received of those expected in the last hour; null while none was expected. Never more than 1. */
  ratio(nowMs: number): number | null {
    const { received, missed } = this.#totals(nowMs);
    return received + missed === 0 ? null : received / (received + missed);
  }

  /** Periodic posts expected in the last hour, by which the ratio is. */
  expected(nowMs: number): number {
    const { received, missed } = this.#totals(nowMs);
    return received + missed;
  }

  /** The share of posts that is lost; soon after the interval became another one, that of before. */
  lost(nowMs: number): number {
    const { received, missed } = this.#totals(nowMs);
    const due = received + missed;
    const share = due === 0 ? 0 : missed / due;
    return due < SHARE_KNOWN ? Math.max(share, this.#lostBefore) : share;
  }

  /** Short gaps first: each length that is likely by those before it makes the next one more so. */
  #totals(nowMs: number): { received: number; missed: number } {
    let received = 0;
    let missed = 0;
    const long = new Map<number, number>();
    for (const slice of this.#slices) {
      if (slice.startMs <= nowMs - WINDOW_MS) continue;
      received += slice.received;
      missed += slice.missed;
      for (const [posts, gaps] of slice.long ?? NONE) long.set(posts, (long.get(posts) ?? 0) + gaps);
    }
    for (const [posts, gaps] of [...long].sort(([a], [b]) => a - b)) {
      if (!isLikely(received, missed, posts)) break;
      received += gaps;
      missed += gaps * posts;
    }
    return { received, missed };
  }

  /** The clock was set. */
  move(byMs: number): void {
    for (const slice of this.#slices) slice.startMs += byMs;
    this.#heardMs += byMs;
    this.#outageEndedMs += byMs;
  }

  /** When the interval is another one, what was missed by the one before says nothing any more. */
  paceIs(intervalMs: number | null, nowMs: number): void {
    if (intervalMs === null || Math.abs(intervalMs - this.#byMs) <= DIFFERENT * this.#byMs) return;
    this.#lostBefore = this.lost(nowMs);
    this.#slices = [];
    this.#byMs = intervalMs;
  }

  /** Notes a post of a running group that is no copy; `previousMs` is the newest date-time before it. */
  hear(pulse: Pulse, post: Post, previousMs: number): void {
    const intervalMs = this.#pace.intervalOf(pulse);
    if (intervalMs === null) return;
    const { receivedAtMs } = post;
    const isLong = receivedAtMs - pulse.slotMs > (this.#pace.silenceAfterOf(pulse) ?? Infinity);
    if (isLong) this.#noteOutage(receivedAtMs, intervalMs);
    this.#note(pulse, receivedAtMs);
    if (isOtherPace(pulse, intervalMs)) {
      pulse.count(receivedAtMs, intervalMs);
      return;
    }
    if (isLong) this.#afterLong(pulse, post, previousMs);
    else this.#afterShort(pulse, post, previousMs);
  }

  #afterShort(pulse: Pulse, post: Post, previousMs: number): void {
    const intervalMs = pulse.paceMs;
    const { outcome, receivedAtMs, atMs } = post;
    const passedMs = receivedAtMs - pulse.slotMs;
    if (outcome === 'late' && this.#fills(pulse, atMs, intervalMs)) return;
    const slots = Math.floor((passedMs + pulse.lagMs) / intervalMs + EARLY);
    if (outcome === 'late' && (slots < 1 || previousMs - atMs > OLD * intervalMs)) return;
    if (slots < 1) this.#ahead(pulse, post, previousMs, intervalMs);
    else this.#inTime(pulse, post, previousMs, slots);
  }

  /** Notes that a group was heard. */
  #note(pulse: Pulse, nowMs: number): void {
    const slice = this.#slice(nowMs);
    if (pulse.slice !== slice) slice.groups++;
    pulse.slice = slice;
    this.#heardMs = Math.max(this.#heardMs, nowMs);
  }

  /** When no group was heard for so long that not all of their posts can have been lost, none were sent or came through. */
  #noteOutage(nowMs: number, intervalMs: number): void {
    const groups = Math.max(0, ...this.#slices.slice(-2).map((slice) => slice.groups));
    const posts = (groups * (nowMs - this.#heardMs)) / intervalMs;
    if (groups < 2 || posts < groups) return;
    const { received, missed } = this.#totals(nowMs);
    if (received + missed >= SHARE_KNOWN && !isLikely(received, missed, posts)) this.#outageEndedMs = nowMs;
  }

  /** The first post after a gap longer than silence. Of one that ends with a change nobody knows what was due in it. */
  #afterLong(pulse: Pulse, { outcome, receivedAtMs, atMs }: Post, previousMs: number): void {
    const intervalMs = pulse.paceMs;
    const posts = Math.floor((receivedAtMs - pulse.slotMs + pulse.lagMs) / intervalMs + EARLY) - 1;
    const isLoss = this.#outageEndedMs <= pulse.slotMs && posts <= LONGEST;
    pulse.count(receivedAtMs, intervalMs);
    if (!isLoss || outcome === 'transition' || outcome === 'late') return;
    const slice = this.#slice(receivedAtMs);
    slice.long ??= new Map();
    slice.long.set(posts, (slice.long.get(posts) ?? 0) + 1);
    miss(pulse, { fromMs: previousMs, toMs: atMs, endedMs: receivedAtMs, slice, posts, isLong: true });
  }

  /** A post that was due, and `slots - 1` before it that did not come. */
  #inTime(pulse: Pulse, { outcome, receivedAtMs, atMs }: Post, previousMs: number, slots: number): void {
    const slice = this.#slice(receivedAtMs);
    const intervalMs = pulse.paceMs;
    const lateMs = receivedAtMs - pulse.slotMs + pulse.lagMs - slots * intervalMs;
    let posts = slots - 1;
    if (posts > 0 && pulse.isAhead) {
      posts--;
      slice.received++;
    }
    slice.missed += posts;
    if (outcome !== 'transition') slice.received++;
    if (posts > 0) miss(pulse, { fromMs: previousMs, toMs: atMs, endedMs: receivedAtMs, slice, posts, isLong: false });
    pulse.slotMs = receivedAtMs;
    pulse.isAhead &&= slots === 1 && lateMs > STILL_LATE * intervalMs;
    // Half of a lag is forgotten: the interval is never known exactly.
    pulse.lagMs = slots === 1 && !pulse.isAhead ? lateMs / 2 : lateMs;
    if (pulse.echoes > 0) pulse.echoes--;
  }

  /** A post although none was due: one of those that were missing, one that is early, or the copy of a second server. */
  #ahead(pulse: Pulse, { outcome, receivedAtMs, atMs }: Post, previousMs: number, intervalMs: number): void {
    if (outcome === 'transition') return;
    const apartMs = Math.max(atMs - previousMs, receivedAtMs - pulse.slotMs);
    const isAnother = apartMs >= APART * intervalMs;
    const gap = pulse.missing?.at(-1);
    const isBacklog = gap !== undefined && receivedAtMs - gap.endedMs <= BACKLOG_WITHIN * intervalMs;
    if (!isAnother && !isBacklog) pulse.echoes = Math.min(ECHOES_MOST, pulse.echoes + 2);
    if (!isAnother && pulse.echoes >= ECHOES_CERTAIN) return;
    if (isBacklog) comes(pulse, gap);
    else pulse.isAhead = true;
  }

  /** Whether a late post is one that was missing, by its date-time. */
  #fills(pulse: Pulse, atMs: number, intervalMs: number): boolean {
    const marginMs = APART * intervalMs;
    const gap = pulse.missing?.find(({ fromMs, toMs }) => fromMs + marginMs <= atMs && atMs <= toMs - marginMs);
    if (gap === undefined) return false;
    comes(pulse, gap);
    return true;
  }

  #slice(nowMs: number): Slice {
    const last = this.#slices.at(-1);
    if (last !== undefined && nowMs < last.startMs + SLICE_MS) return last;
    const slice = { startMs: Math.floor(nowMs / SLICE_MS) * SLICE_MS, received: 0, missed: 0, long: null, groups: 0 };
    this.#slices = [...this.#slices.filter((one) => one.startMs > nowMs - WINDOW_MS), slice];
    return slice;
  }
}

function miss(pulse: Pulse, gap: Missing): void {
  pulse.missing ??= [];
  pulse.missing.push(gap);
  if (pulse.missing.length > GAPS_KEPT) pulse.missing.shift();
}

/** One of the missing posts came after all. A long gap was none of lost posts then. */
function comes(pulse: Pulse, gap: Missing): void {
  const { slice, posts } = gap;
  if (gap.isLong) {
    slice.long?.set(posts, (slice.long.get(posts) ?? 0) - 1);
    gap.posts = 0;
  } else {
    slice.missed--;
    slice.received++;
    gap.posts--;
  }
  if (gap.posts === 0) pulse.missing = pulse.missing?.filter((one) => one !== gap) ?? null;
}

/** Whether so many posts in a row may have been lost when this share of all is. */
function isLikely(received: number, missed: number, posts: number): boolean {
  return received + missed > 0 && (missed / (received + missed)) ** posts >= LIKELY;
}

/** Another interval was expected in the gap: no post in it counts as lost. */
function isOtherPace(pulse: Pulse, intervalMs: number): boolean {
  if (pulse.paceMs === 0) pulse.paceMs = intervalMs;
  const isOther = Math.abs(intervalMs - pulse.paceMs) > DIFFERENT * pulse.paceMs;
  pulse.paceMs = intervalMs;
  return isOther;
}

const NONE: ReadonlyMap<number, number> = new Map();
