/**
 * Whether the machine's clock was set: told by a clock that only ever runs (monotonic), which is asked at the same
 * moments. What time synchronization slews away is followed, not told: it is less than a second between two looks.
 */

/** A clock that is off by more than this between two looks was set, or the machine was asleep. */
const STEP_MS = 1000;

export class ClockWatch {
  #wallMs: number;
  #elapsedMs: number;

  constructor(wallMs: number, elapsedMs: number) {
    this.#wallMs = wallMs;
    this.#elapsedMs = elapsedMs;
  }

  /** By how much the clock was set since the last look, milliseconds; 0: it was not. Negative: back. */
  look(wallMs: number, elapsedMs: number): number {
    const byMs = wallMs - this.#wallMs - (elapsedMs - this.#elapsedMs);
    this.#wallMs = wallMs;
    this.#elapsedMs = elapsedMs;
    return Math.abs(byMs) > STEP_MS ? Math.round(byMs) : 0;
  }
}

/** Clocks that are off by less are slewed, and nothing comes of it. */
const SET_BACK_MS = 1000;

/** Whether a clock that says `nowMs` was set back since it said `beforeMs`, or was ahead then. */
export function wasSetBack(beforeMs: number, nowMs: number): boolean {
  return nowMs < beforeMs - SET_BACK_MS;
}
