/**
 * What SQLite knows of the log: the header of the index that all its clients share (sqlite.org/walformat.html, section 2).
 * The file must stay open as long as any connection of this process: closing it would drop the locks they hold on it.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const HEADER_BYTES = 48;
const READ_BYTES = 136;
const TRIES = 100;

export interface WalIndex {
  /** Frames that count. */
  readonly frames: number;
  readonly pageBytes: number;
  /** Checksum of the last of them, as it stands in the log. */
  readonly sums: readonly [number, number];
  /** Eight bytes that all of them carry. */
  readonly salts: Buffer;
  /** Changes with every transaction, whoever makes it. */
  readonly transaction: string;
  /** How often the log was begun anew. */
  readonly rounds: number;
  /** Frames that are in the main file, and those that somebody has begun to write there. */
  readonly writtenBack: number;
  readonly attempted: number;
}

export class WalIndexFile {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(READ_BYTES);

  constructor(path: string) {
    this.#file = openSync(`${path}-shm`, 'r+');
  }

  /** Null when it makes no sense: cut off, or written over. */
  read(): WalIndex | null {
    const bytes = this.#bytes;
    for (let tries = 0; tries < TRIES; tries++) {
      if (readSync(this.#file, bytes, 0, READ_BYTES, 0) < READ_BYTES) return null;
      // Two copies of the header; whoever writes changes one after the other.
      if (bytes.compare(bytes, HEADER_BYTES, 2 * HEADER_BYTES, 0, HEADER_BYTES) === 0) return indexIn(bytes);
    }
    return null;
  }

  /** Makes every client read the log itself before it believes anything: the index is only a memory of it. */
  invalidate(): void {
    writeSync(this.#file, Buffer.alloc(2 * HEADER_BYTES), 0, 2 * HEADER_BYTES, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Whether any client of SQLite can have written to the main file from one moment to the other. */
export function mayHaveWrittenBack(before: WalIndex, now: WalIndex): boolean {
  if (before.rounds === now.rounds) return before.attempted !== now.attempted || before.writtenBack !== now.writtenBack;
  // The log is begun anew when all of it was written back.
  const wasWhole = before.writtenBack === before.frames;
  return !wasWhole || now.attempted > 0 || now.rounds !== (before.rounds + 1) % 2 ** 32;
}

function indexIn(bytes: Buffer): WalIndex | null {
  if (bytes[12] !== 1) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const number = (at: number) => view.getUint32(at, LITTLE_ENDIAN);
  const size = view.getUint16(14, LITTLE_ENDIAN);
  return {
    frames: number(16),
    pageBytes: (size & 0xfe00) + ((size & 1) << 16),
    sums: [number(24), number(28)],
    salts: Buffer.from(bytes.subarray(32, 40)),
    transaction: bytes.toString('latin1', 0, HEADER_BYTES),
    // Of the salts the first counts, in the byte order of the log.
    rounds: bytes.readUInt32BE(32),
    writtenBack: number(96),
    attempted: number(128),
  };
}

/** The index, unlike the log, is in the byte order of the machine. */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
