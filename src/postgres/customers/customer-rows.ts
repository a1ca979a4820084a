/** Rows of PostgreSQL in which a customer is looked for. */
import { type Customer, type SearchedRow, standsIn } from '../../apply/customers/customer-search.js';
import type { CustomerSearch, RowPlace, SearchedPage } from '../../apply/customers/customer-tables.js';
import { SEARCHED, type SearchedTable } from '../../apply/customers/searched-tables.js';
import {
  type AskRows,
  COLUMNS,
  isEveryTable,
  type OrderedTable,
  orderedTables,
  type Question,
} from './searched-tables.js';

/** Rows that are read at once; a body may be large. */
const ROWS = 200;
const BODIES = 5;

export class PostgresCustomerRows implements CustomerSearch {
  readonly tables: readonly OrderedTable[];
  readonly #ask: AskRows;

  constructor(ask: AskRows) {
    this.#ask = ask;
    this.tables = orderedTables(ask(COLUMNS));
    if (!isEveryTable(this.tables)) throw new Error(`not all of ${Object.keys(SEARCHED).join(', ')} can be read`);
  }

  page({ table, bytes }: SearchedTable, after: RowPlace | null, untilMs: number, who: Customer): SearchedPage | null {
    const of = this.table(table);
    const [last] = this.#ask(lastOf(of, after));
    if (last === undefined) return null;
    const rows = this.#ask(pageOf(of, after, last));
    const old = rows.filter((row) => of.receivedMs === null || Number(row[of.receivedMs]) <= untilMs);
    const found = old.filter((row) => standsIn(row, { texts: ['said'], bytes }, who));
    return {
      looked: old.length,
      found: found.flatMap((row) => this.#ask(rowOf(of, row, ''))),
      last: JSON.stringify(placeOf(of, last)),
    };
  }

  ofCallback(table: string, row: SearchedRow, untilMs: number): readonly SearchedRow[] {
    const of = this.table(table);
    const until = of.receivedMs === null ? '' : ` AND ${of.receivedMs} <= $3::bigint`;
    return this.#ask({
      text: `SELECT ${of.columns.join(', ')} FROM ${table} WHERE source = $1 AND callback_no = $2::bigint${until} ORDER BY ${of.key.join(', ')}`,
      values: [...callbackKey(row), ...(of.receivedMs === null ? [] : [untilMs])],
      names: of.columns,
    });
  }

  callbackOf(row: SearchedRow): string {
    return JSON.stringify(callbackKey(row));
  }

  table(name: string): OrderedTable {
    const table = this.tables.find((one) => one.table === name);
    if (table === undefined) throw new Error(`${name} is not searched`);
    return table;
  }
}

export function callbackKey(row: SearchedRow): [source: string, callbackNo: number] {
  return [String(row['source']), Number(row['callback_no'])];
}

/** A row by its key; `lock`: what stands at the end of the statement. */
export function rowOf({ table, key, columns }: OrderedTable, row: SearchedRow, lock: string): Question {
  const where = key.map((column, n) => `${column} = $${n + 1}`);
  return {
    text: `SELECT ${columns.join(', ')} FROM ${table} WHERE ${where.join(' AND ')}${lock}`,
    values: key.map((column) => scalar(row[column])),
    names: columns,
  };
}

/** No key is made of bytes. */
export function scalar(value: SearchedRow[string] | undefined): string | number | null {
  if (value instanceof Uint8Array) throw new Error('a key of bytes');
  return value ?? null;
}

function placeOf({ order }: OrderedTable, row: SearchedRow): Question['values'] {
  return order.map((column) => scalar(row[column]));
}

/** As `after` says it, which is a list of values. */
function valuesOf(after: RowPlace | null): Question['values'] {
  return after === null ? [] : (JSON.parse(String(after)) as Question['values']);
}

/** Values of a place, from a parameter on. */
function given({ order, types }: OrderedTable, first: number): string {
  return `(${order.map((column, n) => `$${first + n}::${types[column] ?? 'text'}`).join(', ')})`;
}

/** The last of the next places. */
function lastOf(of: OrderedTable, after: RowPlace | null): Question {
  const names = of.order.join(', ');
  const behind = after === null ? '' : ` WHERE (${names}) > ${given(of, 1)}`;
  const limit = of.bytes === null ? ROWS : BODIES;
  const backwards = of.order.map((column) => `${column} DESC`).join(', ');
  return {
    text: `SELECT ${names} FROM (SELECT ${names} FROM ${of.table}${behind} ORDER BY ${names} LIMIT ${limit}) AS n
      ORDER BY ${backwards} LIMIT 1`,
    values: valuesOf(after),
    names: of.order,
  };
}

/** Rows behind one place, and up to another: all texts of a row in one, apart by what stands in no number. */
function pageOf(of: OrderedTable, after: RowPlace | null, last: SearchedRow): Question {
  const { table, order, key, texts, bytes, receivedMs } = of;
  const place = `(${order.join(', ')})`;
  const values = valuesOf(after);
  const behind = after === null ? '' : `${place} > ${given(of, 1)} AND `;
  const hashes = table === 'callbacks' ? ['phone_hash', 'ani_hash'] : [];
  const others = [receivedMs, bytes].filter((column) => column !== null);
  const names = [...new Set([...key, ...hashes, ...others])];
  return {
    text: `SELECT ${names.join(', ')}, concat_ws(chr(1), ${texts.join(', ')}) AS said FROM ${table}
      WHERE ${behind}${place} <= ${given(of, values.length + 1)} ORDER BY ${order.join(', ')}`,
    values: [...values, ...placeOf(of, last)],
    names: [...names, 'said'],
  };
}
