import { type Worker } from 'node:worker_threads';
import type { AuditEntry } from '../../domain/audit.js';
import type { Callback } from '../../domain/callback.js';
import type { GroupSnapshot } from '../../domain/campaign-group.js';
import { MonitorError } from '../../domain/errors.js';
import type { QuarantineCount } from '../../domain/quarantine.js';
import type {
  BatchWriter,
  CommitReport,
  Delivery,
  ForgetCounts,
  ForgetRequest,
  ForgetSlice,
  LastEvent,
  ReplayRequest,
  ReplaySlice,
} from '../../domain/store.js';
import type { CheckpointReport } from '../checkpoints.js';
import type { HandOver } from '../../domain/succession.js';
import type { SetAside } from '../damage/damage.js';
import { addCounts, NOTHING_FORGOTTEN } from '../../domain/forget-counts.js';
import { errorOf, type WriterReply, type WriterRequest } from './messages.js';

/** What the writer knew when it was ready. */
export interface WriterState {
  /** Until when the run before this one was alive, null for the first: what happened since then was unobserved. */
  readonly previousAliveMs: number | null;
  readonly retoldGroups: number;
  /** The damaged database, or the copy of one, that this start has put aside. */
  readonly setAside: SetAside | null;
  readonly quarantine: readonly QuarantineCount[];
  readonly snapshots: readonly GroupSnapshot[];
  readonly openCallbacks: readonly Callback[];
  readonly lastCallbackEvents: readonly LastEvent[];
  /** Source to the interval that was learned of it, milliseconds. */
  readonly keptIntervals: ReadonlyMap<string, number>;
  /** Loaded groups that are not among `snapshots`: there is no room for them. */
  readonly leftOut: number;
}

interface Removal extends Waiting<ForgetCounts> {
  readonly onSlice: (slice: ForgetSlice) => void;
  counts: ForgetCounts;
}

interface Replay extends Waiting<void> {
  readonly onSlice: (slice: ReplaySlice) => void | Promise<void>;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The writer's thread as a `BatchWriter`: SQLite never blocks the thread that talks HTTP. Requests of a kind are answered
 * in order, so that no ids are needed. When the thread dies, everything waiting is rejected and `onDeath` is told.
 */
export class WriterClient implements BatchWriter {
  readonly #worker: Worker;
  readonly #commits: Waiting<CommitReport>[] = [];
  readonly #replays: Replay[] = [];
  readonly #audits: Waiting<void>[] = [];
  readonly #keepings: Waiting<void>[] = [];
  readonly #removals: Removal[] = [];
  readonly #probes: Waiting<void>[] = [];
  readonly #condemnations: Waiting<void>[] = [];
  readonly #onDeath: (error: Error) => void;
  /** Told when the write-ahead log cannot be written back, and when it can be again. */
  onCheckpoint: (report: CheckpointReport) => void = () => undefined;
  #closed: (() => void) | null = null;
  #dead: Error | null = null;

  private constructor(worker: Worker, onDeath: (error: Error) => void) {
    this.#worker = worker;
    this.#onDeath = onDeath;
    worker.on('message', (reply: WriterReply) => {
      this.#receive(reply);
    });
    worker.on('error', (error) => {
      this.#die(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => {
      if (this.#closed) this.#closed();
      else this.#die(new Error(`the writer's thread ended with code ${code}`));
    });
  }

  /**
   * Resolves when the thread holds the lock and has rebuilt its state; rejects with what kept it from that. A successor's
   * thread first reads beside its predecessor, and goes on when `predecessorGone` resolves.
   */
  static start(
    worker: Worker,
    onDeath: (error: Error) => void,
    predecessorGone: (pending: readonly string[]) => Promise<HandOver | null> = () => Promise.resolve(null),
  ): Promise<{ client: WriterClient; state: WriterState }> {
    return new Promise((resolve, reject) => {
      const snapshots = new Map<number, GroupSnapshot>();
      const openCallbacks: Callback[] = [];
      const onMessage = (reply: WriterReply) => {
        if (reply.kind === 'snapshots') {
          for (const snapshot of reply.snapshots) snapshots.set(snapshot.groupNo, snapshot);
          return;
        }
        if (reply.kind === 'gone') {
          for (const groupNo of reply.groupNos) snapshots.delete(groupNo);
          return;
        }
        if (reply.kind === 'prepared') {
          const takeOver = (handOver: HandOver | null) => {
            worker.postMessage({ kind: 'take-over', handOver } satisfies WriterRequest);
          };
          predecessorGone(reply.pending).then(takeOver, reject);
          return;
        }
        if (reply.kind === 'callbacks') {
          openCallbacks.push(...reply.callbacks);
          return;
        }
        if (reply.kind === 'anew') {
          snapshots.clear();
          openCallbacks.length = 0;
          return;
        }
        worker.off('message', onMessage);
        worker.off('error', reject);
        if (reply.kind !== 'ready') {
          reject(reply.kind === 'failed' ? errorOf(reply.fault) : new Error(`the writer began with ${reply.kind}`));
          return;
        }
        const { previousAliveMs, retoldGroups, setAside, quarantine, lastCallbackEvents, keptIntervals, leftOut } =
          reply;
        const known = {
          previousAliveMs,
          retoldGroups,
          setAside,
          quarantine,
          lastCallbackEvents,
          keptIntervals,
          leftOut,
        };
        resolve({
          client: new WriterClient(worker, onDeath),
          state: { ...known, snapshots: [...snapshots.values()], openCallbacks },
        });
      };
      worker.on('message', onMessage);
      worker.on('error', reject);
    });
  }

  commit(deliveries: readonly Delivery[]): Promise<CommitReport> {
    return this.#ask({ kind: 'commit', deliveries }, (waiting) => this.#commits.push(waiting));
  }

  replay(request: ReplayRequest, onSlice: Replay['onSlice']): Promise<void> {
    return this.#ask({ kind: 'replay', request }, (waiting) => this.#replays.push({ ...waiting, onSlice }));
  }

  /** Resolves when the entry is durable. */
  audit(entry: AuditEntry): Promise<void> {
    return this.#ask({ kind: 'audit', entry }, (waiting) => this.#audits.push(waiting));
  }

  /** Writes learned intervals down; resolves when they are durable. */
  keepIntervals(intervals: ReadonlyMap<string, number>): Promise<void> {
    return this.#ask({ kind: 'keep-intervals', intervals }, (waiting) => this.#keepings.push(waiting));
  }

  forget(request: ForgetRequest, onSlice: (slice: ForgetSlice) => void): Promise<ForgetCounts> {
    return this.#ask<ForgetCounts>({ kind: 'forget', request }, (waiting) =>
      this.#removals.push({ ...waiting, onSlice, counts: NOTHING_FORGOTTEN }),
    );
  }

