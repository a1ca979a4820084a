/**
 * Which sessions of campaign groups a period is made of, and which of their last ratios are final. Posts may have been lost,
 * and nothing tells of a lost one. So a ratio is that of its whole session only where
 * - it is said by a post of `unload_in_progress` or of the end itself: before, calls that were under way may still count;
 * - the session is proved to be one load, by a GUID that OCS changes with each load and that is said when it begins, with
 *   that ratio, and when it ends; or else by posts that follow each other without a gap that an unload and a load fit into.
 * What no post at all tells is not seen: a session of which none came while this service was up.
 */
import type { Dialed, DialedSession, Unwatched, WhyUndecided } from '../domain/abandonment.js';
import type { SilenceRule } from '../domain/silence.js';
import type { TimeRange } from '../domain/store.js';
import type { SessionRows, StepPlace } from './sessions.js';
import type { SilenceRows } from './past-silences.js';

/** A transition that begins or ends a session. */
export interface Boundary extends StepPlace {
  readonly fromState: string | null;
  readonly state: string;
  /** Of a begin: as it was said with it. */
  readonly guid: string | null;
  readonly beginsSession: boolean;
  /** What was done; null: that was not told. */
  readonly action: string | null;
  /** Begin of the interval in which an inferred one happened; null: it is explicit, or nothing was known before. */
  readonly notBeforeMs: number | null;
}

/** What a notification says of the state and the ratio; `atMs` is its place. */
export interface Saying {
  readonly atMs: number;
  readonly state: string;
  readonly guid: string | null;
  readonly overdialRatio: number | null;
}

export interface AbandonmentRows {
  /** Those of a half-open range, oldest first; `limit` at most. */
  boundaries(range: TimeRange, limit: number): readonly Boundary[];
  /** Those of a half-open range, newest first; read as far as they are iterated. */
  sayings(range: TimeRange): Iterable<Saying>;
  /** How many sessions began with a GUID, and with others. */
  loads(guid: string): { readonly same: number; readonly others: number };
  /** For how much of a half-open range it was running. */
  runningMs(range: TimeRange): number;
}

/** What is held of one group. */
export interface DialedGroup {
  readonly id: string;
  /** How long its posts may stay away while it runs; null: nobody knows. */
  readonly rule: SilenceRule | null;
  readonly abandonment: AbandonmentRows;
  readonly sessions: Pick<SessionRows, 'lastBeginMs'>;
  readonly silences: Pick<SilenceRows, 'told' | 'repeated' | 'downs' | 'samplesSinceMs' | 'firstRunMs' | 'firstToldMs'>;
}

/**
 * @bound sessions that one period is told by
 * @beyond the others are left out, which leaves the verdict open
 * @seen `left_out` of the answer
 */
const MAX_SESSIONS = 500;
/** To load, to dial somebody, and to unload takes longer. */
const SHORTEST_SESSION_MS = 60_000;
/** Notifications looked at for a session's last ratio: nulls may go on for days. */
const LOOKED_AT = 500;
/** Moments looked at for gaps in a session: five days of posts every ten seconds. */
const MOMENTS_READ = 50_000;
const EVER_MS = Number.MAX_SAFE_INTEGER;

/** When the group was first loaded, as far as it was heard of; null: never. */
export function beganMs({ abandonment }: Pick<DialedGroup, 'abandonment'>): number | null {
  const first = abandonment.boundaries({ fromMs: 0, toMs: EVER_MS }, 2).find(({ beginsSession }) => beginsSession);
  return first === undefined ? null : (first.notBeforeMs ?? first.atMs);
}

/** What groups dialed in a period, taken together. */
export function dialedOf(groups: readonly DialedGroup[], period: TimeRange): Dialed {
  const each = groups.map((group) => dialedIn(group, period));
  const sessions = each.flatMap((one) => one.sessions).sort((a, b) => b.firstSeenMs - a.firstSeenMs);
  const unobserved = [...beforeAnyone(groups, period), ...each.flatMap((one) => one.unobserved)];
  const [shown, named] = [sessions.slice(0, MAX_SESSIONS), unobserved.slice(0, MAX_SESSIONS)];
  const beyond = sessions.length - shown.length + unobserved.length - named.length;
  return {
    sessions: shown,
    unobserved: named,
    leftOut: each.reduce((sum, { leftOut }) => sum + leftOut, beyond),
  };
}

