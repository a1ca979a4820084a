/** Reads OCS logs line by line, file after file, and puts instants where their lines have times of day. */
import type { DecodeLine } from './log-text.js';
import { type LogMessage, messageOf } from './log-line.js';
import { StampedLines } from './stamped-lines.js';

/** What a log tells, and when. */
export type LogEntry = Exclude<LogMessage, { message: 'unreadable' }> & { readonly atMs: number };

export class LogReader extends StampedLines {
  readonly #decode: DecodeLine;

  /** `decode`: of bytes, one a character, which names may have. */
  constructor(timeZone: string, decode: DecodeLine) {
    super(timeZone);
    this.#decode = decode;
  }

  /** What a line tells, one character a byte; null: nothing of notifications. */
  read(line: string): LogEntry | null {
    const stamped = this.stamped(line);
    const message = stamped && messageOf(line, stamped.stamp);
    if (message === null) return null;
    if (stamped?.atMs == null || message.message === 'unreadable') return this.unreadable();
    return { ...message, name: this.#decode(message.name), atMs: stamped.atMs };
  }
}
