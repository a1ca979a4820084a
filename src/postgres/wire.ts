/** The connection of a lane: statements go out together, and their answers come back in their order. */
import type { Writable } from 'node:stream';
import pg from 'pg';
import { messageOf } from '../domain/errors.js';
import type { Answer } from './exchange.js';
import { ExchangeFailed, NOT_CONFIRMED } from './failures.js';
import type { Statement } from './statements.js';
import type { Value } from './values.js';

export interface WireOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** How long an exchange may take; then the connection is given up, and what became of it is not known. */
  readonly deadlineMs: number;
}

/** bigint, numeric of a sum, and double: what is kept fits into a number. */
const NUMBERS = new Set([20, 21, 23, 1700, 700, 701]);
const TYPES = {
  getTypeParser: (oid: number): ((text: string) => unknown) => {
    if (NUMBERS.has(oid)) return Number;
    return oid === BYTEA ? bytesOf : String;
  },
};
const BYTEA = 17;

/** As PostgreSQL writes them: `\x` and two digits a byte. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

export class Wire {
  readonly #client: pg.Client;
  readonly #deadlineMs: number;
  #lost: Error | null = null;
  #hasWarned = false;

  private constructor(client: pg.Client, deadlineMs: number) {
    this.#client = client;
    this.#deadlineMs = deadlineMs;
    client.on('error', (error) => {
      this.#lost ??= error;
    });
    client.on('notice', ({ code }) => {
      if (code === NOT_CONFIRMED) this.#hasWarned = true;
    });
  }

  /** Throws ExchangeFailed when there is no database to speak to. */
  static async open({ deadlineMs, ...where }: WireOptions): Promise<Wire> {
    const client = new pg.Client({
      ...where,
      pipeline: true,
      application_name: 'ocs-monitor',
      connectionTimeoutMillis: deadlineMs,
      keepAlive: true,
    });
    const wire = new Wire(client, deadlineMs);
    try {
      await client.connect();
    } catch (error) {
      throw failed(error);
    }
    return wire;
  }

  /** Over a connection that somebody else has made, with `pipeline` on. */
  static over(client: pg.Client, deadlineMs: number): Wire {
    return new Wire(client, deadlineMs);
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Throws ExchangeFailed for the first statement that fails; those behind it have not been done, COMMIT neither. */
  async exchange(statements: readonly Statement[], deadlineMs = this.#deadlineMs): Promise<readonly Answer[]> {
    const gone = this.#whyLost();
    if (gone) throw new ExchangeFailed(gone.message, null, { cause: gone });
    this.#hasWarned = false;
    const { stream } = this.#connection;
    // They go out in one piece.
    stream.cork();
    const sent = statements.map(async ({ text, values }) =>
      this.#client.query<Value[]>({
        text,
        values: [...values],
        rowMode: 'array',
        types: TYPES,
      }),
    );
    stream.uncork();
    const deadline = setTimeout(() => {
      this.destroy(new Error(`the database has not answered within ${deadlineMs} ms`));
    }, deadlineMs);
    const settled = await Promise.allSettled(sent).finally(() => {
      clearTimeout(deadline);
    });
    for (const one of settled) if (one.status === 'rejected') throw failed(this.#whyLost() ?? one.reason);
    if (this.#isUnconfirmed()) throw new ExchangeFailed('no standby has confirmed the commit', NOT_CONFIRMED);
    return settled.map((one) => {
      const { command, rows } = (one as PromiseFulfilledResult<pg.QueryArrayResult<Value[]>>).value;
      return { tag: command, rows };
    });
  }

  #whyLost(): Error | null {
    return this.#lost;
  }

  #isUnconfirmed(): boolean {
    return this.#hasWarned;
  }

  /** Gives the connection up; nothing is asked to stop. */
  destroy(why: Error): void {
    this.#lost ??= why;
    this.#connection.stream.destroy();
  }

  get #connection(): { readonly stream: Writable } {
    return (this.#client as unknown as { readonly connection: { readonly stream: Writable } }).connection;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** What a driver says, as an exchange fails. */
export function failed(error: unknown): ExchangeFailed {
  return new ExchangeFailed(messageOf(error), sqlStateOf(error), { cause: error });
}

/** What the server has said, where it has said anything: of several hosts, the last one. */
function sqlStateOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  // Codes of the system (ECONNRESET) have other lengths, or letters in other places.
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code)) return code;
  return sqlStateOf(error.cause);
}
