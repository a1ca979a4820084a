/**
 * The writer's thread: composes judge and writer, and answers questions in order. Validation and decoding happen here
 * too, so that the thread that talks HTTP only moves bytes (measured: docs/adr/0002-writer-thread.md).
 */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { AuditEntry } from '../../domain/audit.js';
import { MonitorError } from '../../domain/errors.js';
import type { ImportBatch, ImportedBatch } from '../../domain/import.js';
import type {
  CommitReport,
  Delivery,
  ForgetCounts,
  ForgetRequest,
  ForgetSlice,
  ReplayRequest,
  ReplaySlice,
} from '../../domain/store.js';
import type { RetentionSlice } from '../../apply/retention.js';
import type { Hold, MadeHold, NewHold, RetentionReport } from '../../domain/retention.js';
import type { UpkeepTask } from '../../domain/store-upkeep.js';
import type { HandOver } from '../../domain/hand-over.js';
import { damaged, isDamage } from '../../sqlite/damage/damage.js';
import type { CustomerCertificate, CustomerRequest } from '../../domain/customer.js';
import { WAITING } from '../../sqlite/customers/customer-removal.js';
import { addCounts, NOTHING_FORGOTTEN } from '../../domain/forget-counts.js';
import { pendingWork, type Prepared, prepareHandOver, snapshotsOf } from '../../sqlite/hand-over.js';
import { answer, type Answering, teller } from '../../sqlite/threads/calls.js';
import { faultOf } from '../../sqlite/threads/fault.js';
import { SlicedWork } from '../../sqlite/threads/sliced-work.js';
import { UpkeepFaults } from '../../sqlite/upkeep-faults.js';
import type { HandedOver, Opened, Unasked, WriterCalls } from '../../sqlite/threads/writer-calls.js';
import { Writer, type WriterOptions } from '../../sqlite/writer.js';
import { systemClock } from '../../node/system-clock.js';
import { writerOptions } from './writer-options.js';
import type { WriterThreadData } from './writer-thread-data.js';

/** Resolution of the up-time ledger. */
const BEAT_MS = 2000;
/** A beat is a commit as any other: on a slow disk posts have the most of it. The ledger only loses resolution. */
const BEAT_REST = 10;
/** Retention: how long after the start, how often, and how often it is looked whether it may not wait. */
const RETENTION_FIRST_MS = 60_000;
const RETENTION_EVERY_MS = 3_600_000;
/** After a run that failed. An alert looks back further than two of them. */
const RETENTION_AGAIN_MS = 600_000;
const RETENTION_LOOKS_MS = 10_000;
/** A removal that waits for a reader looks again after this. */
const READER_REST_MS = 100;
/** Groups or callbacks handed over at once while starting. */
const HANDED_AT_ONCE = 1000;

type Tell = ReturnType<typeof teller<HandedOver & Unasked>>;

/** Answers questions from `open` on until it is told to close. */
class WriterThread implements Answering<WriterCalls> {
  readonly #data: WriterThreadData;
  readonly #tell: Tell;
  readonly #end: () => void;
  readonly #work = new SlicedWork();
  #options: WriterOptions | null = null;
  readonly #faults: UpkeepFaults;
  #prepared: Prepared | null = null;
  #stopRetaining: () => void = () => undefined;
  #open: { readonly writer: Writer; readonly stopBeating: () => void } | null = null;

