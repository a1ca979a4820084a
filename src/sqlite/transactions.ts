/** Work on a held database, durable as a whole or without a trace; and within it, parts that may fail by themselves. */
import type { Clock } from '../domain/clock.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import type { Violation } from '../domain/notification.js';
import type { Endpoint } from '../domain/quarantine.js';
import type { CommitReport } from '../domain/store.js';
import type { UpkeepReport, UpkeepTask } from '../domain/store-upkeep.js';
import { Batch, type BatchChanges } from '../apply/batch.js';
import { noteChanges } from '../apply/change-log.js';
import { internalFault } from '../apply/judge-delivery.js';
import type { Transactions } from '../apply/transactions.js';
import { type CheckpointReport, Checkpoints } from './checkpoints.js';
import { isDamage } from './damage/damage.js';
import { isStoreFailure } from './database.js';
import { wasSetBack } from '../domain/clock-watch.js';
import { endFutureMoments } from './future-moments.js';
import type { HeldStore } from './held-store.js';
import { UpkeepFaults } from '../domain/upkeep-faults.js';

/** How long compaction may hold up a commit. */
const SLICE_MS = 5;
/** How long work beside posts rests after a fault of it. An alert looks back further than this. */
const UPKEEP_RESTS_MS = 60_000;

export interface TransactionsOptions {
  /** Version of the schema under which an endpoint's bodies are judged. */
  readonly schemaVersionOf: (endpoint: Endpoint) => string;
  readonly clock: Clock;
  /** Told when the write-ahead log cannot be written back, and when it can be again. */
  readonly onCheckpoint?: (report: CheckpointReport) => void;
  /** Told of a commit that stands although whoever asked for it is told that it failed. */
  readonly onUnconfirmed?: (report: CommitReport) => void;
  /** Told when work beside posts fails, and when it works again. */
  readonly onUpkeep?: (report: UpkeepReport) => void;
  /** A clock that only runs: the system's, unless a test says. */
  readonly elapsedMs?: () => number;
}

/** Work beside posts that a commit does a little of. */
interface Upkeep {
  readonly task: UpkeepTask;
  readonly isDue: () => boolean;
  readonly work: () => void;
}

export class SqliteTransactions implements Transactions {
  readonly #held: HeldStore;
  readonly #options: TransactionsOptions;
  readonly #checkpoints: Checkpoints;
  readonly #faults: UpkeepFaults;
  readonly #elapsedMs: () => number;
  #commits = 0;
  /** Until when a task rests, by a clock that only runs. */
  readonly #restsUntilMs = new Map<UpkeepTask, number>();
  /** What the clock said at the last commit. */
  #committedMs = -Infinity;

  constructor(held: HeldStore, options: TransactionsOptions) {
    this.#held = held;
    this.#options = options;
    const nobody = () => undefined;
    const { onCheckpoint: onReport = nobody, onUpkeep = nobody, elapsedMs = () => performance.now() } = options;
    this.#elapsedMs = elapsedMs;
    this.#checkpoints = new Checkpoints({ elapsedMs, onReport });
    this.#faults = new UpkeepFaults(onUpkeep);
  }