/** Of the time before anything of these groups was told, and before this service ran at all, nobody knows. */
function beforeAnyone(groups: readonly DialedGroup[], { fromMs, toMs }: TimeRange): Unwatched[] {
  const [first] = groups;
  if (first === undefined) return [];
  const toldMs = groups.map(({ silences }) => silences.firstToldMs() ?? Infinity);
  const sinceMs = Math.min(first.silences.firstRunMs() ?? Infinity, ...toldMs, toMs);
  return sinceMs - fromMs < SHORTEST_SESSION_MS ? [] : [{ campaignGroupId: first.id, fromMs, toMs: sinceMs }];
}

/** Sessions that are, or may be, of a period, newest first. */
function dialedIn(group: DialedGroup, period: TimeRange): Dialed {
  const { fromMs, toMs } = period;
  const { abandonment, sessions } = group;
  const firstMs = sessions.lastBeginMs(fromMs) ?? fromMs;
  const within = abandonment.boundaries({ fromMs: firstMs, toMs }, 2 * MAX_SESSIONS + 1);
  const isCut = within.length > 2 * MAX_SESSIONS;
  // The end of the last one; and one that was first heard of later may have begun before.
  const after = isCut ? [] : abandonment.boundaries({ fromMs: toMs, toMs: EVER_MS }, 2);
  const all = spansOf([...within, ...after]);
  const spans = all.filter((span) => touches(span, period));
  const told = spans.slice(-MAX_SESSIONS);
  return {
    sessions: told.map((span) => sessionOf(group, span, period)).reverse(),
    unobserved: unwatchedIn(group, all, period),
    leftOut: spans.length - told.length + (isCut ? 1 : 0),
  };
}

/** From the transition that begins a session to the one that ends it; null: it lasts. */
interface Span {
  readonly begin: Boundary;
  readonly end: Boundary | null;
  /** The earliest moment at which it may have been loaded. */
  readonly earliestMs: number;
}

function spansOf(boundaries: readonly Boundary[]): Span[] {
  return boundaries.flatMap((begin, n) => {
    if (!begin.beginsSession) return [];
    // Where the load was not told but what followed it was, it was some time since the session before.
    const unseenMs = begin.notBeforeMs ?? boundaries[n - 1]?.atMs ?? -Infinity;
    const earliestMs = begin.action === 'load' ? begin.atMs : unseenMs;
    return [{ begin, end: boundaries[n + 1] ?? null, earliestMs }];
  });
}

function touches({ earliestMs, end }: Span, { fromMs, toMs }: TimeRange): boolean {
  return earliestMs < toMs && (end === null || end.atMs > fromMs);
}

function sessionOf(group: DialedGroup, span: Span, period: TimeRange): DialedSession {
  const { begin, end } = span;
  const { fromMs, toMs } = period;
  const endMs = end?.atMs ?? null;
  const last = lastSaid(group.abandonment.sayings(ownTime(span, period)));
  const dialingMs = { fromMs: Math.max(begin.atMs, fromMs), toMs: Math.min(endMs ?? toMs, toMs) };
  const isDialed = dialingMs.toMs > dialingMs.fromMs;
  const why = whyCut(span, period) ?? whyNotFinal(group, begin, end, last);
  const ratio = last?.ratio ?? null;
  return {
    campaignGroupId: group.id,
    startMs: begin.fromState === null ? null : begin.atMs,
    endMs,
    firstSeenMs: begin.atMs,
    runningMs: isDialed ? group.abandonment.runningMs(dialingMs) : 0,
    lastRatio: ratio,
    finalRatio: why === null ? ratio : null,
    why,
  };
}

/** What is said in it and in the period; the post of the end belongs to it, and that of the next load does not. */
function ownTime({ begin, end }: Span, { toMs }: TimeRange): TimeRange {
  const endMs = end === null ? toMs : end.state === 'not_loaded' ? end.atMs + 1 : end.atMs;
  return { fromMs: begin.atMs, toMs: Math.min(endMs, Math.max(toMs, begin.atMs)) };
}

/** Why only a part of a session is known to be of the period. */
function whyCut({ begin, end, earliestMs }: Span, { fromMs, toMs }: TimeRange): WhyUndecided | null {
  if (begin.fromState === null) return 'start_unknown';
  if (earliestMs < fromMs) return 'cut_at_start';
  if (end === null) return 'running';
  if (end.atMs > toMs) return 'cut_at_end';
  return null;
}

