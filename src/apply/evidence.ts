/**
 * The evidence of groups, wherever it lies: rows of the journal, as they arrived, and chunks, by group and hour. Whoever asks
 * sees one history. An arrival in order asks nothing; a late one looks at its group's rows in the journal, whose keys are in
 * memory, and at an hour or two of chunks.
 */
import type { JournalIndex } from '../evidence/journal-index.js';
import { hourOf } from '../evidence/quarter-hours.js';
import type { Sample } from '../evidence/sample.js';
import { EvidenceInOrder } from './evidence-in-order.js';
import { EvidenceMemory, type EvidenceTables } from './evidence-memory.js';

/** Samples looked at for the last time to complete: a clock may stand still, and nulls may go on for days. */
const LOOKED_AT = 100;

export class Evidence extends EvidenceMemory {
  readonly inOrder: EvidenceInOrder;
  readonly #tables: EvidenceTables;

  /** `index`: see EvidenceMemory. */
  constructor(tables: EvidenceTables, index?: JournalIndex) {
    super(tables, index);
    this.#tables = tables;
    this.inOrder = new EvidenceInOrder(tables, this);
  }

  sample(groupNo: number, atMs: number, statementNo: number, tag: number): Sample | null {
    if (tag !== 0) {
      const receivedMs = this.#tables.standing.receivedMs(groupNo, { atMs, statementNo, tag });
      return receivedMs === null ? null : this.sampleAt(groupNo, receivedMs, { atMs, statementNo, tag });
    }
    return this.sampleAt(groupNo, atMs, { atMs, statementNo, tag });
  }

  /** Of the samples of a date-time that repeat its statements, the one received last. */
  newestRepeat(groupNo: number, atMs: number): Sample | null {
    const newest = this.#tables.standing.newest(groupNo, atMs);
    return newest && this.sampleAt(groupNo, newest.receivedMs, newest);
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
      if (inHour > newestMs) for (const { atMs } of this.hour(groupNo, hour)) newestMs = Math.max(newestMs, atMs);
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
      const found = this.hour(groupNo, hour).findLast((one) => one.tag === 0 && one.atMs < atMs);
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
      for (const { tag, atMs } of this.hour(groupNo, hour)) if (tag === 0 && atMs >= fromMs) times.add(atMs);
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
    const hour = hourOf(atMs);
    // A block that ends before it needs not be read: most heads are of the journal.
    if ((this.#tables.chunks.newestMs(groupNo, hour) ?? -Infinity) < atMs) return [...nos];
    for (const sample of this.hour(groupNo, hour)) {
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

  /** When the last sample of a date-time was received; 0: there is none. */
  newestReceivedMs(groupNo: number, atMs: number): number {
    return Math.max(0, ...this.#latestFirst(groupNo, atMs).map(({ receivedMs }) => receivedMs));
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
}
