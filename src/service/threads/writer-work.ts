/** What a writer is asked besides to open and to close, and what it does by itself: the same over every database. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '../../domain/audit.js';
import type { CustomerCertificate, CustomerRequest } from '../../domain/customer.js';
import { MonitorError } from '../../domain/errors.js';
import { addCounts, NOTHING_FORGOTTEN } from '../../domain/forget-counts.js';
import type { ImportBatch, ImportedBatch } from '../../domain/import.js';
import type { Hold, MadeHold, NewHold, RetentionReport } from '../../domain/retention.js';
import type {
  CommitReport,
  Delivery,
  ForgetCounts,
  ForgetRequest,
  ForgetSlice,
  ReplayRequest,
  ReplaySlice,
} from '../../domain/store.js';
import type { UpkeepTask } from '../../domain/store-upkeep.js';
import { UpkeepFaults } from '../../domain/upkeep-faults.js';
import type { RetentionSlice } from '../../apply/retention.js';
import type { Answering, teller } from './calls.js';
import { SlicedWork } from './sliced-work.js';
import type { Unasked, WorkCalls } from './writer-calls.js';

/** Retention: how long after the start, how often, and how often it is looked whether it may not wait. */
const RETENTION_FIRST_MS = 60_000;
const RETENTION_EVERY_MS = 3_600_000;
/** After a run that failed. An alert looks back further than two of them. */
const RETENTION_AGAIN_MS = 600_000;
const RETENTION_LOOKS_MS = 10_000;
/** A removal that waits for a reader looks again after this. */
const READER_REST_MS = 100;

/** A writer, as it is asked in one breath. Generators do a slice at a time, so that live commits are not held up. */
export interface WorkingStore {
  /** Whether this writer removes what is old: of several receivers one does. */
  readonly isHousekeeper: boolean;
  /** Whether retention must not wait. */
  readonly isOverLimit: boolean;
  commit(deliveries: readonly Delivery[]): CommitReport;
  importBatch(batch: ImportBatch): ImportedBatch;
  replay(request: ReplayRequest): Iterator<ReplaySlice, void>;
  forget(request: ForgetRequest): Iterator<ForgetSlice, void>;
  forgetCustomer(request: CustomerRequest): Iterator<ForgetSlice, CustomerCertificate>;
  finishForgetting(): Iterator<ForgetSlice, void>;
  retain(): Iterator<RetentionSlice, RetentionReport>;
  holds(): readonly Hold[];
  hold(asked: NewHold): MadeHold;
  release(id: string): boolean;
  audit(entry: AuditEntry): void;
  keepIntervals(intervals: ReadonlyMap<string, number>): void;
  probe(): void;
}

export interface WorkOptions {
  /** Damage is told by whoever meets it next: it is no failure of the work that met it. */
  readonly isDamage: (error: unknown) => boolean;
  /** Whether a slice says that it waits for a reader. */
  readonly isWaiting: (slice: unknown) => boolean;
}

export class WriterWork implements Answering<WorkCalls> {
  readonly #tell: ReturnType<typeof teller<Unasked>>;
  readonly #options: WorkOptions;
  readonly #slices = new SlicedWork();
  readonly #faults: UpkeepFaults;
  #stopRetaining: () => void = () => undefined;
  #open: WorkingStore | null = null;

