/** Silence: what is missing although somebody listened. Judged by the receive clock only. */

export interface Expectation {
  /** Null: nothing is expected of this source. */
  readonly silenceAfterMs: number | null;
  /** Interval at which posts are expected; null: at none. */
  readonly intervalMs: number | null;
  /** Since when this process listens. */
  readonly upSinceMs: number;
  /** When the source's maintenance is over or was; null: there was none. */
  readonly quietUntilMs: number | null;
}

interface Heard {
  readonly state: string;
  readonly lastHeardMs: number;
}

/**
 * Whether a group counts as silent: running, and not heard of for longer than the limit although we were up and
 * listening all that time. Our own downtime and maintenance are unobserved, not silent: the limit runs from our start and
 * from the end of the maintenance at the earliest.
 */
export function isSilent(group: Heard, expected: Expectation, nowMs: number): boolean {
  const { silenceAfterMs } = expected;
  if (group.state !== 'running' || silenceAfterMs === null) return false;
  return nowMs - expectedFromMs(group, expected) > silenceAfterMs;
}

/** Since when a silent group is: when the first post that did not come was due, not when somebody noticed. */
export function silentSinceMs(group: Heard, expected: Expectation, nowMs: number): number | null {
  if (!isSilent(group, expected, nowMs)) return null;
  return expectedFromMs(group, expected) + (expected.intervalMs ?? 0);
}

function expectedFromMs({ lastHeardMs }: Heard, { upSinceMs, quietUntilMs }: Expectation): number {
  return Math.max(lastHeardMs, upSinceMs, quietUntilMs ?? 0);
}

/** What a past silence of a group is told by. */
export interface SilenceRule {
  readonly silenceAfterMs: number;
  readonly intervalMs: number;
  /** Configured; else a group whose gaps are longer all around has a slower rhythm of its own. */
  readonly isFixed: boolean;
}

/** A time in which posts were due, somebody listened, and none came. */
export interface Silence {
  /** When the first post that did not come was due. */
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
  /** It may have been longer: it lasts, or nobody listened before or after. */
  readonly isAtLeast: boolean;
}

/** From one sign of life to the next; half-open. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Neighbours on each side that a gap is compared with, and how many there must be to tell a rhythm. */
export const NEIGHBOURS = 4;
const LEAST_NEIGHBOURS = 4;
/** As in rhythm.ts: gaps of this share of the limit and longer are no silences, but a slower rhythm; silence is three of them. */
const OWN_RHYTHM = 0.9;
const INTERVALS = 3;

/** The rule for a gap with these gaps around it. The same whatever came first: no order of arrival goes into it. */
export function ruleAmong(rule: SilenceRule, neighboursMs: readonly number[]): SilenceRule {
  if (rule.isFixed || neighboursMs.length < LEAST_NEIGHBOURS) return rule;
  const sorted = [...neighboursMs].sort((a, b) => a - b);
  const usualMs = sorted[(sorted.length - 1) >>> 1] ?? 0;
  if (usualMs <= OWN_RHYTHM * rule.silenceAfterMs) return rule;
  return { ...rule, intervalMs: usualMs, silenceAfterMs: INTERVALS * usualMs };
}

/**
 * The silences in a gap between two signs of life of a running group, oldest first. `quiet`: when nobody listened or
 * nothing was expected, in order of their begins; as for `isSilent`, the limit runs anew after it.
 */
export function silencesIn(gap: Gap, rule: SilenceRule, quiet: readonly Gap[]): Silence[] {
  return listenedTo(gap, quiet).flatMap((part) => {
    const fromMs = part.fromMs + rule.intervalMs;
    if (part.toMs - part.fromMs <= rule.silenceAfterMs || fromMs >= part.toMs) return [];
    const isAtLeast = part.fromMs !== gap.fromMs || part.toMs !== gap.toMs;
    return [{ fromMs, toMs: part.toMs, isAtLeast }];
  });
}

function listenedTo({ fromMs, toMs }: Gap, quiet: readonly Gap[]): Gap[] {
  const parts: Gap[] = [];
  let sinceMs = fromMs;
  for (const one of quiet) {
    if (one.toMs <= sinceMs) continue;
    if (one.fromMs >= toMs) break;
    if (one.fromMs > sinceMs) parts.push({ fromMs: sinceMs, toMs: one.fromMs });
    sinceMs = one.toMs;
  }
  if (sinceMs < toMs) parts.push({ fromMs: sinceMs, toMs });
  return parts;
}

/** A group of a source, for the judgement of the source as a whole. */
export interface SourceGroup {
  readonly isRunning: boolean;
  /** It told that it does not run any more; not of one that was only loaded. */
  readonly hasEnded: boolean;
  readonly isSilent: boolean;
  readonly lastHeardMs: number;
  /** Of this group; null: nothing is expected of it. */
  readonly silenceAfterMs: number | null;
}

/** Groups that told in this time before the source was last heard that they do not run any more, were heard to their end. */
const SHIFT_END_MS = 15 * 60_000;

/**
 * Whether a source as a whole is silent, or the way from it: no running group is heard, and more of them fell silent with
 * its last post, of any group, than told just before it that they stopped. At the end of a shift most groups say so; the one
 * whose stop was lost is silent by itself. So is one that had been silent for long when the source was still heard.
 */
export function isSourceSilent(groups: readonly SourceGroup[]): boolean {
  if (groups.some(({ isRunning, isSilent }) => isRunning && !isSilent)) return false;
  const heardMs = groups.reduce((newest, { lastHeardMs }) => Math.max(newest, lastHeardMs), -Infinity);
  const fallen = groups.filter((one) => one.isSilent && one.lastHeardMs + (one.silenceAfterMs ?? 0) >= heardMs);
  const ended = groups.filter((one) => one.hasEnded && one.lastHeardMs >= heardMs - SHIFT_END_MS);
  return fallen.length > ended.length;
}
