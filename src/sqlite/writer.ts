/** The one writer of a database: turns batches of deliveries into durable history, one transaction a batch. */
import type { AuditEntry } from '../domain/audit.js';
import type { Callback } from '../domain/callback.js';
import type { CustomerCertificate, CustomerRequest } from '../domain/customer.js';
import { type GroupSnapshot } from '../domain/campaign-group.js';
import { MonitorError } from '../domain/errors.js';
import type { ImportBatch, ImportedBatch } from '../domain/import.js';
import type {
  CommitReport,
  Delivery,
  ForgetRequest,
  ForgetSlice,
  LastEvent,
  ReplayRequest,
  ReplaySlice,
} from '../domain/store.js';
import {
  type Hold,
  type MadeHold,
  KEPT_FOR_EVER,
  type NewHold,
  type RetentionReport,
  type RetentionSettings,
} from '../domain/retention.js';
import type { DamagedChunks } from '../domain/store-upkeep.js';
import { commitBatch } from '../apply/commit.js';
import { CustomerRemoval } from '../apply/customers/customer-removal.js';
import { importBatch } from '../apply/import.js';
import { SqliteCustomers } from './customers/customer-store.js';
import type { SetAside } from './damage/damage.js';
import { isStoreFailure } from './database.js';
import { type GroupHead, snapshotOf } from '../apply/group-head.js';
import { HeldStore, type HeldStoreOptions } from './held-store.js';
import { Removal } from '../apply/removal.js';
import { Retention, type RetentionSlice } from '../apply/retention.js';
import { lookAgain } from '../apply/thinning-pass.js';
import { Replay, type ReplayOptions } from '../apply/replay.js';
import { RhythmTable } from './rhythm-table.js';
import type { Prepared } from './hand-over.js';
import { SqliteTransactions, type TransactionsOptions, unwritable } from './transactions.js';

