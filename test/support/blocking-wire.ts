/**
 * Connections to PostgreSQL for tests that ask a store in one breath, as they ask the others: a thread has them, and who asks
 * waits for it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Answer } from '../../src/postgres/exchange.js';
import { ExchangeFailed } from '../../src/postgres/failures.js';
import type { Statement } from '../../src/postgres/statements.js';
import { bundled } from './bundled.js';
import { type Major, postgresServer, type Server } from './postgres-server.js';

interface Reply {
  readonly value?: unknown;
  readonly failed?: { readonly message: string; readonly sqlState: string | null };
}

/** What the thread is asked: a connection by its number, or nobody's. */
export interface Asked {
  readonly wire: number;
  readonly open?: { readonly host: string; readonly port: number; readonly database: string; readonly user: string };
  readonly statements?: readonly Statement[];
  readonly close?: true;
  /** `isOther`: with the schema of another engine. */
  readonly fresh?: { readonly server: Server; readonly isOther: boolean };
}

const ANSWERS_WITHIN_MS = 120_000;

export class BlockingWires {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #server: Server;
  readonly #isOther: boolean;
  #lastNo = 0;

  private constructor(server: Server, isOther: boolean) {
    this.#server = server;
    this.#isOther = isOther;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(bundled(new URL('./wire-thread.ts', import.meta.url), 'serveWires'), {
      eval: true,
      workerData: { port: port2, signal: this.#signal },
      transferList: [port2],
    });
    this.#worker.unref();
  }

  /** `major`: of PostgreSQL, where a test says which. `isOther`: databases have the schema of another engine. */
  static async start(major?: Major, isOther = false): Promise<BlockingWires> {
    return new BlockingWires(await postgresServer(major), isOther);
  }

  /** An empty database: the same as before, and what was in it is gone. */
  database(): string {
    return this.ask({ wire: 0, fresh: { server: this.#server, isOther: this.#isOther } }) as string;
  }

  open(database: string): BlockingWire {
    const wire = ++this.#lastNo;
    this.ask({ wire, open: { ...this.#server, database } });
    return new BlockingWire(this, wire);
  }

  ask(asked: Asked): unknown {
    Atomics.store(this.#signal, 0, 0);
    this.#port.postMessage(asked);
    // Who was woken for the answer before may be woken once more.
    while (Atomics.load(this.#signal, 0) === 0)
      if (Atomics.wait(this.#signal, 0, 0, ANSWERS_WITHIN_MS) === 'timed-out')
        throw new Error('the thread does not answer');
    const reply = receiveMessageOnPort(this.#port)?.message as Reply | undefined;
    if (reply?.failed) throw new ExchangeFailed(reply.failed.message, reply.failed.sqlState);
    return reply?.value;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

export class BlockingWire {
  readonly #wires: BlockingWires;
  readonly #no: number;

  constructor(wires: BlockingWires, no: number) {
    this.#wires = wires;
    this.#no = no;
  }

  exchange(statements: readonly Statement[]): readonly Answer[] {
    return this.#wires.ask({ wire: this.#no, statements }) as readonly Answer[];
  }

  close(): void {
    this.#wires.ask({ wire: this.#no, close: true });
  }
}
