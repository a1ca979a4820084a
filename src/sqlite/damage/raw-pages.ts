/**
 * The pages of a database file as they lie on the disk, its log laid over them, read without SQLite: what SQLite refuses
 * for one bad byte can still be read around it (sqlite.org/fileformat2.html). Everything here throws RangeError for what
 * is not as it should be; callers count it and go on.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { OUR_PAGE_SIZES, walFrames } from './wal-frames.js';

export const LEAF_TABLE = 0x0d;
export const LEAF_INDEX = 0x0a;
export const INNER_TABLE = 0x05;
export const INNER_INDEX = 0x02;

export type Value = number | bigint | string | Buffer | null;

export interface Cell {
  /** Null on pages of an index, or of a table without rowids. */
  readonly rowid: number | null;
  readonly values: readonly Value[];
}

/** A page of a tree, with the places of its cells. */
export interface TreePage {
  readonly type: number;
  readonly bytes: Buffer;
  readonly cells: readonly number[];
  /** Pages below, in order; none of a leaf. */
  readonly children: readonly number[];
}

/** Pages looked at to tell of which size they are. */
const PAGES_TRIED = 200;
/** What pages of a tree begin with. */
const KINDS: ReadonlySet<number | undefined> = new Set([2, 5, 10, 13]);
/** A row of more is none of ours: bodies in quarantine are the largest. */
const MOST_PAYLOAD = 64 * 1024 * 1024;

export class RawPages {
  readonly count: number;
  readonly pageBytes: number;
  readonly #file: number;
  readonly #log: number | null;
  /** Where the newest version of a page lies in the log. */
  readonly #inLog = new Map<number, number>();

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    const size = fstatSync(this.#file).size;
    this.pageBytes = this.#sizeOfPages();
    let count = Math.ceil(size / this.pageBytes);
    const log = `${path}-wal`;
    for (const { pageNo, offset } of walFrames(log)) {
      if (pageNo === 0) continue;
      this.#inLog.set(pageNo, offset);
      count = Math.max(count, pageNo);
    }
    this.#log = this.#inLog.size > 0 ? openSync(log, 'r') : null;
    this.count = count;
  }

