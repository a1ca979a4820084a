/** From the clock that an OCS log goes by to instants: lines say a time of day, and follow one another. */
import { LocalTime } from '../../domain/local-time.js';

const DAY_MS = 86_400_000;
/** Threads write past one another: a line may be so much older than the one before. */
const DISORDER_MS = 60_000;
/** A clock that goes back by less was set; by more, midnight has gone by. Changes to winter time are the zone's. */
const SET_BACK_MS = 3 * 3_600_000;

export class LogClock {
  readonly #zone: LocalTime;
  /** The instant that the last line told of, and what the clock showed then, written like UTC milliseconds. */
  #lastMs: number | null = null;
  #lastLocalMs = 0;

  constructor(timeZone: string) {
    this.#zone = new LocalTime(timeZone);
  }

  /** Null: no date is known yet. */
  get lastMs(): number | null {
    return this.#lastMs;
  }

  /** The instant of a time with its date. Of the two of an hour that the clock shows twice, the one that goes on. */
  atDate(localMs: number): number {
    const instants = this.#instantsOf(localMs);
    const goesOn = instants.find((ms) => ms >= (this.#lastMs ?? -Infinity) - DISORDER_MS);
    return this.#goTo(goesOn ?? instants.at(-1) ?? localMs, localMs);
  }

  /** The instant of a time of day: the next one, or just before the last; null while no date is known. */
  atTime(timeMs: number): number | null {
    const lastMs = this.#lastMs;
    if (lastMs === null) return null;
    const dateMs = Math.floor(this.#lastLocalMs / DAY_MS) * DAY_MS;
    const sameDayMs = dateMs + timeMs;
    const forwardMs = sameDayMs - this.#lastLocalMs;
    // Nearly always.
    if (forwardMs >= 0 && forwardMs < SET_BACK_MS && this.#zone.localMs(lastMs + forwardMs) === sameDayMs)
      return this.#goTo(lastMs + forwardMs, sameDayMs);
    const readings = [-1, 0, 1]
      .map((days) => sameDayMs + days * DAY_MS)
      .flatMap((localMs) => this.#instantsOf(localMs).map((atMs) => ({ atMs, localMs })));
    const next = readings.find(({ atMs }) => atMs >= lastMs - DISORDER_MS);
    const setBack = readings.findLast(({ atMs }) => atMs < lastMs - DISORDER_MS && atMs > lastMs - SET_BACK_MS);
    const isFar = next === undefined || next.atMs - lastMs > DAY_MS - SET_BACK_MS - DISORDER_MS;
    const found = isFar ? (setBack ?? next) : next;
    if (found === undefined) return null;
    // A line that a slower thread wrote does not take the others back.
    if (found.atMs < lastMs && found.atMs >= lastMs - DISORDER_MS) return found.atMs;
    return this.#goTo(found.atMs, found.localMs);
  }

  /** How far the clock is ahead of UTC at an instant. */
  offsetMs(atMs: number): number {
    return this.#zone.localMs(atMs) - atMs;
  }

  #goTo(atMs: number, localMs: number): number {
    this.#lastMs = atMs;
    this.#lastLocalMs = localMs;
    return atMs;
  }

  /** When the clock shows a time, in order: twice in the hour that is repeated. One it jumps over, it comes to with the jump. */
  #instantsOf(localMs: number): number[] {
    const zone = this.#zone;
    const offsets = [localMs - DAY_MS, localMs + DAY_MS].map((ms) => zone.localMs(ms) - ms);
    const instants = [...new Set(offsets)]
      .map((offset) => localMs - offset)
      .filter((ms) => zone.localMs(ms) === localMs);
    return instants.length === 0 ? [zone.instantOf(localMs)] : instants.sort((a, b) => a - b);
  }
}
