/** Lines of logs, file after file, with instants where they have times of day; and how many were read, and not understood. */
import { LogClock } from './log-clock.js';
import { headOf, stampOf } from './log-line.js';

export interface LogCounts {
  /** Lines of any kind. */
  readonly lines: number;
  /** Lines with a number that is known, and words or a date that are not. */
  readonly unreadable: number;
}

export interface StampedLine {
  readonly stamp: NonNullable<ReturnType<typeof stampOf>>;
  /** Null: nobody knows of which day its time is. */
  readonly atMs: number | null;
}

export class StampedLines {
  readonly #clock: LogClock;
  #lines = 0;
  #unreadable = 0;

  constructor(timeZone: string) {
    this.#clock = new LogClock(timeZone);
  }

  /** The instant that the last line told of; null: none did. */
  get lastMs(): number | null {
    return this.#clock.lastMs;
  }

  get counts(): LogCounts {
    return { lines: this.#lines, unreadable: this.#unreadable };
  }

  /** Begins a file. `localMs`: when its first line was written, by its clock; null: it goes on where the last one ended. */
  begin(localMs: number | null): void {
    if (localMs !== null) this.#clock.atDate(localMs);
  }

  /** The next line; null where it has no time. */
  protected stamped(line: string): StampedLine | null {
    this.#lines++;
    const stamp = stampOf(line);
    if (stamp === null) {
      const head = headOf(line);
      if (head?.clock === 'local') this.#clock.atDate(head.atMs);
      return null;
    }
    const { dateMs, timeMs } = stamp;
    return { stamp, atMs: dateMs === null ? this.#clock.atTime(timeMs) : this.#clock.atDate(dateMs + timeMs) };
  }

  /** Counts the line as one that is not understood; it tells nothing. */
  protected unreadable(): null {
    this.#unreadable++;
    return null;
  }
}
