/**
 * A writer on PostgreSQL that goes on receiving while the database is away: what cannot be committed is judged as ever, made
 * durable in the spool, and drained when the database is back, through the same commit and beside live posts. See ADR 0012.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { foretold } from '../../apply/foretold.js';
import { judgeDelivery, type Judges } from '../../apply/judge-delivery.js';
import { subjectOf } from '../../apply/subject.js';
import type { AuditEntry } from '../../domain/audit.js';
import type { Clock } from '../../domain/clock.js';
import type { CustomerRequest } from '../../domain/customer.js';
import { messageOf, MonitorError } from '../../domain/errors.js';
import type { Digest } from '../../domain/identity.js';
import type { ImportBatch } from '../../domain/import.js';
import type { NewHold } from '../../domain/retention.js';
import type { SpoolStatus } from '../../domain/spool.js';
import type { CommitReport, Delivery, ForgetRequest, ReplayRequest } from '../../domain/store.js';
import type { BlockingWire } from '../../postgres/blocking/blocking-wire.js';
import type { PostgresWriter } from '../../postgres/writer.js';
import { type Doubt, type Spool, SpoolFailed } from '../../sqlite/spool/spool.js';
import { Drain } from './drain.js';
import { isMended, isOfDatabase } from './failing.js';
import type { WorkingStore } from '../threads/writer-work.js';

/** How long the server may take for an exchange of a batch; then its posts are spooled. */
const BATCH_MS = 1000;
/** A drain may take minutes: how often it is told meanwhile what waits. */
const TELLS_EVERY_MS = 500;
/** No waiting mends it, and the spool has a bound. */
const UNTIL_THEN = 'posts that come here are kept, and are drained when that version is started with this state folder';

export interface SpoolingOptions {
  readonly wire: BlockingWire;
  readonly spool: Spool;
  readonly judges: Judges;
  readonly digest: Digest;
  readonly clock: Clock;
  /** A clock that only runs. */
  readonly elapsedMs: () => number;
  /** Brings the database to the schema, and reads what is held. Throws why it cannot. */
  readonly openWriter: () => PostgresWriter;
  /** Told that the writer was opened later than the service. */
  readonly onOpened: () => void;
  readonly onDrained: (report: CommitReport) => void;
  /** Told of a commit that was done although whoever asked for it was told that it failed. */
  readonly onUnconfirmed: (report: CommitReport) => void;
  readonly onStatus: (status: SpoolStatus) => void;
}

export class SpoolingStore implements WorkingStore {
  /** The server's disk is bounded there. */
  readonly isOverLimit = false;
  readonly #options: SpoolingOptions;
  readonly #drain: Drain;
  #writer: PostgresWriter | null = null;
  #away: SpoolStatus['away'] = null;
  #held: Omit<SpoolStatus, 'away'> = { items: 0, bytes: 0, limitBytes: 0, oldestMs: null, aside: [] };
  #isLooking = false;
  #isClosed = false;
  #told = '';
  #tellsAtMs = 0;

  constructor(options: SpoolingOptions) {
    this.#options = options;
    this.#drain = new Drain(options);
  }

  /** False: the database is away, and posts are spooled. Throws what no waiting mends. */
  begin(): boolean {
    const { wire, openWriter } = this.#options;
    try {
      this.#writer = openWriter();
    } catch (error) {
      if (!isMended(error)) throw error;
      this.#leave(messageOf(error), true);
    }
    wire.guard();
    this.#tell();
    return this.#writer !== null;
  }

  commit(deliveries: readonly Delivery[]): CommitReport {
    const { wire } = this.#options;
    const writer = this.#writer;
    if (writer === null || wire.shut !== null) return this.#spool(deliveries, null);
    try {
      return wire.within(BATCH_MS, () => writer.commit(deliveries));
    } catch (error) {
      const doubt = this.#drain.noteDoubt(error);
      this.#leave(messageOf(error));
      return this.#spool(deliveries, doubt);
    }
  }

