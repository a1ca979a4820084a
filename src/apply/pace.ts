/**
 * How many rows the next statement may take, told from how long those before it took. Work goes on in statements that each
 * fit in what is left of a slice: by the clock alone one long statement would pass the slice's end before anybody looks.
 */

/** How long a slice of long work goes on before it commits; compaction may ride on the same commit. */
export const SLICE_MS = 4;

/** Does a little, within so many milliseconds where it can tell, and says whether there may be more to do. */
export type Work = (leftMs: number) => boolean;

/**
 * Rows of a statement before any was measured, and at most. The next statement goes on; more would win little, and cost much
 * where those ahead lie on pages that are still to be read.
 */
const FIRST_ROWS = 16;
const MOST_ROWS = 256;
/** From statement to statement no more than so many times the rows: what the next ones cost may differ. */
const GROWTH = 4;

export class Pace {
  /** Of a clock that only runs. */
  readonly #elapsedMs: () => number;
  #mostRows = FIRST_ROWS;
  /** As the last statement had it; 0: it was too short to be measured. */
  #msPerRow = 0;

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** Rows that fit in so much time; one at least. */
  rowsWithin(leftMs: number): number {
    const fitting = this.#msPerRow === 0 ? this.#mostRows : Math.floor(leftMs / this.#msPerRow);
    return Math.max(1, Math.min(fitting, this.#mostRows));
  }

  /** Runs a statement that takes so many rows at most, and returns how many it took. */
  measure(limit: number, statement: (limit: number) => number): number {
    const beganMs = this.#elapsedMs();
    const rows = statement(limit);
    const tookMs = this.#elapsedMs() - beganMs;
    // One that found few rows says little of what many cost.
    if (rows < limit) return rows;
    this.#msPerRow = tookMs / rows;
    this.#mostRows = Math.min(MOST_ROWS, GROWTH * rows);
    return rows;
  }
}
