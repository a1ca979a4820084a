/** Finding a customer in the rows of a database, table by table, some rows at a time. */
import { type IsMeant, meantIn, withoutNumbers } from '../../domain/number-spellings.js';
import type { Connection } from '../database.js';
import { prepared } from '../prepared.js';
import { type SearchedTable, searchedTables } from './searched-tables.js';

export type SearchedRow = Readonly<Record<string, string | number | Buffer | null>>;

/** The customer: whether digits are theirs, and the keyed hash of their number. */
export interface Customer {
  readonly isMeant: IsMeant;
  readonly hash: string;
}

/** Rows that are read at once; a body may be large. */
const ROWS = 50;
const BODIES = 5;

export interface SearchedPage {
  /** How many rows were read. */
  readonly looked: number;
  /** Those in which the customer stands, whole. */
  readonly found: readonly SearchedRow[];
  /** To go on behind. */
  readonly last: string | number;
}

export class CustomerSearch {
  readonly tables: readonly SearchedTable[];
  readonly #sql;

  constructor(db: Connection) {
    this.tables = searchedTables(db);
    this.#sql = new Map(this.tables.map((table) => [table.table, prepare(db, table)]));
  }

  /** Looks through the next rows of a table that were received by a moment; null: there are none. */
  page(table: SearchedTable, after: string | number | null, untilMs: number, who: Customer): SearchedPage | null {
    const sql = this.#sql.get(table.table);
    const last = sql?.last.get(after ?? -1) as string | number | null | undefined;
    if (sql === undefined || last === undefined || last === null) return null;
    const rows = sql.said.all({ after: after ?? -1, last, untilMs }) as SearchedRow[];
    const found = rows.filter((row) => standsIn(row, { texts: ['said'], bytes: table.bytes }, who));
    return { looked: rows.length, found: found.map((row) => sql.whole.get(row) as SearchedRow), last };
  }
}

function prepare(db: Connection, { table, order, key, receivedMs, texts, bytes }: SearchedTable) {
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

/** Whether a row says a customer's number, or its hash. */
export function standsIn(
  row: SearchedRow,
  { texts, bytes }: Pick<SearchedTable, 'texts' | 'bytes'>,
  { isMeant, hash }: Customer,
): boolean {
  if (row['phone_hash'] === hash || row['ani_hash'] === hash) return true;
  const said = (text: string) => meantIn(text, isMeant).length > 0;
  const body = bytes === null ? null : row[bytes];
  if (Buffer.isBuffer(body) && said(body.toString('latin1'))) return true;
  return texts.some((column) => typeof row[column] === 'string' && said(row[column]));
}

/** What a row's columns are without the number; only those that change. */
export function covered(
  row: SearchedRow,
  { texts, bytes }: Pick<SearchedTable, 'texts' | 'bytes'>,
  isMeant: IsMeant,
): Record<string, string | Buffer> {
  const changes: Record<string, string | Buffer> = {};
  for (const column of texts) {
    const text = row[column];
    const without = typeof text === 'string' ? withoutNumbers(text, isMeant) : null;
    if (without !== null) changes[column] = without;
  }
  const body = bytes === null ? null : row[bytes];
  const without = Buffer.isBuffer(body) ? withoutNumbers(body.toString('latin1'), isMeant) : null;
  if (bytes !== null && without !== null) changes[bytes] = Buffer.from(without, 'latin1');
  return changes;
}