  /** To be called every second: looks whether the database is back, and drains what waits. Never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    try {
      await this.#lookOnce();
    } catch (error) {
      // A spool that cannot be read keeps nobody from the database.
      if (error instanceof SpoolFailed) this.#comeBack();
      else this.#leave(messageOf(error), true);
    } finally {
      this.#isLooking = false;
      if (this.#mayGoOn()) this.#tell();
    }
  }

  async #lookOnce(): Promise<void> {
    const { wire } = this.#options;
    // A primary that is back waits for its standby: until something is committed there nobody else is to wait for it.
    if (wire.shut !== null) await wire.connect(this.#writer === null ? [] : [this.#writer.probing]);
    if (!this.#mayGoOn()) return;
    wire.open();
    const writer = this.#opened();
    wire.within(BATCH_MS, () => {
      this.#drain.settle(writer);
    });
    while (wire.within(BATCH_MS, () => this.#drain.drainSome(writer))) {
      this.#comeBack();
      if (this.#options.elapsedMs() >= this.#tellsAtMs) this.#tell();
      // Live posts have their turn.
      await turn();
      if (!this.#mayGoOn() || wire.shut !== null) return;
    }
    this.#comeBack();
  }

  /** Somebody may have closed it meanwhile. */
  #mayGoOn(): boolean {
    return !this.#isClosed;
  }

  #opened(): PostgresWriter {
    if (this.#writer !== null) return this.#writer;
    this.#writer = this.#options.openWriter();
    this.#options.onOpened();
    return this.#writer;
  }

  /** Durable when it returns. Throws OCM_OVERLOADED or OCM_UNAVAILABLE where nothing of it could be kept. */
  #spool(deliveries: readonly Delivery[], doubt: Doubt | null): CommitReport {
    const { spool, judges, digest } = this.#options;
    const judged = deliveries.map((delivery) => {
      return { delivery, judgement: judgeDelivery(judges, delivery, delivery.receivedAtMs) };
    });
    const beganMs = performance.now();
    spool.append(
      deliveries,
      doubt,
      judged.map(({ judgement }) => subjectOf(judgement)),
    );
    const seconds = (performance.now() - beganMs) / 1000;
    const receipts = judged.map((one) => foretold(one, digest));
    return { ...NOTHING, receipts, commitSeconds: seconds, syncSeconds: seconds };
  }

  /** `isLasting`: it was looked for. */
  #leave(why: string, isLasting = false): void {
    const { wire, clock } = this.#options;
    wire.shutFor(why);
    const before = this.#away;
    this.#away = { why, sinceMs: before?.sinceMs ?? clock.nowMs(), isLasting: isLasting || before?.isLasting === true };
    this.#tell();
  }

  #comeBack(): void {
    if (this.#away === null) return;
    this.#away = null;
    this.#tell();
  }

  #tell(): void {
    this.#tellsAtMs = this.#options.elapsedMs() + TELLS_EVERY_MS;
    try {
      this.#held = this.#options.spool.status();
    } catch {
      // A disk that fails is told of by whoever posts.
    }
    const status = { ...this.#held, away: this.#away };
    const told = JSON.stringify(status);
    if (told !== this.#told) this.#options.onStatus(status);
    this.#told = told;
  }

  get isHousekeeper(): boolean {
    return this.#options.wire.shut === null && this.#writer?.isHousekeeper === true;
  }

  importBatch(batch: ImportBatch) {
    return this.#present.importBatch(batch);
  }

  replay(request: ReplayRequest) {
    return this.#present.replay(request);
  }

  forget(request: ForgetRequest) {
    this.#refuseBesideSpool();
    return this.#present.forget(request);
  }

  forgetCustomer(request: CustomerRequest) {
    this.#refuseBesideSpool();
    return this.#present.forgetCustomer(request);
  }

  finishForgetting() {
    return this.#present.finishForgetting();
  }

  retain() {
    return this.#present.retain();
  }

  holds() {
    return this.#present.holds();
  }

  hold(asked: NewHold) {
    return this.#present.hold(asked);
  }

  release(id: string): boolean {
    return this.#present.release(id);
  }

  audit(entry: AuditEntry): void {
    this.#present.audit(entry);
  }

  keepIntervals(intervals: ReadonlyMap<string, number>): void {
    this.#present.keepIntervals(intervals);
  }

  /**
   * While the database is away: whether the spool takes posts in. Throws OCM_UNAVAILABLE where a newer version has shut this one
   * out, though posts that come all the same are spooled: a proxy sends them where they are committed.
   */
  probe(): void {
    const why = this.#writer?.whyShutOut ?? null;
    if (why !== null) throw new MonitorError('OCM_UNAVAILABLE', `${why}; ${UNTIL_THEN}`);
    const { writer } = this;
    if (writer === null) this.#options.spool.probe();
    else
      this.#inTime(
        () => {
          writer.probe();
        },
        () => {
          this.#options.spool.probe();
        },
      );
  }

  /** Writes down that the receiver is alive; where a newer version has shut this one out, posts are spooled from now on. */
  beat(): void {
    const { writer } = this;
    if (writer === null) return;
    this.#inTime(() => {
      writer.beat();
    });
    if (writer.whyShutOut !== null) this.#leave(writer.whyShutOut, true);
  }

  /** Asks something small of the database; where it does not answer it is away from now on. */
  #inTime(work: () => void, otherwise: () => void = () => undefined): void {
    try {
      this.#options.wire.within(BATCH_MS, work);
    } catch (error) {
      if (isOfDatabase(error)) this.#leave(messageOf(error));
      otherwise();
    }
  }

  /** The writer, when the database is there. */
  get writer(): PostgresWriter | null {
    return this.#options.wire.shut === null ? this.#writer : null;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#writer === null) this.#options.wire.close();
    else this.#writer.close();
    this.#options.spool.close();
  }

  get #present(): WorkingStore {
    const { writer } = this;
    if (writer !== null) return writer;
    const why = this.#away?.why ?? 'it was not opened yet';
    throw new MonitorError('OCM_UNAVAILABLE', `the database is away: ${why}; posts are kept, try again later`);
  }

  /** What waits would come back after its removal. */
  #refuseBesideSpool(): void {
    const { items } = this.#options.spool.status();
    if (items === 0) return;
    const what = `${String(items)} posts wait in the spool, and may be of what is to be removed: try again when they are drained`;
    throw new MonitorError('OCM_UNAVAILABLE', what);
  }
}

const NOTHING: CommitReport = {
  no: 0,
  receipts: [],
  heard: [],
  snapshots: [],
  made: [],
  withdrawn: [],
  callbacks: [],
  quarantine: null,
  quarantineDropped: 0,
  removed: null,
  commitSeconds: 0,
  syncSeconds: 0,
};
