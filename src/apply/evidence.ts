/**
 * The evidence of groups, wherever it lies: rows of the journal, as they arrived, and chunks, by group and hour. Whoever asks
 * sees one history. An arrival in order asks nothing; a late one looks at its group's rows in the journal, whose keys are in
 * memory, and at an hour or two of chunks.
 */
import { LRUCache } from 'lru-cache';
import { readBlock, readColumns, readPlaces } from '../evidence/block.js';
import { Figures } from '../evidence/figures.js';
import { JournalIndex } from '../evidence/journal-index.js';
import { hourOf } from '../evidence/quarter-hours.js';
import { inPlace, isSameSample, placeMs, type Sample, type TaggedSample } from '../evidence/sample.js';
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
/** Samples looked at for the last time to complete: a clock may stand still, and nulls may go on for days. */
const LOOKED_AT = 100;

type Tables = Pick<CampaignTables, 'journal' | 'chunks' | 'standing'>;

export class Evidence {
  readonly #tables: Tables;
  readonly #index: JournalIndex;
  readonly #hours = new LRUCache<string, readonly TaggedSample[]>({ max: CACHED_HOURS });
  /** Evidence that was asked for: copies, and a clock that stands still, ask for the same again and again. */
  readonly #found = new LRUCache<string, Sample>({ max: CACHED_SAMPLES });
  #damaged = new Map<number, string>();
  #isRead = false;
  #lastChunkNo = 0;
  #chunkChanges = 0;

  /** `index`: of the journal as it was read before, to go on from; it belongs to this from now on. */
  constructor(tables: Tables, index = new JournalIndex()) {
    this.#tables = tables;
    this.#index = index;
  }