function whyNotFinal(
  group: DialedGroup,
  begin: Boundary,
  end: Boundary | null,
  last: LastSaid | null,
): WhyUndecided | null {
  // A load that ended it unseen says nothing of when it did.
  if (end?.state !== 'not_loaded') return 'end_unseen';
  if (last === null) return 'no_figure';
  if (!PAST_CALLS.has(last.state)) return 'not_final';
  return isToldAsOne(group, begin, end, last) || isWithoutGap(group, { fromMs: begin.atMs, toMs: end.atMs })
    ? null
    : 'silent';
}

/** States in which no call counts any more. */
const PAST_CALLS: ReadonlySet<string> = new Set(['unload_in_progress', 'not_loaded']);
const RUNNING = 'running';

/** The last ratio of a session. */
interface LastSaid {
  readonly ratio: number;
  readonly state: string;
  readonly guid: string | null;
}

/**
 * A ratio never goes back to 0. Where a group that does not dial says 0 behind another one, that is a default, and stands for
 * nothing; nor does such a 0 count where nothing else was said.
 */
function lastSaid(sayings: Iterable<Saying>): LastSaid | null {
  let zero: LastSaid | null = null;
  let looked = 0;
  for (const { state, guid, overdialRatio: ratio } of sayings) {
    if (ratio !== null) {
      if (ratio !== 0) return { ratio, state, guid };
      if (state === RUNNING) return zero ?? { ratio, state, guid };
      zero ??= { ratio, state, guid };
    }
    if (++looked === LOOKED_AT) break;
  }
  return null;
}

/** Where the GUID is one per group for ever, it is not told apart. */
function isToldAsOne({ abandonment }: DialedGroup, begin: Boundary, end: Boundary, last: LastSaid): boolean {
  const { guid } = begin;
  if (guid === null || last.guid !== guid) return false;
  const { same, others } = abandonment.loads(guid);
  if (same !== 1 || others === 0) return false;
  const atEnd = [...abandonment.sayings({ fromMs: end.atMs, toMs: end.atMs + 1 })];
  return atEnd.some((saying) => saying.state === 'not_loaded' && saying.guid === guid);
}

/** Whether posts follow each other so closely that no unload and load fit between. */
function isWithoutGap({ rule, silences }: DialedGroup, { fromMs, toMs }: TimeRange): boolean {
  if (rule === null || fromMs < (silences.samplesSinceMs ?? -Infinity)) return false;
  const all = [silences.told, silences.repeated].map((moments) =>
    moments.within({ fromMs, toMs: toMs + 1 }, MOMENTS_READ),
  );
  if (all.some(({ length }) => length === MOMENTS_READ)) return false;
  const times = all.flat().sort((a, b) => a - b);
  return [...times, toMs].every((ms, n) => ms - (times[n - 1] ?? fromMs) <= rule.silenceAfterMs);
}

/** When this service was down while the group was not known to be loaded, for as long as a session takes. */
function unwatchedIn({ id, silences }: DialedGroup, spans: readonly Span[], { fromMs, toMs }: TimeRange): Unwatched[] {
  const loaded = spans.map(({ begin, end }) => ({ fromMs: begin.atMs, toMs: end?.atMs ?? EVER_MS }));
  return silences
    .downs()
    .flatMap((down) => without(down, loaded))
    .filter((rest) => rest.toMs - rest.fromMs >= SHORTEST_SESSION_MS && rest.toMs > fromMs && rest.fromMs < toMs)
    .map((rest) => ({
      campaignGroupId: id,
      fromMs: Math.max(rest.fromMs, fromMs),
      toMs: Math.min(rest.toMs, toMs),
    }));
}

/** What is left of a time; `others` are in order. */
function without(time: TimeRange, others: readonly TimeRange[]): TimeRange[] {
  const rest: TimeRange[] = [];
  let sinceMs = time.fromMs;
  for (const other of others) {
    if (other.fromMs > sinceMs) rest.push({ fromMs: sinceMs, toMs: Math.min(other.fromMs, time.toMs) });
    sinceMs = Math.max(sinceMs, other.toMs);
  }
  rest.push({ fromMs: sinceMs, toMs: time.toMs });
  return rest.filter(({ fromMs, toMs }) => fromMs < toMs);
}
