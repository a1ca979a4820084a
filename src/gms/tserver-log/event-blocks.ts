/** From the lines of a log, one after the other, to the blocks of lines that are one user event each. */
import { eventBegun, isPsdkMessage, isStamped, type LogStyle, sentTo } from './log-lines.js';

/** The lines of one event as the log has them, each without its line feed. */
export interface EventBlock {
  readonly style: LogStyle;
  /** Number of its first line, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
  /** Why it is not all there; null: it is. */
  readonly cut: string | null;
  /** Applications that it was sent on to, as the log says behind it; null: it says nothing. */
  readonly sentTo: readonly string[] | null;
}

/**
 * Lines of one event; one with all 70 keys has about 85.
 * @bound lines of one event in a T-Server log
 * @beyond the event is reported as damaged
 * @seen `damaged` in the summary of the import
 */
export const MAX_EVENT_LINES = 10_000;
/**
 * Characters of one event. User data of a T-Server ends at 64 KB.
 * @bound bytes of one event in a T-Server log
 * @beyond the event is reported as damaged
 * @seen `damaged` in the summary of the import
 */
export const MAX_EVENT_BYTES = 1_048_576;
/**
 * Clients that one event is remembered to have been sent to.
 * @bound applications that one event was sent on to
 * @beyond the others are not named
 * @seen the listing of events that were not sent on
 */
const MAX_SENT_TO = 100;

interface Open {
  readonly style: LogStyle;
  readonly line: number;
  readonly lines: string[];
  bytes: number;
  cut: string | null;
  sentTo: string[] | null;
}

/**
 * Takes a log line by line. A message ends at the first line that has a time stamp and no tab before it. An event is given
 * out with the first line behind those that say whom it was sent to.
 */
export class EventBlocks {
  #line: number;
  /** The event whose lines are being read. */
  #open: Open | null = null;
  /** The event that was read, of which it may still be said whom it was sent to. */
  #read: Open | null = null;

  /** `firstLine`: number of the line that is pushed first. */
  constructor(firstLine = 1) {
    this.#line = firstLine - 1;
  }

  /** Lines seen so far. */
  get lines(): number {
    return this.#line;
  }

  /** Where the event begins that was not given out yet; null: there is none. */
  get heldFrom(): number | null {
    return (this.#read ?? this.#open)?.line ?? null;
  }

  /** The next line, without its line feed. Returns the event that is complete by it, if any. */
  push(line: string): EventBlock | null {
    this.#line++;
    const open = this.#open;
    if (open !== null) {
      if (!isEndOf(open, line)) {
        addTo(open, line);
        return null;
      }
      this.#open = null;
      this.#read = open;
    }
    const done = this.#sentOrDone(line);
    const style = eventBegun(line);
    if (style !== null) {
      this.#open = { style, line: this.#line, lines: [line], bytes: line.length, cut: null, sentTo: null };
    }
    return done;
  }

  /** The log ends here. */
  end(): EventBlock | null {
    const last = this.#open ?? this.#read;
    this.#open = this.#read = null;
    return last;
  }

  #sentOrDone(line: string): EventBlock | null {
    const read = this.#read;
    if (read === null) return null;
    const name = sentTo(line);
    if (name !== null) {
      read.sentTo ??= [];
      if (read.sentTo.length < MAX_SENT_TO) read.sentTo.push(name);
      return null;
    }
    // Copies wrap long lines: the rest of one carries no time stamp.
    if (read.sentTo !== null && !isStamped(line) && eventBegun(line) === null) return null;
    this.#read = null;
    return read;
  }
}

function isEndOf({ style }: Open, line: string): boolean {
  return isStamped(line) || (style === 'psdk' && isPsdkMessage(line)) || eventBegun(line) !== null;
}

function addTo(open: Open, line: string): void {
  open.bytes += line.length + 1;
  if (open.lines.length >= MAX_EVENT_LINES) open.cut = `more than ${MAX_EVENT_LINES} lines`;
  else if (open.bytes > MAX_EVENT_BYTES) open.cut = `more than ${MAX_EVENT_BYTES} bytes`;
  else open.lines.push(line);
}
