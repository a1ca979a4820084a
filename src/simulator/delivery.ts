/** What becomes of a post on its way: lost, sent, sent twice, or overtaken by the group's next one. */
import type { Ledger, Post } from './account.js';
import type { Random } from './random.js';
import type { Sender } from './sender.js';

export interface Fates {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

interface Later {
  readonly dueMs: number;
  readonly post: Post;
}

const REPEAT_AFTER_MS = [20, 400] as const;

export class Delivery {
  readonly #fates: Fates;
  readonly #random: Random;
  readonly #sender: Sender;
  readonly #ledger: Ledger;
  /** Receiving URL by group. */
  readonly #urls: readonly URL[];
  /** At most one a group. */
  readonly #held = new Map<number, Post>();
  #repeats: Later[] = [];
  readonly #inFlight = new Set<Promise<void>>();

  constructor(fates: Fates, random: Random, sender: Sender, record: { ledger: Ledger; urls: readonly URL[] }) {
    this.#fates = fates;
    this.#random = random;
    this.#sender = sender;
    this.#ledger = record.ledger;
    this.#urls = record.urls;
  }

  deliver(post: Post, nowMs: number): void {
    if (this.#random.chance(this.#fates.loss)) {
      this.#ledger.happened(post, 'lost');
      this.#ledger.lost();
      return;
    }
    this.#ledger.happened(post, 'told');
    if (this.#random.chance(this.#fates.duplicate)) {
      this.#repeats.push({ dueMs: nowMs + this.#random.between(...REPEAT_AFTER_MS), post });
    }
    const held = this.#held.get(post.groupIndex);
    if (!held && this.#random.chance(this.#fates.reorder)) {
      this.#held.set(post.groupIndex, post);
      return;
    }
    this.#held.delete(post.groupIndex);
    // Only an answer proves that the later one arrived first: connections overtake one another.
    this.#track(held ? this.#send(post).then(() => this.#send(held)) : this.#send(post));
  }

  /** Sends the repeats that are due. */
  repeat(nowMs: number): void {
    if (this.#repeats.length === 0) return;
    const due = this.#repeats.filter(({ dueMs }) => dueMs <= nowMs);
    this.#repeats = this.#repeats.filter(({ dueMs }) => dueMs > nowMs);
    for (const { post } of due) this.#track(this.#send(post));
  }

  /** Sends everything held back, and resolves when all answers have come. */
  async flush(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const post of held) this.#track(this.#send(post));
    this.repeat(Infinity);
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  #track(sending: Promise<void>): void {
    this.#inFlight.add(sending);
    void sending.finally(() => this.#inFlight.delete(sending));
  }

  async #send(post: Post): Promise<void> {
    const url = this.#urls[post.groupIndex];
    if (!url) return;
    this.#ledger.sending(post);
    this.#ledger.ended(await this.#sender.post(url, post.text));
  }
}
