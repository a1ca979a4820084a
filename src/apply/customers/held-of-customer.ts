/** All that a store holds of a customer, for whoever asks what it is. */
import type { Customer, SearchedRow } from './customer-search.js';
import type { CustomerSearch, RowPlace } from './customer-tables.js';
import { OF_CALLBACKS } from './searched-tables.js';

export interface HeldOfCustomer {
  readonly table: string;
  readonly rows: readonly SearchedRow[];
}

const EVERY_TIME = Number.MAX_SAFE_INTEGER;
/** Beside those, what belongs to a callback by its number. */
const OF_A_CALLBACK = [...OF_CALLBACKS, 'callback_interactions'];

/** Rows in which the customer stands, and of each callback in which they stand all. Empty pieces are given, too. */
export function* heldOfCustomer(search: CustomerSearch, who: Customer): Generator<HeldOfCustomer> {
  const callbacks = new Map<string, SearchedRow>();
  for (const table of search.tables) {
    for (let after: RowPlace | null = null; ;) {
      const page = search.page(table, after, EVERY_TIME, who);
      if (page === null) break;
      after = page.last;
      const isOfCallback = OF_A_CALLBACK.includes(table.table);
      if (isOfCallback) for (const row of page.found) callbacks.set(search.callbackOf(row), row);
      yield { table: table.table, rows: isOfCallback ? [] : page.found };
    }
  }
  for (const table of OF_A_CALLBACK)
    for (const row of callbacks.values()) yield { table, rows: search.ofCallback(table, row, EVERY_TIME) };
}
