/** What is held in memory of journal and chunks: keys of the journal's rows, hours that were read last, what they had. */
import { LRUCache } from 'lru-cache';
import { readBlock, writeBlock } from '../evidence/block.js';
import { JournalIndex } from '../evidence/journal-index.js';
import { isRetelling } from '../domain/origin.js';
import { hourOf, saysFigures } from '../evidence/quarter-hours.js';
import { eachOnce, type Sample, type TaggedSample } from '../evidence/sample.js';
import type { NumberedBlock, StandingKey } from './evidence-rows.js';
import type { CampaignTables } from './tables.js';

/**
 * @bound hours of chunks that are kept as samples, so that late posts of one hour read it once
 * @beyond the one used longest ago makes room; read again when needed
 */
const CACHED_HOURS = 64;
/**
 * @bound samples that are kept for copies of them
 * @beyond the one used longest ago makes room; read again when needed
 */
const CACHED_SAMPLES = 1000;

/**
 * @bound statements without figures of which it is remembered whether a log or a table tells them
 * @beyond all are dropped, and read again when needed
 */
const CACHED_ORIGINS = 10_000;

export type EvidenceTables = Pick<CampaignTables, 'journal' | 'chunks' | 'standing' | 'statements'>;

export class EvidenceMemory {
  readonly #tables: EvidenceTables;
  readonly #index: JournalIndex;
  readonly #hours = new LRUCache<string, readonly TaggedSample[]>({ max: CACHED_HOURS });
  /** Evidence that was asked for: copies, and a clock that stands still, ask for the same again and again. */
  readonly #found = new LRUCache<string, Sample>({ max: CACHED_SAMPLES });
  /** No LRUCache: it takes all its room at once, and most who hold evidence never ask. */
  readonly #retold = new Map<number, boolean>();
  #damaged = new Map<number, string>();
  #isRead = false;
  /** Whether rows of the journal were blanked: undone, only the store has their keys. */
  #hasBlanked = false;
  #lastChunkNo = 0;
  #chunkChanges = 0;

  /** `index`: of the journal as it was read before, to go on from; it belongs to this from now on. */
  constructor(tables: EvidenceTables, index = new JournalIndex()) {
    this.#tables = tables;
    this.#index = index;
  }

