import type { Page } from '../domain/store.js';

/** A page of rows of which one more was read than fits: where there is one, another page follows after the last. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): Page<Item> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(itemOf), nextCursor: last === undefined ? null : cursorOf(last) };
}
