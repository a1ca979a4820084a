/**
 * Moves evidence from the journal into chunks, oldest first, in slices that ride on commits. A slice is part of a
 * transaction: after a crash it has happened as a whole or not at all. What was moved stays in the journal until all before
 * it was moved, too; then it goes from the front.
 */
import { writeBlock } from '../evidence/block.js';
import type { JournalIndex } from '../evidence/journal-index.js';
import { addToListQuarter, addToQuarter, hourOf, quarterOf } from '../evidence/quarter-hours.js';
import { inPlace, type ListSample, placeMs, type TaggedSample } from '../evidence/sample.js';
import { addition, type NonEmpty, split } from './addition.js';
import type { Evidence } from './evidence.js';
import type { CampaignTables } from './tables.js';

/**
 * Rows that the journal keeps per group, and of fewer groups more: a post every ten seconds fills them in ten or twenty
 * minutes. With fewer rows, chunks are written more often than they need to be; with more, their keys take memory.
 */
const ROWS_PER_GROUP = 60;
const ROWS_PER_GROUP_OF_FEW = 120;
const ROWS_OF_FEW = 120_000;
/** So many in any case. */
const LEAST_ROWS = 5000;
/** A slice begins when there are so many more, so that one transaction writes the chunks of many groups. */
const ROWS_OF_SLICE = 1000;
/**
 * Rows that a paced slice moves for each that came: a group has a hundred, which come in a burst otherwise, and posts at
 * half of the greatest rate waited half a second for it (docs/adr/0010). The journal grows by a third before it is shorter.
 */
const ROWS_MOVED_PER_ROW = 3;
/** From so many times the rows that it keeps on, no slice is paced. */
const UNPACED_FROM_TIMES = 2;
/** Rows become chunks after so long, however few they are. */
const LONGEST_MS = 1_800_000;
/** How often it is noted how far the journal has come. */
const MARK_EVERY_MS = 60_000;
/** Rows removed from the front of the journal at once. */
const REMOVED_AT_ONCE = 4000;

type Tables = Pick<CampaignTables, 'journal' | 'chunks' | 'quarters' | 'lists' | 'groups'>;

/** How much a slice may do. Milliseconds of a clock that only runs. */
export interface Budget {
  readonly elapsedMs: () => number;
  readonly sliceMs: number;
  /** For posts that go on meanwhile: it moves a few rows for each that came since the slice before. */
  readonly isPaced?: boolean;
}

export class Compaction {
  readonly #tables: Tables;
  readonly #evidence: Evidence;
  /** Up to which row of the journal a group is in chunks. */
  readonly #settled = new Map<number, number>();
  /** The next chunk's number; 0: to be read. */
  #nextChunkNo = 0;
  /** No row before it is to be moved any more. */
  #frontNo = 0;
  /** The row that the journal had come to at the last paced slice, and rows that it moved too many. */
  #pacedNo = 0;
  #ahead = 0;
  /** Numbers that the journal had come to, and when. */
  #marks: { readonly entryNo: number; readonly atMs: number }[] = [];

  constructor(tables: Tables, evidence: Evidence) {
    this.#tables = tables;
    this.#evidence = evidence;
  }

  /** Whether there is anything to do for `slice`. */
  isDue(nowMs: number): boolean {
    const index = this.#index();
    this.#mark(index, nowMs);
    const isDue = index.size > rowsKept(index) + ROWS_OF_SLICE || this.#isOld(index, nowMs);
    // Rows that came while nothing was due are not made up for at once.
    if (!isDue) this.#pacedNo = index.nextNo;
    return isDue;
  }

