/** Asks the server for a thread that waits meanwhile: see blocking-connection.ts. One question at a time. */
import { workerData } from 'node:worker_threads';
import type pg from 'pg';
import { messageOf } from '../../domain/errors.js';
import { connectTo, type DatabaseServer } from '../server.js';
import { VALUE_TYPES } from '../value-types.js';
import type { Asked, QueryThreadData, Told } from './query-messages.js';

/** SQLSTATE: five letters and digits. What the driver and the system say of a connection is longer. */
const SQL_STATE = /^[0-9A-Z]{5}$/;
/** Classes of SQLSTATE with which a connection ends. */
const CONNECTION_ENDED = /^(08|57P)/;
const ENDS_TRANSACTION = new Set(['COMMIT', 'ROLLBACK']);

class Asking {
  readonly #server: DatabaseServer;
  #client: pg.Client | null = null;
  /** Statements of a transaction are never asked of another connection than the first of them. */
  #isWithin = false;

  constructor(server: DatabaseServer) {
    this.#server = server;
  }

  async tell({ text, values }: Asked): Promise<Told> {
    try {
      const client = this.#client ?? (await this.#connect());
      const { rows, command } = await client.query<object>(text, [...values]);
      this.#isWithin = command === 'BEGIN' || (this.#isWithin && !ENDS_TRANSACTION.has(command));
      return { kind: 'rows', rows };
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      const sqlState = typeof code === 'string' && SQL_STATE.test(code) ? code : null;
      if (sqlState === null || CONNECTION_ENDED.test(sqlState)) this.#drop();
      return { kind: 'fault', fault: { message: messageOf(error), sqlState } };
    }
  }

  async #connect(): Promise<pg.Client> {
    if (this.#isWithin) {
      this.#isWithin = false;
      throw new Error('the connection was lost in the middle of a transaction');
    }
    const client = await connectTo(this.#server, { types: VALUE_TYPES });
    // Between questions: the next one connects anew.
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    this.#client = client;
    return client;
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    this.#isWithin = false;
    client?.end().catch(() => undefined);
  }
}

const { server, answers, port } = workerData as QueryThreadData;
const asking = new Asking(server);
port.on('message', (asked: Asked) => {
  void asking.tell(asked).then((told) => {
    port.postMessage(told);
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  });
});
