import { type Worker } from 'node:worker_threads';
import type { AuditEntry } from '../../domain/audit.js';
import type { Callback } from '../../domain/callback.js';
import type { CustomerCertificate, CustomerRequest } from '../../domain/customer.js';
import type { GroupSnapshot } from '../../domain/campaign-group.js';
import { MonitorError } from '../../domain/errors.js';
import type { ImportBatch, ImportedBatch } from '../../domain/import.js';
import type {
  BatchWriter,
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
import type { SpoolStatus } from '../../domain/spool.js';
import type { DamagedChunks, UpkeepReport } from '../../domain/store-upkeep.js';
import type { HandOver } from '../../domain/hand-over.js';
import type { CheckpointReport } from '../../sqlite/checkpoints.js';
import type { ConversionProgress } from '../../sqlite/convert.js';
import { Calls } from './calls.js';
import { errorOf, type Fault } from './fault.js';
import type { HandedOver, Opened, Unasked, WriterCalls } from './writer-calls.js';

/** What the writer knew when it was ready. */
export interface WriterState extends Opened {
  readonly snapshots: readonly GroupSnapshot[];
  readonly openCallbacks: readonly Callback[];
}

type PredecessorGone = (pending: readonly string[]) => Promise<HandOver | null>;

export interface WriterClientOptions {
  /** Told when nothing can be written any more: the thread died, or the database is damaged or gone. */
  readonly onDeath: (error: Error) => void;
  /** Told when the write-ahead log cannot be written back, and when it can be again. */
  readonly onCheckpoint?: (report: CheckpointReport) => void;
  /** Told while the start brings evidence of an older version into chunks. */
  readonly onConversion?: (progress: ConversionProgress) => void;
  /** Told when a run of retention has ended. */
  readonly onRetained?: (report: RetentionReport) => void;
  /** Told of each of its commits. */
  readonly onRetaining?: (slice: RetentionSlice) => void;
  /** Told of a commit that stands although whoever asked for it is told that it failed. */
  readonly onUnconfirmed?: (report: CommitReport) => void;
  /** Told when work beside posts fails, and when it works again. */
  readonly onUpkeep?: (report: UpkeepReport) => void;
  /** Told how many chunks are set aside, where it is another number than before. */
  readonly onDamagedChunks?: (damaged: DamagedChunks) => void;
  /** Told what a database holds that was away at the start. */
  readonly onOpened?: (state: WriterState) => void;
  readonly onSpool?: (status: SpoolStatus) => void;
  /** Told of every commit of posts that had waited for the database. */
  readonly onDrained?: (report: CommitReport) => void;
  readonly onSpoolAside?: (file: string, why: string) => void;
  /** Told whether this receiver does what one does for all. */
  readonly onLeading?: (isLeading: boolean) => void;
  /** Of a successor: resolves when its predecessor has let go, which the writer waits for with all read that can be. */
  readonly predecessorGone?: PredecessorGone | undefined;
}

/**
 * The writer's thread as a `BatchWriter`: SQLite never blocks the thread that talks HTTP. When the thread dies, everything
 * that waits is rejected and `onDeath` is told.
 */
export class WriterClient implements BatchWriter {
  readonly #calls: Calls<WriterCalls, [HandedOver, Unasked]>;
  #onDeath: (error: Error) => void;
  #onClosed: (() => void) | null = null;
  #dead: Error | null = null;

  private constructor(worker: Worker, held: Held, options: WriterClientOptions) {
    const { onDeath, onCheckpoint, onConversion, onRetained, onRetaining, onUpkeep, onDamagedChunks } = options;
    const { onUnconfirmed, onOpened, onSpool, onDrained, onSpoolAside, onLeading } = options;
    this.#onDeath = onDeath;
    const lost = (fault: Fault) => {
      this.#onDeath(errorOf(fault));
    };
    const nobody = () => undefined;
    const told = {
      checkpoint: onCheckpoint ?? nobody,
      conversion: onConversion ?? nobody,
      retained: onRetained ?? nobody,
      retaining: onRetaining ?? nobody,
      unconfirmed: onUnconfirmed ?? nobody,
      upkeep: onUpkeep ?? nobody,
      damagedChunks: onDamagedChunks ?? nobody,
      opened: (opened: Opened) => onOpened?.({ ...opened, ...held.take() }),
      spool: onSpool ?? nobody,
      drained: onDrained ?? nobody,
      spoolAside: onSpoolAside ?? nobody,
      leading: onLeading ?? nobody,
      lost,
    };
    this.#calls = new Calls(worker, [held, told]);
    worker.on('error', (error) => {
      this.#die(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => {
      // What it told last may come in the same turn, and is in the promises of who asked only after it.
      setImmediate(() => {
        this.#noteExit(code);
      });
    });
  }

  /**
   * Resolves when the thread holds the lock and has rebuilt its state; rejects with what kept it from that. A successor's
   * thread first reads beside its predecessor, and goes on when `predecessorGone` resolves.
   */
  static start(
    worker: Worker,
    options: WriterClientOptions,
  ): Promise<{ readonly client: WriterClient; readonly state: WriterState }> {
    return new Promise((resolve, reject) => {
      const held = new Held();
      // Of a thread that dies while it starts, whoever starts it hears.
      const client = new WriterClient(worker, held, { ...options, onDeath: reject });
      client.#open(options.predecessorGone).then((opened) => {
        client.#onDeath = options.onDeath;
        resolve({ client, state: { ...opened, ...held.take() } });
      }, reject);
    });
  }

  async #open(predecessorGone: PredecessorGone | undefined): Promise<Opened> {
    if (predecessorGone === undefined) return this.#calls.ask('open', null);
    const pending = await this.#calls.ask('prepare');
    return this.#calls.ask('open', await predecessorGone(pending));
  }

  /** Whoever commits tells of a lost store. */
  commit(deliveries: readonly Delivery[]): Promise<CommitReport> {
    return this.#calls.ask('commit', deliveries);
  }

  /** Goes on when somebody who was told of a slice has failed: what is done is done. */
  replay(request: ReplayRequest, onSlice: (slice: ReplaySlice) => void | Promise<void>): Promise<void> {
    const tell = async (slice: ReplaySlice) => {
      try {
        await onSlice(slice);
      } catch {
        // As those say who replay.
      }
    };
    return this.#watched(this.#calls.follow(tell, 'replay', request));
  }

  /** Applies a batch of what did not come by a post; resolves after its commit. See `apply/import.ts`. */
  importBatch(batch: ImportBatch): Promise<ImportedBatch> {
    return this.#watched(this.#calls.ask('importBatch', batch));
  }

  forget(request: ForgetRequest, onSlice: (slice: ForgetSlice) => void): Promise<ForgetCounts> {
    return this.#watched(this.#calls.follow(onSlice, 'forget', request));
  }

  /**
   * Takes a customer out of all that is held, in slices; `onSlice` is told of each after its commit. Callbacks and what they
   * measure stay. Resolves with what was looked through and done. Rejects with OCM_BAD_PARAMETER for what is no number.
   */
  forgetCustomer(request: CustomerRequest, onSlice: (slice: ForgetSlice) => void): Promise<CustomerCertificate> {
    return this.#watched(this.#calls.follow(onSlice, 'forgetCustomer', request));
  }

  /** Goes on with removals that were cut off. */
  finishForgetting(): Promise<void> {
    return this.#watched(this.#calls.follow(() => undefined, 'finishForgetting'));
  }

  /** Removes now what is older than its class is kept. */
  retain(): Promise<RetentionReport> {
    return this.#watched(this.#calls.follow(() => undefined, 'retain'));
  }

  holds(): Promise<readonly Hold[]> {
    return this.#calls.ask('holds');
  }

  hold(asked: NewHold): Promise<MadeHold> {
    return this.#watched(this.#calls.ask('hold', asked));
  }

  release(id: string): Promise<boolean> {
    return this.#watched(this.#calls.ask('release', id));
  }

  /** Resolves when the entry is durable. */
  audit(entry: AuditEntry): Promise<void> {
    return this.#watched(this.#calls.ask('audit', entry));
  }

  /** Writes learned intervals down; resolves when they are durable. */
  keepIntervals(intervals: ReadonlyMap<string, number>): Promise<void> {
    return this.#watched(this.#calls.ask('keepIntervals', intervals));
  }

  probe(): Promise<void> {
    return this.#watched(this.#calls.ask('probe'));
  }

  /** Tells the writer of chunks that a reader could not read. */
  lookAtChunks(chunkNos: readonly number[]): Promise<void> {
    return this.#watched(this.#calls.ask('lookAtChunks', chunkNos));
  }

  /** Tells the writer of damage that a reader met; rejects with what became of the database. */
  condemn(why: string): Promise<void> {
    return this.#watched(this.#calls.ask('condemn', why));
  }

  /** Everything asked before is answered first; then the database is left whole and the thread ends. See `Writer.close`. */
  close(handsOver = false): Promise<void> {
    if (this.#dead) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      this.#calls.ask('close', handsOver).catch((error: unknown) => {
        if (this.#dead === null) this.#onDeath(error as Error);
      });
    });
  }

  /** Of questions other than posts nobody else hears that the store is lost. */
  #watched<T>(answer: Promise<T>): Promise<T> {
    answer.catch((error: unknown) => {
      const isLost = error instanceof MonitorError && (error.code === 'OCM_DAMAGED' || error.code === 'OCM_STORE_LOST');
      if (isLost) this.#onDeath(error);
    });
    return answer;
  }

  #noteExit(code: number): void {
    if (this.#onClosed === null) {
      this.#die(new Error(`the writer's thread ended with code ${code}`));
      return;
    }
    this.#calls.end(new MonitorError('OCM_UNAVAILABLE', 'the service is stopping'));
    this.#onClosed();
  }

  #die(error: Error): void {
    if (this.#dead) return;
    this.#dead = error;
    this.#calls.end(error);
    this.#onDeath(error);
  }
}

/** What the thread hands over while it starts. */
class Held implements HandedOver {
  #snapshots = new Map<number, GroupSnapshot>();
  #openCallbacks: Callback[] = [];

  snapshots(piece: readonly GroupSnapshot[]): void {
    for (const snapshot of piece) this.#snapshots.set(snapshot.groupNo, snapshot);
  }

  callbacks(piece: readonly Callback[]): void {
    this.#openCallbacks.push(...piece);
  }

  gone(groupNos: readonly number[]): void {
    for (const groupNo of groupNos) this.#snapshots.delete(groupNo);
  }

  anew(): void {
    this.#snapshots.clear();
    this.#openCallbacks = [];
  }

  /** All of it, which is not kept here any longer. */
  take(): Pick<WriterState, 'snapshots' | 'openCallbacks'> {
    const all = { snapshots: [...this.#snapshots.values()], openCallbacks: this.#openCallbacks };
    this.anew();
    return all;
  }
}
