/** All that a database holds of a customer, for whoever asks what it is. */
import type { Connection } from '../database.js';
import { type Customer, CustomerSearch, type SearchedRow } from './customer-search.js';
import { OF_CALLBACKS } from './searched-tables.js';

export interface HeldRows {
  readonly table: string;
  readonly rows: readonly SearchedRow[];
}

const EVERY_TIME = Number.MAX_SAFE_INTEGER;
/** Beside those, what belongs to a callback by its number. */
const OF_A_CALLBACK = [...OF_CALLBACKS, 'callback_interactions'];

/** Rows in which the customer stands, and of each callback in which they stand all. Empty pieces are given, too. */
export function* heldOf(db: Connection, who: Customer): Generator<HeldRows> {
  const search = new CustomerSearch(db);
  const callbackNos = new Set<number>();
  for (const table of search.tables) {
    for (let after: string | number | null = null; ;) {
      const page = search.page(table, after, EVERY_TIME, who);
      if (page === null) break;
      after = page.last;
      const isOfCallback = OF_A_CALLBACK.includes(table.table);
      if (isOfCallback) for (const row of page.found) callbackNos.add(Number(row['callback_no']));
      yield { table: table.table, rows: isOfCallback ? [] : page.found };
    }
  }
  for (const table of OF_A_CALLBACK) {
    const ofCallback = db.prepare(`SELECT * FROM ${table} WHERE callback_no = ?`);
    for (const callbackNo of callbackNos) yield { table, rows: ofCallback.all(callbackNo) as SearchedRow[] };
  }
}
