/** Lines to a descriptor for whose reader nobody may wait: bounded, never blocking, never failing. */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty, WriteStream } from 'node:tty';

/**
 * Lines kept while they cannot be written.
 * @bound lines of the log that wait to be written, of each process
 * @beyond further ones are dropped and counted
 * @seen `ocs_monitor_log_dropped_total`, an alert
 */
const KEPT_BYTES = 64 * 1024;
/** A pipe takes so much whole or not at all (PIPE_BUF): another process's lines never get between. */
const PIECE_BYTES = 4096;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1000;
/** How long the end of the process waits for a reader. */
const LAST_WORDS_MS = 100;
const LAST_PAUSE_MS = 5;

/** How bytes get to a descriptor. */
export interface Outlet {
  /** Whether a write returns at once, be the reader there or not; else it is done by another thread, one at a time. */
  readonly isQuick: boolean;
  /** Returns how many were taken; throws as the system does. */
  write(bytes: Buffer): number;
  writeElsewhere(bytes: Buffer, done: (error: Error | null, written: number) => void): void;
}

export interface LineWriterOptions {
  readonly outlet: Outlet;
  /** The line that says how many could not be written. */
  readonly droppedLine: (count: number) => string;
  /** Calls `work` once after some time; it must not keep the process. */
  readonly after: (ms: number, work: () => void) => void;
}

export class LineWriter {
  readonly #options: LineWriterOptions;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** Whether a write is under way, or the next attempt waits. */
  #isBusy = false;
  /** What another thread is writing: the first of what is kept. */
  #isElsewhere = false;
  #pauseMs = FIRST_PAUSE_MS;
  #dropped = 0;
  /** Dropped ones of which the log does not say so yet. */
  #unsaid = 0;

  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  /** Lines that were not written, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line, or several, as a whole. Never throws, never waits. */
  write(text: string): void {
    const bytes = Buffer.from(text);
    if (this.#keptBytes > 0 && this.#keptBytes + bytes.length > KEPT_BYTES) {
      this.#dropped++;
      this.#unsaid++;
      return;
    }
    this.#keep(bytes);
    if (!this.#isBusy) this.#goOn();
  }

  /** What has not been written yet, at the end of the process: as much as is taken within a moment. */
  end(): void {
    const until = performance.now() + LAST_WORDS_MS;
    this.#sayDropped();
    // The system waits for the other thread.
    if (this.#isElsewhere) this.#kept.shift();
    while (this.#kept.length > 0) {
      try {
        this.#took(this.#options.outlet.write(this.#piece()));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > until) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_PAUSE_MS);
      }
    }
  }

  #keep(bytes: Buffer): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
  }

  #goOn(): void {
    const { outlet } = this.#options;
    while (this.#kept.length > 0) {
      const piece = this.#piece();
      if (!outlet.isQuick) {
        this.#writeElsewhere(piece);
        return;
      }
      try {
        this.#took(outlet.write(piece));
      } catch {
        this.#pause();
        return;
      }
    }
  }

  #writeElsewhere(piece: Buffer): void {
    this.#isBusy = this.#isElsewhere = true;
    this.#options.outlet.writeElsewhere(piece, (error, written) => {
      this.#isBusy = this.#isElsewhere = false;
      if (error) {
        this.#pause();
        return;
      }
      this.#took(written);
      this.#goOn();
    });
  }

  /** Full, broken or unread: whatever keeps it from being written may pass. */
  #pause(): void {
    this.#isBusy = true;
    this.#options.after(this.#pauseMs, () => {
      this.#isBusy = false;
      this.#goOn();
    });
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  /** As many whole lines as fit, or one that does not. */
  #piece(): Buffer {
    let bytes = 0;
    let count = 0;
    for (const { length } of this.#kept) {
      if (count > 0 && bytes + length > PIECE_BYTES) break;
      bytes += length;
      count++;
    }
    if (count > 1) this.#kept.unshift(Buffer.concat(this.#kept.splice(0, count)));
    return this.#kept[0] ?? Buffer.alloc(0);
  }

  #took(bytes: number): void {
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#keptBytes -= bytes;
    const [first] = this.#kept;
    if (first === undefined) return;
    if (bytes < first.length) this.#kept[0] = first.subarray(bytes);
    else this.#kept.shift();
    if (this.#kept.length === 0) this.#sayDropped();
  }

  #sayDropped(): void {
    if (this.#unsaid === 0) return;
    this.#keep(Buffer.from(this.#options.droppedLine(this.#unsaid)));
    this.#unsaid = 0;
  }
}

/** A writer that says its last words when the process ends; `waitsForDisk`: where a disk may hold the process up. */
export function openLineWriter(
  fd: number,
  droppedLine: (count: number) => string,
  { waitsForDisk }: { readonly waitsForDisk: boolean },
): LineWriter {
  const after = (ms: number, work: () => void) => {
    setTimeout(work, ms).unref();
  };
  const writer = new LineWriter({ outlet: outletOf(fd, waitsForDisk), droppedLine, after });
  process.once('exit', () => {
    writer.end();
  });
  return writer;
}

/**
 * What stops being read holds up whoever writes to it: a pipe, a terminal, a socket of the journal. A thread that waits
 * there cannot be ended, and with it the process could not end. So such a descriptor is made not to wait: by opening it
 * anew, for ourselves alone; else, what is no file or another user's, for everybody who shares it. A file takes what it
 * gets, as fast as its disk: another thread waits for that.
 */
function outletOf(fd: number, waitsForDisk: boolean): Outlet {
  const stat = fstatSync(fd);
  const isTerminal = isatty(fd);
  if (!stat.isFIFO() && !stat.isSocket() && !isTerminal) return outlet(fd, waitsForDisk);
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return outlet(openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY), true);
  } catch {
    return sharedOutlet(fd, isTerminal);
  }
}

function outlet(fd: number, isQuick: boolean, prepare: () => void = () => undefined): Outlet {
  return {
    isQuick,
    write: (bytes) => {
      prepare();
      return writeSync(fd, bytes);
    },
    writeElsewhere: (bytes, done) => {
      write(fd, bytes, done);
    },
  };
}

/** libuv's handle of a stream; `setBlocking` is there since Node 0.12, though not in its types. */
interface Handle {
  readonly setBlocking?: (isBlocking: boolean) => number;
}

/** Before each write anew: whoever else has the descriptor, such as a process that ends, may have taken it back. */
function sharedOutlet(fd: number, isTerminal: boolean): Outlet {
  try {
    const stream = isTerminal ? new WriteStream(fd) : new Socket({ fd, readable: false, writable: true });
    stream.on('error', () => undefined).unref();
    const { _handle: handle } = stream as unknown as { readonly _handle: Handle | null };
    if (handle?.setBlocking === undefined) return outlet(fd, false);
    return outlet(fd, true, () => {
      handle.setBlocking?.(false);
    });
  } catch {
    return outlet(fd, false);
  }
}
