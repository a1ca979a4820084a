/** Reads OCS logs line by line, file after file, and puts instants where their lines have times of day. */
import type { DecodeLine } from './log-text.js';
import { LogClock } from './log-clock.js';
import { headOf, type LogMessage, messageOf, stampOf } from './log-line.js';

/** What a log tells, and when. */
export type LogEntry = Exclude<LogMessage, { message: 'unreadable' }> & { readonly atMs: number };

export interface LogCounts {
  /** Lines of any kind. */
  readonly lines: number;
  /** Lines with a number that is known, and words or a date that are not. */
  readonly unreadable: number;
}

export class LogReader {
  readonly #clock: LogClock;
  readonly #decode: DecodeLine;
  #lines = 0;
  #unreadable = 0;

  /** `decode`: of bytes, one a character, which names may have. */
  constructor(timeZone: string, decode: DecodeLine) {
    this.#clock = new LogClock(timeZone);
    this.#decode = decode;
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

  /** What a line tells, one character a byte; null: nothing of notifications. */
  read(line: string): LogEntry | null {
    this.#lines++;
    const stamp = stampOf(line);
    if (stamp === null) {
      const head = headOf(line);
      if (head?.clock === 'local') this.#clock.atDate(head.atMs);
      return null;
    }
    const { dateMs, timeMs } = stamp;
    const atMs = dateMs === null ? this.#clock.atTime(timeMs) : this.#clock.atDate(dateMs + timeMs);
    const message = messageOf(line, stamp);
    if (message === null) return null;
    if (atMs === null || message.message === 'unreadable') {
      this.#unreadable++;
      return null;
    }
    return { ...message, name: this.#decode(message.name), atMs };
  }
}