  run(work: (batch: Batch) => void, keep = true): CommitReport {
    const startedMs = performance.now();
    const nowMs = this.#options.clock.nowMs();
    const held = this.#held;
    held.mustBeOurFile();
    const { db, tables, stores } = held.store;
    const batch = new Batch(stores, this.#options.schemaVersionOf);
    let changes: BatchChanges;
    let syncMs = 0;
    try {
      db.exec('BEGIN IMMEDIATE');
      if (wasSetBack(this.#committedMs, nowMs)) {
        endFutureMoments(db, stores.campaigns, nowMs);
        held.dropMemory();
      }
      work(batch);
      changes = batch.changes();
      if (keep) {
        noteChanges(tables.changes, changes, { nowMs, isRetold: batch.isRetold });
        this.#compact(nowMs, true);
        const syncedFromMs = performance.now();
        db.exec('COMMIT');
        syncMs = performance.now() - syncedFromMs;
        this.writeBack();
      } else {
        // A dry run applies, to know the outcome, and changes nothing that is held: hardly ever is there anything to count again.
        db.exec('ROLLBACK');
        held.dropMemory();
        if (batch.hasKept) stores.quarantine.recount();
      }
    } catch (error) {
      if (isDamage(error)) throw held.diagnose(error);
      this.#rollBack();
      throw unwritable(error);
    }
    if (keep) {
      this.#commits++;
      this.#committedMs = nowMs;
    }
    const commitSeconds = (performance.now() - startedMs) / 1000;
    const report = { ...changes, no: this.#commits, commitSeconds, syncSeconds: syncMs / 1000 };
    this.#mustHold(report, keep);
    return report;
  }

  /**
   * Removed or changed meanwhile: the commit went into a file without a name, or over what somebody else has written. Where
   * nobody can tell, posts are refused that are held all the same: what is shown follows what is held.
   */
  #mustHold(report: CommitReport, isCommitted: boolean): void {
    try {
      this.#held.mustHoldCommit();
    } catch (error) {
      const isThere = error instanceof MonitorError && error.code === 'OCM_UNAVAILABLE';
      if (isCommitted && isThere) this.#options.onUnconfirmed?.({ ...report, receipts: [] });
      throw error;
    }
  }

  /** What is due beside posts while none comes: in a transaction of its own. */
  compactWhileIdle(nowMs: number): void {
    const { db } = this.#held.store;
    if (!this.#upkeep(nowMs, false).some(({ task, isDue }) => !this.#rests(task) && isDue())) return;
    try {
      db.transaction(() => {
        this.#compact(nowMs, false);
      })();
    } catch (error) {
      this.#held.dropMemory();
      throw error;
    }
  }

  /** What is due beside posts: part of the transaction that is open. */
  #compact(nowMs: number, isPaced: boolean): void {
    for (const { task, isDue, work } of this.#upkeep(nowMs, isPaced))
      if (!this.#rests(task)) this.#attend(task, isDue, work);
  }

  #upkeep(nowMs: number, isPaced: boolean): readonly Upkeep[] {
    const { compaction } = this.#held.store.stores;
    const budget = { elapsedMs: this.#elapsedMs, sliceMs: SLICE_MS, isPaced };
    return [
      {
        task: 'set_aside',
        isDue: () => compaction.hasDamaged,
        work: () => {
          compaction.setDamagedAside(nowMs);
        },
      },
      {
        task: 'compaction',
        isDue: () => compaction.isDue(nowMs),
        work: () => {
          compaction.slice(nowMs, budget);
        },
      },
    ];
  }

  #rests(task: UpkeepTask): boolean {
    return this.#elapsedMs() < (this.#restsUntilMs.get(task) ?? 0);
  }

  /** A fault of it costs no post: evidence stays where it is, and the task rests. What has damaged the database is told by others. */
  #attend(task: UpkeepTask, isDue: () => boolean, work: () => void): void {
    const { db, stores } = this.#held.store;
    let hasSavepoint = false;
    try {
      if (!isDue()) return;
      db.exec('SAVEPOINT upkeep');
      hasSavepoint = true;
      work();
      db.exec('RELEASE upkeep');
      this.#faults.worked(task);
    } catch (error) {
      if (!isDamage(error)) this.#faults.failed(task, error);
      if (isStoreFailure(error) || !db.inTransaction) throw error;
      if (hasSavepoint) db.exec('ROLLBACK TO upkeep; RELEASE upkeep');
      stores.compaction.dropMemory();
      stores.evidence.dropMemory();
      this.#restsUntilMs.set(task, this.#elapsedMs() + UPKEEP_RESTS_MS);
    }
  }

  /** Writes the log back into the database when it is due: after every commit, by whatever way. Never throws. */
  writeBack(): void {
    this.#checkpoints.afterCommit(this.#held.store.db);
  }

  attempt(batch: Batch, work: () => void): Violation | null {
    const { db, stores } = this.#held.store;
    const takeBack = batch.mark();
    db.exec('SAVEPOINT attempt');
    try {
      work();
      return null;
    } catch (error) {
      if (isStoreFailure(error) || !db.inTransaction) throw error;
      db.exec('ROLLBACK TO attempt');
      takeBack();
      this.#held.dropMemory();
      stores.quarantine.recount();
      return internalFault(error);
    } finally {
      if (db.inTransaction) db.exec('RELEASE attempt');
    }
  }

  /** What was put into memory for the sake of the transaction goes with it. */
  #rollBack(): void {
    const { db, stores } = this.#held.store;
    if (db.inTransaction) db.exec('ROLLBACK');
    this.#held.dropMemory();
    stores.quarantine.recount();
  }
}

/** A failure of the store as OCM_UNAVAILABLE; anything else as it is. */
export function unwritable(error: unknown): unknown {
  if (!isStoreFailure(error)) return error;
  return new MonitorError('OCM_UNAVAILABLE', `the store cannot write: ${messageOf(error)}`, { cause: error });
}