  /** `end`: lets the thread end when it has said what it has to say. */
  constructor(data: WriterThreadData, tell: Tell, end: () => void) {
    this.#data = data;
    this.#tell = tell;
    this.#end = end;
    this.#faults = new UpkeepFaults((report) => {
      this.#tell('upkeep', report);
    });
  }

  prepare(): readonly string[] {
    return this.#starting((options) => {
      const pending = pendingWork(this.#data.path, options);
      this.#prepared = prepareHandOver(this.#data.path, options);
      const snapshots = this.#prepared === null ? [] : snapshotsOf(this.#prepared);
      inPieces(snapshots, (piece) => {
        this.#tell('snapshots', piece);
      });
      return pending;
    });
  }

  open(handOver: HandOver | null): Opened {
    return this.#starting((options) => {
      try {
        const writer = new Writer({ ...options, prepared: this.#prepared, handOver });
        const opened = this.#handOverAll(writer);
        this.#open = { writer, stopBeating: beating(writer, this.#tell) };
        if (this.#data.keepsLedger) {
          void this.#finishForgetting(writer);
          this.#retainNowAndThen(writer);
        }
        return opened;
      } finally {
        this.#prepared?.release();
        this.#prepared = null;
      }
    });
  }

  commit(deliveries: readonly Delivery[]): CommitReport {
    this.#work.noteCommit();
    return this.#writer.commit(deliveries);
  }

  replay(request: ReplayRequest): AsyncGenerator<ReplaySlice, void> {
    return this.#work.inTurn(this.#writer.replay(request));
  }

  importBatch(batch: ImportBatch): Promise<ImportedBatch> {
    return this.#work.once(() => this.#writer.importBatch(batch));
  }

  async *forget(request: ForgetRequest): AsyncGenerator<ForgetSlice, ForgetCounts> {
    let counts = NOTHING_FORGOTTEN;
    for await (const slice of this.#work.inTurn(this.#writer.forget(request))) {
      counts = addCounts(counts, slice.counts);
      yield slice;
    }
    return counts;
  }

  forgetCustomer(request: CustomerRequest): AsyncGenerator<ForgetSlice, CustomerCertificate> {
    return this.#resting(this.#writer.forgetCustomer(request));
  }

  finishForgetting(): AsyncGenerator<ForgetSlice, void> {
    return this.#resting(this.#writer.finishForgetting());
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
    const slices = this.#resting(this.#writer.retain());
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
      const slice = await this.#work.once(() => {
        const beganMs = performance.now();
        const next = slices.next();
        tookMs = performance.now() - beganMs;
        return next;
      });
      if (slice.done === true) return slice.value;
      if (slice.value === WAITING) await sleep(READER_REST_MS);
      else await this.#work.rest(tookMs);
      yield slice.value;
    }
  }

  holds(): readonly Hold[] {
    return this.#writer.holds();
  }

  hold(asked: NewHold): MadeHold {
    return this.#writer.hold(asked);
  }

  release(id: string): boolean {
    return this.#writer.release(id);
  }

  audit(entry: AuditEntry): void {
    this.#writer.audit(entry);
  }

  keepIntervals(intervals: ReadonlyMap<string, number>): void {
    this.#writer.keepIntervals(intervals);
  }

  probe(): void {
    this.#writer.probe();
  }

  lookAtChunks(chunkNos: readonly number[]): void {
    this.#writer.lookAtChunks(chunkNos);
  }

  condemn(why: string): void {
    throw damaged(this.#data.path, why);
  }

  close(handsOver: boolean): void {
    const open = this.#open;
    this.#open = null;
    this.#work.stop();
    open?.stopBeating();
    this.#stopRetaining();
    try {
      open?.writer.close(handsOver);
    } finally {
      this.#end();
    }
  }

  /** What to tell of an error, wherever it was met. */
  diagnose(error: unknown): unknown {
    return this.#open === null ? error : this.#open.writer.diagnose(error);
  }

  get #writer(): Writer {
    if (this.#open) return this.#open.writer;
    throw new MonitorError('OCM_UNAVAILABLE', 'the writer is not open');
  }

  /** What keeps it from starting ends the thread. */
  #starting<T>(work: (options: WriterOptions) => T): T {
    try {
      this.#options ??= {
        ...writerOptions(this.#data),
        onCheckpoint: (report) => {
          this.#tell('checkpoint', report);
        },
        onUpkeep: (report) => {
          this.#tell('upkeep', report);
        },
        onConversion: (progress) => {
          this.#tell('conversion', progress);
        },
      };
      return work(this.#options);
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #handOverAll(writer: Writer): Opened {
    try {
      // What was read before belongs to a database that is not there any more.
      if (writer.setAside?.how === 'moved') this.#tell('anew');
      return rebuild(writer, this.#data, this.#tell);
    } catch (error) {
      if (!isDamage(error)) throw error;
      writer.replaceDamaged(error);
      this.#tell('anew');
      return rebuild(writer, this.#data, this.#tell);
    }
  }

  /** Once an hour, and after the start; at once when the database is larger than it may be. What failed is tried again sooner. */
  #retainNowAndThen(writer: Writer): void {
    let dueMs = performance.now() + RETENTION_FIRST_MS;
    let isRunning = false;
    const look = async () => {
      if (isRunning || this.#open === null) return;
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
  async #finishForgetting(writer: Writer): Promise<void> {
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
    if (this.#open !== null && !isDamage(error)) this.#faults.failed(task, error);
  }
}

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('writer-thread.ts runs as a worker thread only');
  const end = () => {
    // An answer is still on its way.
    setImmediate(() => {
      port.close();
    });
  };
  const thread = new WriterThread(workerData as WriterThreadData, teller(port), end);
  answer<[WriterCalls]>(port, [thread], (error) => thread.diagnose(error));
}

/** Hands over what the writer holds; returns what else it knows. */
function rebuild(writer: Writer, data: WriterThreadData, tell: Tell): Opened {
  return writer.asOfOneMoment(() => {
    inPieces(writer.snapshots(), (piece) => {
      tell('snapshots', piece);
    });
    const groupNos = writer.goneGroups();
    if (groupNos.length > 0) tell('gone', groupNos);
    inPieces(writer.openCallbacks(systemClock.nowMs() - data.callbackTtlMs), (piece) => {
      tell('callbacks', piece);
    });
    const { previousAliveMs, retoldGroups, setAside, keptIntervals, leftOut } = writer;
    const lastCallbackEvents = writer.lastCallbackEvents();
    const quarantine = writer.quarantineCounts();
    return { previousAliveMs, retoldGroups, setAside, quarantine, lastCallbackEvents, keptIntervals, leftOut };
  });
}

/** In pieces, so that no message is too large. */
function inPieces<T>(items: Iterable<T>, send: (items: readonly T[]) => void): void {
  let piece: T[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length < HANDED_AT_ONCE) continue;
    send(piece);
    piece = [];
  }
  send(piece);
}

/** Writes down that the service is alive, again and again, and looks what else is to be told. Returns what stops it. */
function beating(writer: Writer, tell: Tell): () => void {
  let restsUntilMs = 0;
  let isBeating = false;
  let isStopped = false;
  const tellDamaged = damageTeller(writer, tell);
  tellDamaged();
  const beat = async () => {
    if (isBeating || performance.now() < restsUntilMs) return;
    isBeating = true;
    let tookMs = 0;
    for (const parts = beatOf(writer, tell); !isStopped;) {
      const beganMs = performance.now();
      const isOver = parts.next().done === true;
      tookMs += performance.now() - beganMs;
      if (isOver) break;
      await turn();
    }
    if (!isStopped) tellDamaged();
    isBeating = false;
    restsUntilMs = performance.now() + BEAT_REST * tookMs;
  };
  const timer = setInterval(() => void beat(), BEAT_MS);
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}

/** Tells how many chunks are set aside, when that has changed. What keeps it from looking is told by the next commit. */
function damageTeller(writer: Writer, tell: Tell): () => void {
  let told = 0;
  return () => {
    try {
      const damaged = writer.damagedChunks();
      if (damaged.count === told) return;
      told = damaged.count;
      tell('damagedChunks', damaged);
    } catch {
      // As said above.
    }
  };
}

/**
 * A beat that cannot be written is told by the next commit; the ledger only loses resolution. That the database is lost is
 * told at once: then the next start may be over before the next post comes.
 */
function* beatOf(writer: Writer, tell: Tell): Generator<void> {
  try {
    yield* writer.inspectLog();
    writer.beat();
  } catch (error) {
    if (error instanceof MonitorError && error.code === 'OCM_STORE_LOST') tell('lost', faultOf(error));
  }
}

main();
