/** The supervisor as a service sees it. */
import type { Ending, EndingStage } from '../domain/ending.js';
import { MonitorError } from '../domain/errors.js';
import type { Reload } from '../domain/reload.js';
import type { Touched } from '../domain/hand-over.js';
import type { Order, Report } from './messages.js';

/** A channel tells the end of its other side; this notices a parent whose channel somebody else holds open. */
const PARENT_LOOK_MS = 100;
const SIGN_OF_LIFE_MS = 1000;
/** A service that lost its supervisor is gone within this, whatever is still in flight. */
export const ORPHANS_LIFE_MS = 1000;
/** … of which so much is left when it has noticed. */
export const ORPHANS_REST_MS = ORPHANS_LIFE_MS - 2 * PARENT_LOOK_MS;

export interface ParentLinkOptions {
  readonly onEnd: (how: Ending) => void;
  /** Told once that the parent is gone: whoever starts the service anew wants socket and database. */
  readonly onLost: () => void;
  /** Told that a successor is about to read. */
  readonly onSuccessor: () => void;
  /** Told that the successor did not come up, and why. `by` is who wanted it, null when that is written down elsewhere. */
  readonly onNotReplaced: (why: string, by: 'signal' | null) => void;
}

/** Who wanted a take-over, null when that is written down elsewhere; and what the predecessor says it has changed. */
export type TakeOver = Pick<Order & { kind: 'take-over' }, 'by' | 'handOver'>;

export class ParentLink {
  readonly pid = process.ppid;
  /** Lines that the supervisor had to drop from its log. */
  logDropped = 0;
  readonly #onEnd: ParentLinkOptions['onEnd'];
  readonly #onSuccessor: ParentLinkOptions['onSuccessor'];
  readonly #onNotReplaced: ParentLinkOptions['onNotReplaced'];
  #mayTakeOver: (wanted: TakeOver) => void = () => undefined;
  #signsOfLife: NodeJS.Timeout | undefined;
  #asked: { readonly resolve: (reload: Reload) => void; readonly reject: (error: Error) => void }[] = [];

  private constructor({ onEnd, onLost, onSuccessor, onNotReplaced }: ParentLinkOptions) {
    this.#onEnd = onEnd;
    this.#onSuccessor = onSuccessor;
    this.#onNotReplaced = onNotReplaced;
    let lost = false;
    const lose = () => {
      if (lost) return;
      lost = true;
      clearInterval(looking);
      onLost();
    };
    const looking = setInterval(() => {
      if (process.ppid !== this.pid) lose();
    }, PARENT_LOOK_MS);
    looking.unref();
    process.on('message', (order) => {
      this.#obey(order as Order);
    });
    process.once('disconnect', lose);
    if (!process.connected) setImmediate(lose);
  }

  /** Null when no supervisor started this process. */
  static open(options: ParentLinkOptions): ParentLink | null {
    return process.send === undefined ? null : new ParentLink(options);
  }

  /** Says that all is read that can be read beside the predecessor; resolves when that one is gone. */
  prepared(): Promise<TakeOver> {
    return new Promise((resolve) => {
      this.#mayTakeOver = resolve;
      this.#say({ kind: 'prepared' });
    });
  }

  /** Says that it listens, and how long it drains. */
  ready(drainMs: number): void {
    this.#say({ kind: 'ready', drainMs });
  }

  /** Says how far the end has come, now and again and again: whoever waits for a slow disk does not hang. */
  ending(stage: EndingStage): void {
    this.#say({ kind: 'ending', stage });
    clearInterval(this.#signsOfLife);
    this.#signsOfLife = setInterval(() => {
      this.#say({ kind: 'ending', stage });
    }, SIGN_OF_LIFE_MS).unref();
  }

  /** Says that the database is free, and what was changed in it since a successor began to read. */
  released(touched: Touched | null): void {
    clearInterval(this.#signsOfLife);
    this.#say({ kind: 'released', touched });
  }

  /** Resolves when a successor is prepared. Throws OCM_RELOAD_FAILED. */
  reload(): Promise<Reload> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      if (this.#asked.length === 1) this.#say({ kind: 'reload' });
    });
  }

  #say(report: Report): void {
    if (process.connected) process.send?.(report);
  }

  #obey(order: Order): void {
    switch (order.kind) {
      case 'take-over':
        this.#mayTakeOver(order);
        return;
      case 'note-changes':
        this.#onSuccessor();
        return;
      case 'end':
        this.#onEnd(order.how);
        return;
      case 'reloading':
        for (const { resolve } of this.#asked.splice(0)) {
          resolve({ outcome: 'replacing', successor: order.successor, drainMs: order.drainMs });
        }
        return;
      case 'reload-failed':
        for (const { reject } of this.#asked.splice(0)) reject(new MonitorError('OCM_RELOAD_FAILED', order.why));
        return;
      case 'not-replaced':
        this.#onNotReplaced(order.why, order.by);
        return;
      case 'log-dropped':
        this.logDropped = order.count;
        return;
    }
  }
}
