/** Up to where the log of each lane was read. */
import type { LanePlace } from '../fence.js';

/**
 * Lanes of which it is remembered: each is the life of one connection, and the log is kept for minutes.
 * @bound lanes of other receivers of which it is remembered up to where they were read
 * @beyond those of which nothing is in the log any more are forgotten
 */
const MAX_LANES = 1000;

export class FollowedPlaces {
  #seqs = new Map<string, number>();

  constructor(places: readonly LanePlace[]) {
    for (const { lane, seq } of places) this.#seqs.set(lane, seq);
  }

  get all(): readonly LanePlace[] {
    return [...this.#seqs].map(([lane, seq]) => ({ lane, seq }));
  }

  get isFull(): boolean {
    return this.#seqs.size > MAX_LANES;
  }

  /** Of lanes without a row that could come again nothing needs to be remembered. */
  keepOnly(places: readonly LanePlace[]): void {
    const kept = new Set(places.map(({ lane }) => lane));
    this.#seqs = new Map([...this.#seqs].filter(([lane]) => kept.has(lane)));
  }

  /** Takes in that these were read, each lane's in its order. False: some before them are gone unread. */
  read(places: readonly LanePlace[]): boolean {
    let isWithoutGap = true;
    for (const { lane, seq } of places) {
      const before = this.#seqs.get(lane);
      // Of a lane that is not known all before was there to be read before, or was read and forgotten.
      if (before !== undefined && seq !== before + 1) isWithoutGap = false;
      this.#seqs.set(lane, seq);
    }
    return isWithoutGap;
  }
}
