/** Statements of one date-time in the order of history: by rank, then by content, as `compareMoments` has it. */
import { LRUCache } from 'lru-cache';
import type { StoredStatement } from './group-head.js';

/**
 * @bound date-times whose statements the writer keeps in order
 * @beyond the one used longest ago makes room; read again when needed
 */
const MAX_MOMENTS = 16;

/** A few date-times in order, so that many statements of one millisecond are not read and sorted at each further one. */
export class Moments {
  readonly #kept = new LRUCache<string, StoredStatement[]>({ max: MAX_MOMENTS });

  get(groupNo: number, atMs: number): readonly StoredStatement[] | undefined {
    return this.#kept.get(`${groupNo};${atMs}`);
  }

  keep(groupNo: number, atMs: number, statements: StoredStatement[]): void {
    this.#kept.set(`${groupNo};${atMs}`, statements);
  }

  /** One that was not there before. */
  add(groupNo: number, atMs: number, statement: StoredStatement): void {
    const statements = this.#kept.get(`${groupNo};${atMs}`);
    statements?.splice(placeIn(statements, statement), 0, statement);
  }

  forget(): void {
    this.#kept.clear();
  }
}

export function inOrder(a: StoredStatement, b: StoredStatement): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.contentDigest < b.contentDigest ? -1 : a.contentDigest > b.contentDigest ? 1 : 0;
}

/** Where a statement stands among others that are in order, or would stand. */
export function placeIn(statements: readonly StoredStatement[], statement: StoredStatement): number {
  let [low, high] = [0, statements.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = statements[middle];
    if (other !== undefined && inOrder(other, statement) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
