/** Statements of one date-time in the order of history. */
import type { TieBreak } from './tables.js';

export function inOrder(a: TieBreak, b: TieBreak): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.contentDigest < b.contentDigest ? -1 : a.contentDigest > b.contentDigest ? 1 : 0;
}

/** Where one stands among others that are in order, or would stand. */
export function placeIn(statements: readonly TieBreak[], statement: TieBreak): number {
  let [low, high] = [0, statements.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = statements[middle];
    if (other !== undefined && inOrder(other, statement) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
