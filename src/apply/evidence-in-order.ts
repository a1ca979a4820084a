/** Reads a group's samples in order, by the hour, from journal and chunks. */
import { readColumns, readPlaces } from '../evidence/block.js';
import { Figures } from '../evidence/figures.js';
import { hourOf } from '../evidence/quarter-hours.js';
import { eachOnce, inPlace, placeMs, type TaggedSample } from '../evidence/sample.js';
import type { EvidenceMemory, EvidenceTables } from './evidence-memory.js';

export class EvidenceInOrder {
  readonly #tables: EvidenceTables;
  readonly #memory: EvidenceMemory;

  constructor(tables: EvidenceTables, memory: EvidenceMemory) {
    this.#tables = tables;
    this.#memory = memory;
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
    const inJournal = this.#inJournal(groupNo, fromMs, toMs);
    for (let hour: number | null = hourOf(fromMs) - 1; ;) {
      hour = this.#neighbour(groupNo, hour, inJournal, 1);
      if (hour === null || hour > hourOf(toMs - 1)) return figures;
      const ofHour = hour;
      const isInJournal = inJournal.some((sample) => hourOf(placeMs(sample)) === ofHour);
      // Blocks that follow each other are taken as they are; others are put in order, sample by sample.
      if (!isInJournal && figures.addBlocks(this.#memory.blocks(groupNo, hour, readColumns))) continue;
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
      const blocks = this.#memory.blocks(groupNo, hour, readPlaces);
      for (const { at, lags, tags } of blocks)
        at.forEach((atMs, n) => {
          add(atMs, atMs + (lags[n] ?? 0), tags[n] ?? 0);
        });
      for (const sample of inJournal)
        if (hourOf(placeMs(sample)) === ofHour) add(sample.atMs, sample.receivedMs, sample.tag);
      yield* [...times].sort((a, b) => (a - b) * by);
    }
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

  /** Samples of chunks by their places, and these, in order; the range is half-open. */
  compacted(groupNo: number, fromMs: number, toMs: number, more: readonly TaggedSample[]): readonly TaggedSample[] {
    const ofHour = this.#memory
      .hour(groupNo, hourOf(fromMs))
      .filter((one) => placeMs(one) >= fromMs && placeMs(one) < toMs);
    return eachOnce([...ofHour, ...more]);
  }

  /** Where a clock stands still, a row is placed where it was received: it has to be read to know. */
  #entriesWithin(groupNo: number, fromMs: number, toMs: number): number[] {
    const index = this.#memory.journal();
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
    const samples = eachOnce([...this.#memory.hour(groupNo, hour), ...ofJournal]);
    return samples.filter((sample) => isWithin(sample, fromMs, toMs));
  }
}

function isWithin(sample: TaggedSample, fromMs: number, toMs: number): boolean {
  const ms = placeMs(sample);
  return ms >= fromMs && ms < toMs;
}
