/** Reads ICON logs line by line, file after file, and puts instants where their lines have times of day. */
import { type IconMessage, iconMessageOf } from '../../gms/icon-log/icon-line.js';
import { StampedLines } from '../../ocs/log/stamped-lines.js';

/** What a log tells, and when. */
export type IconEntry = Exclude<IconMessage, { message: 'unreadable' }> & { readonly atMs: number };

export class IconLogReader extends StampedLines {
  /** What a line tells; null: nothing of callbacks. */
  read(line: string): IconEntry | null {
    const stamped = this.stamped(line);
    const message = stamped && iconMessageOf(line, stamped.stamp);
    if (message === null) return null;
    if (stamped?.atMs == null || message.message === 'unreadable') return this.unreadable();
    return { ...message, atMs: stamped.atMs };
  }
}
