/**
 * The answer to a replay while it goes on. A short one is held back until it is whole, so that its status tells how it
 * ended; a long one is sent as it comes, and its end tells (`failed`). What waits for the client is bounded: the next
 * slice comes when this one was taken. Whoever takes nothing for long is told no more, and the replay goes on.
 */
import type { Response } from 'express';
import { appliedOf } from '../domain/quarantine.js';
import type { ReplayedBody } from '../domain/store.js';
import { type Problem, problemOf, ProblemError } from './problem.js';

/** Characters that are held back. */
const HELD_CHARACTERS = 1_000_000;
/** How long a client may take nothing. */
const PATIENCE_MS = 10_000;

export class ReplayAnswer {
  readonly #response: Response;
  readonly #dryRun: boolean;
  readonly #missing: Set<string>;
  /** Items as JSON. */
  #held: string[] = [];
  #heldCharacters = 0;
  #isSending = false;
  #failed: Problem | null = null;
  #count = 0;
  #applied = 0;

  constructor(response: Response, { dryRun, ids }: { readonly dryRun: boolean; readonly ids: readonly string[] }) {
    this.#response = response;
    this.#dryRun = dryRun;
    this.#missing = new Set(ids);
  }

  /** Bodies that were applied, of those it was told of. */
  get applied(): number {
    return this.#applied;
  }

  /** Resolves when there is room for more. */
  async add(items: readonly ReplayedBody[]): Promise<void> {
    for (const item of items) {
      const text = JSON.stringify(item);
      this.#missing.delete(item.id);
      this.#held.push(text);
      this.#heldCharacters += text.length;
    }
    this.#count += items.length;
    this.#applied += appliedOf(items, this.#dryRun);
    if (!this.#isSending && this.#heldCharacters <= HELD_CHARACTERS) return;
    this.#sendHeld();
    await this.#taken();
  }

  /** Throws a refusal that lists what was done, unless something of the answer has been sent: then its end says it. */
  breakOff(error: unknown): void {
    const problem = problemOf(error, '');
    const done = `${this.#count} bodies were looked at before, and what was applied of them stays applied`;
    this.#failed = { ...problem, detail: `${problem.detail}; ${done}` };
    if (this.#isSending) return;
    if (problem.status === 500) throw error;
    throw new ProblemError({ ...this.#failed, items: this.#held.map((item) => JSON.parse(item) as unknown) });
  }

  end(): void {
    const failed = this.#failed && { title: this.#failed.title, detail: this.#failed.detail };
    const rest = JSON.stringify({ not_held: failed === null ? [...this.#missing] : [], failed });
    if (this.#isSending) this.#response.end(`],${rest.slice(1)}`);
    else this.#response.type('json').send(`${this.#begin()}${this.#held.join(',')}],${rest.slice(1)}`);
  }

  #begin(): string {
    return `{"dry_run":${String(this.#dryRun)},"items":[`;
  }

  #sendHeld(): void {
    const items = this.#held.join(',');
    this.#held = [];
    if (this.#isSending) this.#response.write(`,${items}`);
    else this.#response.type('json').write(`${this.#begin()}${items}`);
    this.#isSending = true;
  }

  #taken(): Promise<void> {
    const response = this.#response;
    if (!response.writableNeedDrain || response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => response.destroy(), PATIENCE_MS);
      const done = () => {
        clearTimeout(giveUp);
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.once('drain', done).once('close', done);
    });
  }
}
