/**
 * A block: samples of one group, column by column, in some ten bytes each. Pure. The first byte is the version, so that a
 * later form can be told from this one.
 */
import { ByteReader, ByteWriter } from './bits.js';
import { readFigures, readIntegers, writeFigures, writeIntegers } from './columns.js';
import type { ListSample, TaggedSample } from './sample.js';

const VERSION = 1;
/** No block has more; what claims to is damaged. */
const MOST_SAMPLES = 1_000_000;

/** Samples in the order in which they are to be read again. */
export function writeBlock(samples: readonly TaggedSample[]): Uint8Array {
  const out = new ByteWriter();
  const { length } = samples;
  const columns = Array.from({ length: 4 }, () => new Array<number>(length));
  const figures = Array.from({ length: 4 }, () => new Array<number | null>(length));
  const [at = [], lags = [], statements = [], tags = []] = columns;
  const [busy = [], hit = [], overdial = [], seconds = []] = figures;
  samples.forEach(({ atMs, receivedMs, statementNo, tag, statistics }, n) => {
    at[n] = atMs;
    lags[n] = receivedMs - atMs;
    statements[n] = statementNo;
    tags[n] = tag;
    busy[n] = statistics.busyRatio;
    hit[n] = statistics.hitRatio;
    overdial[n] = statistics.overdialRatio;
    seconds[n] = statistics.timeToCompleteSeconds;
  });
  out.byte(VERSION);
  out.varint(length);
  for (const column of columns) writeIntegers(out, column);
  for (const column of figures) writeFigures(out, column);
  writeLists(out, samples);
  return out.bytes();
}

/** Of each sample in the order in which they were written. */
export interface BlockColumns {
  readonly at: readonly number[];
  readonly lags: readonly number[];
  readonly statements: readonly number[];
  readonly tags: readonly number[];
  readonly busy: readonly (number | null)[];
  readonly hit: readonly (number | null)[];
  readonly overdial: readonly (number | null)[];
  readonly seconds: readonly (number | null)[];
}

/** Throws a RangeError for bytes that are none, or of a version that is not known. */
export function readBlock(bytes: Uint8Array): TaggedSample[] {
  const reader = new ByteReader(bytes);
  const { at, lags, statements, tags, busy, hit, overdial, seconds } = columnsOf(reader);
  const lists = readLists(reader, at.length);
  if (!reader.isAtEnd) throw new RangeError('the block has more bytes than samples');
  return at.map((atMs, n) => {
    return {
      atMs,
      statementNo: statements[n] ?? 0,
      receivedMs: atMs + (lags[n] ?? 0),
      tag: tags[n] ?? 0,
      statistics: {
        busyRatio: busy[n] ?? null,
        hitRatio: hit[n] ?? null,
        overdialRatio: overdial[n] ?? null,
        timeToCompleteSeconds: seconds[n] ?? null,
      },
      lists: lists?.[n] ?? NO_LISTS,
    };
  });
}

/** All but the lists, for charts: an object for each sample would cost more than to read it. */
export function readColumns(bytes: Uint8Array): BlockColumns {
  return columnsOf(new ByteReader(bytes));
}

/** Where samples stand in time, and nothing else: for silences, which look at a month of them. */
export function readPlaces(bytes: Uint8Array): Pick<BlockColumns, 'at' | 'lags' | 'tags'> {
  const reader = new ByteReader(bytes);
  const { at, lags, tags } = placesOf(reader, countOf(reader));
  return { at, lags, tags };
}

function columnsOf(reader: ByteReader): BlockColumns {
  const count = countOf(reader);
  return {
    ...placesOf(reader, count),
    busy: readFigures(reader, count),
    hit: readFigures(reader, count),
    overdial: readFigures(reader, count),
    seconds: readFigures(reader, count),
  };
}

function countOf(reader: ByteReader): number {
  const version = reader.byte();
  if (version !== VERSION) throw new RangeError(`the block is of version ${version}, which this version does not know`);
  const count = reader.varint();
  if (count > MOST_SAMPLES) throw new RangeError('the block claims too many samples');
  return count;
}

function placesOf(reader: ByteReader, count: number): Pick<BlockColumns, 'at' | 'lags' | 'statements' | 'tags'> {
  return {
    at: readIntegers(reader, count),
    lags: readIntegers(reader, count),
    statements: readIntegers(reader, count),
    tags: readIntegers(reader, count),
  };
}

const NO_LISTS: readonly ListSample[] = [];

interface ListColumns {
  readonly named: number[];
  readonly hit: (number | null)[];
  readonly seconds: (number | null)[];
}

/** Each list is three columns: which samples name it, and two figures of those. */
function writeLists(out: ByteWriter, samples: readonly TaggedSample[]): void {
  const columns = new Map<number, ListColumns>();
  samples.forEach(({ lists }, n) => {
    for (const { listNo, hitRatio, timeToCompleteSeconds } of lists) {
      let list = columns.get(listNo);
      if (list === undefined) {
        list = { named: new Array<number>(samples.length).fill(0), hit: [], seconds: [] };
        columns.set(listNo, list);
      }
      list.named[n] = 1;
      list.hit.push(hitRatio);
      list.seconds.push(timeToCompleteSeconds);
    }
  });
  out.varint(columns.size);
  for (const [listNo, { named, hit, seconds }] of [...columns].sort(([a], [b]) => a - b)) {
    out.varint(listNo);
    writeIntegers(out, named);
    writeFigures(out, hit);
    writeFigures(out, seconds);
  }
}

/** Lists of each sample, by number; null where none names any. */
function readLists(reader: ByteReader, count: number): ListSample[][] | null {
  const listCount = reader.varint();
  if (listCount === 0) return null;
  const lists = Array.from({ length: count }, (): ListSample[] => []);
  for (let n = 0; n < listCount; n++) {
    const listNo = reader.varint();
    const naming = readIntegers(reader, count).flatMap((names, place) => (names === 1 ? [lists[place]] : []));
    const hit = readFigures(reader, naming.length);
    const seconds = readFigures(reader, naming.length);
    naming.forEach((ofSample, place) => {
      ofSample?.push({ listNo, hitRatio: hit[place] ?? null, timeToCompleteSeconds: seconds[place] ?? null });
    });
  }
  return lists;
}
