/** Has the connection of a blocking wire: see blocking-wire.ts. One exchange at a time. */
import { workerData } from 'node:worker_threads';
import { messageOf } from '../../domain/errors.js';
import { ExchangeFailed, isUnknown } from '../failures.js';
import type { Statement } from '../statements.js';
import { connectTo } from '../server.js';
import { failed, Wire } from '../wire.js';
import { FIRST_MS, type WireAsked, type WireConnected, type WireThreadData, type WireTold } from './wire-messages.js';

/** How long a server that could not be reached is left alone. */
const RESTS_MS = 500;
/** What is asked for without a deadline of its own. */
const ROLLBACK_MS = 5000;
const BEGINS = /^BEGIN\b/;
const ENDS = /^(COMMIT|ROLLBACK)$/;

class Wires {
  readonly #server: WireThreadData['server'];
  #wire: Wire | null = null;
  /** Statements of a transaction are never sent over another connection than its first. */
  #isWithin = false;
  #refusal: { readonly error: ExchangeFailed; readonly untilMs: number } | null = null;

  constructor({ server }: WireThreadData) {
    this.#server = server;
  }

  async exchange(statements: readonly Statement[], deadlineMs: number): Promise<WireTold> {
    try {
      const wire = await this.#wireFor(statements, deadlineMs);
      const answers = await wire.exchange(statements, deadlineMs);
      this.#note(statements);
      return { kind: 'answers', answers };
    } catch (error) {
      return await this.#failed(error);
    }
  }

  /** Whatever connection there was is given up: nobody knows of it any more. */
  async connect(first: readonly Statement[]): Promise<WireConnected> {
    this.#giveUp('it is made anew');
    this.#isWithin = false;
    this.#refusal = null;
    try {
      this.#wire = await this.#open();
      if (first.length > 0) await this.#wire.exchange(first, FIRST_MS);
      return null;
    } catch (error) {
      this.#giveUp(messageOf(error));
      const { message, sqlState } = failed(error);
      return { kind: 'failed', message, sqlState };
    }
  }

  async end(): Promise<void> {
    const wire = this.#wire;
    this.#wire = null;
    await wire?.close().catch(() => undefined);
  }

  async #wireFor([first]: readonly Statement[], deadlineMs: number): Promise<Wire> {
    const isNew = !this.#isWithin || BEGINS.test(first?.text ?? '');
    if (this.#wire !== null && !(isNew && this.#wire.isLost)) return this.#wire;
    if (!isNew) throw new ExchangeFailed('the connection was lost in the middle of a transaction', null);
    this.#isWithin = false;
    return (this.#wire = await this.#open(deadlineMs));
  }

  /** A server that is away is not asked for each of many posts: they would all wait for it. */
  async #open(deadlineMs = Infinity): Promise<Wire> {
    if (this.#refusal !== null && performance.now() < this.#refusal.untilMs) throw this.#refusal.error;
    try {
      const client = await connectTo(this.#server, { pipeline: true }, deadlineMs);
      this.#refusal = null;
      return Wire.over(client, ROLLBACK_MS);
    } catch (error) {
      this.#refusal = { error: failed(error), untilMs: performance.now() + RESTS_MS };
      throw this.#refusal.error;
    }
  }

  #note(statements: readonly Statement[]): void {
    for (const { text } of statements) {
      if (BEGINS.test(text)) this.#isWithin = true;
      else if (ENDS.test(text)) this.#isWithin = false;
    }
  }

  /** A connection of which nobody knows how far it has come is given up; over another one nothing stays open. */
  async #failed(error: unknown): Promise<WireTold> {
    const sqlState = error instanceof ExchangeFailed ? error.sqlState : null;
    this.#isWithin = false;
    if (!(error instanceof ExchangeFailed) || isUnknown(error)) this.#giveUp(messageOf(error));
    else await this.#rollBack();
    return { kind: 'failed', message: messageOf(error), sqlState };
  }

  async #rollBack(): Promise<void> {
    try {
      await this.#wire?.exchange([{ text: 'ROLLBACK', values: [] }]);
    } catch (error) {
      this.#giveUp(messageOf(error));
    }
  }

  #giveUp(why: string): void {
    this.#wire?.destroy(new Error(why));
    this.#wire = null;
  }
}

const data = workerData as WireThreadData;
const wires = new Wires(data);
const { port, answers } = data;
port.on('message', (asked: WireAsked) => {
  if (asked.kind === 'end') {
    void wires.end().then(() => {
      port.close();
    });
  } else if (asked.kind === 'connect') {
    const { first, reply } = asked;
    void wires.connect(first).then((connected) => {
      reply.postMessage(connected);
      reply.close();
    });
  } else {
    void wires.exchange(asked.statements, asked.deadlineMs).then((told) => {
      port.postMessage(told);
      Atomics.add(answers, 0, 1);
      Atomics.notify(answers, 0);
    });
  }
});
