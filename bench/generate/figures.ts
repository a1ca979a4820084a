/** Figures of four decimals: drawn anew for each post, or walking a little from the one before. */
import type { Statistics } from '../../src/domain/notification.js';

/** Of a figure, in ten thousandths. */
const TOP = 10_000;
const TOP_SECONDS = 72_000_000;
const STEP = 20;

type ListFigures = Pick<Statistics, 'hitRatio' | 'timeToCompleteSeconds'>;

export class Figures {
  readonly #walks: boolean;
  readonly #lists: number;
  readonly #at: Int32Array;

  constructor(walks: boolean, groups: number, lists: number) {
    this.#walks = walks;
    this.#lists = lists;
    this.#at = new Int32Array(groups * (4 + 2 * lists)).map(() => Math.floor(Math.random() * TOP));
  }

  of(group: number): Statistics {
    const at = group * (4 + 2 * this.#lists);
    return {
      busyRatio: this.#next(at, TOP),
      hitRatio: this.#next(at + 1, TOP),
      overdialRatio: this.#next(at + 2, TOP),
      timeToCompleteSeconds: this.#next(at + 3, TOP_SECONDS),
    };
  }

  ofList(group: number, list: number): ListFigures {
    const at = group * (4 + 2 * this.#lists) + 4 + 2 * list;
    return { hitRatio: this.#next(at, TOP), timeToCompleteSeconds: this.#next(at + 1, TOP_SECONDS) };
  }

  #next(at: number, top: number): number {
    if (!this.#walks) return Math.floor(Math.random() * top) / 10_000;
    const next = (this.#at[at] ?? 0) + Math.floor(Math.random() * (2 * STEP + 1)) - STEP;
    const kept = Math.min(top, Math.max(0, next));
    this.#at[at] = kept;
    return kept / 10_000;
  }
}
