/** Rows of SQLite in which a customer is looked for, and from which they are taken. */
import { type Customer, type SearchedRow, standsIn } from '../../apply/customers/customer-search.js';
import type {
  CleanedRows,
  CustomerSearch,
  RowChanges,
  RowPlace,
  SearchedPage,
} from '../../apply/customers/customer-tables.js';
import type { SearchedTable } from '../../apply/customers/searched-tables.js';
import { type Digest, lengthPrefixed } from '../../domain/identity.js';
import type { Connection } from '../database.js';
import { prepared } from '../prepared.js';
import { type OrderedTable, searchedTables } from './searched-tables.js';

/** Rows that are read at once; a body may be large. */
const ROWS = 50;
const BODIES = 5;

export class CustomerRows implements CustomerSearch, CleanedRows {
  readonly tables: readonly OrderedTable[];
  readonly #db: Connection;
  readonly #digest: Digest;
  readonly #sql;

  constructor(db: Connection, digest: Digest) {
    this.#db = db;
    this.#digest = digest;
    this.tables = searchedTables(db);
    this.#sql = new Map(this.tables.map((table) => [table.table, prepare(db, table)]));
  }

  page({ table, bytes }: SearchedTable, after: RowPlace | null, untilMs: number, who: Customer): SearchedPage | null {
    const sql = this.#sql.get(table);
    const last = sql?.last.get(after ?? -1) as RowPlace | null | undefined;
    if (sql === undefined || last === undefined || last === null) return null;
    const rows = sql.said.all({ after: after ?? -1, last, untilMs }) as SearchedRow[];
    const found = rows.filter((row) => standsIn(row, { texts: ['said'], bytes }, who));
    return { looked: rows.length, found: found.map((row) => sql.whole.get(row) as SearchedRow), last };
  }

  ofCallback(table: string, row: SearchedRow, untilMs: number): readonly SearchedRow[] {
    const receivedMs = this.#table(table).receivedMs ?? '0';
    const sql = `SELECT * FROM ${table} WHERE callback_no = ? AND ${receivedMs} <= ?`;
    return prepared(this.#db, sql).all(row['callback_no'], untilMs) as SearchedRow[];
  }

  callbackOf(row: SearchedRow): string {
    return String(row['callback_no']);
  }

  /** Of a file there is one writer. */
  hold(_table: SearchedTable, row: SearchedRow): SearchedRow {
    return row;
  }

  update({ table }: SearchedTable, row: SearchedRow, changes: RowChanges): void {
    const { key } = this.#table(table);
    const set = Object.keys(changes).map((column) => `${column} = ?`);
    const where = key.map((column) => `${column} = ?`);
    const sql = `UPDATE OR REPLACE ${table} SET ${set.join(', ')} WHERE ${where.join(' AND ')}`;
    prepared(this.#db, sql).run(...Object.values(changes), ...key.map((column) => row[column]));
  }

  digestOf({ table }: SearchedTable, row: SearchedRow, changes: RowChanges): string {
    const content = JSON.stringify(Object.values(changes).map(String));
    const place = String(row[this.#table(table).order]);
    return this.#digest(lengthPrefixed(['forgotten', table, place, content]));
  }

  wordFor(row: SearchedRow): string {
    return this.callbackOf(row);
  }

  #table(name: string): OrderedTable {
    const table = this.tables.find((one) => one.table === name);
    if (table === undefined) throw new Error(`${name} is not searched`);
    return table;
  }
}

function prepare(db: Connection, { table, order, key, receivedMs, texts, bytes }: OrderedTable) {
  const limit = bytes === null ? ROWS : BODIES;
  const until = receivedMs === null ? '' : `AND ${receivedMs} <= @untilMs`;
  const hashes = table === 'callbacks' ? ', phone_hash, ani_hash' : '';
  return {
    last: prepared(
      db,
      `SELECT max(n) FROM (SELECT ${order} AS n FROM ${table} WHERE ${order} > ? ORDER BY ${order} LIMIT ${limit})`,
    ).pluck(),
    // All texts of a row in one, apart by what stands in no number: a row has up to 90 columns.
    said: prepared(
      db,
      `SELECT ${key.join(', ')}, concat_ws(char(1), ${texts.join(', ')}) AS said${hashes}${bytes === null ? '' : `, ${bytes}`}
       FROM ${table} WHERE ${order} > @after AND ${order} <= @last ${until} ORDER BY ${order}`,
    ),
    whole: prepared(db, `SELECT * FROM ${table} WHERE ${key.map((column) => `${column} = @${column}`).join(' AND ')}`),
  };
}
