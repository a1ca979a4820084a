/**
 * Under pressure, a queued periodic notification gives way to its successor when both say the same apart from time and
 * figures: one row is stored instead of two, and the first is answered with the second's commit. Only a post that
 * repeats the one before it may give way, so every post that changes something is stored, and history comes out the
 * same: at most the interval of an inferred transition gets wider.
 */
import type { Delivery } from '../domain/store.js';
import { likenessOf } from '../ocs/likeness.js';

/**
 * Groups looked after at once; the posts of further ones are queued as they come.
 * @bound groups with a periodic post that may give way
 * @beyond further posts are queued as they come
 * @seen `ocs_monitor_notifications_total{outcome="coalesced"}`
 */
const MAX_RUNS = 50_000;

interface Run<T> {
  readonly text: string;
  readonly atSeconds: number;
  /** Where the newest post waits, when it repeats the one before it. */
  readonly repeat: T | null;
}

/** The newest posts of each group, as long as the pressure lasts. `T` is a place in the queue. */
export class Coalescing<T extends { readonly isQueued: boolean }> {
  readonly #runs = new Map<string, Run<T>>();

  /** Forgets everything: the pressure is over, or posts it counts on were refused. */
  clear(): void {
    if (this.#runs.size > 0) this.#runs.clear();
  }

  /** The place that a post may take over from the one it repeats, or null: then it will wait at `newcomer`. */
  succeed(delivery: Delivery, newcomer: T): T | null {
    if (delivery.endpoint !== 'campaign-group-state' || delivery.oversize) return null;
    const likeness = likenessOf(delivery.bytes);
    if (likeness === null) return null;
    const { text, atSeconds } = likeness;
    const key = `${delivery.source};${likeness.dbid}`;
    const before = this.#runs.get(key);
    if (!before && this.#runs.size >= MAX_RUNS) return null;
    const repeats = before?.text === text && before.atSeconds <= atSeconds;
    const slot = repeats && before.repeat?.isQueued ? before.repeat : null;
    this.#runs.set(key, { text, atSeconds, repeat: repeats ? (slot ?? newcomer) : null });
    return slot;
  }
}
