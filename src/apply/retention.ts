/**
 * Removes what is older than its class is kept, oldest first, one short transaction per slice, so that posts are committed in
 * between. Whatever breaks it off, the next run goes on where it stood.
 */
import type { Clock } from '../domain/clock.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import type { QuarantineCount } from '../domain/quarantine.js';
import {
  horizonMs,
  RETENTION_CLASSES,
  type RetentionClass,
  type RetentionReport,
  type RetentionSettings,
} from '../domain/retention.js';
import type { Held, RetentionRows } from './retention-rows.js';
import type { Stores } from './stores.js';
import type { StoredChunk } from './evidence-rows.js';
import type { CampaignTables } from './tables.js';
import { Thinning } from './thinning.js';
import type { Transactions } from './transactions.js';

/** How long a slice works before it commits; compaction may ride on the same commit. */
const SLICE_MS = 4;
/** Groups whose rows are looked at before the clock is. */
const GROUPS_AT_ONCE = 20;
/** Rows removed by one statement. */
const ROWS_AT_ONCE = 200;
const CALLBACKS_AT_ONCE = 5;
const CHUNKS_AT_ONCE = 20;
/**
 * Its state, and how its dialing ended, are told by no more of them.
 * @bound newest steps of a group that no age removes
 * @beyond they go with OCM_RETENTION_HISTORY
 * @seen `/api/v1/service`
 */
const STEPS_KEPT = 25;

type Tables = CampaignTables & { readonly retention: RetentionRows };

export interface RetentionOptions extends RetentionSettings {
  readonly clock: Clock;
  /** A clock that only runs. */
  readonly elapsedMs: () => number;
}

/** What one commit of retention changed for those who follow. */
export interface RetentionSlice {
  /** Of its commit, as in `CommitReport`; 0: none. */
  readonly no: number;
  /** What the quarantine still holds; null when unchanged. */
  readonly quarantine: readonly QuarantineCount[] | null;
}

/** Does a little, and says whether there may be more to do. */
type Work = () => boolean;

export class Retention {
  readonly #tables: Tables;
  readonly #stores: Stores;
  readonly #transactions: Transactions;
  readonly #options: RetentionOptions;
  readonly #thinning: Thinning;
  /** Of the run. */
  readonly #removed = Object.fromEntries(RETENTION_CLASSES.map((name) => [name, 0])) as Record<RetentionClass, number>;
  readonly #failed: RetentionReport['failed'][number][] = [];

  constructor(tables: Tables, stores: Stores, transactions: Transactions, options: RetentionOptions) {
    this.#tables = tables;
    this.#stores = stores;
    this.#transactions = transactions;
    this.#options = options;
    this.#thinning = new Thinning(tables, stores.evidence, stores.campaigns);
  }

  /** Whether the store is larger than it may be, and something is left that may go for it. */
  get isOverLimit(): boolean {
    const { storeLimitBytes } = this.#options;
    return storeLimitBytes !== null && this.#tables.retention.usedBytes() > storeLimitBytes;
  }

