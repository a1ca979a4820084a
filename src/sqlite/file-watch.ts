/**
 * Whether the files of a database are what the clients of SQLite have made of them. Whoever else writes to them, cuts them
 * off or puts others in their place is noticed before anything that was committed since is acknowledged. Sizes and times
 * say when to look closer; what the files hold decides, so that other clients of SQLite raise no alarm.
 */
import type { BigIntStats } from 'node:fs';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { MonitorError } from '../domain/errors.js';
import { hasOtherName } from './one-name.js';
import { inspectWal, walFrames } from './damage/wal-frames.js';
import { mayHaveWrittenBack, type WalIndex, WalIndexFile } from './wal-index.js';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Of a log that another client of SQLite writes to meanwhile. */
const TRIES = 5;
/** Of a log that is read whole every now and then. */
const MOST_READ_FRAMES = 2000;
/** Read while commits wait: a millisecond. */
const FRAMES_OF_PART = 128;

/** What was found wrong; `log`: frames that were committed do not stand in it any more. */
export type Change = 'replaced' | 'log' | 'main';

/** A database whose files somebody else has changed. Nothing may be written to it any more. */
export class FilesChanged extends MonitorError {
  readonly change: Change;

  constructor(change: Change, message: string) {
    super('OCM_STORE_LOST', message);
    this.change = change;
  }
}

interface Files {
  readonly main: BigIntStats;
  readonly log: BigIntStats;
}

/** Looked for in turns: each look costs as much as the next. */
type Beside = '-shm' | '-lock';

/** The last frame that was committed, byte for byte. */
interface LastFrame {
  readonly at: number;
  readonly rounds: number;
  readonly bytes: Buffer;
}

export class FileWatch {
  readonly #path: string;
  readonly #log: number;
  readonly #indexFile: WalIndexFile;
  readonly #beside: Readonly<Record<Beside, BigIntStats | undefined>>;
  #files: Files;
  #index: WalIndex;
  #last: LastFrame | null = null;

  /** Of a database that is open and was written to, so that log and index are there; `path` is canonical. */
  constructor(path: string) {
    this.#path = path;
    this.#log = openSync(`${path}-wal`, 'r');
    this.#indexFile = new WalIndexFile(path);
    const [main, log] = [statOf(path), statOf(`${path}-wal`)];
    if (!main || !log) throw this.#changed('replaced');
    this.#files = { main, log };
    this.#beside = { '-shm': statOf(`${path}-shm`), '-lock': statOf(`${path}-lock`) };
    this.#index = this.#mustReadLog();
  }

