import { type Worker } from 'node:worker_threads';
import { MonitorError } from '../../domain/errors.js';
import type { ReportReader } from '../../domain/store.js';
import type { CallbackReader } from '../../reports/callback-reader.js';
import { errorOf, type ReaderReply, type ReaderRequest } from './messages.js';

/**
 * Queries that may wait for the reader's thread; beyond it a query is refused, so that reading stays bounded.
 * @bound queries waiting for the reader
 * @beyond 503
 * @seen the answer
 */
const MAX_WAITING = 500;

/** Record types, so that a method cannot be forgotten. */
const REPORT_METHODS: Record<keyof ReportReader, true> = {
  transitions: true,
  actions: true,
  statistics: true,
  sessions: true,
  silences: true,
  silentMs: true,
  callingLists: true,
  quarantine: true,
  quarantinedBody: true,
  quarantineRows: true,
  changes: true,
  unobserved: true,
  auditLog: true,
};
const CALLBACK_METHODS: Record<keyof CallbackReader, true> = {
  callbacks: true,
  callback: true,
  finished: true,
  summary: true,
  capacity: true,
  missingKeys: true,
  changed: true,
};

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The reader's thread as the ports of reading. Its slowness is felt by readers alone; when it dies, what it was asked is
 * rejected and the next question starts it again.
 */
export class ReaderClient {
  readonly #spawn: () => Worker;
  readonly #onDeath: (error: Error) => void;
  readonly #onDamage: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #lastId = 0;
  #closed = false;

  constructor(spawn: () => Worker, told: { onDeath: (error: Error) => void; onDamage: (error: Error) => void }) {
    this.#spawn = spawn;
    this.#onDeath = told.onDeath;
    this.#onDamage = told.onDamage;
  }

  reader(): ReportReader {
    return this.#port<ReportReader>('reports', REPORT_METHODS);
  }

  callbackReader(): CallbackReader {
    return this.#port<CallbackReader>('callbacks', CALLBACK_METHODS);
  }

  /** Every method of a port, asked of the thread. */
  #port<T>(reader: ReaderRequest['reader'], methods: Record<keyof T & string, true>): T {
    const asked = Object.keys(methods).map((method) => [
      method,
      (...args: readonly unknown[]) => this.#ask({ reader, method, args }),
    ]);
    return Object.fromEntries(asked) as T;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#lose(new MonitorError('OCM_UNAVAILABLE', 'the service is stopping'));
    await worker?.terminate();
  }

  #ask(question: Omit<ReaderRequest, 'id'>): Promise<unknown> {
    if (this.#closed) return Promise.reject(new MonitorError('OCM_UNAVAILABLE', 'the service is stopping'));
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.reject(
        new MonitorError('OCM_OVERLOADED', `${MAX_WAITING} queries are waiting already; try again`),
      );
    }
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...question } satisfies ReaderRequest);
    });
  }

  #start(): Worker {
    const worker = this.#spawn();
    worker.on('message', (reply: ReaderReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('fault' in reply) {
        const error = errorOf(reply.fault);
        if (reply.fault.code === 'OCM_DAMAGED') this.#onDamage(error);
        waiting?.reject(error);
      } else waiting?.resolve(reply.value);
    });
    const die = (error: Error) => {
      if (this.#worker !== worker) return;
      this.#lose(new MonitorError('OCM_UNAVAILABLE', 'reading failed; try again', { cause: error }));
      this.#onDeath(error);
    };
    worker.on('error', (error) => {
      die(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => {
      die(new Error(`the reader's thread ended with code ${code}`));
    });
    return worker;
  }

  #lose(error: Error): void {
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
