/** Silence: what is missing although somebody listened. Judged by the receive clock only. */

export interface Listening {
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
export function isSilent(group: Heard, listening: Listening, nowMs: number): boolean {
  const { silenceAfterMs } = listening;
  if (group.state !== 'running' || silenceAfterMs === null) return false;
  return nowMs - expectedFromMs(group, listening) > silenceAfterMs;
}

/** Since when a silent group is: when the first post that did not come was due, not when somebody noticed. */
export function silentSinceMs(group: Heard, listening: Listening, nowMs: number): number | null {
  if (!isSilent(group, listening, nowMs)) return null;
  return expectedFromMs(group, listening) + (listening.intervalMs ?? 0);
}

function expectedFromMs({ lastHeardMs }: Heard, { upSinceMs, quietUntilMs }: Listening): number {
  return Math.max(lastHeardMs, upSinceMs, quietUntilMs ?? 0);
}

/** A group of a source, for the judgement of the source as a whole. */
export interface SourceGroup {
  readonly isRunning: boolean;
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
  const ended = groups.filter((one) => !one.isRunning && one.lastHeardMs >= heardMs - SHIFT_END_MS);
  return fallen.length > ended.length;
}
