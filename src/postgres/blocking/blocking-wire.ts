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
import type { WireAsked, WireThreadData, WireTold } from './wire-messages.js';

/** Starts `wire-thread.ts` with this as its data. */
export type SpawnWireThread = (data: WireThreadData, transfer: readonly MessagePort[]) => Worker;

interface WireThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly answers: Int32Array;
}

/** How much longer than an exchange its thread may take: it opens a connection first. */
const THREAD_MS = 30_000;

export class BlockingWire {
  readonly #server: DatabaseServer;
  readonly #spawn: SpawnWireThread;
  readonly #deadlineMs: number;
  #thread: WireThread | null = null;
  #hasFailed = true;

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

  /** See `Wire.exchange`. After a connection was lost the next exchange that begins something connects anew. */
  exchange(statements: readonly Statement[]): readonly Answer[] {
    const told = this.#ask(statements);
    if (told.kind === 'answers') return told.answers;
    const failed = new ExchangeFailed(told.message, told.sqlState);
    if (isUnknown(failed) || told.sqlState === NOT_CONFIRMED) this.#hasFailed = true;
    throw failed;
  }

  /** The connection ends by itself. */
  close(): void {
    this.#thread?.port.postMessage('end' satisfies WireAsked);
    this.#thread = null;
  }

  #ask(asked: readonly Statement[]): WireTold {
    const { port, answers } = (this.#thread ??= this.#start());
    const before = Atomics.load(answers, 0);
    port.postMessage(asked);
    if (!isAnswered(answers, before, this.#deadlineMs + THREAD_MS)) {
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
    const worker = this.#spawn({ server: this.#server, deadlineMs: this.#deadlineMs, answers, port: port2 }, [port2]);
    // A process does not stay for it.
    port1.unref();
    worker.unref();
    return { worker, port: port1, answers };
  }
}
