/**
 * Removes what is older than its class is kept, oldest first, one short transaction per slice, so that posts are committed in
 * between. Whatever breaks it off, the next run goes on where it stood.
 */
import type { Clock } from '../domain/clock.js';
import type { QuarantineCount } from '../domain/quarantine.js';
import {
  horizonMs,
  type Leftover,
  RETENTION_CLASSES,
  type RetentionClass,
  type RetentionReport,
  type RetentionSettings,
} from '../domain/retention.js';
import { Leftovers } from './leftovers.js';
import { Pace, type Work } from './pace.js';
import { Removal } from './removal.js';
import type { Held } from './retention-rows.js';
import type { Stores } from './stores.js';
import type { StoredChunk } from './evidence-rows.js';
import type { NumberRows, Tables } from './tables.js';
import { Thinning } from './thinning.js';
import type { Transactions } from './transactions.js';

/** How long a slice works before it commits; compaction may ride on the same commit. */
const SLICE_MS = 4;
/** Numbers of groups that are read at once; the clock is looked at after each group. */
const GROUPS_AT_ONCE = 200;
/**
 * Its state, and how its dialing ended, are told by no more of them.
 * @bound newest steps of a group that no age removes
 * @beyond they go with OCM_RETENTION_HISTORY
 * @seen `/api/v1/service`
 */
const STEPS_KEPT = 25;

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

const READ_ONLY: RetentionSlice = { no: 0, quarantine: null };

type Removed = Record<RetentionClass, number>;

