/** The writer of one receiver: turns batches of deliveries into durable history, one transaction a batch. */
import { startFollowersOver } from '../apply/change-log.js';
import { CustomerRemoval } from '../apply/customers/customer-removal.js';
import { judgeDelivery } from '../apply/judge-delivery.js';
import { importBatch } from '../apply/import.js';
import { Removal } from '../apply/removal.js';
import { Replay, type ReplayOptions } from '../apply/replay.js';
import { Retention, type RetentionSlice } from '../apply/retention.js';
import { changedWords, wordsText } from '../apply/stored/vocabulary-row.js';
import { lookAgain } from '../apply/thinning-pass.js';
import type { AuditEntry } from '../domain/audit.js';
import type { CustomerCertificate, CustomerRequest } from '../domain/customer.js';
import { MonitorError } from '../domain/errors.js';
import type { Digest } from '../domain/identity.js';
import type { ImportBatch, ImportedBatch } from '../domain/import.js';
import type { Hold, MadeHold, NewHold, RetentionReport, RetentionSettings } from '../domain/retention.js';
import type {
  CommitReport,
  Delivery,
  ForgetRequest,
  ForgetSlice,
  ReplayRequest,
  ReplaySlice,
} from '../domain/store.js';
import type { DamagedChunks } from '../domain/store-upkeep.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { LaneAtOnce } from './at-once.js';
import type { BlockingWire } from './blocking/blocking-wire.js';
import { compactSome } from './compaction.js';
import { PostgresCustomers } from './customers/customer-store.js';
import { fencedMoment, fenceOf, type LanePlace, wasDone } from './fence.js';
import { keyMark } from './key-mark.js';
import { unavailable } from './lane-driver.js';
import { newestSchema } from './migrate.js';
import { takeNumberKey } from './number-key.js';
import { bringToSchema, schemaOf, whyNotWritten } from './schema.js';
import type { FollowFrom } from './follow/follower.js';
import { HeldState } from './held-state.js';
import { LEASE_MS, ServiceRows } from './service-rows.js';
import type { Statement } from './statements.js';
import { Unsettled } from './unsettled.js';

/** Rows around a place that are loaded together. */
const ROWS_AT_ONCE = 20;
/** How often it is looked whether journals are to become chunks, when none was. */
const COMPACTION_LOOKS_MS = 30_000;
/** How often what lanes have committed is pruned. */
const PRUNES_EVERY_MS = 30_000;
/** How long compaction may hold up posts at once. */
const COMPACTION_SLICE_MS = 50;
/** What one receiver does for all. */
const HOUSEKEEPING = 'housekeeping';

export interface PostgresWriterOptions extends ReplayOptions {
  readonly wire: BlockingWire;
  /** By which its runs are told from those of others. */
  readonly receiver: string;
  readonly enumerations: Enumerations;
  readonly digest: Digest;
  readonly maxHeads: number;
  readonly quarantineLimitBytes: number;
  readonly retention: RetentionSettings;
  /** Key for the hashes of customers' numbers; null: one made for the database. */
  readonly numberKey: string | null;
  readonly keys: { readonly random: () => string; readonly hasher: (key: string) => (number: string) => string };
  readonly socketOutlived: boolean;
  /** What the names of its lanes begin with; of this process alone. */
  readonly lanes: string;
}

export class PostgresWriter {
  readonly #options: PostgresWriterOptions;
  readonly #rows: ServiceRows;
  readonly #lane: LaneAtOnce;
  readonly #runNo: number;
  /** Of the hashes of numbers. */
  readonly numberKey: string;
  /** Until when a receiver was alive before, null for the first. */
  readonly previousAliveMs: number | null;
  /** What it holds, of what is shown. */
  readonly held: HeldState;
  /** Groups whose history was told again at this start, because words for their numbers had changed. */
  readonly retoldGroups: number;
  /** The server's disk is bounded there. */
  readonly isOverLimit = false;
  readonly #knownSchema = newestSchema();
  readonly #unsettled = new Unsettled();
  #whyShutOut: string | null = null;
  #leadsUntilMs = -Infinity;
  #looksAtMs = 0;
  #prunesAtMs = 0;

