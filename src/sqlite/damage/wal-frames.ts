/** The frames of a write-ahead log, read as they lie in the file (sqlite.org/fileformat2.html, section 4). */
import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Bytes of a page in our databases: now, and before the journal. */
export const OUR_PAGE_SIZES = [4096, 8192] as const;
/** The last bit says in which byte order checksums were made. */
const MAGIC = 0x377f0682;

export interface WalFrame {
  readonly pageNo: number;
  /** Where its page begins in the file. */
  readonly offset: number;
  /** Whether it ends a transaction. */
  readonly isCommit: boolean;
  /**
   * Whether its bytes agree with the checksum that stands in it, given the one of the frame before. A place without a frame
   * of this log, before others of it, is one that is not: page 0.
   */
  readonly isSound: boolean;
}

export interface WalReport {
  /** Frames of the present log, whatever their state. */
  readonly frames: number;
  /** The first frame, from 1, at which SQLite stops; null when it takes all. */
  readonly brokenFrame: number | null;
  /** Transactions that were written whole and of which SQLite will know nothing. */
  readonly lostCommits: number;
}

/**
 * What SQLite will make of a log. A transaction that a power cut left unfinished has no commit frame and is none that
 * was acknowledged; what counts as lost was written to its end, so that its posts may have been answered 200.
 */
export function inspectWal(path: string): WalReport {
  let frames = 0;
  let brokenFrame: number | null = null;
  let lostCommits = 0;
  for (const { isCommit, isSound } of walFrames(path)) {
    frames++;
    if (!isSound) brokenFrame ??= frames;
    if (brokenFrame !== null && isCommit) lostCommits++;
  }
  return { frames, brokenFrame, lostCommits };
}

/** The frames of the present log in order: those that carry its salts. None when there is no log. */
export function* walFrames(path: string): Generator<WalFrame> {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return;
    const log = openLog(header, size, file);
    if (log === null) return;
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + log.pageBytes);
    let before: Sums | null = log.sums;
    for (let at = HEADER_BYTES; at + frame.length <= size; at += frame.length) {
      readSync(file, frame, 0, frame.length, at);
      if (!frame.subarray(8, 16).equals(log.salts)) {
        // Behind the last frame lie those of earlier rounds, and none of this one: else somebody has written over it.
        if (!goesOn(file, log, at + frame.length, size)) return;
        before = null;
        yield { pageNo: 0, offset: at + FRAME_HEADER_BYTES, isCommit: false, isSound: false };
        continue;
      }
      const isSound: boolean = before !== null && agrees(frame, before, log.littleEndian);
      before = [frame.readUInt32BE(16), frame.readUInt32BE(20)];
      const pageNo = frame.readUInt32BE(0);
      yield { pageNo, offset: at + FRAME_HEADER_BYTES, isCommit: frame.readUInt32BE(4) !== 0, isSound };
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Makes the checksums of a log anew when bytes of some of its pages were changed at these places. A frame that agreed with
 * the one before it does so again; one that did not is left as it is.
 */
export function sealFrames(file: number, changedAt: readonly number[]): void {
  const { size } = fstatSync(file);
  const header = Buffer.alloc(HEADER_BYTES);
  if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return;
  const log = openLog(header, size, file);
  if (log === null) return;
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + log.pageBytes);
  const changed = new Set(changedAt.map((at) => Math.floor((at - HEADER_BYTES) / frame.length)));
  let [before, after] = [log.sums, log.sums];
  for (let no = 0; HEADER_BYTES + (no + 1) * frame.length <= size; no++) {
    const at = HEADER_BYTES + no * frame.length;
    readSync(file, frame, 0, frame.length, at);
    const stored: Sums = [frame.readUInt32BE(16), frame.readUInt32BE(20)];
    const isOfLog = frame.subarray(8, 16).equals(log.salts);
    // What a changed frame held before is not known any more: it counts as having agreed.
    const agreed = isOfLog && before !== null && (changed.has(no) || agrees(frame, before, log.littleEndian));
    before = isOfLog ? stored : null;
    if (!agreed || after === null) {
      after = before;
      continue;
    }
    after = sumsOf(frame, after, log.littleEndian);
    frame.writeUInt32BE(after[0], 16);
    frame.writeUInt32BE(after[1], 20);
    if (after[0] !== stored[0] || after[1] !== stored[1]) writeSync(file, frame, 0, FRAME_HEADER_BYTES, at);
  }
}

/** Whether frames of a log stand somewhere from a place on. */
function goesOn(file: number, { salts, pageBytes }: Log, from: number, size: number): boolean {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  const length = FRAME_HEADER_BYTES + pageBytes;
  for (let at = from; at + length <= size; at += length) {
    readSync(file, header, 0, FRAME_HEADER_BYTES, at);
    if (header.subarray(8, 16).equals(salts)) return true;
  }
  return false;
}

type Sums = readonly [number, number];

interface Log {
  readonly pageBytes: number;
  readonly salts: Buffer;
  readonly littleEndian: boolean;
  /** Checksum after the header; null when the header is broken: then SQLite takes none of its frames. */
  readonly sums: Sums | null;
}

function openLog(header: Buffer, size: number, file: number): Log | null {
  const magic = header.readUInt32BE(0);
  const littleEndian = (magic & 1) === 0;
  const pageBytes = header.readUInt32BE(8);
  const sums = sumOf(header.subarray(0, 24), [0, 0], littleEndian);
  const isWhole =
    (magic & ~1) >>> 0 === MAGIC && sums[0] === header.readUInt32BE(24) && sums[1] === header.readUInt32BE(28);
  if (isWhole) return { pageBytes, salts: Buffer.from(header.subarray(16, 24)), littleEndian, sums };
  // A broken header: the frames say themselves to which log they belong, and by where the next one begins how long pages are.
  const first = Buffer.alloc(FRAME_HEADER_BYTES);
  const [newest] = OUR_PAGE_SIZES;
  if (size < HEADER_BYTES + FRAME_HEADER_BYTES + newest) return null;
  readSync(file, first, 0, first.length, HEADER_BYTES);
  if (first.readUInt32BE(0) === 0) return null;
  const salts = Buffer.from(first.subarray(8, 16));
  const isFrameAt = (pageBytes: number) => {
    const next = Buffer.alloc(FRAME_HEADER_BYTES);
    readSync(file, next, 0, next.length, HEADER_BYTES + FRAME_HEADER_BYTES + pageBytes);
    return next.subarray(8, 16).equals(salts);
  };
  return { pageBytes: OUR_PAGE_SIZES.find(isFrameAt) ?? newest, salts, littleEndian: true, sums: null };
}

/** Of a frame: the first eight bytes of its header, then its page. */
function agrees(frame: Buffer, before: Sums, littleEndian: boolean): boolean {
  const [a, b] = sumsOf(frame, before, littleEndian);
  return a === frame.readUInt32BE(16) && b === frame.readUInt32BE(20);
}

function sumsOf(frame: Buffer, before: Sums, littleEndian: boolean): Sums {
  const head = sumOf(frame.subarray(0, 8), before, littleEndian);
  return sumOf(frame.subarray(FRAME_HEADER_BYTES), head, littleEndian);
}

function sumOf(bytes: Buffer, [first, second]: Sums, littleEndian: boolean): Sums {
  let a = first | 0;
  let b = second | 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) | 0;
    b = (b + view.getUint32(at + 4, littleEndian) + a) | 0;
  }
  return [a >>> 0, b >>> 0];
}