export class Retention {
  readonly #tables: Tables;
  readonly #stores: Stores;
  readonly #transactions: Transactions;
  readonly #options: RetentionOptions;
  readonly #thinning: Thinning;
  /** As of the slice under way: a hold that is made while this runs is kept to from then on. */
  #held: Held = { groupNos: new Set(), sources: [] };

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
    const before = ofEachClass((name) => horizonMs(retentionMs[name], nowMs));
    const removed: Removed = ofEachClass(() => 0);
    this.#endHolds(nowMs);
    const rows = this.#tables.retention;
    yield* this.#untilDone(() => this.#thin('thinned', before.notifications, removed));
    yield* this.#untilDone(
      this.#eachGroup((groupNo, limit) => {
        const gone = rows.removeRollups(groupNo, before.rollups, limit);
        removed.rollups += gone;
        return gone;
      }),
    );
    yield* this.#untilDone(
      this.#removing((limit) => {
        const gone = rows.removeCallbacks(before.callbacks, this.#held.sources, limit);
        removed.callbacks += gone;
        return gone;
      }),
    );
    yield* this.#untilDone(() => {
      const id = rows.oldestBody(before.quarantine, this.#held.sources);
      if (id === null) return false;
      this.#stores.quarantine.expire(id);
      removed.quarantine++;
      return true;
    }, true);
    yield* this.#untilDone(
      this.#removing((limit) => {
        const gone = rows.removeAudit(before.audit, limit);
        removed.audit += gone;
        return gone;
      }),
    );
    yield* this.#history(before.history, removed);
    const isLimited = yield* this.#keepWithinLimit(removed);
    const leftovers = yield* this.#leftovers(before, nowMs);
    const kept = yield* this.#kept();
    return { atMs: clock.nowMs(), kept, removed, leftovers, usedBytes: rows.usedBytes(), isLimited };
  }

  /** Where a hold has ended, what it kept is looked at again. */
  #endHolds(nowMs: number): void {
    const { retention, numbers } = this.#tables;
    const ended = retention.holds().filter(({ untilMs }) => untilMs <= nowMs);
    if (ended.length > 0) {
      this.#transactions.run(() => {
        for (const { id } of ended) retention.removeHold(id);
        lookAgain(numbers);
      });
    }
    this.#held = retention.heldAt(nowMs);
  }

  /** Steps that no present state is told by, and then the samples that were kept for them. */
  *#history(beforeMs: number, removed: Removed): Generator<RetentionSlice> {
    if (beforeMs === -Infinity) return;
    const { retention, numbers, steps } = this.#tables;
    yield* this.#untilDone(
      this.#eachGroup((groupNo, limit) => {
        const needed = [...steps.newestFirst(groupNo, STEPS_KEPT)].map(({ atMs }) => atMs);
        const sinceMs = Math.min(steps.stateSince(groupNo)?.atMs ?? Infinity, ...needed);
        const gone = retention.removeSteps(groupNo, Math.min(beforeMs, sinceMs), limit);
        removed.history += gone;
        if (gone > 0) numbers.keep('history_ms', beforeMs);
        return gone;
      }),
    );
    yield* this.#untilDone(() => this.#thin('history_chunk', beforeMs, removed));
  }

  /** Last, for what went before leaves them behind. */
  *#leftovers(
    before: Readonly<Record<RetentionClass, number>>,
    nowMs: number,
  ): Generator<RetentionSlice, Record<Leftover, number>> {
    const removed = { statements: 0, groups: 0, runs: 0, missing_keys: 0 } satisfies Record<Leftover, number>;
    const { clock, elapsedMs } = this.#options;
    const options = { held: () => this.#held, elapsedMs, removed };
    const leftovers = new Leftovers(this.#tables, this.#stores, options);
    yield* this.#untilDone(leftovers.statements(nowMs));
    yield* this.#untilDone(leftovers.groups());
    yield* this.#untilDone(leftovers.runs(Math.min(before.notifications, before.rollups, before.history)));
    yield* this.#untilDone(leftovers.missingKeys(before.callbacks));
    if (removed.groups > 0) yield* new Removal(this.#tables, this.#stores, this.#transactions, clock).finish();
    return removed;
  }

  /** For the limit samples go before their time, oldest first; whether any did, or it is passed all the same. */
  *#keepWithinLimit(removed: Removed): Generator<RetentionSlice, boolean> {
    if (!this.isOverLimit) return false;
    yield* this.#untilDone(() => this.isOverLimit && this.#thin('thinned', Infinity, removed));
    return true;
  }

  /**
   * Thins the next chunk that was written before a moment. The last one stays: numbers go on behind it; and so does one of
   * which the journal still has rows.
   */
  #thin(cursor: 'thinned' | 'history_chunk', beforeMs: number, removed: Removed): boolean {
    const { numbers, chunks } = this.#tables;
    const chunk = chunks.after(numbers.kept(cursor) ?? 0);
    if (chunk === null || chunk.writtenMs >= beforeMs || this.#isInUse(chunk)) return false;
    numbers.keep(cursor, chunk.chunkNo);
    if (this.#held.groupNos.has(chunk.groupNo)) {
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

  /** Work that removes rows, at most so many by a statement, until one finds fewer. */
  #removing(remove: (limit: number) => number): Work {
    const pace = new Pace(this.#options.elapsedMs);
    return (leftMs) => {
      const limit = pace.rowsWithin(leftMs);
      return pace.measure(limit, remove) >= limit;
    };
  }

  /** The same, group after group, of those that are not held. */
  #eachGroup(remove: (groupNo: number, limit: number) => number): Work {
    const pace = new Pace(this.#options.elapsedMs);
    let [cursor, ahead] = [0, [] as readonly number[]];
    return (leftMs) => {
      if (ahead.length === 0) ahead = this.#tables.retention.groupNosAfter(cursor, GROUPS_AT_ONCE);
      const [groupNo] = ahead;
      if (groupNo === undefined) return false;
      const limit = pace.rowsWithin(leftMs);
      const gone = this.#held.groupNos.has(groupNo) ? 0 : pace.measure(limit, (rows) => remove(groupNo, rows));
      if (gone >= limit) return true;
      cursor = groupNo;
      ahead = ahead.slice(1);
      return true;
    };
  }

  /** Slices of work until there is nothing more to do. */
  *#untilDone(work: Work, changesQuarantine = false): Generator<RetentionSlice> {
    const { clock, elapsedMs } = this.#options;
    for (let isMore = true as boolean; isMore;) {
      const { no, quarantine } = this.#transactions.run((batch) => {
        this.#held = this.#tables.retention.heldAt(clock.nowMs());
        const endMs = elapsedMs() + SLICE_MS;
        for (let leftMs = SLICE_MS; leftMs > 0 && isMore; leftMs = endMs - elapsedMs()) isMore = work(leftMs);
        if (changesQuarantine) batch.quarantineChanged();
      });
      yield { no, quarantine };
    }
  }

  /** Reads only, some at each turn. */
  *#kept(): Generator<RetentionSlice, RetentionReport['kept']> {
    const { retention, numbers } = this.#tables;
    const thinnedNo = numbers.kept('thinned') ?? 0;
    const oldestMs = {} as Record<RetentionClass, number | null>;
    for (const name of RETENTION_CLASSES) {
      oldestMs[name] = retention.oldestMs(name, this.#held, thinnedNo);
      yield READ_ONLY;
    }
    const parts = retention.estimate();
    for (let part = parts.next(); ; part = parts.next()) {
      if (part.done === true) return ofEachClass((name) => ({ oldestMs: oldestMs[name], bytes: part.value[name] }));
      yield READ_ONLY;
    }
  }
}

function ofEachClass<T>(of: (name: RetentionClass) => T): Record<RetentionClass, T> {
  return Object.fromEntries(RETENTION_CLASSES.map((name) => [name, of(name)])) as Record<RetentionClass, T>;
}

/** To be told, within a transaction, that a hold has ended: what it kept is older than what was looked at last. */
export function lookAgain(numbers: NumberRows): void {
  const heldNo = numbers.kept('held_chunk');
  if (heldNo === null) return;
  for (const cursor of ['thinned', 'history_chunk'] as const) {
    numbers.keep(cursor, Math.min(numbers.kept(cursor) ?? 0, heldNo - 1));
  }
  numbers.keep('held_chunk', null);
}
