/** The one writer of a database: turns batches of deliveries into durable history, one transaction a batch. */
import type { AuditEntry } from '../domain/audit.js';
import { type GroupSnapshot } from '../domain/campaign-group.js';
import type { Clock } from '../domain/clock.js';
import { MonitorError } from '../domain/errors.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { Violation } from '../domain/notification.js';
import type { Callback } from '../domain/callback.js';
import type { CommitReport, Delivery, LastEvent, ReplayReport, ReplayRequest } from '../domain/store.js';
import type { Judge, Judgement } from '../ingest/judge.js';
import type { CallbackJudge } from '../ingest/judge-callback.js';
import { AuditLog } from './audit-log.js';
import { Batch, type Replayed, type Stores } from './batch.js';
import { CallbackStore } from './callback-store.js';
import { CampaignStore, type CampaignStoreOptions } from './campaign-store.js';
import { ChangeLog } from './change-log.js';
import { canonicalPath, type Connection, fileIdentity, isStoreFailure, openForWriting } from './database.js';
import { snapshotOf } from './group-head.js';
import { createInfoMartViews } from './info-mart-views.js';
import { migrate } from './migrate.js';
import { MissingKeyTable } from './missing-keys.js';
import { numberKey } from './number-key.js';
import { QuarantineStore } from './quarantine-store.js';
import { UptimeLedger } from './uptime-ledger.js';
import { groupsUnderOtherWords, rememberWords } from './vocabulary-table.js';
import { takeWriterLock, type WriterLock } from './writer-lock.js';

export interface WriterOptions extends CampaignStoreOptions {
  readonly path: string;
  readonly judge: Judge;
  readonly judgeCallback: CallbackJudge;
  /** Version of the schema under which an endpoint's bodies are judged. */
  readonly schemaVersionOf: (endpoint: Endpoint) => string;
  /** Key for the hashes of customers' numbers; null: one made for this database. */
  readonly numberKey: string | null;
  readonly keys: NumberKeys;
  readonly quarantineLimitBytes: number;
  readonly clock: Clock;
  /** Whether this is the service, whose up-time is written down, and not a command. */
  readonly keepsLedger: boolean;
  /** How long to wait for a predecessor to let go of the database, milliseconds. */
  readonly lockWaitMs: number;
}

/** How keys for hashes are made and used; the domain and the store know no cryptography. */
export interface NumberKeys {
  readonly random: () => string;
  readonly hasher: (key: string) => (number: string) => string;
}

/** Rows replayed in one transaction, so that live posts get in between. */
const REPLAY_SLICE = 100;

export class Writer {
  readonly #options: WriterOptions;
  readonly #path: string;
  readonly #identity: string | null;
  readonly #lock: WriterLock;
  readonly #db: Connection;
  readonly #stores: Stores;
  readonly #changeLog: ChangeLog;
  readonly #auditLog: AuditLog;
  readonly #ledger: UptimeLedger | null;
  /** Groups whose history was told again at this start, because words for their numbers had changed. */
  readonly retoldGroups: number;

  /** Takes the lock, opens, migrates. Throws OCM_LOCKED, OCM_NOT_OURS, OCM_NEWER_SCHEMA, OCM_NOT_DURABLE. */
  constructor(options: WriterOptions) {
    this.#options = options;
    this.#path = canonicalPath(options.path);
    this.#lock = takeWriterLock(this.#path, options.lockWaitMs);
    try {
      this.#db = openForWriting(this.#path);
      this.#identity = fileIdentity(this.#path);
      migrate(this.#db);
      createInfoMartViews(this.#db);
      this.#stores = {
        campaigns: new CampaignStore(this.#db, options),
        callbacks: this.#openCallbacks(),
        missingKeys: new MissingKeyTable(this.#db),
        quarantine: new QuarantineStore(this.#db, options.quarantineLimitBytes, options.digest),
      };
      this.#changeLog = new ChangeLog(this.#db);
      this.#auditLog = new AuditLog(this.#db);
      this.#ledger = options.keepsLedger ? new UptimeLedger(this.#db, options.clock.nowMs()) : null;
      this.retoldGroups = this.#retell();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Until when the previous run was alive, null for the first. */
  get previousAliveMs(): number | null {
    return this.#ledger?.previousAliveMs ?? null;
  }

  /** All groups as they stand, from the store. */
  *snapshots(): Generator<GroupSnapshot> {
    for (const head of this.#stores.campaigns.loadHeads()) {
      const snapshot = snapshotOf(head);
      if (snapshot) yield snapshot;
    }
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
        this.#auditLog.append(entry);
      })();
    } catch (error) {
      throw unwritable(error);
    }
  }

  /** Writes down that the service is alive. */
  beat(): void {
    this.#mustBeOurFile();
    this.#ledger?.beat(this.#options.clock.nowMs());
  }

  /** Leaves the whole database in its main file, and lets go of the lock. */
  close(): void {
    if (fileIdentity(this.#path) === this.#identity) {
      this.beat();
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    }
    this.#db.close();
    this.#lock.release();
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
    if (fileIdentity(this.#path) === this.#identity) return;
    throw new MonitorError('OCM_STORE_LOST', `${this.#path} was removed or replaced while it was in use`);
  }

  #retell(): number {
    const { enumerations } = this.#options;
    return this.#db.transaction(() => {
      const groupNos = groupsUnderOtherWords(this.#db, enumerations);
      this.#stores.campaigns.retell(groupNos);
      rememberWords(this.#db, enumerations);
      if (groupNos.length > 0) this.#changeLog.startOver(this.#options.clock.nowMs());
      return groupNos.length;
    })();
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
        this.#changeLog.note(changes, this.#options.clock.nowMs());
        this.#db.exec('COMMIT');
      } else {
        // A dry run applies, to know the outcome, and changes nothing that is held: hardly ever is there anything to count again.
        this.#db.exec('ROLLBACK');
        this.#forget();
        if (batch.hasKept) this.#stores.quarantine.recount();
      }
    } catch (error) {
      this.#rollBack();
      throw unwritable(error);
    }
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

  /** Numbers hashed under another key are found by nobody: a new key hashes them all anew. */
  #openCallbacks(): CallbackStore {
    const { digest, numberKey: configured, keys } = this.#options;
    return this.#db.transaction(() => {
      const { key, changed } = numberKey(this.#db, configured, keys.random, digest);
      const callbacks = new CallbackStore(this.#db, { digest, hashNumber: keys.hasher(key) });
      if (changed) callbacks.rehash();
      return callbacks;
    })();
  }
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
