/** The one writer of a database: turns batches of deliveries into durable history, one transaction a batch. */
import type { AuditEntry } from '../domain/audit.js';
import { type GroupSnapshot } from '../domain/campaign-group.js';
import { MonitorError } from '../domain/errors.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { Violation } from '../domain/notification.js';
import type { Callback } from '../domain/callback.js';
import type {
  CommitReport,
  Delivery,
  ForgetCounts,
  ForgetRequest,
  ForgetSlice,
  LastEvent,
  ReplayReport,
  ReplayRequest,
} from '../domain/store.js';
import type { Judge, Judgement } from '../ingest/judge.js';
import type { CallbackJudge } from '../ingest/judge-callback.js';
import { Batch, type Replayed } from './batch.js';
import type { KnownHead } from './campaign-store.js';
import { damaged, isDamage, moveAside, type SetAside } from './damage.js';
import { canonicalPath, isStoreFailure, storeIdentity } from './database.js';
import { addCounts, Forgetter, NOTHING } from './forget.js';
import { snapshotOf } from './group-head.js';
import { openStore, type OpenStore, replaceDamaged, type StoreOptions } from './open-store.js';
import { takeWriterLock, type WriterLock } from './writer-lock.js';

export interface WriterOptions extends StoreOptions {
  readonly path: string;
  readonly judge: Judge;
  readonly judgeCallback: CallbackJudge;
  /** Version of the schema under which an endpoint's bodies are judged. */
  readonly schemaVersionOf: (endpoint: Endpoint) => string;
  /** How long to wait for a predecessor to let go of the database, milliseconds. */
  readonly lockWaitMs: number;
  /** Heads that were read while a predecessor still wrote, see `prepareSuccession`. */
  readonly knownHeads?: ReadonlyMap<number, KnownHead>;
}

/** Rows replayed in one transaction, so that live posts get in between. */
const REPLAY_SLICE = 100;

export class Writer {
  readonly #options: WriterOptions;
  readonly #path: string;
  readonly #lock: WriterLock;
  #store: OpenStore;
  #knownHeads: ReadonlyMap<number, KnownHead>;
  /** Set when the database turned out to be damaged: nothing is written to it any more. */
  #condemned: MonitorError | null = null;

  /** Takes the lock, opens, migrates. Throws OCM_LOCKED, OCM_NOT_OURS, OCM_NEWER_SCHEMA, OCM_NOT_DURABLE, OCM_DAMAGED. */
  constructor({ knownHeads = new Map(), ...options }: WriterOptions) {
    this.#options = options;
    this.#knownHeads = knownHeads;
    this.#path = canonicalPath(options.path);
    this.#lock = takeWriterLock(this.#path, options.lockWaitMs);
    try {
      this.#store = openStore(this.#path, options);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  get #db() {
    return this.#store.db;
  }

  get #stores() {
    return this.#store.stores;
  }

  /** Groups whose history was told again at this start, because words for their numbers had changed. */
  get retoldGroups(): number {
    return this.#store.retoldGroups;
  }

  /** The database, or the copy of it, that this start has put aside. */
  get setAside(): SetAside | null {
    return this.#store.setAside;
  }

  /** Puts a new database in the place of one that was found damaged while its state was handed over. */
  replaceDamaged(damage: unknown): void {
    this.#db.close();
    this.#store = replaceDamaged(this.#path, this.#options, damage);
  }