  /** Compacts group by group until the journal is short enough, or the time is over. Within a transaction. */
  slice(nowMs: number, { elapsedMs, sliceMs, isPaced = false }: Budget): void {
    const index = this.#index();
    const endMs = elapsedMs() + sliceMs;
    let left = isPaced ? this.#rowsDue(index) : Infinity;
    while (left > 0) {
      this.#skipSettled(index);
      if (this.#frontNo >= index.nextNo) break;
      if (index.nextNo - this.#frontNo <= rowsKept(index) && !this.#isOld(index, nowMs)) break;
      left -= this.#compact(index, index.groupNo(this.#frontNo), nowMs);
      if (elapsedMs() >= endMs) break;
    }
    this.#ahead = Math.max(0, -left);
    this.#skipSettled(index);
    this.#removeFront(index);
  }

  #rowsDue(index: JournalIndex): number {
    const came = index.nextNo - this.#pacedNo;
    this.#pacedNo = index.nextNo;
    return index.size > UNPACED_FROM_TIMES * rowsKept(index) ? Infinity : ROWS_MOVED_PER_ROW * came - this.#ahead;
  }

  /** Whether chunks were met that cannot be read. */
  get hasDamaged(): boolean {
    return this.#evidence.hasDamaged;
  }

  /** Sets chunks aside that were met and cannot be read. Within a transaction. */
  setDamagedAside(nowMs: number): void {
    for (const [chunkNo, why] of this.#evidence.takeDamaged()) this.#tables.chunks.setAside(chunkNo, why, nowMs);
  }

  /** Compacts all there is. Within a transaction. */
  all(nowMs: number): void {
    const index = this.#index();
    this.#skipSettled(index);
    while (this.#frontNo < index.nextNo) {
      this.#compact(index, index.groupNo(this.#frontNo), nowMs);
      this.#skipSettled(index);
    }
    while (this.#frontNo > index.firstNo) this.#removeFront(index);
  }

  /** Drops what is known of chunks: a transaction that wrote some may have been undone. */
  dropMemory(): void {
    this.#nextChunkNo = 0;
    this.#frontNo = 0;
  }

  /** Rows of the journal that are not in chunks yet are those behind it. */
  settledNo(groupNo: number): number {
    this.#index();
    return this.#settledNo(groupNo);
  }

  #settledNo(groupNo: number): number {
    return this.#settled.get(groupNo) ?? 0;
  }

  #index(): JournalIndex {
    const index = this.#evidence.journal();
    if (this.#nextChunkNo === 0) this.#read(index);
    return index;
  }

  /** What was settled before is read from the chunks that were written since the journal's first row. */
  #read(index: JournalIndex): void {
    const { chunks } = this.#tables;
    this.#nextChunkNo = chunks.lastNo() + 1;
    this.#frontNo = index.firstNo;
    this.#settled.clear();
    for (const { groupNo, journalNo } of chunks.writtenSince(index.firstNo)) {
      if (journalNo > this.#settledNo(groupNo)) this.#settled.set(groupNo, journalNo);
    }
  }

  #mark(index: JournalIndex, nowMs: number): void {
    const last = this.#marks.at(-1);
    // A clock that was set back begins anew.
    if (last !== undefined && nowMs < last.atMs) this.#marks = [];
    else if (last !== undefined && nowMs - last.atMs < MARK_EVERY_MS) return;
    this.#marks.push({ entryNo: index.nextNo, atMs: nowMs });
    while ((this.#marks[1]?.atMs ?? Infinity) <= nowMs - LONGEST_MS) this.#marks.shift();
  }

  /** Whether the front row is one that came too long ago. */
  #isOld(index: JournalIndex, nowMs: number): boolean {
    const [oldest] = this.#marks;
    this.#skipSettled(index);
    return oldest !== undefined && oldest.atMs <= nowMs - LONGEST_MS && this.#frontNo < oldest.entryNo;
  }

  #skipSettled(index: JournalIndex): void {
    if (this.#frontNo < index.firstNo) this.#frontNo = index.firstNo;
    while (this.#frontNo < index.nextNo) {
      const groupNo = index.groupNo(this.#frontNo);
      if (groupNo !== 0 && this.#settledNo(groupNo) < this.#frontNo) return;
      this.#frontNo++;
    }
  }

  /** Everything of a group that is not in chunks yet, hour by hour. Returns how many rows that were. */
  #compact(index: JournalIndex, groupNo: number, nowMs: number): number {
    const journalNo = index.nextNo - 1;
    const entries = index.entriesOf(groupNo, this.#settledNo(groupNo) + 1).reverse();
    this.#settled.set(groupNo, journalNo);
    // Of a group that is being forgotten nothing is kept.
    if (this.#tables.groups.byNo(groupNo) !== null)
      this.#file(groupNo, [...this.#tables.journal.samples(entries)].sort(inPlace), journalNo, nowMs);
    return entries.length;
  }

  /**
   * Writes samples of a group, which the journal does not have, as chunks. In the order of their places; within a transaction.
   * What the journal has of it goes first: numbers of the journal never fall from chunk to chunk.
   */
  file(groupNo: number, samples: readonly TaggedSample[], nowMs: number): void {
    const index = this.#index();
    if (index.newestOf(groupNo) > this.settledNo(groupNo)) this.#compact(index, groupNo, nowMs);
    this.#settled.set(groupNo, index.nextNo - 1);
    this.#file(groupNo, samples, index.nextNo - 1, nowMs);
  }

  #file(groupNo: number, samples: readonly TaggedSample[], journalNo: number, nowMs: number): void {
    for (const ofHour of split(samples, hourOf)) {
      const hour = hourOf(placeMs(ofHour[0]));
      const newestMs = Math.max(...ofHour.map(({ atMs }) => atMs));
      const chunk = { groupNo, hour, count: ofHour.length, newestMs, journalNo, writtenMs: nowMs };
      this.#addUp(groupNo, ofHour);
      this.#tables.chunks.insert({ ...chunk, chunkNo: this.#nextChunkNo++, block: writeBlock(ofHour) });
      this.#evidence.dropHour(groupNo, hour);
    }
    this.#keepNewestOfLists(samples);
  }

  /** Before the chunk is written: what is added to a quarter is told from what it has. */
  #addUp(groupNo: number, ofHour: NonEmpty<TaggedSample>): void {
    const { quarters } = this.#tables;
    for (const ofQuarter of split(this.#evidence.measured(ofHour), quarterOf)) {
      const startMs = quarterOf(placeMs(ofQuarter[0]));
      const stored = quarters.quarter(groupNo, startMs);
      const { base, samples } = addition(this.#evidence, groupNo, stored, ofQuarter);
      quarters.putQuarter(groupNo, addToQuarter(base, samples));
      for (const listNo of listsOf(samples)) {
        const ofList = base === null ? null : quarters.listQuarter(listNo, startMs);
        const quarter = addToListQuarter(listNo, ofList, samples);
        if (quarter !== null) quarters.putListQuarter(quarter);
      }
    }
  }

  #keepNewestOfLists(samples: readonly TaggedSample[]): void {
    const newest = new Map<number, { list: ListSample; sample: TaggedSample }>();
    for (const sample of samples) {
      for (const list of sample.lists) {
        const before = newest.get(list.listNo)?.sample;
        // By date-time, not by place: what repeats a date-time says nothing newer than what follows that.
        if (before === undefined || (before.atMs - sample.atMs || before.receivedMs - sample.receivedMs) <= 0)
          newest.set(list.listNo, { list, sample });
      }
    }
    for (const { list, sample } of newest.values()) this.#tables.lists.keepNewest(list, sample);
  }

  #removeFront(index: JournalIndex): void {
    const upToNo = Math.min(this.#frontNo - 1, index.firstNo + REMOVED_AT_ONCE - 1);
    if (upToNo < index.firstNo + REMOVED_AT_ONCE - 1 && this.#frontNo < index.nextNo) return;
    if (upToNo < index.firstNo) return;
    this.#tables.journal.removeUpTo(upToNo);
    index.dropUpTo(upToNo);
  }
}

/** How many rows the journal keeps. */
function rowsKept({ groupCount }: JournalIndex): number {
  const ofFew = Math.min(ROWS_OF_FEW, ROWS_PER_GROUP_OF_FEW * groupCount);
  return Math.max(LEAST_ROWS, ofFew, ROWS_PER_GROUP * groupCount);
}

function listsOf(samples: readonly TaggedSample[]): ReadonlySet<number> {
  const listNos = new Set<number>();
  for (const { lists } of samples) for (const { listNo } of lists) listNos.add(listNo);
  return listNos;
}