  probe(): Promise<void> {
    return this.#ask({ kind: 'probe' }, (waiting) => this.#probes.push(waiting));
  }

  /** Tells the writer of damage that a reader met; rejects with what became of the database. */
  condemn(why: string): Promise<void> {
    return this.#ask({ kind: 'condemn', why }, (waiting) => this.#condemnations.push(waiting));
  }

  /** Everything asked before is answered first; then the database is left whole and the thread ends. See `Writer.close`. */
  close(handsOver = false): Promise<void> {
    if (this.#dead) return Promise.resolve();
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#worker.postMessage({ kind: 'close', handsOver } satisfies WriterRequest);
    });
  }

  #ask<T>(request: WriterRequest, wait: (waiting: Waiting<T>) => void): Promise<T> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      wait({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #receive(reply: WriterReply): void {
    switch (reply.kind) {
      case 'committed':
        this.#commits.shift()?.resolve(reply.report);
        return;
      case 'failed':
        this.#fail(reply.request, errorOf(reply.fault));
        return;
      case 'audited':
        this.#audits.shift()?.resolve();
        return;
      case 'kept-intervals':
        this.#keepings.shift()?.resolve();
        return;
      case 'probed':
        this.#probes.shift()?.resolve();
        return;
      case 'checkpoint':
        this.onCheckpoint(reply.report);
        return;
      case 'replayed':
        this.#replayed(reply.slice);
        return;
      case 'forgotten':
        this.#forgotten(reply.slice, reply.done);
        return;
      case 'ready':
      case 'prepared':
      case 'anew':
      case 'snapshots':
      case 'gone':
      case 'callbacks':
      case 'closed':
        // Said while starting, and when the thread ends: `start` and the exit handler see to those.
        return;
    }
  }

  /** Tells of a slice as a promise tells of a commit, so that it stands between the commits before and after it. */
  #replayed(slice: ReplaySlice | null): void {
    if (slice === null) {
      this.#replays.shift()?.resolve();
      return;
    }
    const goOn = () => {
      if (!this.#dead && !this.#closed) this.#worker.postMessage({ kind: 'go-on' } satisfies WriterRequest);
    };
    Promise.resolve(slice).then(this.#replays[0]?.onSlice).then(goOn, goOn);
  }

  #forgotten(slice: ForgetSlice | null, done: boolean): void {
    const [removal] = this.#removals;
    // What an earlier run had left over is finished without anybody asking.
    if (removal === undefined) return;
    if (slice !== null) {
      removal.counts = addCounts(removal.counts, slice.counts);
      queueMicrotask(() => {
        removal.onSlice(slice);
      });
    }
    if (done) for (const { resolve, counts } of this.#removals.splice(0, 1)) resolve(counts);
  }

  /** Whoever commits tells of a lost store; of other requests nobody else hears it. */
  #fail(request: string, error: Error): void {
    this.#waitingFor(request).shift()?.reject(error);
    const isLost = error instanceof MonitorError && (error.code === 'OCM_DAMAGED' || error.code === 'OCM_STORE_LOST');
    if (isLost && request !== 'commit' && request !== 'start') this.#onDeath(error);
  }

  #waitingFor(kind: string): Pick<Waiting<never>, 'reject'>[] {
    if (kind === 'beat') return [];
    if (kind === 'replay') return this.#replays;
    if (kind === 'audit') return this.#audits;
    if (kind === 'keep-intervals') return this.#keepings;
    if (kind === 'forget') return this.#removals;
    if (kind === 'condemn') return this.#condemnations;
    return kind === 'probe' ? this.#probes : this.#commits;
  }

  #die(error: Error): void {
    if (this.#dead) return;
    this.#dead = error;
    const lists: Pick<Waiting<never>, 'reject'>[][] = [
      this.#commits,
      this.#replays,
      this.#audits,
      this.#keepings,
      this.#removals,
      this.#probes,
      this.#condemnations,
    ];
    for (const { reject } of lists.flatMap((list) => list.splice(0))) reject(error);
    this.#onDeath(error);
  }
}
