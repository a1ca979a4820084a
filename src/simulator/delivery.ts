/** What becomes of a post on its way: lost, sent, sent twice, or overtaken by the next of its lane. */
import type { Ledger } from './account.js';
import type { Random } from './random.js';
import type { Outgoing, Sender } from './sender.js';

export interface Fates {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/** A post to be delivered. */
export interface Letter extends Outgoing {
  /** Posts of one lane follow one another: a campaign group or a callback. */
  readonly lane: string;
  /** Sent when the lane's post before it was answered: ORS strategies wait for their answers, OCS does not. */
  readonly isPatient: boolean;
  /** Faulty on purpose: to refuse it with 422 is right. */
  readonly isDefective: boolean;
  /** Its fate; called once, before it is sent. */
  readonly tell: (fate: 'told' | 'lost') => void;
  /** Called whenever it is sent. */
  readonly sending?: () => void;
}

interface Later {
  readonly dueMs: number;
  readonly letter: Letter;
}

const REPEAT_AFTER_MS = [20, 400] as const;

export class Delivery {
  readonly #fates: Fates;
  readonly #random: Random;
  readonly #sender: Sender;
  readonly #ledger: Ledger;
  /** At most one a lane. */
  readonly #held = new Map<string, Letter>();
  #repeats: Later[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  /** The last post of each lane that waits for answers. */
  readonly #tails = new Map<string, Promise<void>>();

  constructor(fates: Fates, random: Random, sender: Sender, ledger: Ledger) {
    this.#fates = fates;
    this.#random = random;
    this.#sender = sender;
    this.#ledger = ledger;
  }

  deliver(letter: Letter, nowMs: number): void {
    if (this.#random.chance(this.#fates.loss)) {
      letter.tell('lost');
      this.#ledger.lost();
      return;
    }
    letter.tell('told');
    if (this.#random.chance(this.#fates.duplicate)) {
      this.#repeats.push({ dueMs: nowMs + this.#random.between(...REPEAT_AFTER_MS), letter });
    }
    const held = this.#held.get(letter.lane);
    if (!held && this.#random.chance(this.#fates.reorder)) {
      this.#held.set(letter.lane, letter);
      return;
    }
    this.#held.delete(letter.lane);
    // Only an answer proves that the later one arrived first: connections overtake one another.
    this.#track(held ? this.#sendInTurn(letter).then(() => this.#sendInTurn(held)) : this.#sendInTurn(letter));
  }

  /** Sends the repeats that are due. */
  repeat(nowMs: number): void {
    if (this.#repeats.length === 0) return;
    const due = this.#repeats.filter(({ dueMs }) => dueMs <= nowMs);
    this.#repeats = this.#repeats.filter(({ dueMs }) => dueMs > nowMs);
    for (const { letter } of due) this.#track(this.#sendInTurn(letter));
  }

  /** Sends everything held back, and resolves when all answers have come. */
  async flush(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const letter of held) this.#track(this.#sendInTurn(letter));
    this.repeat(Infinity);
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  #track(sending: Promise<void>): void {
    this.#inFlight.add(sending);
    void sending.finally(() => this.#inFlight.delete(sending));
  }

  #sendInTurn(letter: Letter): Promise<void> {
    const { lane } = letter;
    if (!letter.isPatient) return this.#send(letter);
    const before = this.#tails.get(lane);
    const sending = before ? before.then(() => this.#send(letter)) : this.#send(letter);
    this.#tails.set(lane, sending);
    return sending.finally(() => {
      if (this.#tails.get(lane) === sending) this.#tails.delete(lane);
    });
  }

  async #send(letter: Letter): Promise<void> {
    this.#ledger.sending();
    letter.sending?.();
    this.#ledger.ended(await this.#sender.post(letter), letter);
  }
}
