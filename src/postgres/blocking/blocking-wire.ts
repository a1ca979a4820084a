/**
 * A wire that answers at once: the writer's thread sleeps until another one has the answers. So what is done slice by slice
 * (replay, removal, retention) is the same code over every store, and one lane serves it all.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { Answer } from '../exchange.js';
import { isAnswered } from './answered.js';
import { ExchangeFailed, isUnknown, NOT_CONFIRMED } from '../failures.js';
import type { DatabaseServer } from '../server.js';
import type { Statement } from '../statements.js';
import { FIRST_MS, type WireAsked, type WireConnected, type WireThreadData, type WireTold } from './wire-messages.js';

/** Starts `wire-thread.ts` with this as its data. */
export type SpawnWireThread = (data: WireThreadData, transfer: readonly MessagePort[]) => Worker;

interface WireThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly answers: Int32Array;
}

/** How much longer than an exchange its thread may take: it opens a connection first, to one host after the other. */
const THREAD_MS = 1000;
const HOST_MS = 3000;

export class BlockingWire {
  readonly #server: DatabaseServer;
  readonly #spawn: SpawnWireThread;
  #deadlineMs: number;
  #thread: WireThread | null = null;
  #hasFailed = true;
  #isGuarded = false;
  #shut: ExchangeFailed | null = null;

  /** `deadlineMs`: how long an exchange may take; then what became of it is not known. */
  constructor(server: DatabaseServer, spawn: SpawnWireThread, deadlineMs: number) {
    this.#server = server;
    this.#spawn = spawn;
    this.#deadlineMs = deadlineMs;
  }

  /** Whether nobody knows what the database did, or nothing was asked yet, since this was asked the last time. */
  takeHasFailed(): boolean {
    const hasFailed = this.#hasFailed;
    this.#hasFailed = false;
    return hasFailed;
  }

  /**
   * From now on nobody waits twice for a database that is away: after an exchange of which nobody knows what became, further
   * ones fail at once until `connect` has found it and `open` lets them through.
   */
  guard(): void {
    this.#isGuarded = true;
  }

  /** Why exchanges fail at once; null: they do not. */
  get shut(): string | null {
    return this.#shut?.message ?? null;
  }

  /** Exchanges fail at once from now on. */
  shutFor(why: string): void {
    this.#shut ??= new ExchangeFailed(why, null);
    this.#hasFailed = true;
  }

  open(): void {
    this.#shut = null;
  }

  /** Does work whose exchanges may take so long each. */
  within<T>(deadlineMs: number, work: () => T): T {
    const before = this.#deadlineMs;
    this.#deadlineMs = deadlineMs;
    try {
      return work();
    } finally {
      this.#deadlineMs = before;
    }
  }

  /**
   * Connects anew and does `first`, and nobody waits meanwhile. Rejects with why there is no database that can be written to.
   */
  async connect(first: readonly Statement[] = []): Promise<void> {
    const { port } = (this.#thread ??= this.#start());
    const { port1, port2 } = new MessageChannel();
    port.postMessage({ kind: 'connect', first, reply: port2 } satisfies WireAsked, [port2]);
    const told = await new Promise<WireConnected>((resolve) => {
      const giveUp = setTimeout(() => {
        this.#giveUp();
        resolve({ kind: 'failed', message: 'the database does not answer', sqlState: null });
      }, this.#connectsWithinMs);
      port1.once('message', (message: WireConnected) => {
        clearTimeout(giveUp);
        resolve(message);
      });
    });
    port1.close();
    if (told !== null) throw new ExchangeFailed(told.message, told.sqlState);
  }

  /** See `Wire.exchange`. After a connection was lost the next exchange that begins something connects anew. */
  exchange(statements: readonly Statement[]): readonly Answer[] {
    if (this.#shut !== null) throw this.#shut;
    const told = this.#ask(statements);
    if (told.kind === 'answers') return told.answers;
    const failed = new ExchangeFailed(told.message, told.sqlState);
    if (isUnknown(failed) || told.sqlState === NOT_CONFIRMED) {
      this.#hasFailed = true;
      if (this.#isGuarded) this.#shut = failed;
    }
    throw failed;
  }

  /** The connection ends by itself. */
  close(): void {
    this.#thread?.port.postMessage({ kind: 'end' } satisfies WireAsked);
    this.#thread = null;
  }

  get #connectsWithinMs(): number {
    return this.#server.hosts.length * HOST_MS * 2 + FIRST_MS + THREAD_MS;
  }

  #ask(statements: readonly Statement[]): WireTold {
    const deadlineMs = this.#deadlineMs;
    const { port, answers } = (this.#thread ??= this.#start());
    const before = Atomics.load(answers, 0);
    port.postMessage({ kind: 'exchange', statements, deadlineMs } satisfies WireAsked);
    const connectsMs = this.#server.hosts.length * Math.min(deadlineMs, HOST_MS) * 2;
    if (!isAnswered(answers, before, deadlineMs + connectsMs + THREAD_MS)) {
      this.#giveUp();
      return { kind: 'failed', message: 'the thread that has the connection does not answer', sqlState: null };
    }
    return receiveMessageOnPort(port)?.message as WireTold;
  }

  #giveUp(): void {
    void this.#thread?.worker.terminate();
    this.#thread = null;
  }

  #start(): WireThread {
    const { port1, port2 } = new MessageChannel();
    const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const worker = this.#spawn({ server: this.#server, answers, port: port2 }, [port2]);
    // A process does not stay for it.
    port1.unref();
    worker.unref();
    return { worker, port: port1, answers };
  }
}