  constructor(tell: ReturnType<typeof teller<Unasked>>, options: WorkOptions) {
    this.#tell = tell;
    this.#options = options;
    this.#faults = new UpkeepFaults((report) => {
      tell('upkeep', report);
    });
  }

  /** `looksAfterItself`: goes on with removals that were cut off, and removes now and then what is old. */
  begin(store: WorkingStore, { looksAfterItself }: { readonly looksAfterItself: boolean }): void {
    this.#open = store;
    if (!looksAfterItself) return;
    void this.#finishForgetting(store);
    this.#retainNowAndThen(store);
  }

  /** Nothing is done from now on. */
  end(): void {
    this.#open = null;
    this.#slices.stop();
    this.#stopRetaining();
  }

  commit(deliveries: readonly Delivery[]): CommitReport {
    this.#slices.noteCommit();
    return this.#store.commit(deliveries);
  }

  replay(request: ReplayRequest): AsyncGenerator<ReplaySlice, void> {
    return this.#slices.inTurn(this.#store.replay(request));
  }

  importBatch(batch: ImportBatch): Promise<ImportedBatch> {
    return this.#slices.once(() => this.#store.importBatch(batch));
  }

  async *forget(request: ForgetRequest): AsyncGenerator<ForgetSlice, ForgetCounts> {
    let counts = NOTHING_FORGOTTEN;
    for await (const slice of this.#slices.inTurn(this.#store.forget(request))) {
      counts = addCounts(counts, slice.counts);
      yield slice;
    }
    return counts;
  }

  forgetCustomer(request: CustomerRequest): AsyncGenerator<ForgetSlice, CustomerCertificate> {
    return this.#resting(this.#store.forgetCustomer(request));
  }

  finishForgetting(): AsyncGenerator<ForgetSlice, void> {
    return this.#resting(this.#store.finishForgetting());
  }

  async *retain(): AsyncGenerator<RetentionSlice, RetentionReport> {
    try {
      const report = yield* this.#retained();
      if (report.failed.length === 0) this.#faults.worked('retention');
      else this.#faults.failed('retention', report.failed.map((one) => `${one.class}: ${one.why}`).join('; '));
      this.#tell('retained', report);
      return report;
    } catch (error) {
      this.#noteFault('retention', error);
      throw error;
    }
  }

  async *#retained(): AsyncGenerator<RetentionSlice, RetentionReport> {
    const slices = this.#resting(this.#store.retain());
    for (;;) {
      const slice = await slices.next();
      if (slice.done === true) return slice.value;
      if (slice.value.quarantine) this.#tell('retaining', slice.value);
      yield slice.value;
    }
  }

  /** Other work gets in between two slices. */
  async *#resting<Slice, Last>(slices: Iterator<Slice, Last>): AsyncGenerator<Slice, Last> {
    for (;;) {
      let tookMs = 0;
      const slice = await this.#slices.once(() => {
        const beganMs = performance.now();
        const next = slices.next();
        tookMs = performance.now() - beganMs;
        return next;
      });
      if (slice.done === true) return slice.value;
      if (this.#options.isWaiting(slice.value)) await sleep(READER_REST_MS);
      else await this.#slices.rest(tookMs);
      yield slice.value;
    }
  }

  holds(): readonly Hold[] {
    return this.#store.holds();
  }

  hold(asked: NewHold): MadeHold {
    return this.#store.hold(asked);
  }

  release(id: string): boolean {
    return this.#store.release(id);
  }

  audit(entry: AuditEntry): void {
    this.#store.audit(entry);
  }

  keepIntervals(intervals: ReadonlyMap<string, number>): void {
    this.#store.keepIntervals(intervals);
  }

  probe(): void {
    this.#store.probe();
  }

  get #store(): WorkingStore {
    if (this.#open) return this.#open;
    throw new MonitorError('OCM_UNAVAILABLE', 'the writer is not open');
  }

  /** Once an hour, and after the start; at once when the database is larger than it may be. What failed is tried again sooner. */
  #retainNowAndThen(writer: WorkingStore): void {
    let dueMs = performance.now() + RETENTION_FIRST_MS;
    let isRunning = false;
    const look = async () => {
      if (isRunning || this.#open === null || !writer.isHousekeeper) return;
      isRunning = true;
      try {
        if (performance.now() < dueMs && !writer.isOverLimit) return;
        dueMs = performance.now() + RETENTION_AGAIN_MS;
        if (this.#faults.has('forgetting')) await this.#finishForgetting(writer);
        const slices = this.retain();
        while ((await slices.next()).done !== true);
        if (!this.#faults.has('retention')) dueMs = performance.now() + RETENTION_EVERY_MS;
      } catch {
        // What it removed stays removed, and that it failed was told.
      } finally {
        isRunning = false;
      }
    };
    const looking = setInterval(() => void look(), RETENTION_LOOKS_MS);
    this.#stopRetaining = () => {
      clearInterval(looking);
    };
  }

  /** When it fails it is told, and tried again with retention. */
  async #finishForgetting(writer: WorkingStore): Promise<void> {
    const slices = this.#resting(writer.finishForgetting());
    try {
      while ((await slices.next()).done !== true);
      this.#faults.worked('forgetting');
    } catch (error) {
      this.#noteFault('forgetting', error);
    }
  }

  /** Damage is told by whoever meets it next, and what ends with the thread has not failed. */
  #noteFault(task: UpkeepTask, error: unknown): void {
    if (this.#open !== null && !this.#options.isDamage(error)) this.#faults.failed(task, error);
  }
}