  /**
   * To be called before anything is written. Whether another client of SQLite has written since: what is in memory may be
   * out of date then. Throws FilesChanged, and OCM_UNAVAILABLE while a file has a second name.
   */
  mustBeUntouched(): boolean {
    const files = this.#mustFind('-lock');
    const isLogSame = isSame(files.log, this.#files.log);
    if (isLogSame && isSame(files.main, this.#files.main)) return false;
    const before = this.#index;
    const index = isLogSame ? this.#mustReadIndex() : this.#mustReadLog();
    this.#judgeMain(files.main, index);
    this.#remember(files, index);
    return before.transaction !== index.transaction;
  }

  /** To be called after a commit and before it is acknowledged: whether it stands where it will be looked for. Throws as above. */
  mustHoldCommit(): void {
    const files = this.#mustFind('-shm');
    const index = this.#mustReadTail();
    this.#judgeMain(files.main, index);
    this.#remember(files, index);
  }

  /**
   * Reads all of the log, a part at a time, unless a reader has made it long: what was written over in the middle of a
   * commit has the time of that commit. Others may commit between two parts. Throws as above.
   */
  *inspectLog(): Generator<void> {
    const { frames, rounds } = this.#index;
    if (frames > MOST_READ_FRAMES) return;
    let sound = 0;
    for (const { isSound } of walFrames(`${this.#path}-wal`)) {
      if (!isSound) break;
      if (++sound >= frames) return;
      if (sound % FRAMES_OF_PART === 0) yield;
    }
    // A log that was begun anew meanwhile was written back before, all of it.
    if (sound < frames && this.#mustReadIndex().rounds === rounds) throw this.#changed('log');
  }

  /** What is in the index is not what stands in the log: whoever closes the database now must not write it back. */
  dropIndex(): void {
    this.#indexFile.invalidate();
  }

  /** Only when no connection of this process has the database open. */
  close(): void {
    closeSync(this.#log);
    this.#indexFile.close();
  }

  #mustFind(beside: Beside): Files {
    const path = this.#path;
    const [main, log] = [statOf(path), statOf(`${path}-wal`)];
    const areThere =
      main &&
      log &&
      isOne(main, this.#files.main) &&
      isOne(log, this.#files.log) &&
      isOne(statOf(path + beside), this.#beside[beside]);
    if (!areThere) throw this.#changed('replaced');
    if (main.nlink > 1n) throw hasOtherName(path);
    if (log.nlink > 1n) throw hasOtherName(`${path}-wal`);
    return { main, log };
  }

  #judgeMain(main: BigIntStats, index: WalIndex): void {
    if (isSame(main, this.#files.main) || mayHaveWrittenBack(this.#index, index)) return;
    throw this.#changed('main');
  }

  #remember(files: Files, index: WalIndex): void {
    this.#files = files;
    this.#index = index;
  }

  #mustReadIndex(): WalIndex {
    const index = this.#indexFile.read();
    if (index === null) throw this.#changed('log');
    return index;
  }

  /** Reads all of the log, as a start would. */
  #mustReadLog(): WalIndex {
    return this.#mustAgree((index) => {
      const { frames, brokenFrame } = inspectWal(`${this.#path}-wal`);
      return frames >= index.frames && (brokenFrame === null || brokenFrame > index.frames);
    });
  }

  /** Reads the end of the log. One that was cut off meanwhile has a hole where the commit before stood. */
  #mustReadTail(): WalIndex {
    return this.#mustAgree((index) => {
      const last = this.#last;
      if (last?.rounds !== index.rounds) return true;
      return this.#readAt(last.at, last.bytes.length).equals(last.bytes);
    });
  }

  /** The index, and a log that agrees with it; another client of SQLite may write to both meanwhile. */
  #mustAgree(agrees: (index: WalIndex) => boolean): WalIndex {
    for (let tries = 0; tries < TRIES; tries++) {
      const index = this.#mustReadIndex();
      if (index.frames === 0) {
        this.#last = null;
        return index;
      }
      const last = this.#lastFrame(index);
      if (last !== null && this.#hasHeader(index) && agrees(index)) {
        this.#last = last;
        return index;
      }
      if (this.#indexFile.read()?.transaction === index.transaction) break;
    }
    throw this.#changed('log');
  }

  #hasHeader({ salts }: WalIndex): boolean {
    return this.#readAt(0, HEADER_BYTES).subarray(16, 24).equals(salts);
  }

  /** Null when it is not there. */
  #lastFrame({ frames, pageBytes, salts, sums, rounds }: WalIndex): LastFrame | null {
    const length = FRAME_HEADER_BYTES + pageBytes;
    const at = HEADER_BYTES + (frames - 1) * length;
    const bytes = this.#readAt(at, length);
    if (bytes.length < length || !bytes.subarray(8, 16).equals(salts)) return null;
    if (bytes.readUInt32BE(16) !== sums[0] || bytes.readUInt32BE(20) !== sums[1]) return null;
    return { at, rounds, bytes };
  }

  #readAt(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#log, bytes, 0, length, at));
  }

  #changed(change: Change): FilesChanged {
    return new FilesChanged(change, `${this.#path} ${WHAT[change]} while it was in use`);
  }
}

const WHAT: Readonly<Record<Change, string>> = {
  replaced: 'or its log was removed or replaced',
  log: 'was changed by another program: what was committed does not stand in its log any more',
  main: 'was changed by another program',
};

/** Throws OCM_UNAVAILABLE where the folder may not be looked into; it is not named, because health is open to everybody. */
function statOf(file: string): BigIntStats | undefined {
  try {
    return statSync(file, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    const message = `the data folder cannot be read (${code}): whether the database is still in its place is not known`;
    throw new MonitorError('OCM_UNAVAILABLE', message, { cause });
  }
}

/** Whether a name leads to the same file as before. */
function isOne(now: BigIntStats | undefined, before: BigIntStats | undefined): boolean {
  return now?.dev === before?.dev && now?.ino === before?.ino;
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs;
}
