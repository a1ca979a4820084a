/**
 * The writer's thread on PostgreSQL: judges, and writes through one lane. It waits for each answer of the server, which
 * another thread has the connection to.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { MonitorError } from '../../domain/errors.js';
import { systemClock } from '../../node/system-clock.js';
import { BlockingWire } from '../../postgres/blocking/blocking-wire.js';
import { unavailable } from '../../postgres/lane-driver.js';
import { PostgresWriter } from '../../postgres/writer.js';
import { judging } from '../judging.js';
import { answer, type Answering, teller } from '../threads/calls.js';
import { inPieces } from '../threads/pieces.js';
import type { HandedOver, Opened, OpeningCalls, Unasked, WorkCalls } from '../threads/writer-calls.js';
import { WriterWork } from '../threads/writer-work.js';
import { Spool } from '../../sqlite/spool/spool.js';
import { SpoolingStore } from './spooling-store.js';
import type { PostgresWriterData } from './thread-data.js';

/** Resolution of the up-time ledger; a lease lasts for several. */
const BEAT_MS = 2000;
/** How long the server may take for what is sent at once; then what became of it is looked up. */
const DEADLINE_MS = 5000;
/** How often it is looked whether a database is back that was away. */
const LOOK_MS = 1000;

const WIRE_THREAD = new URL('../../postgres/blocking/wire-thread.js', import.meta.url);

type Tell = ReturnType<typeof teller<HandedOver & Unasked>>;

/** Of a database that is away. */
const NOTHING_HELD: Opened = {
  previousAliveMs: null,
  retoldGroups: 0,
  setAside: null,
  quarantine: [],
  lastCallbackEvents: [],
  keptIntervals: new Map(),
  leftOut: 0,
  numberKey: null,
  follow: null,
};

class PostgresWriterThread implements Answering<OpeningCalls> {
  readonly #data: PostgresWriterData;
  readonly #work: WriterWork;
  readonly #tell: Tell;
  readonly #end: () => void;
  #open: { readonly store: SpoolingStore; readonly timers: readonly NodeJS.Timeout[] } | null = null;
  #opened = NOTHING_HELD;
  #toldChunks = 0;
  #isLeading = false;

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
    const wire = this.#wire();
    const store = this.#store(wire);
    try {
      const isThere = store.begin();
      this.#open = { store, timers: this.#timers(store) };
      this.#work.begin(store, { looksAfterItself: isThere });
      return isThere ? this.#opened : NOTHING_HELD;
    } catch (error) {
      wire.close();
      this.#end();
      throw error;
    }
  }

  #wire(): BlockingWire {
    return new BlockingWire(
      this.#data.server,
      (workerData, transferList) => new Worker(WIRE_THREAD, { workerData, transferList: [...transferList] }),
      DEADLINE_MS,
    );
  }

  #store(wire: BlockingWire): SpoolingStore {
    const { spool, ...data } = this.#data;
    const judges = judging(data);
    const store = new SpoolingStore({
      wire,
      spool: new Spool({
        ...spool,
        nowMs: () => systemClock.nowMs(),
        onAside: (file, why) => {
          this.#tell('spoolAside', file, why);
        },
      }),
      judges,
      digest: judges.digest,
      clock: systemClock,
      elapsedMs: () => performance.now(),
      openWriter: () => {
        const writer = new PostgresWriter({ ...data, ...judges, wire });
        this.#opened = this.#handOver(writer);
        return writer;
      },
      onOpened: () => {
        this.#tell('opened', this.#opened);
        this.#work.begin(store, { looksAfterItself: true });
      },
      onDrained: (report) => {
        this.#tell('drained', report);
      },
      onUnconfirmed: (report) => {
        this.#tell('unconfirmed', report);
      },
      onStatus: (status) => {
        this.#tell('spool', status);
      },
    });
    return store;
  }

  lookAtChunks(chunkNos: readonly number[]): void {
    const writer = this.#open?.store.writer ?? null;
    if (writer === null) throw new MonitorError('OCM_UNAVAILABLE', 'the writer is not open, or the database is away');
    writer.lookAtChunks(chunkNos);
  }

  condemn(why: string): void {
    throw new MonitorError('OCM_UNAVAILABLE', why);
  }

  close(): void {
    const open = this.#open;
    this.#open = null;
    this.#work.end();
    if (open) {
      for (const timer of open.timers) clearInterval(timer);
      open.store.close();
    }
    this.#end();
  }

  #handOver(writer: PostgresWriter): Opened {
    // It may have been begun before, and the server gone in the middle of it.
    this.#tell('anew');
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

  #timers(store: SpoolingStore): readonly NodeJS.Timeout[] {
    const beating = setInterval(() => {
      this.#beat(store);
    }, BEAT_MS);
    const looking = setInterval(() => void store.look(), LOOK_MS);
    return [beating, looking];
  }

  /** One that cannot be written is told by the status of the store; the ledger only loses resolution. */
  #beat(store: SpoolingStore): void {
    const { writer } = store;
    store.beat();
    if (store.isHousekeeper !== this.#isLeading) this.#tell('leading', !this.#isLeading);
    this.#isLeading = store.isHousekeeper;
    if (store.writer === null || writer === null) return;
    try {
      writer.lookAround();
      const damaged = writer.damagedChunks();
      if (damaged.count !== this.#toldChunks) this.#tell('damagedChunks', damaged);
      this.#toldChunks = damaged.count;
    } catch {
      // As said above.
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
  const work = new WriterWork(tell, { isDamage: () => false, isWaiting: () => false });
  const thread = new PostgresWriterThread(workerData as PostgresWriterData, work, tell, end);
  answer<[OpeningCalls, WorkCalls]>(port, [thread, work], unavailable);
}

main();
