/** Hours, days, ISO weeks and months by the clock of a time zone, whatever daylight saving does to it. */
import { MonitorError } from './errors.js';
import { type Change, offsetsOf, type ZoneOffsets } from './zone-offsets.js';

export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof INTERVALS)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05, written like a local time. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** Intl throws outside of what a date can say. */
const LAST_MS = 8.64e15 - 2 * DAY_MS;
/** No clock goes back further. */
const REPEATED_MS = 3 * HOUR_MS;

/** Floors of a local time, which is written like the UTC milliseconds of the same reading of the clock. */
const FLOORS: Readonly<Record<Interval, (localMs: number) => number>> = {
  hour: (localMs) => Math.floor(localMs / HOUR_MS) * HOUR_MS,
  day: (localMs) => Math.floor(localMs / DAY_MS) * DAY_MS,
  // Weeks begin on Monday; 1970-01-01 was a Thursday.
  week: (localMs) => (Math.floor((Math.floor(localMs / DAY_MS) + 3) / 7) * 7 - 3) * DAY_MS,
  month: (localMs) => {
    const date = new Date(localMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  },
};

/** Whether a name is one of an IANA time zone this runtime knows. Offsets like `+01:00` are none. */
export function isTimeZone(name: string): boolean {
  return offsetsOf(name) !== null;
}

/** The clock of one zone. */
export class LocalTime {
  readonly #offsets: ZoneOffsets;
  readonly #starts = {
    day: new Map<number, number>(),
    week: new Map<number, number>(),
    month: new Map<number, number>(),
  };

  constructor(timeZone: string) {
    const offsets = offsetsOf(timeZone);
    if (offsets === null) {
      throw new MonitorError('OCM_BAD_PARAMETER', 'tz should be an IANA time zone like Europe/Berlin');
    }
    this.#offsets = offsets;
  }

  /**
   * First moment of the interval that contains an instant. Where a change of clocks skips its first moment, the interval
   * begins with the change. A full hour that the clock shows twice is two hours; a day is one, 23 or 25 hours long.
   */
  startOf(interval: Interval, ms: number): number {
    const localStartMs = FLOORS[interval](this.localMs(Math.min(ms, LAST_MS)));
    if (interval === 'hour') return this.#enter(localStartMs, ms, true);
    const known = this.#starts[interval].get(localStartMs);
    if (known !== undefined) return known;
    const startMs = this.#enter(localStartMs, ms, false);
    this.#starts[interval].set(localStartMs, startMs);
    return startMs;
  }

  /**
   * First moment of the step that contains an instant. Steps are counted on the clock from 1970 on, so that those that
   * divide a day begin at midnight; whole weeks begin on Monday. Days are as long as the day; a shorter step ends where
   * the clock is changed, and the next one begins there.
   */
  startOfStep(stepMs: number, ms: number): number {
    const askedMs = Math.min(ms, LAST_MS);
    const originMs = stepMs % WEEK_MS === 0 ? FIRST_MONDAY_MS : 0;
    const localStartMs = Math.floor((this.localMs(askedMs) - originMs) / stepMs) * stepMs + originMs;
    if (stepMs % DAY_MS === 0) return this.#enter(localStartMs, askedMs, false);
    const startMs = localStartMs - this.#offsetMs(askedMs);
    return Math.max(startMs, this.#lastChange(startMs, askedMs)?.atMs ?? startMs);
  }

  /** Whether its offset from UTC is a multiple of a unit, and is changed at one, from one instant to another. */
  isOnGrid(unitMs: number, fromMs: number, toMs: number): boolean {
    for (let day = Math.floor(fromMs / DAY_MS); day <= Math.floor(toMs / DAY_MS); day++) {
      const change = this.#offsets.changeOn(day);
      if (this.#offsets.atStartOf(day) % unitMs !== 0) return false;
      if (change !== null && (change.atMs % unitMs !== 0 || change.afterMs % unitMs !== 0)) return false;
    }
    return true;
  }

  /** What the clock shows, written like UTC milliseconds. */
  localMs(ms: number): number {
    return ms + this.#offsetMs(ms);
  }

  /** When the clock first shows a local time, or jumps over it. */
  instantOf(localMs: number): number {
    return this.#enter(localMs, localMs + DAY_MS, false);
  }

  /** Goes back from an instant, over all changes, to where the clock came to a local time. */
  #enter(localStartMs: number, fromMs: number, isHour: boolean): number {
    let atMs = fromMs;
    for (;;) {
      const startMs = localStartMs - this.#offsetMs(atMs);
      const change = this.#lastChange(isHour ? startMs : startMs - REPEATED_MS, atMs);
      if (change === null || (isHour && change.atMs === startMs)) return startMs;
      // Before the change the clock had not come so far: it jumped there, or came there later.
      if (change.atMs + change.beforeMs <= localStartMs) return Math.max(change.atMs, startMs);
      atMs = change.atMs - 1;
    }
  }

  #offsetMs(ms: number): number {
    const day = Math.floor(ms / DAY_MS);
    const change = this.#offsets.changeOn(day);
    if (change === null) return this.#offsets.atStartOf(day);
    return ms >= change.atMs ? change.afterMs : change.beforeMs;
  }

  #lastChange(fromMs: number, toMs: number): Change | null {
    for (let day = Math.floor(toMs / DAY_MS); day >= Math.floor(fromMs / DAY_MS); day--) {
      const change = this.#offsets.changeOn(day);
      if (change !== null && change.atMs >= fromMs && change.atMs <= toMs) return change;
    }
    return null;
  }
}