  /** Keys of the journal's rows, read when they are not known. */
  journal(): JournalIndex {
    if (!this.#isRead) this.#read();
    return this.#index;
  }

  /** Numbers of a group's rows in the journal, newest first, down to one. */
  entriesOf(groupNo: number, fromNo: number): readonly number[] {
    return this.journal().entriesOf(groupNo, fromNo);
  }

  /** To be told that others may have committed since: what they added is read when it is asked for. */
  refresh(): void {
    const { chunks } = this.#tables;
    const lastChunkNo = chunks.lastNo();
    const chunkChanges = chunks.changes();
    if (lastChunkNo !== this.#lastChunkNo || chunkChanges !== this.#chunkChanges) this.#hours.clear();
    if (chunkChanges !== this.#chunkChanges) this.#found.clear();
    this.#lastChunkNo = lastChunkNo;
    this.#chunkChanges = chunkChanges;
    this.#isRead = false;
  }

  /** Reads on in the journal, so many rows at most, for somebody who is asked later. Whether nothing is left to be read. */
  catchUp(rows: number): boolean {
    this.refresh();
    return this.#read(rows);
  }

  /** Drops what may not be in the store any more: a transaction was undone, or somebody else has written. */
  dropMemory(): void {
    this.#hours.clear();
    this.#found.clear();
    this.#retold.clear();
    if (!this.#isRead) return;
    const bounds = this.#tables.journal.bounds();
    if (bounds?.firstNo === this.#index.firstNo && !this.#hasBlanked) this.#index.rewindTo(bounds.lastNo + 1);
    else this.#index.clear(bounds === null ? this.#index.nextNo : 1);
    this.#isRead = false;
    this.#hasBlanked = false;
  }

  /** Puts a sample behind all others of the journal. */
  append(groupNo: number, sample: TaggedSample): void {
    const index = this.journal();
    const entryNo = index.nextNo;
    const { atMs, statementNo, tag, receivedMs } = sample;
    this.#tables.journal.insert(entryNo, groupNo, sample);
    if (tag !== 0) this.#tables.standing.insert(groupNo, { atMs, statementNo, tag }, receivedMs);
    index.add({ entryNo, groupNo, atMs, statementNo, tag });
  }

  /** Leaves nothing of a group in the journal; of so many rows at once. Returns the numbers of these rows. */
  blank(groupNo: number, limit: number): readonly number[] {
    const index = this.journal();
    const entryNos = index.entriesOf(groupNo).slice(0, limit);
    this.#blank(groupNo, entryNos);
    return entryNos;
  }

  #blank(groupNo: number, entryNos: readonly number[]): void {
    this.#tables.journal.blank(entryNos);
    this.#index.blank(groupNo, entryNos);
    this.#hasBlanked = true;
  }

  /** Removes the first sample of a statement at a date-time, wherever it lies. Whether there was one. */
  remove(groupNo: number, { atMs, statementNo }: Pick<StandingKey, 'atMs' | 'statementNo'>): boolean {
    const isIt = (one: StandingKey) => one.atMs === atMs && one.statementNo === statementNo && one.tag === 0;
    const entryNo = this.journal().find(groupNo, isIt);
    if (entryNo !== null) this.#blank(groupNo, [entryNo]);
    const hour = hourOf(atMs);
    let isFound = entryNo !== null;
    for (const chunk of this.#tables.chunks.blocks(groupNo, hour)) {
      const samples = this.samplesOf(chunk) ?? [];
      const kept = samples.filter((one) => !isIt(one));
      if (kept.length === samples.length) continue;
      isFound = true;
      // One that is empty stays: numbers of chunks and of the journal go on behind it.
      const newestMs = kept.reduce((newest, one) => Math.max(newest, one.atMs), 0);
      const { chunkNo } = chunk;
      this.#tables.chunks.replace({ chunkNo, groupNo, hour, count: kept.length, newestMs, block: writeBlock(kept) });
    }
    this.noteRemoved(groupNo, hour);
    return isFound;
  }

  /** What the journal has of a group: all that is in no chunk yet, and some that is. */
  uncompacted(groupNo: number): readonly TaggedSample[] {
    return this.#tables.journal.samples(this.journal().entriesOf(groupNo));
  }

  /** The sample of a key, wherever it is placed; null: it is not there. */
  sampleAt(groupNo: number, placedMs: number, key: StandingKey): Sample | null {
    const name = `${groupNo};${key.atMs};${key.statementNo};${key.tag}`;
    const known = this.#found.get(name);
    if (known) return known;
    const index = this.journal();
    const isKey = (other: StandingKey) =>
      other.atMs === key.atMs && other.statementNo === key.statementNo && other.tag === key.tag;
    const entryNo = index.find(groupNo, isKey);
    const found =
      entryNo !== null ? this.#tables.journal.samples([entryNo])[0] : this.hour(groupNo, hourOf(placedMs)).find(isKey);
    if (found === undefined) return null;
    this.#found.set(name, found);
    return found;
  }

  /** Samples of a group that chunks have of an hour, each once, in their places. */
  hour(groupNo: number, hour: number): readonly TaggedSample[] {
    const key = `${groupNo};${hour}`;
    const known = this.#hours.get(key);
    if (known) return known;
    const samples = eachOnce(this.blocks(groupNo, hour, readBlock).flat());
    this.#hours.set(key, samples);
    return samples;
  }

  /** Without what a log or a table tells: nobody measured it, so it stands for no time. */
  measured(samples: readonly TaggedSample[]): readonly TaggedSample[] {
    return samples.some((sample) => this.#isRetold(sample)) ? samples.filter((one) => !this.#isRetold(one)) : samples;
  }

  #isRetold({ statementNo, statistics, lists }: TaggedSample): boolean {
    if (lists.length > 0 || saysFigures(statistics)) return false;
    const known = this.#retold.get(statementNo);
    if (known !== undefined) return known;
    const isRetold = isRetelling(this.#tables.statements.byNo(statementNo).statement.origin);
    if (this.#retold.size >= CACHED_ORIGINS) this.#retold.clear();
    this.#retold.set(statementNo, isRetold);
    return isRetold;
  }

  /** To be told of chunks that were added to an hour of a group. */
  dropHour(groupNo: number, hour: number): void {
    this.#hours.delete(`${groupNo};${hour}`);
  }

  /** To be told that samples of a group and hour went. */
  noteRemoved(groupNo: number, hour: number): void {
    this.dropHour(groupNo, hour);
    this.#found.clear();
  }

  get hasDamaged(): boolean {
    return this.#damaged.size > 0;
  }

  /** Chunks that were met whose blocks are none, and why; each is told once. */
  takeDamaged(): ReadonlyMap<number, string> {
    const damaged = this.#damaged;
    if (damaged.size > 0) this.#damaged = new Map();
    return damaged;
  }

  /** What the chunks of a group and hour have; a block that is none is told of, and has nothing: the rest goes on. */
  blocks<T>(groupNo: number, hour: number, read: (block: Uint8Array) => T): T[] {
    return this.#tables.chunks.blocks(groupNo, hour).flatMap((chunk) => this.#readable(chunk, read));
  }

  /** Samples of a chunk that nothing is kept of in memory; null for one that cannot be read, which is told of. */
  samplesOf(chunk: NumberedBlock): TaggedSample[] | null {
    return this.#readable(chunk, readBlock)[0] ?? null;
  }

  /** Looks at a chunk of which somebody else said that it cannot be read. */
  lookAtChunk(chunkNo: number): void {
    const chunk = this.#tables.chunks.after(chunkNo - 1);
    if (chunk?.chunkNo === chunkNo) this.samplesOf(chunk);
  }

  #readable<T>({ chunkNo, block }: NumberedBlock, read: (block: Uint8Array) => T): T[] {
    try {
      return [read(block)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#damaged.set(chunkNo, error.message);
      return [];
    }
  }

  /** What is known already must still be right. Numbers go on behind those that chunks have settled: the journal may be empty. */
  #read(rows = Infinity): boolean {
    const { journal, chunks } = this.#tables;
    const bounds = journal.bounds();
    if (bounds === null) {
      const [last] = chunks.writtenSince(0);
      this.#index.clear(Math.max(this.#index.nextNo, (last?.journalNo ?? 0) + 1));
    } else {
      this.#index.dropUpTo(bounds.firstNo - 1);
      this.#index.rewindTo(bounds.lastNo + 1);
      let read = 0;
      for (const key of journal.keysFrom(this.#index.nextNo)) {
        if (++read > rows) return false;
        this.#index.add(key);
      }
      if (this.#index.size === 0) this.#index.clear(Math.max(this.#index.nextNo, bounds.lastNo + 1));
    }
    this.#isRead = true;
    return true;
  }
}