  /** Connects, brings the database to the schema. Throws OCM_UNAVAILABLE, OCM_NEWER_SCHEMA, OCM_CONFIG. */
  constructor(options: PostgresWriterOptions) {
    this.#options = options;
    const { wire, receiver, keys, clock } = options;
    const dialect = bringToSchema(wire, { nowMs: clock.nowMs() });
    this.#rows = new ServiceRows(wire, { receiver, holder: options.lanes });
    this.numberKey = this.#numberKey();
    this.#lane = new LaneAtOnce(wire, {
      ...options,
      newId: () => `${options.lanes}.${keys.random()}`,
      hashNumber: keys.hasher(this.numberKey),
      numberMark: keyMark(options.digest, this.numberKey),
      nowMs: () => clock.nowMs(),
      rowsAtOnce: ROWS_AT_ONCE,
      dialect,
      mayWrite: () => {
        this.#mayWrite();
      },
      onUnknown: (place, report) => {
        this.#unsettled.note(place, report);
      },
    });
    this.held = new HeldState(this.#lane, this.#rows);
    this.previousAliveMs = this.#rows.lastAliveMs();
    this.#runNo = this.#rows.beginRun(clock.nowMs(), options.socketOutlived);
    this.retoldGroups = this.#retell();
  }

  /** Receivers find customers by the hashes of each other: they have one key. */
  #numberKey(): string {
    const { wire, numberKey, keys, digest, receiver, clock } = this.#options;
    const key = numberKey ?? this.#rows.setting('number_key', keys.random());
    this.#asked(() => {
      takeNumberKey(wire, { key, digest, hasher: keys.hasher, receiver, nowMs: clock.nowMs() });
    });
    return key;
  }

  #retell(): number {
    const { enumerations, clock } = this.#options;
    const words = wordsText(enumerations);
    const before = this.#rows.words();
    if (before === words) return 0;
    const changed = before === null ? [] : changedWords(before, enumerations);
    const groupNos = new Set(changed.flatMap(({ column, codes }) => this.#rows.groupsSaying(column, codes)));
    const { stores, tables } = this.#lane;
    for (const groupNo of groupNos) stores.campaigns.retell([groupNo]);
    if (groupNos.size > 0) startFollowersOver(tables.changes, clock.nowMs());
    this.#rows.rememberWords(words);
    return groupNos.size;
  }

  commit(deliveries: readonly Delivery[]): CommitReport {
    const nowMs = this.#options.clock.nowMs();
    return this.#lane.commit(
      deliveries.map((delivery) => ({ delivery, judgement: judgeDelivery(this.#options, delivery, nowMs) })),
    );
  }

  /** Posts that were received before, as they were judged then. */
  drain(deliveries: readonly Delivery[]): CommitReport {
    return this.#lane.commit(
      deliveries.map((delivery) => {
        return { delivery, judgement: judgeDelivery(this.#options, delivery, delivery.receivedAtMs) };
      }),
    );
  }

  /**
   * The moment of a commit of which nobody knew whether it was done; null: it was not, and cannot be any more. Throws
   * OCM_UNAVAILABLE.
   */
  momentOf(place: LanePlace): number | null {
    const { wire, clock } = this.#options;
    const answers = this.#asked(() => wire.exchange([fenceOf(place, clock.nowMs())]));
    return wasDone(answers) ? fencedMoment(answers) : null;
  }

  /**
   * Finds out what became of commits of work beside posts, which failed for whoever asked for it: what those changed that were
   * done all the same. Throws OCM_UNAVAILABLE.
   */
  settled(): Generator<CommitReport> {
    return this.#unsettled.settled((place) => this.momentOf(place));
  }

  /** Puts a post into quarantine that the database does not take, whatever is tried. */
  setAside(delivery: Delivery, why: string): CommitReport {
    const fault = { field: '', rule: 'a body that the database takes; please report it', found: why.slice(0, 200) };
    return this.#lane.run((batch) => {
      batch.quarantine(delivery, 'internal', [fault]);
    });
  }

  importBatch(batch: ImportBatch): ImportedBatch {
    const nowMs = this.#options.clock.nowMs();
    return importBatch(batch, { judges: this.#options, nowMs, transactions: this.#lane });
  }

  replay(request: ReplayRequest): Generator<ReplaySlice, void> {
    return new Replay(this.#lane.stores.quarantine, this.#lane, this.#options).run(request);
  }

  forget(request: ForgetRequest): Generator<ForgetSlice, void> {
    return this.#removal().run(request);
  }

  forgetCustomer(request: CustomerRequest): Generator<ForgetSlice, CustomerCertificate> {
    return this.#customers().run(request);
  }

  *finishForgetting(): Generator<ForgetSlice, void> {
    yield* this.#removal().finish();
    yield* this.#customers().finish();
  }

  retain(): Generator<RetentionSlice, RetentionReport> {
    return this.#retention().run();
  }

  /** Why this version may not write any more, as it was found with a beat: a newer one has changed the database. Null: it may. */
  get whyShutOut(): string | null {
    return this.#whyShutOut;
  }

  /** Whether it does what one receiver does for all: no longer than its lease, whatever became of the database. */
  get isHousekeeper(): boolean {
    return performance.now() < this.#leadsUntilMs;
  }

  holds(): readonly Hold[] {
    return this.#lane.tables.retention.holds();
  }

  hold(asked: NewHold): MadeHold {
    const { retention } = this.#lane.tables;
    const isOfNothing = !retention.isStored(asked);
    if (isOfNothing && asked.group !== null)
      throw new MonitorError('OCM_NOTHING_STORED', `there is no campaign group of the id ${asked.group}`);
    const hold = { ...asked, madeMs: this.#options.clock.nowMs() };
    return { ...hold, id: retention.insertHold(hold), isOfNothing };
  }

  release(id: string): boolean {
    return this.#lane.within(() => {
      const { retention, numbers } = this.#lane.tables;
      if (!retention.holds().some((hold) => hold.id === id)) return false;
      retention.removeHold(id);
      lookAgain(numbers);
      return true;
    });
  }

  #retention(): Retention {
    const { tables, stores } = this.#lane;
    const { clock, retention } = this.#options;
    return new Retention(tables, stores, this.#lane, {
      ...retention,
      clock,
      elapsedMs: () => performance.now(),
      isRunAgain: true,
    });
  }

  #removal(): Removal {
    const { tables, stores } = this.#lane;
    const { clock } = this.#options;
    return new Removal(tables, stores, this.#lane, { clock, elapsedMs: () => performance.now() });
  }

  #customers(): CustomerRemoval {
    const { wire, digest, clock, keys } = this.#options;
    const numbers = { hash: keys.hasher(this.numberKey), key: digest(this.numberKey) };
    const lane = `customers ${keys.random()}`;
    const store = new PostgresCustomers({ wire, numbers, digest, nowMs: () => clock.nowMs(), lane });
    return new CustomerRemoval({ store, numbers, clock, elapsedMs: () => performance.now() });
  }

  audit(entry: AuditEntry): void {
    this.#asked(() => {
      this.#rows.append(entry);
    });
  }

  keepIntervals(intervals: ReadonlyMap<string, number>): void {
    this.#asked(() => {
      this.#rows.keepIntervals(intervals, this.#options.clock.nowMs());
    });
  }

  /** Writes something small. */
  probe(): void {
    this.#asked(() => {
      this.#rows.beat(this.#runNo, this.#options.clock.nowMs());
    });
  }

  /** The same, to be sent by somebody else. */
  get probing(): Statement {
    return this.#rows.beatOf(this.#runNo, this.#options.clock.nowMs());
  }

  /** Writes down that the receiver is alive, and finds out whether it does what one of them does for all. */
  beat(): void {
    const { wire, clock } = this.#options;
    this.#whyShutOut = whyNotWritten(
      this.#told(() => schemaOf(wire)),
      this.#knownSchema,
    );
    if (this.#whyShutOut !== null) this.#leadsUntilMs = -Infinity;
    this.#asked(() => {
      this.#rows.beat(this.#runNo, clock.nowMs());
      const askedMs = performance.now();
      this.#leadsUntilMs = this.#rows.lease(HOUSEKEEPING) ? askedMs + LEASE_MS : -Infinity;
    });
  }

  /** A little of what one receiver does for all. */
  lookAround(): void {
    if (!this.isHousekeeper) return;
    const nowMs = this.#options.clock.nowMs();
    this.#compact(nowMs);
    this.#prune(nowMs);
  }

  #compact(nowMs: number): void {
    if (performance.now() < this.#looksAtMs) return;
    const endMs = performance.now() + COMPACTION_SLICE_MS;
    while (performance.now() < endMs) {
      if (this.#lane.converse((lane) => compactSome(lane, nowMs)) > 0) continue;
      this.#looksAtMs = performance.now() + COMPACTION_LOOKS_MS;
      return;
    }
  }

  /** However much there is to be compacted. */
  #prune(nowMs: number): void {
    if (performance.now() < this.#prunesAtMs) return;
    this.#prunesAtMs = performance.now() + PRUNES_EVERY_MS;
    this.#rows.pruneLaneLog(nowMs);
  }

  /** A reader could not read these chunks: those that cannot be read here either are set aside. */
  lookAtChunks(chunkNos: readonly number[]): void {
    const nowMs = this.#options.clock.nowMs();
    this.#lane.within(() => {
      const { evidence, compaction } = this.#lane.stores;
      for (const chunkNo of chunkNos) evidence.lookAtChunk(chunkNo);
      compaction.setDamagedAside(nowMs);
    });
  }

  damagedChunks(): DamagedChunks {
    return this.#rows.damagedChunks();
  }

  /** Up to where each lane has committed: what is shown from there on is what this receiver does not know yet. */
  followFrom(): FollowFrom {
    const { receiver, clock } = this.#options;
    const isAlone = !this.#rows.hasOthers(this.#runNo, clock.nowMs());
    return { places: this.#rows.lanePlaces(), receiver, runNo: this.#runNo, isAlone };
  }

  get keptIntervals(): ReadonlyMap<string, number> {
    return this.#rows.intervals();
  }

  /** Never throws: a database that is away keeps nobody from ending. */
  close(): void {
    const { wire, clock } = this.#options;
    try {
      this.#rows.beat(this.#runNo, clock.nowMs(), 1);
      this.#rows.endLeases();
    } catch {
      // The next start finds a run that ended with its last beat.
    }
    wire.close();
  }

  /** Throws OCM_UNAVAILABLE when a newer version has brought the database where this one may not write. */
  #mayWrite(): void {
    if (this.#whyShutOut !== null) throw new MonitorError('OCM_UNAVAILABLE', this.#whyShutOut);
  }

  #asked<T>(work: () => T): T {
    this.#mayWrite();
    return this.#told(work);
  }

  #told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw unavailable(error);
    }
  }
}