  close(): void {
    closeSync(this.#file);
    if (this.#log !== null) closeSync(this.#log);
  }

  page(pageNo: number): Buffer {
    if (!Number.isInteger(pageNo) || pageNo < 1 || pageNo > this.count) throw new RangeError(`no page ${pageNo}`);
    const bytes = Buffer.alloc(this.pageBytes);
    const inLog = this.#inLog.get(pageNo);
    if (inLog !== undefined && this.#log !== null) readSync(this.#log, bytes, 0, bytes.length, inLog);
    else readSync(this.#file, bytes, 0, bytes.length, (pageNo - 1) * this.pageBytes);
    return bytes;
  }

  tree(pageNo: number): TreePage {
    const bytes = this.page(pageNo);
    const start = pageNo === 1 ? 100 : 0;
    const type = bytes.readUInt8(start);
    const isInner = type === INNER_TABLE || type === INNER_INDEX;
    if (!isInner && type !== LEAF_TABLE && type !== LEAF_INDEX) throw new RangeError(`page ${pageNo} is of no tree`);
    const first = start + (isInner ? 12 : 8);
    const count = bytes.readUInt16BE(start + 3);
    if (first + 2 * count > bytes.length) throw new RangeError(`page ${pageNo} has too many cells`);
    const cells = Array.from({ length: count }, (_, index) => bytes.readUInt16BE(first + 2 * index));
    const below = cells.filter((at) => at + 4 <= bytes.length).map((at) => bytes.readUInt32BE(at));
    return { type, bytes, cells, children: isInner ? [...below, bytes.readUInt32BE(start + 8)] : [] };
  }

  /** The row in a cell; null for the cells of inner table pages, which hold none. `onOverflow` is told of its other pages. */
  cell({ type, bytes }: TreePage, at: number, onOverflow: (pageNo: number) => void = () => undefined): Cell | null {
    if (type === INNER_TABLE) return null;
    const cursor = new Cursor(bytes, type === INNER_INDEX ? at + 4 : at);
    const length = cursor.varint();
    const rowid = type === LEAF_TABLE ? cursor.varint() : null;
    if (length < 1 || length > MOST_PAYLOAD) throw new RangeError('a row of no length');
    const most = type === LEAF_TABLE ? this.pageBytes - 35 : share(this.pageBytes, 64);
    const payload = length <= most ? cursor.take(length) : this.#spread(cursor, length, most, onOverflow);
    return { rowid, values: valuesIn(payload) };
  }

  #spread(cursor: Cursor, length: number, most: number, onOverflow: (pageNo: number) => void): Buffer {
    const least = share(this.pageBytes, 32);
    const fit = least + ((length - least) % (this.pageBytes - 4));
    const pieces = [cursor.take(fit <= most ? fit : least)];
    let missing = length - (pieces[0]?.length ?? 0);
    for (let next = cursor.take(4).readUInt32BE(0); missing > 0;) {
      onOverflow(next);
      const page = this.page(next);
      const piece = page.subarray(4, 4 + Math.min(missing, this.pageBytes - 4));
      pieces.push(piece);
      missing -= piece.length;
      next = page.readUInt32BE(0);
    }
    return Buffer.concat(pieces);
  }

  #sizeOfPages(): number {
    const header = Buffer.alloc(2);
    readSync(this.#file, header, 0, 2, 16);
    const said = header.readUInt16BE(0) === 1 ? 65_536 : header.readUInt16BE(0);
    return said >= 512 && (said & (said - 1)) === 0 ? said : this.#likelySizeOfPages();
  }

  /** The size at which more pages begin as pages of a tree do. */
  #likelySizeOfPages(): number {
    const first = Buffer.alloc(1);
    const share = (pageBytes: number) => {
      let [trees, pages] = [0, 0];
      for (let page = 1; page <= PAGES_TRIED; page++) {
        if (readSync(this.#file, first, 0, 1, page * pageBytes) === 0) break;
        pages++;
        if (KINDS.has(first[0])) trees++;
      }
      return pages === 0 ? 0 : trees / pages;
    };
    const [now, before] = OUR_PAGE_SIZES;
    return share(before) > share(now) ? before : now;
  }
}

/** What of a row stays on the page of an index cell, or at least does. */
function share(pageBytes: number, of255: number): number {
  return Math.floor(((pageBytes - 12) * of255) / 255) - 23;
}

class Cursor {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  varint(): number {
    let value = 0;
    for (let n = 0; n < 8; n++) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number larger than any of ours');
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('a row beyond its page');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function valuesIn(payload: Buffer): Value[] {
  const header = new Cursor(payload, 0);
  const headerBytes = header.varint();
  const types: number[] = [];
  while (header.at < headerBytes) types.push(header.varint());
  if (header.at !== headerBytes) throw new RangeError('a row with a broken beginning');
  const body = new Cursor(payload, headerBytes);
  const values = types.map((type) => valueOf(type, body));
  if (body.at !== payload.length) throw new RangeError('a row of another length');
  return values;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8] as const;

function valueOf(type: number, body: Cursor): Value {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return body.take(8).readDoubleBE(0);
  const bytes = INTEGER_BYTES[type];
  if (bytes === 8) {
    const value = body.take(8).readBigInt64BE(0);
    return BigInt(Number(value)) === value ? Number(value) : value;
  }
  if (bytes !== undefined) return body.take(bytes).readIntBE(0, bytes);
  if (type < 12) throw new RangeError('a value of no type');
  const content = body.take((type - (type % 2 === 0 ? 12 : 13)) / 2);
  return type % 2 === 0 ? Buffer.from(content) : content.toString('utf8');
}
