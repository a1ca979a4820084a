/**
 * The interval of a source, learned from the gaps between the periodic posts of its groups, by the receive clock. One
 * post that is lost, late or sent twice never changes it; an interval that is really another one shows within a few gaps:
 * no gap is as it was, and each group's are so again and again.
 */
import type { Post, Pulse } from './pulse.js';

/** Posts closer together are a burst, not a rhythm. */
const LEAST_GAP_MS = 500;
/** Nor is what follows within this share of the gap before: a copy, or an echo of a second server. */
const ECHO_WITHIN = 0.2;
/** No echo takes longer: where most posts are lost, what is learned first may be a multiple of the interval. */
const ECHO_MOST_MS = 4000;
/** Shares of the interval beyond which a gap is clearly another one. */
const LONG = 1.5;
const SHORT = 0.6;
/**
 * Gaps of the usual length that the interval is the mean of, how many make the first, and how often it is made again.
 * @bound gaps per source that its interval is the mean of
 * @beyond the oldest go
 * @seen `ocs_monitor_periodic_interval_seconds`
 */
const KEPT = 30;
const FIRST = 3;
const BETWEEN = 4;
/** Shorter gaps in a row that make a new interval. Too short a one raises false alarms: hence more of them. */
const SHORTER = 4;
const ALIKE = 1.6;
/** Longer ones: two at least, that lack so many posts between them, or of an interval that was only assumed so many. */
const LACKING = 5;
const LACKING_AT_FIRST = 3;
/** A single gap counts for no more than this: it may be an outage. */
const LACKING_AT_MOST = 3;
/**
 * @bound gaps of another length that a new interval of a group is learned from
 * @beyond the oldest go
 * @seen `ocs_monitor_periodic_interval_seconds`
 */
const RUN_KEPT = 12;
/**
 * A run of gaps that independent losses explain better than this makes no longer interval, however many there are of it.
 * The share that is lost is never taken for less.
 */
const BY_LOSS = 1e-5;
const LEAST_LOST = 0.01;
/**
 * Where posts are lost, gaps of the true interval stand among its multiples: of the last so many, so many of these.
 * @bound last gaps of a group
 * @beyond the oldest go
 * @seen `ocs_monitor_periodic_interval_seconds`
 */
const AMONG = 12;
const AMONG_THEM = 3;
const SAME = 1.2;
/** How far a gap may be from a multiple, in intervals. */
const OFF = 0.15;
/** Gaps after which their spread is known well enough. */
const SPREAD_KNOWN = 6;

export class IntervalLearning {
  readonly #assumedMs: number;
  readonly #lost: (nowMs: number) => number;
  #learnedMs: number | null;
  #usual: number[] = [];
  #next = 0;
  #confirmed = 0;
  #era = 1;
  #slackMs = 0;
  /** When a gap of the usual length ended last. */
  #usualMs = -Infinity;

  /** `lost`: the share of posts that is lost, as far as it is known. */
  constructor(assumedMs: number, learnedMs: number | null, lost: (nowMs: number) => number = () => 0) {
    this.#assumedMs = assumedMs;
    this.#lost = lost;
    this.#learnedMs = learnedMs;
  }

  /** Null until it is learned. */
  get learnedMs(): number | null {
    return this.#learnedMs;
  }

  /** Gaps since it was learned that agreed with it. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** By how much the next gaps may exceed what they usually do, while hardly any are known. */
  get slackMs(): number {
    return this.#confirmed < SPREAD_KNOWN ? this.#slackMs : 0;
  }

  /** The clock was set. */
  move(byMs: number): void {
    this.#usualMs += byMs;
  }

  /** Notes a post of a running group; `previousMs` is the newest date-time before it. Tells whether the interval is another. */
  hear(pulse: Pulse, post: Post, previousMs: number): boolean {
    const gapMs = this.#gap(pulse, post, previousMs);
    if (gapMs === null) return false;
    const baseMs = this.#learnedMs ?? this.#assumedMs;
    if (gapMs > LONG * baseMs) return this.#longer(pulse, gapMs, baseMs);
    if (gapMs < SHORT * baseMs) return this.#shorter(pulse, gapMs);
    return this.#asUsual(pulse, gapMs);
  }

  /** The gap that a post ends; null when it ends none, as copies, late ones and changes do. */
  #gap(pulse: Pulse, { outcome, receivedAtMs, atMs }: Post, previousMs: number): number | null {
    if (outcome === 'late') {
      // Overtaken by its successor: the gap before that was none.
      if (atMs > pulse.keptAtMs - pulse.gapMs) pulse.gapIsVoid();
      return null;
    }
    if (outcome === 'transition') {
      // When the next periodic post comes after a change, nobody documents.
      pulse.keptMs = NaN;
      return null;
    }
    const hasMoved = pulse.isMoving;
    if (isCopy(pulse, outcome, atMs > previousMs)) return null;
    // Of a backlog that comes at once, the date-times still tell the gaps.
    const toldMs = hasMoved && pulse.isMoving ? atMs - pulse.keptAtMs : 0;
    const gapMs = Math.max(receivedAtMs - pulse.keptMs, toldMs);
    if (gapMs < this.#leastGapMs(pulse)) return null;
    const isFirst = Number.isNaN(pulse.keptMs);
    if (pulse.run === null) pulse.runBeganMs = pulse.keptMs;
    pulse.keptMs = receivedAtMs;
    pulse.keptAtMs = atMs;
    if (isFirst) return null;
    pulse.gapIs(gapMs, AMONG);
    return gapMs;
  }

