/** Reads ICON logs line by line, file after file, and puts instants where their lines have times of day. */
import { type IconMessage, iconMessageOf } from '../../gms/icon-log/icon-line.js';
import { LogClock } from '../../ocs/log/log-clock.js';
import { headOf, stampOf } from '../../ocs/log/log-line.js';

/** What a log tells, and when. */
export type IconEntry = Exclude<IconMessage, { message: 'unreadable' }> & { readonly atMs: number };

export class IconLogReader {
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

  /** `unreadable`: lines with a number that is known, and words or a date that are not. */
  get counts(): { readonly lines: number; readonly unreadable: number } {
    return { lines: this.#lines, unreadable: this.#unreadable };
  }

  /** Begins a file. `localMs`: when its first line was written, by its clock; null: it goes on where the last one ended. */
  begin(localMs: number | null): void {
    if (localMs !== null) this.#clock.atDate(localMs);
  }

  /** What a line tells; null: nothing of callbacks. */
  read(line: string): IconEntry | null {
    this.#lines++;
    const stamp = stampOf(line);
    if (stamp === null) {
      const head = headOf(line);
      if (head?.clock === 'local') this.#clock.atDate(head.atMs);
      return null;
    }
    const { dateMs, timeMs } = stamp;
    const atMs = dateMs === null ? this.#clock.atTime(timeMs) : this.#clock.atDate(dateMs + timeMs);
    const message = iconMessageOf(line, stamp);
    if (message === null) return null;
    if (atMs !== null && message.message !== 'unreadable') return { ...message, atMs };
    this.#unreadable++;
    return null;
  }
}
