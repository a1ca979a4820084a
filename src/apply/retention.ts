/**
 * Removes what is older than its class is kept, oldest first, one short transaction per slice, so that posts are committed in
 * between. Whatever breaks it off, the next run goes on where it stood.
 */
import type { Clock } from '../domain/clock.js';
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

  *run(): Generator<RetentionSlice, RetentionReport> {
    const { clock, retentionMs } = this.#options;
    const nowMs = clock.nowMs();
    const before = Object.fromEntries(
      RETENTION_CLASSES.map((name) => [name, horizonMs(retentionMs[name], nowMs)]),
    ) as Record<RetentionClass, number>;
    const removed = Object.fromEntries(RETENTION_CLASSES.map((name) => [name, 0])) as Record<RetentionClass, number>;
    const held = this.#held(nowMs);
    const rows = this.#tables.retention;
    yield* this.#untilDone(() => this.#thin('thinned', before.notifications, held, removed));
    yield* this.#untilDone(
      this.#eachGroup(held, (groupNo) => {
        const gone = rows.removeRollups(groupNo, before.rollups, ROWS_AT_ONCE);
        removed.rollups += gone;
        return gone >= ROWS_AT_ONCE;
      }),
    );
    yield* this.#untilDone(() => {
      const gone = rows.removeCallbacks(before.callbacks, held.sources, CALLBACKS_AT_ONCE);
      removed.callbacks += gone;
      return gone > 0;
    });
    yield* this.#untilDone(() => {
      const id = rows.oldestBody(before.quarantine, held.sources);
      if (id === null) return false;
      this.#stores.quarantine.expire(id);
      removed.quarantine++;
      return true;
    }, true);
    yield* this.#untilDone(() => {
      const gone = rows.removeAudit(before.audit, ROWS_AT_ONCE);
      removed.audit += gone;
      return gone >= ROWS_AT_ONCE;
    });
    yield* this.#history(before.history, held, removed);
    const isLimited = yield* this.#keepWithinLimit(held, removed);
    const bytes = yield* this.#estimated();
    const thinnedNo = this.#tables.numbers.kept('thinned') ?? 0;
    const kept = Object.fromEntries(
      RETENTION_CLASSES.map((name) => [name, { oldestMs: rows.oldestMs(name, held, thinnedNo), bytes: bytes[name] }]),
    ) as RetentionReport['kept'];
    return { atMs: clock.nowMs(), kept, removed, usedBytes: rows.usedBytes(), isLimited };
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
  *#history(beforeMs: number, held: Held, removed: Record<RetentionClass, number>): Generator<RetentionSlice> {
    if (beforeMs === -Infinity) return;
    const { retention, numbers, steps } = this.#tables;
    yield* this.#untilDone(
      this.#eachGroup(held, (groupNo) => {
        const needed = [...steps.newestFirst(groupNo, STEPS_KEPT)].map(({ atMs }) => atMs);
        const sinceMs = Math.min(steps.stateSince(groupNo)?.atMs ?? Infinity, ...needed);
        const gone = retention.removeSteps(groupNo, Math.min(beforeMs, sinceMs), ROWS_AT_ONCE);
        removed.history += gone;
        if (gone > 0) numbers.keep('history_ms', beforeMs);
        return gone >= ROWS_AT_ONCE;
      }),
    );
    yield* this.#untilDone(() => this.#thin('history_chunk', beforeMs, held, removed));
  }

  /** For the limit samples go before their time, oldest first; whether any did, or it is passed all the same. */
  *#keepWithinLimit(held: Held, removed: Record<RetentionClass, number>): Generator<RetentionSlice, boolean> {
    if (!this.isOverLimit) return false;
    yield* this.#untilDone(() => this.isOverLimit && this.#thin('thinned', Infinity, held, removed));
    return true;
  }

  /**
   * Thins the next chunk that was written before a moment. The last one stays: numbers go on behind it; and so does one of
   * which the journal still has rows.
   */
  #thin(
    cursor: 'thinned' | 'history_chunk',
    beforeMs: number,
    held: Held,
    removed: Record<RetentionClass, number>,
  ): boolean {
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
    removed[cursor === 'thinned' ? 'notifications' : 'history'] += samples;
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
    const { elapsedMs } = this.#options;
    for (let isMore = true as boolean; isMore;) {
      const { no, quarantine } = this.#transactions.run((batch) => {
        const endMs = elapsedMs() + SLICE_MS;
        do isMore = work();
        while (isMore && elapsedMs() < endMs);
        if (changesQuarantine) batch.quarantineChanged();
      });
      yield { no, quarantine };
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