  /**
   * What to tell of an error. Damage means the end of this database: it is moved aside at once, under the lock that is
   * held, so that the next start finds a free place, and everything asked from now on is refused.
   */
  diagnose(error: unknown): unknown {
    const cause = error instanceof MonitorError && error.code === 'OCM_UNAVAILABLE' ? error.cause : error;
    if (!isDamage(cause) || !this.#options.keepsLedger) return error;
    // What stands at the path now may be sound, and somebody else's.
    if (this.#condemned === null && !this.#isOurFile()) return this.#lost();
    return this.#condemn(cause);
  }

  /** Until when the previous run was alive, null for the first. */
  get previousAliveMs(): number | null {
    return this.#store.ledger?.previousAliveMs ?? null;
  }

  /** All groups as they stand, from the store; those are left out that are as `knownHeads` has them. */
  *snapshots(): Generator<GroupSnapshot> {
    // Under other words a head means something else.
    const known = this.retoldGroups > 0 ? new Map<number, KnownHead>() : this.#knownHeads;
    for (const head of this.#stores.campaigns.loadChanged(known)) {
      const snapshot = snapshotOf(head);
      if (snapshot) yield snapshot;
    }
  }

  /** Groups of `knownHeads` that are not there any more. To be asked once, after `snapshots`: the heads are let go. */
  goneGroups(): number[] {
    const gone = this.#stores.campaigns.gone(this.#knownHeads);
    this.#knownHeads = new Map();
    return gone;
  }

  /** Open callbacks that were alive since `sinceMs`, from the store. */
  openCallbacks(sinceMs: number): Iterable<Callback> {
    return this.#stores.callbacks.open(sinceMs);
  }

  lastCallbackEvents(): LastEvent[] {
    return this.#stores.callbacks.lastEvents();
  }

  quarantineCounts() {
    return this.#stores.quarantine.counts();
  }

  /** See `BatchWriter.commit`. One body that makes the program fail does not take its batch with it. */
  commit(deliveries: readonly Delivery[]): CommitReport {
    const nowMs = this.#options.clock.nowMs();
    const receive = (batch: Batch, delivery: Delivery) => {
      if (delivery.endpoint === 'campaign-group-state') batch.receive(delivery, this.#options.judge(delivery, nowMs));
      else batch.receiveCallback(delivery, this.#options.judgeCallback(delivery));
    };
    try {
      return this.#transaction((batch) => {
        for (const delivery of deliveries) receive(batch, delivery);
      });
    } catch (error) {
      if (error instanceof MonitorError) throw error;
      return this.#transaction((batch) => {
        for (const delivery of deliveries) {
          const fault = this.#attempt(batch, () => {
            receive(batch, delivery);
          });
          if (fault) batch.quarantine(delivery, 'internal', [fault]);
        }
      });
    }
  }

  /** See `BatchWriter.replay`. Yields between slices, so that live commits are not held up. */
  *replay(request: ReplayRequest): Generator<ReplayReport, void> {
    const ids = this.#stores.quarantine.heldIds(request);
    for (let from = 0; from < ids.length; from += REPLAY_SLICE) {
      yield this.#replaySlice(ids.slice(from, from + REPLAY_SLICE), request.dryRun);
    }
  }

  /** Writes down what an administrator did. Throws OCM_UNAVAILABLE when the store cannot write. */
  audit(entry: AuditEntry): void {
    this.#mustBeOurFile();
    try {
      this.#db.transaction(() => {
        this.#store.auditLog.append(entry);
      })();
    } catch (error) {
      throw unwritable(error);
    }
    this.#mustBeOurFile();
  }

  /** See `BatchWriter.forget`. Also finishes what an earlier run had begun to remove. */
  *forget(request: ForgetRequest): Generator<ForgetSlice, void> {
    const { source } = request;
    const forgetter = new Forgetter(this.#db);
    const groupNos = forgetter.groupNos(request);
    if (request.dryRun) {
      for (const groupNo of groupNos) yield sliceOf(forgetter.countGroup(groupNo));
      if (source !== null) yield sliceOf(forgetter.countSource(source));
      return;
    }
    const bounds = forgetter.boundsOf(source ?? '');
    const hide = () => {
      // Whoever follows would not hear that they are gone.
      this.#store.changeLog.startOver(this.#options.clock.nowMs());
      return groupNos.map((groupNo) => forgetter.hide(groupNo));
    };
    yield { ...this.#remove(hide), groupNos, source };
    if (source !== null) {
      yield* this.#removeAll(() => forgetter.removeCallbacks(source, bounds.callbackNo));
      yield* this.#removeAll(() => forgetter.removeBodies(source, bounds.quarantineNo));
    }
    yield* this.finishForgetting();
  }

  /** Removes what is left of groups that lost their name. */
  *finishForgetting(): Generator<ForgetSlice, void> {
    const forgetter = new Forgetter(this.#db);
    yield* this.#removeAll(
      () => forgetter.removeHidden(),
      (work) => forgetter.withoutForeignKeys(work),
    );
  }

  /** Writes down that the service is alive. */
  beat(): void {
    this.#mustBeOurFile();
    this.#store.ledger?.beat(this.#options.clock.nowMs());
  }

  /** Leaves the whole database in its main file if that can be written, and lets go of the lock. Never throws for it. */
  close(): void {
    try {
      this.#tidyUp();
    } finally {
      this.#db.close();
      this.#lock.release();
    }
  }

  *#removeAll(
    removeSome: () => Partial<ForgetCounts> | null,
    around: (work: () => ForgetSlice) => ForgetSlice = (work) => work(),
  ): Generator<ForgetSlice, void> {
    const progress = { isDone: false };
    while (!progress.isDone) {
      yield around(() =>
        this.#remove(() => {
          const counts = removeSome();
          progress.isDone = counts === null;
          return counts === null ? [] : [counts];
        }),
      );
    }
  }

  /** One transaction of a removal. */
  #remove(work: () => readonly Partial<ForgetCounts>[]): ForgetSlice {
    let removed: readonly Partial<ForgetCounts>[] = [];
    const { quarantine } = this.#transaction((batch) => {
      removed = work();
      this.#forget();
      if (removed.every(({ quarantined }) => quarantined === undefined)) return;
      this.#stores.quarantine.recount();
      batch.quarantineChanged();
    });
    return { counts: removed.reduce<ForgetCounts>(addCounts, NOTHING), groupNos: [], source: null, quarantine };
  }

  /** On a full disk this fails: the log beside the file holds what was committed, and a stop must not hang for it. */
  #tidyUp(): void {
    if (this.#condemned !== null || !this.#isOurFile()) return;
    try {
      this.beat();
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!isStoreFailure(error) && !(error instanceof MonitorError)) throw error;
    }
  }

  #replaySlice(ids: readonly string[], dryRun: boolean): ReplayReport {
    const items: ReplayReport['items'][number][] = [];
    const report = this.#transaction((batch) => {
      for (const id of ids) {
        const fault = this.#attempt(batch, () => {
          items.push(...this.#replayOne(id, batch, dryRun));
        });
        if (!fault) continue;
        if (!dryRun) this.#stillFaulty(id, 'internal', [fault]);
        items.push({ id, outcome: 'quarantined', violations: [fault] });
      }
      batch.quarantineChanged();
    }, !dryRun);
    return { items, reports: dryRun ? [] : [report] };
  }

  /** One held body against the present schema; nothing for one that is not held any more. */
  #replayOne(id: string, batch: Batch, dryRun: boolean): ReplayReport['items'] {
    const nowMs = this.#options.clock.nowMs();
    const delivery = this.#stores.quarantine.held(id);
    if (!delivery) return [];
    const applied =
      delivery.endpoint === 'campaign-group-state'
        ? this.#replayNotification(delivery, batch, nowMs)
        : batch.replayCallback(this.#options.judgeCallback(delivery));
    if (applied.outcome === 'quarantined') {
      const { reason, violations } = applied;
      if (!dryRun) this.#stillFaulty(id, reason, violations);
      return [{ id, outcome: 'quarantined', violations }];
    }
    const { outcome, warnings } = applied;
    if (!dryRun) this.#stores.quarantine.replayed(id, nowMs, 'id' in applied ? applied.id : applied.serviceId);
    return [{ id, outcome, violations: warnings }];
  }

  #replayNotification(delivery: Delivery, batch: Batch, nowMs: number): Replayed {
    const judgement: Judgement = this.#options.judge(delivery, nowMs);
    if (judgement.notification === null) return { ...judgement, outcome: 'quarantined' };
    return batch.apply(delivery, judgement.notification, judgement.warnings);
  }

  #stillFaulty(id: string, reason: QuarantineReason, violations: readonly Violation[]): void {
    this.#stores.quarantine.stillFaulty(id, reason, violations, this.#options.schemaVersionOf);
  }

  /** Does a part of a transaction's work, or leaves no trace of it and says why: only faults of the program stop here. */
  #attempt(batch: Batch, work: () => void): Violation | null {
    const takeBack = batch.mark();
    this.#db.exec('SAVEPOINT attempt');
    try {
      work();
      return null;
    } catch (error) {
      if (isStoreFailure(error) || !this.#db.inTransaction) throw error;
      this.#db.exec('ROLLBACK TO attempt');
      takeBack();
      this.#forget();
      this.#stores.quarantine.recount();
      return internalFault(error);
    } finally {
      if (this.#db.inTransaction) this.#db.exec('RELEASE attempt');
    }
  }

  /** What is committed to a file that was removed or replaced is lost with this process: nobody may be told 200 for it. */
  #mustBeOurFile(): void {
    if (this.#condemned) throw this.#condemned;
    if (!this.#isOurFile()) throw this.#lost();
  }

  #isOurFile(): boolean {
    const { identity } = this.#store;
    return identity !== null && storeIdentity(this.#path) === identity;
  }

  #lost(): MonitorError {
    return new MonitorError('OCM_STORE_LOST', `${this.#path} or its log was removed or replaced while it was in use`);
  }

  #condemn(cause: unknown): MonitorError {
    if (this.#condemned) return this.#condemned;
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#condemned = damaged(this.#path, why, cause);
    this.#db.close();
    try {
      const aside = moveAside(this.#path, this.#options.clock.nowMs());
      this.#condemned = damaged(this.#path, `${why}; it was moved to ${aside}`, cause);
    } catch (error) {
      const whyNot = error instanceof Error ? error.message : String(error);
      this.#condemned = damaged(this.#path, `${why}; it could not be moved aside (${whyNot})`, cause);
    }
    return this.#condemned;
  }

  /**
   * Runs `work` and commits it durably, or leaves no trace of it: when `keep` is false, and when anything throws.
   * Throws OCM_UNAVAILABLE when the store cannot write.
   */
  #transaction(work: (batch: Batch) => void, keep = true): CommitReport {
    const startedMs = performance.now();
    const batch = new Batch(this.#stores, this.#options.schemaVersionOf);
    let changes: Omit<CommitReport, 'commitSeconds'>;
    this.#mustBeOurFile();
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      work(batch);
      changes = batch.changes();
      if (keep) {
        this.#store.changeLog.note(changes, this.#options.clock.nowMs());
        this.#db.exec('COMMIT');
      } else {
        // A dry run applies, to know the outcome, and changes nothing that is held: hardly ever is there anything to count again.
        this.#db.exec('ROLLBACK');
        this.#forget();
        if (batch.hasKept) this.#stores.quarantine.recount();
      }
    } catch (error) {
      if (isDamage(error)) throw this.diagnose(error);
      this.#rollBack();
      throw unwritable(error);
    }
    // Removed meanwhile: the commit went into a file without a name.
    this.#mustBeOurFile();
    return { ...changes, commitSeconds: (performance.now() - startedMs) / 1000 };
  }

  /** What was put into memory for the sake of the transaction goes with it. */
  #rollBack(): void {
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    this.#forget();
    this.#stores.quarantine.recount();
  }

  #forget(): void {
    this.#stores.campaigns.forget();
    this.#stores.callbacks.forget();
  }
}

function sliceOf(counts: Partial<ForgetCounts>): ForgetSlice {
  return { counts: addCounts(NOTHING, counts), groupNos: [], source: null, quarantine: null };
}

/** A failure of the store as OCM_UNAVAILABLE; anything else as it is. */
function unwritable(error: unknown): unknown {
  if (!isStoreFailure(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new MonitorError('OCM_UNAVAILABLE', `the store cannot write: ${why}`, { cause: error });
}

function internalFault(error: unknown): Violation {
  const found = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : 'an unknown fault';
  return { field: '', rule: 'a body this program can process; please report it', found };
}