  /** Keys of the journal's rows, read when they are not known. */
  journal(): JournalIndex {
    if (!this.#isRead) this.#read();
    return this.#index;
  }

  /** Drops what may not be in the store any more: a transaction was undone, or somebody else has written. */
  dropMemory(): void {
    this.#hours.clear();
    this.#found.clear();
    if (!this.#isRead) return;
    const bounds = this.#tables.journal.bounds();
    if (bounds?.firstNo === this.#index.firstNo) this.#index.rewindTo(bounds.lastNo + 1);
    else this.#index.clear(bounds === null ? this.#index.nextNo : 1);
    this.#isRead = false;
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

  sample(groupNo: number, atMs: number, statementNo: number, tag: number): Sample | null {
    if (tag !== 0) {
      const receivedMs = this.#tables.standing.receivedMs(groupNo, { atMs, statementNo, tag });
      return receivedMs === null ? null : this.#sampleAt(groupNo, receivedMs, { atMs, statementNo, tag });
    }
    return this.#sampleAt(groupNo, atMs, { atMs, statementNo, tag });
  }

  /** Of the samples of a date-time that repeat its statements, the one received last. */
  newestRepeat(groupNo: number, atMs: number): Sample | null {
    const newest = this.#tables.standing.newest(groupNo, atMs);
    return newest && this.#sampleAt(groupNo, newest.receivedMs, newest);
  }

  newestAtMs(groupNo: number): number | null {
    const index = this.journal();
    let newestMs = -Infinity;
    for (const entryNo of index.entriesOf(groupNo)) newestMs = Math.max(newestMs, index.atMs(entryNo));
    const { chunks } = this.#tables;
    // The last hours may hold nothing but repeats of a date-time before them.
    for (
      let hour = chunks.hourBefore(groupNo, Infinity);
      hour !== null && hour >= hourOf(newestMs);
      hour = chunks.hourBefore(groupNo, hour)
    ) {
      const inHour = chunks.newestMs(groupNo, hour) ?? -Infinity;
      // Of a damaged chunk the hour is known, and no sample: what is newest has to be one that can be read.
      if (inHour > newestMs) for (const { atMs } of this.#hour(groupNo, hour)) newestMs = Math.max(newestMs, atMs);
    }
    return newestMs === -Infinity ? null : newestMs;
  }

  lastAtMsBefore(groupNo: number, atMs: number): number | null {
    const index = this.journal();
    let lastMs = -Infinity;
    for (const entryNo of index.entriesOf(groupNo)) {
      const at = index.atMs(entryNo);
      if (at < atMs && at > lastMs) lastMs = at;
    }
    const { chunks } = this.#tables;
    for (
      let hour = chunks.hourBefore(groupNo, hourOf(atMs) + 1);
      hour !== null && hour >= hourOf(lastMs);
      hour = chunks.hourBefore(groupNo, hour)
    ) {
      const found = this.#hour(groupNo, hour).findLast((one) => one.tag === 0 && one.atMs < atMs);
      if (found !== undefined) lastMs = Math.max(lastMs, found.atMs);
    }
    return lastMs === -Infinity ? null : lastMs;
  }

  /** Distinct date-times from a moment on, ascending, at most `limit`. */
  timesFrom(groupNo: number, fromMs: number, limit: number): readonly number[] {
    const index = this.journal();
    const inJournal = new Set<number>();
    for (const entryNo of index.entriesOf(groupNo)) {
      const atMs = index.atMs(entryNo);
      if (atMs >= fromMs) inJournal.add(atMs);
    }
    const times = new Set<number>();
    const { chunks } = this.#tables;
    for (
      let hour = chunks.hourAfter(groupNo, hourOf(Math.max(fromMs, 0)) - 1);
      hour !== null && times.size < limit;
      hour = chunks.hourAfter(groupNo, hour)
    ) {
      for (const { tag, atMs } of this.#hour(groupNo, hour)) if (tag === 0 && atMs >= fromMs) times.add(atMs);
      // Those of the journal that come before the next hour take part in the limit.
      for (const atMs of inJournal) if (hourOf(atMs) <= hour) times.add(atMs);
    }
    for (const atMs of inJournal) times.add(atMs);
    return [...times].sort((a, b) => a - b).slice(0, limit);
  }

  /** Distinct statements of a date-time, in any order. */
  statementNosAt(groupNo: number, atMs: number): readonly number[] {
    const index = this.journal();
    const nos = new Set<number>();
    for (const entryNo of index.entriesOf(groupNo)) {
      if (index.atMs(entryNo) === atMs && index.tag(entryNo) === 0) nos.add(index.statementNo(entryNo));
    }
    for (const sample of this.#hour(groupNo, hourOf(atMs))) {
      if (sample.tag === 0 && sample.atMs === atMs) nos.add(sample.statementNo);
    }
    return [...nos];
  }

  /** The last time to complete that was said between two moments, both included; null when none was, or long before. */
  secondsLeft(groupNo: number, fromMs: number, toMs: number): number | null {
    let atMs = this.lastAtMsBefore(groupNo, toMs + 1);
    for (let looked = 0; atMs !== null && atMs >= fromMs && looked < LOOKED_AT; looked++) {
      for (const { statistics } of this.#latestFirst(groupNo, atMs)) {
        if (statistics.timeToCompleteSeconds !== null) return statistics.timeToCompleteSeconds;
      }
      atMs = this.lastAtMsBefore(groupNo, atMs);
    }
    return null;
  }

  /** Samples of a date-time: the first of each statement, and the last of those that repeat one. */
  #latestFirst(groupNo: number, atMs: number): Sample[] {
    const samples = this.statementNosAt(groupNo, atMs)
      .slice(0, LOOKED_AT)
      .map((statementNo) => this.sample(groupNo, atMs, statementNo, 0));
    return [...samples, this.newestRepeat(groupNo, atMs)]
      .filter((sample) => sample !== null)
      .sort((a, b) => b.receivedMs - a.receivedMs);
  }

  /** Samples of a group by their places, each once, in order; the range is half-open. */
  placed(groupNo: number, fromMs: number, toMs: number): TaggedSample[] {
    return [...this.forwards(groupNo, fromMs, toMs)];
  }

  /** Samples of a group by their places, each once, the last first; the range is half-open. Read as far as it is iterated. */
  *backwards(groupNo: number, fromMs: number, toMs: number): Generator<TaggedSample> {
    const inJournal = this.#inJournal(groupNo, fromMs, toMs);
    for (let hour: number | null = hourOf(toMs - 1) + 1; ;) {
      hour = this.#neighbour(groupNo, hour, inJournal, -1);
      if (hour === null || hour < hourOf(fromMs)) return;
      yield* this.#ofHour(groupNo, hour, inJournal, { fromMs, toMs }).reverse();
    }
  }

  /** The same, the first first. */
  *forwards(groupNo: number, fromMs: number, toMs: number): Generator<TaggedSample> {
    const inJournal = this.#inJournal(groupNo, fromMs, toMs);
    for (let hour: number | null = hourOf(fromMs) - 1; ;) {
      hour = this.#neighbour(groupNo, hour, inJournal, 1);
      if (hour === null || hour > hourOf(toMs - 1)) return;
      yield* this.#ofHour(groupNo, hour, inJournal, { fromMs, toMs });
    }
  }

  /** Samples that say any figure, by their places, in order; the range is half-open. */
  figures(groupNo: number, fromMs: number, toMs: number): Figures {
    const figures = new Figures(fromMs, toMs);
    const { chunks } = this.#tables;
    const inJournal = this.#inJournal(groupNo, fromMs, toMs);
    for (let hour: number | null = hourOf(fromMs) - 1; ;) {
      hour = this.#neighbour(groupNo, hour, inJournal, 1);
      if (hour === null || hour > hourOf(toMs - 1)) return figures;
      const ofHour = hour;
      const isInJournal = inJournal.some((sample) => hourOf(placeMs(sample)) === ofHour);
      // Blocks that follow each other are taken as they are; others are put in order, sample by sample.
      if (
        !isInJournal &&
        figures.addBlocks(chunks.blocks(groupNo, hour).flatMap((one) => this.#readable(one, readColumns)))
      )
        continue;
      figures.addSamples(this.#ofHour(groupNo, hour, inJournal, { fromMs, toMs }));
    }
  }

  /**
   * Distinct times of the half-open range, in this order: date-times, or, of samples that repeat one, when they were received.
   * Read as far as it is iterated.
   */
  *moments(
    groupNo: number,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
    kind: 'told' | 'repeated',
    way: 'forwards' | 'backwards',
  ): Generator<number> {
    const inJournal = this.#inJournal(groupNo, fromMs, toMs);
    const [by, lastHour] = way === 'forwards' ? [1 as const, hourOf(toMs - 1)] : [-1 as const, hourOf(fromMs)];
    for (let hour: number | null = way === 'forwards' ? hourOf(fromMs) - 1 : hourOf(toMs - 1) + 1; ;) {
      hour = this.#neighbour(groupNo, hour, inJournal, by);
      if (hour === null || (hour - lastHour) * by > 0) return;
      const ofHour = hour;
      const times = new Set<number>();
      const add = (atMs: number, receivedMs: number, tag: number) => {
        const ms = tag === 0 ? atMs : receivedMs;
        if ((tag === 0) === (kind === 'told') && ms >= fromMs && ms < toMs) times.add(ms);
      };
      const blocks = this.#tables.chunks.blocks(groupNo, hour).flatMap((one) => this.#readable(one, readPlaces));
      for (const { at, lags, tags } of blocks)
        at.forEach((atMs, n) => {
          add(atMs, atMs + (lags[n] ?? 0), tags[n] ?? 0);
        });
      for (const sample of inJournal)
        if (hourOf(placeMs(sample)) === ofHour) add(sample.atMs, sample.receivedMs, sample.tag);
      yield* [...times].sort((a, b) => (a - b) * by);
    }
  }

  /** What the journal has of a group: all that is in no chunk yet, and some that is. */
  uncompacted(groupNo: number): readonly TaggedSample[] {
    return this.#tables.journal.samples(this.journal().entriesOf(groupNo));
  }

  /** Samples of the journal that are in no chunk yet, by their places, in order; the range is half-open. */
  unsettled(groupNo: number, fromMs: number, toMs: number): readonly TaggedSample[] {
    const settled = new Map<number, number>();
    const settledNo = (hour: number) => {
      const known = settled.get(hour) ?? this.#tables.chunks.settledNo(groupNo, hour);
      settled.set(hour, known);
      return known;
    };
    return this.#entriesWithin(groupNo, fromMs, toMs)
      .flatMap((entryNo) => {
        const [sample] = this.#tables.journal.samples([entryNo]);
        if (sample === undefined || !isWithin(sample, fromMs, toMs)) return [];
        return entryNo > settledNo(hourOf(placeMs(sample))) ? [sample] : [];
      })
      .sort(inPlace);
  }

  /** When the last sample of a date-time was received; 0: there is none. */
  newestReceivedMs(groupNo: number, atMs: number): number {
    return Math.max(0, ...this.#latestFirst(groupNo, atMs).map(({ receivedMs }) => receivedMs));
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

  /** Samples of chunks by their places, and these, in order; the range is half-open. */
  compacted(groupNo: number, fromMs: number, toMs: number, more: readonly TaggedSample[]): readonly TaggedSample[] {
    const ofHour = this.#hour(groupNo, hourOf(fromMs)).filter((one) => placeMs(one) >= fromMs && placeMs(one) < toMs);
    return eachOnce([...ofHour, ...more]);
  }

  /** Leaves nothing of a group in the journal; of so many rows at once. Returns the numbers of these rows. */
  blank(groupNo: number, limit: number): readonly number[] {
    const index = this.journal();
    const entryNos = index.entriesOf(groupNo).slice(0, limit);
    this.#tables.journal.blank(entryNos);
    index.blank(groupNo, entryNos);
    return entryNos;
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

  /** Where a clock stands still, a row is placed where it was received: it has to be read to know. */
  #entriesWithin(groupNo: number, fromMs: number, toMs: number): number[] {
    const index = this.journal();
    return index.entriesOf(groupNo).filter((entryNo) => {
      const atMs = index.atMs(entryNo);
      return index.tag(entryNo) !== 0 || (atMs >= fromMs && atMs < toMs);
    });
  }

  #inJournal(groupNo: number, fromMs: number, toMs: number): TaggedSample[] {
    const entryNos = this.#entriesWithin(groupNo, fromMs, toMs);
    const samples = entryNos.length === 0 ? [] : [...this.#tables.journal.samples(entryNos.reverse())];
    return samples.filter((sample) => isWithin(sample, fromMs, toMs)).sort(inPlace);
  }

  /** The next hour with evidence before or after one. */
  #neighbour(groupNo: number, hour: number, inJournal: readonly TaggedSample[], way: 1 | -1): number | null {
    const { chunks } = this.#tables;
    const inChunks = way < 0 ? chunks.hourBefore(groupNo, hour) : chunks.hourAfter(groupNo, hour);
    const isNext = (sample: TaggedSample) => (hourOf(placeMs(sample)) - hour) * way > 0;
    const next = way < 0 ? inJournal.findLast(isNext) : inJournal.find(isNext);
    if (next === undefined || inChunks === null) return next === undefined ? inChunks : hourOf(placeMs(next));
    return way < 0 ? Math.max(inChunks, hourOf(placeMs(next))) : Math.min(inChunks, hourOf(placeMs(next)));
  }

  #ofHour(
    groupNo: number,
    hour: number,
    inJournal: readonly TaggedSample[],
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  ): TaggedSample[] {
    const ofJournal = inJournal.filter((sample) => hourOf(placeMs(sample)) === hour);
    const samples = eachOnce([...this.#hour(groupNo, hour), ...ofJournal]);
    return samples.filter((sample) => isWithin(sample, fromMs, toMs));
  }

  #sampleAt(groupNo: number, placedMs: number, key: StandingKey): Sample | null {
    const name = `${groupNo};${key.atMs};${key.statementNo};${key.tag}`;
    const known = this.#found.get(name);
    if (known) return known;
    const index = this.journal();
    const isKey = (other: StandingKey) =>
      other.atMs === key.atMs && other.statementNo === key.statementNo && other.tag === key.tag;
    const entryNo = index.find(groupNo, isKey);
    const found =
      entryNo !== null ? this.#tables.journal.samples([entryNo])[0] : this.#hour(groupNo, hourOf(placedMs)).find(isKey);
    if (found === undefined) return null;
    this.#found.set(name, found);
    return found;
  }

  #hour(groupNo: number, hour: number): readonly TaggedSample[] {
    const key = `${groupNo};${hour}`;
    const known = this.#hours.get(key);
    if (known) return known;
    const samples = eachOnce(
      this.#tables.chunks.blocks(groupNo, hour).flatMap((one) => this.#readable(one, readBlock).flat()),
    );
    this.#hours.set(key, samples);
    return samples;
  }

  /** Reads on in the journal, so many rows at most, for somebody who is asked later. Whether nothing is left to be read. */
  catchUp(rows: number): boolean {
    this.refresh();
    return this.#read(rows);
  }

  /** A block that is none is told of, and has no samples: the rest of the group's history goes on. */
  #readable<T>({ chunkNo, block }: NumberedBlock, read: (block: Uint8Array) => T): T[] {
    try {
      return [read(block)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#damaged.set(chunkNo, error.message);
      return [];
    }
  }

  get hasDamaged(): boolean {
    return this.#damaged.size > 0;
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

  /** Chunks that were met whose blocks are none, and why; each is told once. */
  takeDamaged(): ReadonlyMap<number, string> {
    const damaged = this.#damaged;
    if (damaged.size > 0) this.#damaged = new Map();
    return damaged;
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
    }
    this.#isRead = true;
    return true;
  }
}

function isWithin(sample: TaggedSample, fromMs: number, toMs: number): boolean {
  const ms = placeMs(sample);
  return ms >= fromMs && ms < toMs;
}

/** Sorts samples into their places; what was compacted may still stand in the journal. */
export function eachOnce(samples: TaggedSample[]): TaggedSample[] {
  samples.sort(inPlace);
  return samples.filter((sample, n) => {
    for (let other = n - 1; other >= 0; other--) {
      const before = samples[other];
      if (before === undefined || placeMs(before) !== placeMs(sample)) return true;
      if (isSameSample(before, sample)) return false;
    }
    return true;
  });
}