  #leastGapMs({ gapMs }: Pulse): number {
    const baseMs = this.#learnedMs ?? this.#assumedMs;
    const echoMs = ECHO_WITHIN * Math.min(gapMs === 0 ? baseMs : gapMs, LONG * baseMs);
    return Math.max(LEAST_GAP_MS, Math.min(echoMs, ECHO_MOST_MS));
  }

  #asUsual(pulse: Pulse, gapMs: number): boolean {
    pulse.run = null;
    this.#usualMs = pulse.keptMs;
    this.#usual[this.#next++ % KEPT] = gapMs;
    this.#confirmed++;
    const isDue = this.#confirmed === FIRST || this.#next % BETWEEN === 0;
    if (!isDue || this.#usual.length < FIRST) return false;
    this.#learnedMs = this.#usual.reduce((sum, gap) => sum + gap, 0) / this.#usual.length;
    return true;
  }

  #longer(pulse: Pulse, gapMs: number, baseMs: number): boolean {
    const run = this.#runOf(pulse, 'long', gapMs);
    const lacking = run.reduce((sum, gap) => sum + Math.min(LACKING_AT_MOST, Math.round(gap / baseMs) - 1), 0);
    const needed = this.#learnedMs === null ? LACKING_AT_FIRST : LACKING;
    // Where groups are still heard as usual, posts were lost.
    const isOver = this.#usualMs <= pulse.runBeganMs + LONG * baseMs;
    if (run.length < 2 || lacking < needed || !isOver) return false;
    if (this.#learnedMs !== null && isLoss(run, baseMs, this.#lost(pulse.keptMs))) return false;
    return this.#adopt(run);
  }

  #shorter(pulse: Pulse, gapMs: number): boolean {
    const run = this.#runOf(pulse, 'short', gapMs);
    const last = run.slice(-SHORTER);
    // The gaps between a server's posts and their echoes differ; those of one rhythm are alike.
    if (last.length === SHORTER && Math.max(...last) <= ALIKE * Math.min(...last)) return this.#adopt(last);
    const least = leastAmong(pulse.recent);
    return least !== null && median(least) < SHORT * (this.#learnedMs ?? this.#assumedMs) && this.#adopt(least);
  }

  #runOf(pulse: Pulse, kind: Pulse['runKind'], gapMs: number): number[] {
    let { run } = pulse;
    if (run === null || pulse.runKind !== kind || pulse.era !== this.#era) {
      run = [];
      pulse.run = run;
      pulse.runKind = kind;
      pulse.era = this.#era;
    }
    run.push(gapMs);
    if (run.length > RUN_KEPT) run.shift();
    return run;
  }

  #adopt(run: readonly number[]): boolean {
    const learnedMs = median(run);
    this.#learnedMs = learnedMs;
    this.#usual = run.filter((gapMs) => gapMs >= SHORT * learnedMs && gapMs <= LONG * learnedMs);
    this.#next = this.#usual.length;
    this.#confirmed = this.#usual.length;
    this.#slackMs = Math.min(3 * (Math.max(...this.#usual) - Math.min(...this.#usual)), learnedMs);
    this.#era++;
    return true;
  }
}

/**
 * Whether a post is the copy of one before it. An equal body is, unless several come in a row: then the source says the
 * same in each.
 */
function isCopy(pulse: Pulse, outcome: Post['outcome'], moves: boolean): boolean {
  if (outcome !== 'duplicate') {
    pulse.copies = 0;
    pulse.isMoving = moves;
    return false;
  }
  if (++pulse.copies > 1) pulse.isMoving = false;
  return pulse.isMoving;
}

/**
 * Whether a run of longer gaps may well be the present interval with posts lost. Those of another interval are alike;
 * losses make so many alike as rarely as so many long ones in a row.
 */
function isLoss(run: readonly number[], baseMs: number, lostShare: number): boolean {
  const lost = Math.max(lostShare, LEAST_LOST);
  let alike = 1;
  for (const gapMs of run.slice(run.findLastIndex((one) => !isSame(one, run.at(-1) ?? NaN)) + 1))
    alike *= (1 - lost) * lost ** (Math.round(gapMs / baseMs) - 1);
  return Math.min(alike, lost ** run.length) > BY_LOSS;
}

function isSame(a: number, b: number): boolean {
  return Math.max(a, b) <= SAME * Math.min(a, b);
}

/**
 * The gaps that the others are multiples of; null: there are too few, or others are none. Two follow on each other: the
 * posts of two servers that come by turns make no such pair.
 */
function leastAmong(gaps: readonly number[]): readonly number[] | null {
  const leastMs = Math.min(...gaps);
  const isLeast = (gapMs: number | undefined) => gapMs !== undefined && isSame(gapMs, leastMs);
  const least = gaps.filter(isLeast);
  if (least.length < AMONG_THEM || !gaps.some((gapMs, n) => isLeast(gapMs) && isLeast(gaps[n + 1]))) return null;
  const intervalMs = median(least);
  const isMultiple = (gapMs: number) => Math.abs(gapMs / intervalMs - Math.round(gapMs / intervalMs)) <= OFF;
  return gaps.every((gapMs) => isLeast(gapMs) || isMultiple(gapMs)) ? least : null;
}

/** The middle one; of two the lesser. */
function median(gaps: readonly number[]): number {
  const sorted = [...gaps].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >>> 1] ?? NaN;
}
