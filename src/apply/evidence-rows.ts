/** The rows of evidence that `apply/` asks a store for; what holds for every port stands in `tables.ts`. */
import type { Statement } from '../domain/notification.js';
import type { JournalKey } from '../evidence/journal-index.js';
import type { ListQuarterHour, QuarterHour } from '../evidence/quarter-hours.js';
import type { ListSample, TaggedSample } from '../evidence/sample.js';

export interface StatementRow {
  readonly no: number;
  readonly contentDigest: string;
  readonly statement: Statement;
}

/** Statements, each content once per group. */
export interface StatementRows {
  /** The number of a group's statement; null when it is new to it. */
  find(groupNo: number, contentDigest: string): number | null;
  /** One that evidence names. */
  byNo(no: number): StatementRow;
  insert(groupNo: number, contentDigest: string, statement: Statement): number;
}

/**
 * Evidence in the order of its arrival: all that an ordinary commit writes. Numbers are given by the caller, each one more
 * than the one before; those of rows that were taken back are given again. Rows go from the oldest on.
 *
 * Where several programs write, rows are numbered anew for each transaction, behind every number that one had before, those
 * first that were loaded for it; and what is in a chunk is in no row any more.
 */
export interface JournalRows {
  /** Null: it is empty. */
  bounds(): { readonly firstNo: number; readonly lastNo: number } | null;
  /** Of all rows from a number on, in order. */
  keysFrom(entryNo: number): Iterable<JournalKey>;
  insert(entryNo: number, groupNo: number, sample: TaggedSample): void;
  /** Of these rows, in the order of their numbers; those that are not there are left out. */
  samples(entryNos: readonly number[]): readonly TaggedSample[];
  /** Leaves nothing of these rows but their numbers. */
  blank(entryNos: readonly number[]): void;
  /** Removes the rows up to a number. */
  removeUpTo(entryNo: number): void;
}

/** Samples of a group and a clock hour, compressed: see `evidence/block.ts`. */
export interface Chunk {
  /** Given by the caller, each higher than the ones before. */
  readonly chunkNo: number;
  readonly groupNo: number;
  /** Since 1970, UTC, of the places of its samples. */
  readonly hour: number;
  readonly count: number;
  /** The greatest date-time in it. */
  readonly newestMs: number;
  /** The journal's last row when it was written: no earlier row of its group is to be compacted any more. */
  readonly journalNo: number;
  readonly writtenMs: number;
  readonly block: Uint8Array;
}

export type StoredChunk = Omit<Chunk, 'newestMs'>;

export interface NumberedBlock {
  readonly chunkNo: number;
  readonly block: Uint8Array;
}

/** Chunks. An hour of a group may have several: each compaction adds one, and touches none that is there. */
export interface ChunkRows {
  /** The highest number, of chunks set aside too, and of those that retention has come to; 0: there is none. */
  lastNo(): number;
  /** Another number than before once a chunk that was there was changed, set aside or removed, by whatever connection. */
  changes(): number;
  insert(chunk: Chunk): void;
  /** Blocks of a group and hour, in the order of their chunks. */
  blocks(groupNo: number, hour: number): readonly NumberedBlock[];
  /** Puts a chunk where no other method finds it: its block is none. To no effect where it is not there. */
  setAside(chunkNo: number, why: string, nowMs: number): void;
  /** Chunks set aside. */
  damaged(): number;
  /** The last hour before this one of which a group has chunks. */
  hourBefore(groupNo: number, hour: number): number | null;
  hourAfter(groupNo: number, hour: number): number | null;
  /** The greatest date-time of an hour's chunks. */
  newestMs(groupNo: number, hour: number): number | null;
  /** Up to which row of the journal those of a group that are placed in an hour are in its chunks; 0: there is none. */
  settledNo(groupNo: number, hour: number): number;
  /** Group and `journalNo` of the chunks that were written when the journal held this row or later ones, newest first. */
  writtenSince(journalNo: number): Iterable<{ readonly groupNo: number; readonly journalNo: number }>;
  /** The chunk that follows a number. */
  after(chunkNo: number): StoredChunk | null;
  /** Puts fewer samples in the place of those it has. */
  replace(chunk: Omit<Chunk, 'journalNo' | 'writtenMs'>): void;
  remove(chunk: Pick<Chunk, 'chunkNo' | 'groupNo' | 'hour'>): void;
}

/**
 * Figures by quarters of an hour, of groups and of lists, as compaction has added them up. A sum may come back without what
 * doubles have made of it: of 0.1 and 0.2 it is 0.3.
 */
export interface QuarterRows {
  quarter(groupNo: number, startMs: number): QuarterHour | null;
  putQuarter(groupNo: number, quarter: QuarterHour): void;
  listQuarter(listNo: number, startMs: number): ListQuarterHour | null;
  putListQuarter(quarter: ListQuarterHour): void;
}

/** Which sample it is, of those of one date-time. */
export interface StandingKey {
  readonly atMs: number;
  readonly statementNo: number;
  readonly tag: number;
}

export interface PlacedKey extends StandingKey {
  readonly receivedMs: number;
}

/** Samples of a date-time that stands still, but the first of each statement: where they are placed. */
export interface StandingRows {
  insert(groupNo: number, key: StandingKey, receivedMs: number): void;
  /** When it was received; null: it is not there. */
  receivedMs(groupNo: number, key: StandingKey): number | null;
  /** Of a date-time the one received last, of those the one of the highest statement, then tag; null: there is none. */
  newest(groupNo: number, atMs: number): PlacedKey | null;
  remove(groupNo: number, key: StandingKey): void;
}

/** A calling list as a group has it; `dbid` null where none is sent. */
export interface ListName {
  readonly name: string;
  readonly dbid: string | null;
}

export interface NumberedList extends ListName {
  readonly listNo: number;
}

/** The calling lists of groups. */
export interface ListRows {
  insert(groupNo: number, list: ListName): number;
  /** Lists of a group, in the order in which they were first named. */
  lists(groupNo: number): readonly NumberedList[];
  /** Keeps the figures of a list that its evidence said last, of those that were compacted; older ones to no effect. */
  keepNewest(list: ListSample, said: { readonly atMs: number; readonly receivedMs: number }): void;
}