  /** To be run once. */
  *run(): Generator<RetentionSlice, RetentionReport> {
    const { clock, retentionMs } = this.#options;
    const nowMs = clock.nowMs();
    const before = Object.fromEntries(
      RETENTION_CLASSES.map((name) => [name, horizonMs(retentionMs[name], nowMs)]),
    ) as Record<RetentionClass, number>;
    const held = this.#held(nowMs);
    for (const name of RETENTION_CLASSES) yield* this.#attempt(name, this.#remove(name, before[name], held));
    const isLimited = yield* this.#keepWithinLimit(held);
    return { ...(yield* this.#found(held)), isLimited };
  }

  /** A class whose rows cannot be removed keeps no other from it; a store that cannot write ends the run. */
  *#attempt(name: RetentionClass, work: Generator<RetentionSlice>): Generator<RetentionSlice> {
    try {
      yield* work;
    } catch (error) {
      if (error instanceof MonitorError) throw error;
      this.#failed.push({ class: name, why: messageOf(error) });
    }
  }

  #remove(name: RetentionClass, beforeMs: number, held: Held): Generator<RetentionSlice> {
    const rows = this.#tables.retention;
    switch (name) {
      case 'notifications':
        return this.#notifications(beforeMs, held);
      case 'rollups':
        return this.#untilDone(
          this.#eachGroup(held, (groupNo) => {
            const gone = rows.removeRollups(groupNo, beforeMs, ROWS_AT_ONCE);
            return this.#isMore(name, gone, ROWS_AT_ONCE);
          }),
        );
      case 'callbacks':
        return this.#untilDone(() =>
          this.#isMore(name, rows.removeCallbacks(beforeMs, held.sources, CALLBACKS_AT_ONCE)),
        );
      case 'quarantine':
        return this.#untilDone(() => {
          const id = rows.oldestBody(beforeMs, held.sources);
          if (id === null) return false;
          this.#stores.quarantine.expire(id);
          return this.#isMore(name, 1);
        }, true);
      case 'audit':
        return this.#untilDone(() => this.#isMore(name, rows.removeAudit(beforeMs, ROWS_AT_ONCE), ROWS_AT_ONCE));
      case 'history':
        return this.#history(beforeMs, held);
    }
  }

  /** Counts what went; whether so many may not be all. */
  #isMore(name: RetentionClass, gone: number, whole = 1): boolean {
    this.#removed[name] += gone;
    return gone >= whole;
  }

  /** Chunks that cannot be read go with the samples of their time. */
  *#notifications(beforeMs: number, held: Held): Generator<RetentionSlice> {
    yield* this.#untilDone(() => this.#thin('thinned', beforeMs, held));
    yield* this.#untilDone(() => this.#tables.retention.removeDamaged(beforeMs, held, CHUNKS_AT_ONCE) > 0);
  }

  /** What there is after a run. */
  *#found(held: Held): Generator<RetentionSlice, Omit<RetentionReport, 'isLimited'>> {
    const rows = this.#tables.retention;
    const bytes = yield* this.#estimated();
    const thinnedNo = this.#tables.numbers.kept('thinned') ?? 0;
    const kept = Object.fromEntries(
      RETENTION_CLASSES.map((name) => [name, { oldestMs: rows.oldestMs(name, held, thinnedNo), bytes: bytes[name] }]),
    ) as RetentionReport['kept'];
    const [removed, failed] = [this.#removed, this.#failed];
    return { atMs: this.#options.clock.nowMs(), kept, removed, failed, usedBytes: rows.usedBytes() };
  }

  /** What is held now. Where a hold has ended, what it kept is looked at again. */
  #held(nowMs: number): Held {
    const { retention, numbers } = this.#tables;
    const ended = retention.holds().filter(({ untilMs }) => untilMs <= nowMs);
    if (ended.length > 0) {
      this.#transactions.run(() => {
        for (const { id } of ended) retention.removeHold(id);
        lookAgain(numbers);
      });
    }
    return retention.heldAt(nowMs);
  }

  /** Steps that no present state is told by, and then the samples that were kept for them. */
  *#history(beforeMs: number, held: Held): Generator<RetentionSlice> {
    if (beforeMs === -Infinity) return;
    const { retention, numbers, steps } = this.#tables;
    yield* this.#untilDone(
      this.#eachGroup(held, (groupNo) => {
        const needed = [...steps.newestFirst(groupNo, STEPS_KEPT)].map(({ atMs }) => atMs);
        const sinceMs = Math.min(steps.stateSince(groupNo)?.atMs ?? Infinity, ...needed);
        const gone = retention.removeSteps(groupNo, Math.min(beforeMs, sinceMs), ROWS_AT_ONCE);
        if (gone > 0) numbers.keep('history_ms', beforeMs);
        return this.#isMore('history', gone, ROWS_AT_ONCE);
      }),
    );
    yield* this.#untilDone(() => this.#thin('history_chunk', beforeMs, held));
  }

  /** For the limit samples go before their time, oldest first; whether any did, or it is passed all the same. */
  *#keepWithinLimit(held: Held): Generator<RetentionSlice, boolean> {
    if (!this.isOverLimit) return false;
    const work = this.#untilDone(() => this.isOverLimit && this.#thin('thinned', Infinity, held));
    yield* this.#attempt('notifications', work);
    return true;
  }

  /**
   * Thins the next chunk that was written before a moment. The last one stays: numbers go on behind it; and so does one of
   * which the journal still has rows.
   */
  #thin(cursor: 'thinned' | 'history_chunk', beforeMs: number, held: Held): boolean {
    const { numbers, chunks } = this.#tables;
    const chunk = chunks.after(numbers.kept(cursor) ?? 0);
    if (chunk === null || chunk.writtenMs >= beforeMs || this.#isInUse(chunk)) return false;
    numbers.keep(cursor, chunk.chunkNo);
    if (held.groupNos.has(chunk.groupNo)) {
      if (numbers.kept('held_chunk') === null) numbers.keep('held_chunk', chunk.chunkNo);
      return true;
    }
    const { samples, newestMs } = this.#thinning.thin(chunk);
    if (samples === 0) return true;
    this.#removed[cursor === 'thinned' ? 'notifications' : 'history'] += samples;
    if (newestMs > (numbers.kept('thinned_ms') ?? -Infinity)) numbers.keep('thinned_ms', newestMs);
    this.#stores.campaigns.noteRemoved();
    return true;
  }

  #isInUse({ chunkNo, journalNo }: StoredChunk): boolean {
    return journalNo >= this.#stores.evidence.journal().firstNo || chunkNo === this.#tables.chunks.lastNo();
  }

  /** Work that goes through all groups that are not held; `more` does a part for one, and says whether there is more. */
  #eachGroup({ groupNos: held }: Held, more: (groupNo: number) => boolean): Work {
    let cursor = 0;
    return () => {
      const groupNos = this.#tables.retention.groupNosAfter(cursor, GROUPS_AT_ONCE);
      for (const groupNo of groupNos) {
        if (!held.has(groupNo) && more(groupNo)) return true;
        cursor = groupNo;
      }
      return groupNos.length > 0;
    };
  }

  /** Slices of work until there is nothing more to do. */
  *#untilDone(work: Work, changesQuarantine = false): Generator<RetentionSlice> {
    for (let isMore = true; isMore;) {
      const done = this.#slice(work, changesQuarantine);
      ({ isMore } = done);
      yield done.slice;
    }
  }

  #slice(work: Work, changesQuarantine: boolean): { readonly slice: RetentionSlice; readonly isMore: boolean } {
    const { elapsedMs } = this.#options;
    const before = { ...this.#removed };
    let isMore = false;
    try {
      const { no, quarantine } = this.#transactions.run((batch) => {
        const endMs = elapsedMs() + SLICE_MS;
        do isMore = work();
        while (isMore && elapsedMs() < endMs);
        if (changesQuarantine) batch.quarantineChanged();
      });
      return { slice: { no, quarantine }, isMore };
    } catch (error) {
      // Nothing of it went.
      Object.assign(this.#removed, before);
      throw error;
    }
  }

  /** Reads only. */
  *#estimated(): Generator<RetentionSlice, Readonly<Record<RetentionClass, number>>> {
    const parts = this.#tables.retention.estimate();
    for (let part = parts.next(); ; part = parts.next()) {
      if (part.done === true) return part.value;
      yield { no: 0, quarantine: null };
    }
  }
}

/** To be told, within a transaction, that a hold has ended: what it kept is older than what was looked at last. */
export function lookAgain(numbers: CampaignTables['numbers']): void {
  const heldNo = numbers.kept('held_chunk');
  if (heldNo === null) return;
  for (const cursor of ['thinned', 'history_chunk'] as const) {
    numbers.keep(cursor, Math.min(numbers.kept(cursor) ?? 0, heldNo - 1));
  }
  numbers.keep('held_chunk', null);
}