export interface WriterOptions
  extends
    HeldStoreOptions,
    ReplayOptions,
    Pick<TransactionsOptions, 'onCheckpoint' | 'onUnconfirmed' | 'onUpkeep' | 'elapsedMs'> {
  /** Unless it is said, everything is kept. */
  readonly retention?: RetentionSettings;
  /** What was read while a predecessor still wrote, null: nothing; see `prepareHandOver`. */
  readonly prepared?: Prepared | null;
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #held: HeldStore;
  readonly #transactions: SqliteTransactions;
  #prepared: Prepared | null;
  #leftOut = 0;
  /** Of a file there is one writer. */
  readonly isHousekeeper = true;

  /** Takes the lock, opens, migrates. Throws OCM_LOCKED, OCM_NOT_OURS, OCM_NEWER_SCHEMA, OCM_NOT_DURABLE, OCM_DAMAGED. */
  constructor({ prepared = null, ...options }: WriterOptions) {
    this.#options = options;
    this.#prepared = prepared;
    this.#held = new HeldStore({ ...options, journal: prepared?.journal ?? null });
    this.#transactions = new SqliteTransactions(this.#held, options);
  }

  get #store() {
    return this.#held.store;
  }

  get #stores() {
    return this.#store.stores;
  }

  /** See `BatchWriter.commit`. */
  commit(deliveries: readonly Delivery[]): CommitReport {
    const nowMs = this.#options.clock.nowMs();
    return commitBatch(deliveries, { judges: this.#options, nowMs, transactions: this.#transactions });
  }

  /** In one transaction, see `apply/import.ts`. Throws OCM_UNAVAILABLE when nothing of it could be made durable. */
  importBatch(batch: ImportBatch): ImportedBatch {
    const nowMs = this.#options.clock.nowMs();
    return importBatch(batch, { judges: this.#options, nowMs, transactions: this.#transactions });
  }

  /** See `BatchWriter.replay`. Yields between slices, so that live commits are not held up. */
  replay(request: ReplayRequest): Generator<ReplaySlice, void> {
    return new Replay(this.#stores.quarantine, this.#transactions, this.#options).run(request);
  }

  /** See `BatchWriter.forget`. Yields between slices, too; finishes what an earlier run had begun to remove. */
  forget(request: ForgetRequest): Generator<ForgetSlice, void> {
    return this.#removal().run(request);
  }

  /** See `WriterClient.forgetCustomer`. As above. */
  forgetCustomer(request: CustomerRequest): Generator<ForgetSlice, CustomerCertificate> {
    return this.#customers().run(request);
  }

  /** Removes what an earlier run was asked to forget and did not get to. */
  *finishForgetting(): Generator<ForgetSlice, void> {
    yield* this.#removal().finish();
    yield* this.#customers().finish();
  }

  /** Removes what is older than its class is kept. Yields between slices, too. */
  retain(): Generator<RetentionSlice, RetentionReport> {
    return this.#retention().run();
  }

  /** Whether the database is larger than it may be: then `retain` is not to wait. */
  get isOverLimit(): boolean {
    return this.#retention().isOverLimit;
  }

  holds(): readonly Hold[] {
    return this.#store.tables.retention.holds();
  }

  /** Throws OCM_NOTHING_STORED where there is no such group, OCM_UNAVAILABLE when the store cannot write. */
  hold(asked: NewHold): MadeHold {
    const isOfNothing = !this.#store.tables.retention.isStored(asked);
    if (isOfNothing && asked.group !== null)
      throw new MonitorError('OCM_NOTHING_STORED', `there is no campaign group of the id ${asked.group}`);
    const hold = { ...asked, madeMs: this.#options.clock.nowMs() };
    let id = '';
    this.#write(() => {
      id = this.#store.tables.retention.insertHold(hold);
    });
    return { ...hold, id, isOfNothing };
  }

  /** Ends a hold; false when there is none of that id. */
  release(id: string): boolean {
    const { retention, numbers } = this.#store.tables;
    if (!retention.holds().some((hold) => hold.id === id)) return false;
    this.#write(() => {
      retention.removeHold(id);
      lookAgain(numbers);
    });
    return true;
  }

  #retention(): Retention {
    const { tables, stores } = this.#store;
    const { clock, retention = KEPT_FOR_EVER } = this.#options;
    const elapsedMs = () => performance.now();
    return new Retention(tables, stores, this.#transactions, { ...retention, clock, elapsedMs });
  }

  #removal(): Removal {
    const { tables, stores } = this.#store;
    const { clock } = this.#options;
    return new Removal(tables, stores, this.#transactions, { clock, elapsedMs: () => performance.now() });
  }

  #customers(): CustomerRemoval {
    const { db, stores, numbers } = this.#store;
    const { clock, digest, keepsLedger: isBesidePosts } = this.#options;
    const store = new SqliteCustomers({ db, stores, digest, isBesidePosts, transactions: this.#transactions });
    return new CustomerRemoval({ store, numbers, clock, elapsedMs: () => performance.now() });
  }

  /** Writes down what an administrator did. Throws OCM_UNAVAILABLE when the store cannot write. */
  audit(entry: AuditEntry): void {
    this.#write(() => {
      this.#store.auditLog.append(entry);
    });
  }

  /** Writes learned intervals down. Throws OCM_UNAVAILABLE when the store cannot write. */
  keepIntervals(intervals: ReadonlyMap<string, number>): void {
    this.#write(() => {
      new RhythmTable(this.#store.db).keep(intervals, this.#options.clock.nowMs());
    });
  }

  #write(work: () => void): void {
    this.#held.mustBeOurFile();
    try {
      this.#store.db.transaction(work)();
    } catch (error) {
      throw unwritable(error);
    }
    this.#transactions.writeBack();
    this.#held.mustHoldCommit();
  }

  /** Writes down that the service is alive. */
  beat(): void {
    this.#held.mustBeOurFile();
    const nowMs = this.#options.clock.nowMs();
    this.#store.ledger?.beat(nowMs);
    this.#transactions.compactWhileIdle(nowMs);
    this.#transactions.writeBack();
    this.#held.mustHoldCommit();
  }

  /** Looks whether the log is what was written, a part at a time. Throws OCM_STORE_LOST when it is not. */
  inspectLog(): Generator<void> {
    return this.#held.inspectLog();
  }

  /** A reader could not read these chunks: those that cannot be read here either are set aside. */
  lookAtChunks(chunkNos: readonly number[]): void {
    const { evidence } = this.#stores;
    for (const chunkNo of chunkNos) evidence.lookAtChunk(chunkNo);
    if (evidence.hasDamaged) this.#transactions.run(() => undefined);
  }

  damagedChunks(): DamagedChunks {
    return this.#store.damagedChunks();
  }

  /** Commits as posts are committed, though next to nothing. Throws OCM_UNAVAILABLE when the store cannot write. */
  probe(): void {
    this.#transactions.run(() => this.#store.ledger?.beat(this.#options.clock.nowMs()));
  }

  /** What to tell of an error, wherever it was met; damage means the end of this database, see `HeldStore.diagnose`. */
  diagnose(error: unknown): unknown {
    return unwritable(this.#held.diagnose(error));
  }

  /**
   * Leaves the whole database in its main file if that can be written, and lets go of the lock. Never throws for it. Where
   * it is handed over, the successor goes on with the log as it is: connections wait meanwhile, and each sync counts.
   */
  close(handsOver = false): void {
    try {
      if (!handsOver) this.#tidyUp();
    } finally {
      this.#held.release();
    }
  }

  /** On a full disk this fails: the log beside the file holds what was committed, and a stop must not hang for it. */
  #tidyUp(): void {
    if (!this.#held.isSound) return;
    try {
      this.#store.ledger?.end(this.#options.clock.nowMs());
      this.#store.db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!isStoreFailure(error) && !(error instanceof MonitorError)) throw error;
    }
  }

  /** Reads in one transaction: without one each of thousands of statements looks for news in the file by itself. */
  asOfOneMoment<T>(read: () => T): T {
    return this.#store.db.transaction(read)();
  }

  /** The groups that are shown as they stand, from the store; those are left out that are as `prepared` has them. */
  *snapshots(): Generator<GroupSnapshot> {
    for (const head of this.#heads()) {
      const snapshot = snapshotOf(head);
      if (snapshot) yield snapshot;
    }
  }

  *#heads(): Generator<GroupHead> {
    const { campaigns } = this.#stores;
    const prepared = this.#prepared;
    // Under other words a head means something else, and another database has others.
    if (prepared === null || this.retoldGroups > 0 || this.setAside?.how === 'moved') {
      const { groupNos, leftOut } = campaigns.heads.shown();
      this.#leftOut = leftOut;
      yield* campaigns.heads.load(groupNos);
      return;
    }
    this.#leftOut = prepared.leftOut;
    const touched = this.#options.handOver?.touched ?? null;
    if (touched === null || touched.sinceMs > prepared.readAtMs) yield* campaigns.heads.loadChanged(prepared);
    else yield* campaigns.heads.loadTouched(prepared, touched.groupNos);
  }

  /** Groups of `prepared` that are not there any more. To be asked once, after `snapshots`: the heads are let go. */
  goneGroups(): number[] {
    const { heads } = this.#prepared ?? { heads: new Map<number, GroupHead>() };
    this.#prepared = null;
    return this.#stores.campaigns.heads.gone(heads.keys());
  }

  /** Loaded groups that `snapshots` has left out: there is no room for them. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Open callbacks that were alive since `sinceMs`, from the store. */
  openCallbacks(sinceMs: number): Iterable<Callback> {
    return this.#stores.callbacks.open(sinceMs);
  }

  lastCallbackEvents(): LastEvent[] {
    return this.#stores.callbacks.lastEvents();
  }

  /** Source to the interval that was learned of it, milliseconds. */
  get keptIntervals(): ReadonlyMap<string, number> {
    return new RhythmTable(this.#store.db).intervals();
  }

  quarantineCounts() {
    return this.#stores.quarantine.counts();
  }

  /** Groups whose history was told again at this start, because words for their numbers had changed. */
  get retoldGroups(): number {
    return this.#store.retoldGroups;
  }

  /** The database, or the copy of it, that this start has put aside. */
  get setAside(): SetAside | null {
    return this.#store.setAside;
  }

  /** Until when the previous run was alive, null for the first. */
  get previousAliveMs(): number | null {
    return this.#store.ledger?.previousAliveMs ?? null;
  }

  /** Puts a new database in the place of one that was found damaged while its state was handed over. */
  replaceDamaged(damage: unknown): void {
    this.#held.replaceDamaged(damage);
  }
}
