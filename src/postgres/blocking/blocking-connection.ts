/**
 * A connection that answers at once, as SQLite does: the thread that asks sleeps until another one has the rows. Reports are
 * made of rows by code that is the same over every store, and whoever makes them has a thread of its own.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { MonitorError } from '../../domain/errors.js';
import { isAnswered } from './answered.js';
import { type NamedSql, type Value, type Values, valuesOf } from '../readers/named-sql.js';
import type { DatabaseServer } from '../server.js';
import type { Asked, QueryFault, QueryThreadData, Told } from './query-messages.js';

/** Longer than any question takes that is bounded; a server that has not answered by then is away. */
const DEADLINE_MS = 30_000;

/** Starts `query-thread.ts` with this as its data. */
export type SpawnQueryThread = (data: QueryThreadData, transfer: readonly MessagePort[]) => Worker;

interface QueryThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly answers: Int32Array;
}

/** The server refused a statement. */
export class RefusedStatement extends Error {
  readonly sqlState: string;

  constructor(message: string, sqlState: string) {
    super(message);
    this.name = 'RefusedStatement';
    this.sqlState = sqlState;
  }
}

/** Rows of statements, at once. */
export interface Rows {
  /** With their columns in the order of the statement. */
  all<Row extends object>(asked: NamedSql, values: Values): Row[];
}

/** Methods throw OCM_UNAVAILABLE when the server cannot be asked; the next one connects anew. */
export class BlockingConnection implements Rows {
  readonly #server: DatabaseServer;
  readonly #spawn: SpawnQueryThread;
  readonly #deadlineMs: number;
  #thread: QueryThread | null = null;
  #isWithin = false;

  constructor(server: DatabaseServer, spawn: SpawnQueryThread, deadlineMs = DEADLINE_MS) {
    this.#server = server;
    this.#spawn = spawn;
    this.#deadlineMs = deadlineMs;
  }

  all<Row extends object>(asked: NamedSql, values: Values): Row[] {
    return this.query(asked.text, valuesOf(asked, values));
  }

  query<Row extends object>(text: string, values: readonly Value[] = []): Row[] {
    return this.#ask({ text, values }) as Row[];
  }

  /** Work that sees the database as of one moment. Within another one it is part of that. */
  atOneMoment<T>(work: () => T): T {
    if (this.#isWithin) return work();
    this.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    this.#isWithin = true;
    try {
      const done = work();
      this.query('COMMIT');
      return done;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#isWithin = false;
    }
  }

  async close(): Promise<void> {
    await this.#destroy();
  }

  /** What went wrong before is what is told. */
  #rollBack(): void {
    try {
      if (this.#thread !== null) this.query('ROLLBACK');
    } catch {
      void this.#destroy();
    }
  }

  #ask(asked: Asked): readonly object[] {
    const { port, answers } = (this.#thread ??= this.#start());
    const before = Atomics.load(answers, 0);
    port.postMessage(asked);
    if (!isAnswered(answers, before, this.#deadlineMs)) {
      void this.#destroy();
      throw new MonitorError('OCM_UNAVAILABLE', `PostgreSQL has not answered within ${this.#deadlineMs} ms; try again`);
    }
    const told = receiveMessageOnPort(port)?.message as Told;
    if (told.kind === 'fault') throw errorOf(told.fault);
    return told.rows;
  }

  #start(): QueryThread {
    const { port1, port2 } = new MessageChannel();
    const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const worker = this.#spawn({ server: this.#server, answers, port: port2 }, [port2]);
    // A process does not stay for it.
    port1.unref();
    worker.unref();
    return { worker, port: port1, answers };
  }

  /** Its socket goes with the thread. */
  async #destroy(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    thread?.port.close();
    await thread?.worker.terminate();
  }
}

function errorOf({ message, sqlState }: QueryFault): Error {
  if (sqlState !== null) return new RefusedStatement(message, sqlState);
  return new MonitorError('OCM_UNAVAILABLE', `PostgreSQL cannot be asked: ${message}; try again`);
}
