/** Rows of a query, some at a time, whatever their number. */
import type { Cells } from '../../apply/migration/moved-row.js';
import type { Statement } from '../statements.js';
import type { Value } from '../values.js';
import type { Wire } from '../wire.js';

/** Rows that are read together; of rows with large values fewer. */
const ROWS_AT_ONCE = 200;
const LARGE_ROWS_AT_ONCE = 20;
const CURSOR = 'ocs_monitor_moved';

export const plain = (text: string): Statement => ({ text, values: [] });

export interface Told {
  readonly names: readonly string[];
  /** Behind `SELECT columns`. */
  readonly from: string;
  readonly values?: readonly (number | string)[];
  /** Of columns that are not told as they stand. */
  readonly sql?: Readonly<Record<string, string>>;
  readonly isLarge?: boolean;
}

/** Within a transaction; one at a time. The table of a column is `t`, unless `sql` says otherwise. */
export async function* toldRows(wire: Wire, told: Told): AsyncGenerator<readonly Cells[]> {
  const { names, from, values = [], sql = {}, isLarge = false } = told;
  const columns = names.map((name) => `${sql[name] ?? `t.${name}`} AS ${name}`).join(', ');
  await wire.exchange([{ text: `DECLARE ${CURSOR} NO SCROLL CURSOR FOR SELECT ${columns} ${from}`, values }]);
  const count = isLarge ? LARGE_ROWS_AT_ONCE : ROWS_AT_ONCE;
  for (let isMore = true; isMore;) {
    const [answer] = await wire.exchange([plain(`FETCH ${String(count)} FROM ${CURSOR}`)]);
    const rows = answer?.rows ?? [];
    if (rows.length > 0) yield rows.map((row) => cellsOf(names, row));
    isMore = rows.length === count;
  }
  await wire.exchange([plain(`CLOSE ${CURSOR}`)]);
}

function cellsOf(names: readonly string[], row: readonly Value[]): Cells {
  return Object.fromEntries(names.map((name, n) => [name, row[n] ?? null]));
}

/** All of what is never much. */
export async function allRows(wire: Wire, text: string, values: readonly (number | string)[] = []) {
  const [answer] = await wire.exchange([{ text, values }]);
  return answer?.rows ?? [];
}
