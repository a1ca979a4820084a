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
