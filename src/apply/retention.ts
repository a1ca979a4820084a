/**
 * Removes what is older than its class is kept, oldest first, one short transaction per slice, so that posts are committed in
 * between. Whatever breaks it off, the next run goes on where it stood.
 */
import type { Clock } from '../domain/clock.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import type { QuarantineCount } from '../domain/quarantine.js';
import {
  horizonMs,
  type Leftover,
  RETENTION_CLASSES,
  type RetentionClass,
  type RetentionReport,
  type RetentionSettings,
} from '../domain/retention.js';
import { GroupWalk } from './group-walk.js';
import { Leftovers } from './leftovers.js';
import { Pace, SLICE_MS, type Work } from './pace.js';
import { Removal } from './removal.js';
import type { Held } from './retention-rows.js';
import type { Stores } from './stores.js';
import type { Tables } from './tables.js';
import { lookAgain, ThinningPass } from './thinning-pass.js';
import type { Transactions } from './transactions.js';

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
  /** Whether the store may run a slice again from its beginning: then a slice is one thing, and none is left out. */
  readonly isRunAgain?: boolean;
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
  readonly #chunks: ThinningPass<RetentionSlice>;
  /** Rows that went in this run, and the classes of which some could not. */
  readonly #removed: Removed = ofEachClass(() => 0);
  readonly #leftovers: Record<Leftover, number> = { statements: 0, groups: 0, runs: 0, missing_keys: 0 };
  readonly #failed: RetentionReport['failed'][number][] = [];
  /** As of the slice under way: a hold that is made while this runs is kept to from then on. */
  #held: Held = { groupNos: new Set(), sources: [] };

  constructor(tables: Tables, stores: Stores, transactions: Transactions, options: RetentionOptions) {
    this.#tables = tables;
    this.#stores = stores;
    this.#transactions = transactions;
    this.#options = options;
    this.#chunks = new ThinningPass(tables, stores, {
      slice: (work) => this.#slice(work, false),
      held: () => this.#held,
      gone: (cursor, samples) => this.#gone(cursor === 'thinned' ? 'notifications' : 'history', samples),
    });
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
    const before = ofEachClass((name) => horizonMs(retentionMs[name], nowMs));
    this.#endHolds(nowMs);
    for (const name of RETENTION_CLASSES) yield* this.#attempt(name, this.#remove(name, before[name]));
    const isLimited = yield* this.#keepWithinLimit();
    yield* this.#attempt('history', this.#removeLeftovers(before, nowMs));
    const kept = yield* this.#kept();
    const [removed, leftovers, failed] = [this.#removed, this.#leftovers, this.#failed];
    const usedBytes = this.#tables.retention.usedBytes();
    return { atMs: clock.nowMs(), kept, removed, leftovers, failed, usedBytes, isLimited };
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

  #remove(name: RetentionClass, beforeMs: number): Generator<RetentionSlice> {
    const { retention } = this.#tables;
    switch (name) {
      case 'notifications':
        return this.#notifications(beforeMs);
      case 'rollups':
        return this.#untilDone(
          this.#eachGroup((groupNo, limit) => this.#gone(name, retention.removeRollups(groupNo, beforeMs, limit))),
        );
      case 'callbacks':
        return this.#untilDone(
          this.#removing((limit) => this.#gone(name, retention.removeCallbacks(beforeMs, this.#held.sources, limit))),
        );
      case 'quarantine':
        return this.#untilDone(() => {
          const id = retention.oldestBody(beforeMs, this.#held.sources);
          if (id === null) return false;
          this.#stores.quarantine.expire(id);
          return this.#gone(name, 1) > 0;
        }, true);
      case 'audit':
        return this.#untilDone(this.#removing((limit) => this.#gone(name, retention.removeAudit(beforeMs, limit))));
      case 'history':
        return this.#history(beforeMs);
    }
  }

  /** Counts rows that went, and returns how many. */
  #gone(name: RetentionClass, rows: number): number {
    this.#removed[name] += rows;
    return rows;
  }

  /** Chunks that cannot be read go with the samples of their time. */
  *#notifications(beforeMs: number): Generator<RetentionSlice> {
    yield* this.#thin('notifications', beforeMs);
    yield* this.#untilDone(
      this.#removing((limit) => this.#tables.retention.removeDamaged(beforeMs, this.#held, limit)),
    );
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
  *#history(beforeMs: number): Generator<RetentionSlice> {
    if (beforeMs === -Infinity) return;
    const { retention, numbers, steps } = this.#tables;
    yield* this.#untilDone(
      this.#eachGroup((groupNo, limit) => {
        const needed = [...steps.newestFirst(groupNo, STEPS_KEPT)].map(({ atMs }) => atMs);
        const sinceMs = Math.min(steps.stateSince(groupNo)?.atMs ?? Infinity, ...needed);
        const gone = retention.removeSteps(groupNo, Math.min(beforeMs, sinceMs), limit);
        if (gone > 0) numbers.keep('history_ms', beforeMs);
        return this.#gone('history', gone);
      }),
    );
    yield* this.#thin('history', beforeMs);
  }

  /** Last, for what went before leaves them behind. */
  *#removeLeftovers(before: Readonly<Record<RetentionClass, number>>, nowMs: number): Generator<RetentionSlice> {
    const { elapsedMs } = this.#options;
    const options = { held: () => this.#held, elapsedMs, removed: this.#leftovers };
    const leftovers = new Leftovers(this.#tables, this.#stores, options);
    yield* this.#untilDone(leftovers.statements(nowMs));
    yield* this.#untilDone(leftovers.groups());
    yield* this.#untilDone(leftovers.runs(Math.min(before.notifications, before.rollups, before.history)));
    yield* this.#untilDone(leftovers.missingKeys(before.callbacks));
    if (this.#leftovers.groups > 0)
      yield* new Removal(this.#tables, this.#stores, this.#transactions, this.#options).finish();
  }

  /** For the limit samples go before their time, oldest first; whether any did, or it is passed all the same. */
  *#keepWithinLimit(): Generator<RetentionSlice, boolean> {
    if (!this.isOverLimit) return false;
    yield* this.#attempt(
      'notifications',
      this.#thin('notifications', Infinity, () => this.isOverLimit),
    );
    return true;
  }

  /** Chunks that cannot be thinned are told as what failed of their class. */
  *#thin(name: 'notifications' | 'history', beforeMs: number, isWanted?: () => boolean): Generator<RetentionSlice> {
    const why = yield* this.#chunks.thin(name === 'history' ? 'history_chunk' : 'thinned', beforeMs, isWanted);
    if (why !== null) this.#failed.push({ class: name, why });
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
    const walk = new GroupWalk(this.#tables.retention);
    return (leftMs) =>
      walk.some((groupNo) => {
        if (this.#held.groupNos.has(groupNo)) return true;
        return pace.measure(pace.rowsWithin(leftMs), (limit) => remove(groupNo, limit)) === 0;
      });
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
    const { clock, elapsedMs, isRunAgain = false } = this.#options;
    const [removed, leftovers] = [{ ...this.#removed }, { ...this.#leftovers }];
    const countNothing = () => {
      Object.assign(this.#removed, removed);
      Object.assign(this.#leftovers, leftovers);
    };
    let isMore = true;
    try {
      const { no, quarantine } = this.#transactions.run((batch) => {
        // Where this is run again, nothing went when it was run before.
        countNothing();
        isMore = true;
        this.#held = this.#tables.retention.heldAt(clock.nowMs());
        const endMs = elapsedMs() + SLICE_MS;
        for (let leftMs = SLICE_MS; leftMs > 0 && isMore; leftMs = isRunAgain ? 0 : endMs - elapsedMs())
          isMore = work(leftMs);
        if (changesQuarantine) batch.quarantineChanged();
      });
      return { slice: { no, quarantine }, isMore };
    } catch (error) {
      countNothing();
      throw error;
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
