/**
 * The writer's thread on PostgreSQL: judges, and writes through one lane. It waits for each answer of the server, which
 * another thread has the connection to.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { MonitorError } from '../../domain/errors.js';
import { systemClock } from '../../node/system-clock.js';
import { BlockingWire } from '../../postgres/blocking/blocking-wire.js';
import { PostgresWriter } from '../../postgres/writer.js';
import { judging } from '../judging.js';
import { answer, type Answering, teller } from '../threads/calls.js';
import { inPieces } from '../threads/pieces.js';
import type { HandedOver, Opened, OpeningCalls, Unasked, WorkCalls } from '../threads/writer-calls.js';
import { WriterWork } from '../threads/writer-work.js';
import type { PostgresWriterData } from './thread-data.js';

/** Resolution of the up-time ledger; a lease lasts for several. */
const BEAT_MS = 2000;
/** How long the server may take for what is sent at once; then what became of it is looked up. */
const DEADLINE_MS = 5000;

const WIRE_THREAD = new URL('../../postgres/blocking/wire-thread.js', import.meta.url);

type Tell = ReturnType<typeof teller<HandedOver & Unasked>>;

class PostgresWriterThread implements Answering<OpeningCalls> {
  readonly #data: PostgresWriterData;
  readonly #work: WriterWork;
  readonly #tell: Tell;
  readonly #end: () => void;
  #open: { readonly writer: PostgresWriter; readonly beating: NodeJS.Timeout } | null = null;

  /** `end`: lets the thread end when it has said what it has to say. */
  constructor(data: PostgresWriterData, work: WriterWork, tell: Tell, end: () => void) {
    this.#data = data;
    this.#work = work;
    this.#tell = tell;
    this.#end = end;
  }

  /** Two receivers write beside each other: a successor has nothing to wait for. */
  prepare(): readonly string[] {
    return [];
  }

  open(): Opened {
    const { server, ...data } = this.#data;
    const wire = new BlockingWire(
      server,
      (threadData, transferList) =>
        new Worker(WIRE_THREAD, { workerData: threadData, transferList: [...transferList] }),
      DEADLINE_MS,
    );
    try {
      const writer = new PostgresWriter({ ...data, ...judging(data), wire });
      const opened = this.#handOver(writer);
      this.#open = { writer, beating: this.#beat(writer) };
      this.#work.begin(writer, { looksAfterItself: true });
      return opened;
    } catch (error) {
      wire.close();
      this.#end();
      throw error;
    }
  }

  lookAtChunks(chunkNos: readonly number[]): void {
    this.#writer.lookAtChunks(chunkNos);
  }

  condemn(why: string): void {
    throw new MonitorError('OCM_UNAVAILABLE', why);
  }

  close(): void {
    const open = this.#open;
    this.#open = null;
    this.#work.end();
    if (open) {
      clearInterval(open.beating);
      open.writer.close();
    }
    this.#end();
  }

  diagnose(error: unknown): unknown {
    return this.#open === null ? error : this.#open.writer.diagnose(error);
  }

  get #writer(): PostgresWriter {
    if (this.#open) return this.#open.writer;
    throw new MonitorError('OCM_UNAVAILABLE', 'the writer is not open');
  }

  #handOver(writer: PostgresWriter): Opened {
    // First: what others commit from here on is followed.
    const follow = writer.followFrom();
    const { held } = writer;
    const { snapshots, leftOut } = held.shown();
    inPieces(snapshots, (piece) => {
      this.#tell('snapshots', piece);
    });
    inPieces(held.openCallbacks(systemClock.nowMs() - this.#data.callbackTtlMs), (piece) => {
      this.#tell('callbacks', piece);
    });
    const { previousAliveMs, retoldGroups, keptIntervals, numberKey } = writer;
    const lastCallbackEvents = held.lastCallbackEvents();
    const quarantine = held.quarantineCounts();
    const setAside = null;
    return {
      previousAliveMs,
      retoldGroups,
      setAside,
      quarantine,
      lastCallbackEvents,
      keptIntervals,
      leftOut,
      numberKey,
      follow,
    };
  }

  /** A beat that cannot be written is told by the next commit; the ledger only loses resolution. */
  #beat(writer: PostgresWriter): NodeJS.Timeout {
    let told = 0;
    let isLeading = false;
    return setInterval(() => {
      try {
        writer.beat();
        const damaged = writer.damagedChunks();
        if (damaged.count !== told) this.#tell('damagedChunks', damaged);
        told = damaged.count;
      } catch {
        // As said above.
      }
      if (writer.isHousekeeper !== isLeading) this.#tell('leading', !isLeading);
      isLeading = writer.isHousekeeper;
    }, BEAT_MS);
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
  const work = new WriterWork(tell, { isDamage: () => false, isWaiting: () => false });
  const thread = new PostgresWriterThread(workerData as PostgresWriterData, work, tell, end);
  answer<[OpeningCalls, WorkCalls]>(port, [thread, work], (error) => thread.diagnose(error));
}

main();
