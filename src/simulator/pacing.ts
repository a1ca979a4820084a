/** When posts are due: each group by its interval, or all in turn at a rate. Neither drifts. No I/O. */

/** Due times of the groups, spread evenly over the interval. */
export class IntervalPacing {
  readonly #intervalMs: number;
  readonly #dueMs: Float64Array;

  constructor(groups: number, intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#dueMs = Float64Array.from({ length: groups }, (_, index) => firstDueMs(index, groups, intervalMs));
  }

  /** Whether a group's periodic post is due; asking takes it. Intervals that were slept through are skipped. */
  takeDue(group: number, elapsedMs: number): boolean {
    const dueMs = this.#dueMs[group] ?? Infinity;
    if (dueMs > elapsedMs) return false;
    const passed = Math.floor((elapsedMs - dueMs) / this.#intervalMs) + 1;
    this.#dueMs[group] = dueMs + passed * this.#intervalMs;
    return true;
  }
}

export function firstDueMs(index: number, groups: number, intervalMs: number): number {
  return (index / groups) * intervalMs;
}

/** Tokens for posts at a rate. What could not be used within a second is forfeited: no burst makes up for a stall. */
export class RatePacing {
  readonly #perSecond: number;
  #issued = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Whether a post may go now; asking takes the token. */
  takeToken(elapsedMs: number): boolean {
    const due = Math.floor((elapsedMs / 1000) * this.#perSecond);
    this.#issued = Math.max(this.#issued, due - Math.max(1, Math.ceil(this.#perSecond)));
    if (this.#issued >= due) return false;
    this.#issued++;
    return true;
  }

  /** Forfeits what is due: nobody has anything to say. */
  skip(elapsedMs: number): void {
    this.#issued = Math.floor((elapsedMs / 1000) * this.#perSecond);
  }
}
