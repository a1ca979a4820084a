/**
 * The writer's thread: composes judge and writer, and answers questions in order. Validation and decoding happen here
 * too, so that the thread that talks HTTP only moves bytes (measured: docs/adr/0002-writer-thread.md).
 */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { MonitorError } from '../../domain/errors.js';
import type { HandOver } from '../../domain/hand-over.js';
import { damaged, isDamage } from '../../sqlite/damage/damage.js';
import { WAITING } from '../../sqlite/customers/customer-store.js';
import { pendingWork, type Prepared, prepareHandOver, snapshotsOf } from '../../sqlite/hand-over.js';
import { answer, type Answering, teller } from '../threads/calls.js';
import { faultOf } from '../threads/fault.js';
import { inPieces } from '../threads/pieces.js';
import type { HandedOver, Opened, OpeningCalls, Unasked, WorkCalls } from '../threads/writer-calls.js';
import { WriterWork } from '../threads/writer-work.js';
import { Writer, type WriterOptions } from '../../sqlite/writer.js';
import { systemClock } from '../../node/system-clock.js';
import { writerOptions } from './writer-options.js';
import type { WriterThreadData } from './writer-thread-data.js';

/** Resolution of the up-time ledger. */
const BEAT_MS = 2000;
/** A beat is a commit as any other: on a slow disk posts have the most of it. The ledger only loses resolution. */
const BEAT_REST = 10;

type Tell = ReturnType<typeof teller<HandedOver & Unasked>>;

/** Answers questions from `open` on until it is told to close. */
class WriterThread implements Answering<OpeningCalls> {
  readonly #data: WriterThreadData;
  readonly #tell: Tell;
  readonly #end: () => void;
  readonly #work: WriterWork;
  #options: WriterOptions | null = null;
  #prepared: Prepared | null = null;
  #open: { readonly writer: Writer; readonly stopBeating: () => void } | null = null;

  /** `end`: lets the thread end when it has said what it has to say. */
  constructor(data: WriterThreadData, work: WriterWork, tell: Tell, end: () => void) {
    this.#data = data;
    this.#work = work;
    this.#tell = tell;
    this.#end = end;
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
        this.#work.begin(writer, { looksAfterItself: this.#data.keepsLedger });
        return opened;
      } finally {
        this.#prepared?.release();
        this.#prepared = null;
      }
    });
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
    this.#work.end();
    open?.stopBeating();
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
        onUnconfirmed: (report) => {
          this.#tell('unconfirmed', report);
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
  const tell: Tell = teller(port);
  const work = new WriterWork(tell, { isDamage, isWaiting: (slice) => slice === WAITING });
  const thread = new WriterThread(workerData as WriterThreadData, work, tell, end);
  answer<[OpeningCalls, WorkCalls]>(port, [thread, work], (error) => thread.diagnose(error));
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
    const known = { previousAliveMs, retoldGroups, setAside, quarantine, lastCallbackEvents, keptIntervals, leftOut };
    return { ...known, numberKey: null, follow: null };
  });
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
