/** A PostgreSQL whose wire fails where it is told to: a thread between the client and the server plays it. */
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { DatabaseServer } from '../../src/postgres/server.js';
import { bundled } from './bundled.js';
import type { Server } from './postgres-server.js';
import { CELLS, type ProxyData } from './wire-faults.js';

export class FaultyServer {
  readonly #worker: Worker;
  readonly #control: Int32Array;
  readonly #user: string;
  readonly #port: number;

  private constructor(worker: Worker, control: Int32Array, { user, port }: { user: string; port: number }) {
    this.#worker = worker;
    this.#control = control;
    this.#user = user;
    this.#port = port;
  }

  static async start({ host, port, user }: Server): Promise<FaultyServer> {
    const control = new Int32Array(new SharedArrayBuffer(4 * Object.keys(CELLS).length));
    const { port1, port2 } = new MessageChannel();
    const data: ProxyData & { readonly port: MessagePort } = {
      control,
      target: `${host}/.s.PGSQL.${String(port)}`,
      port: port2,
    };
    const worker = new Worker(bundled(new URL('./faulty-proxy.ts', import.meta.url), 'serveFaults'), {
      eval: true,
      workerData: data,
      transferList: [port2],
    });
    worker.unref();
    const [listens] = (await once(port1, 'message')) as [number];
    port1.close();
    return new FaultyServer(worker, control, { user, port: listens });
  }

  /** As a receiver knows it. */
  database(database: string): DatabaseServer {
    return {
      hosts: [{ host: '127.0.0.1', port: this.#port }],
      database,
      user: this.#user,
      password: null,
      tls: 'disable',
      authorities: null,
      applicationName: 'ocs-monitor',
    };
  }

  /** Counts from now on, and plays a fault at the statement of this number, from 1, and at so many in succession. */
  play(faultNo: number, at: number, times = 1): void {
    for (const [name, value] of Object.entries({ count: 0, at, times, fault: faultNo, played: 0 }))
      Atomics.store(this.#control, CELLS[name as keyof typeof CELLS], value);
  }

  /** Lets all through. */
  rest(): void {
    this.play(0, 0);
  }

  /** Statements that have come since. */
  get count(): number {
    return Atomics.load(this.#control, CELLS.count);
  }

  get played(): number {
    return Atomics.load(this.#control, CELLS.played);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
