/** Customers who were or are being forgotten on a server, by the keyed hashes of their numbers. */
import type { RemovalRegister, RemovalState } from '../../apply/customers/customer-tables.js';
import type { RemovalMark } from '../../domain/customer.js';
import type { AskRows } from './searched-tables.js';

/**
 * @bound customers who were forgotten on a server, as its table names them
 * @beyond the hash of the one who was forgotten first goes from there; certificates have it
 * @seen the table `customer_removals`
 */
const MAX_REMOVALS = 100_000;

const NAMES = ['removalNo', 'hash', 'key', 'digits', 'askedMs', 'atTable', 'atRow', 'counts'];

export class PostgresRemovals implements RemovalRegister {
  readonly #ask: AskRows;

  constructor(ask: AskRows) {
    this.#ask = ask;
  }

  /** Within a transaction. */
  note({ hash, key, digits, askedMs }: RemovalMark, how: 'again' | 'once'): void {
    this.#do(`UPDATE kept_numbers SET value = value + 1 WHERE name = 'customer_removals'`, []);
    this.#do(
      `INSERT INTO customer_removals AS r (number_hash, key_fingerprint, removal_no, digits, asked_ms, counts)
        SELECT $1, $2, value, $3::bigint, $4::bigint, '{}' FROM kept_numbers WHERE name = 'customer_removals'
        ON CONFLICT (number_hash, key_fingerprint) DO UPDATE SET digits = coalesce(excluded.digits, r.digits),
          asked_ms = excluded.asked_ms, at_table = NULL, at_row = NULL, counts = '{}', done_ms = NULL
        WHERE $5::bigint = 1 OR excluded.asked_ms > r.asked_ms`,
      [hash, key, digits, askedMs, Number(how === 'again')],
    );
    this.#do(
      `DELETE FROM customer_removals WHERE done_ms IS NOT NULL
        AND removal_no <= (SELECT value FROM kept_numbers WHERE name = 'customer_removals') - $1::bigint`,
      [MAX_REMOVALS],
    );
  }

  open(): readonly RemovalState[] {
    const rows = this.#ask({
      text: `SELECT removal_no AS "removalNo", number_hash AS hash, key_fingerprint AS key, digits, asked_ms AS "askedMs",
          at_table AS "atTable", at_row AS "atRow", counts
        FROM customer_removals WHERE done_ms IS NULL ORDER BY removal_no`,
      values: [],
      names: NAMES,
    });
    return rows.map(({ counts, ...state }) => ({
      ...(state as unknown as Omit<RemovalState, 'tables'>),
      tables: JSON.parse(String(counts)) as RemovalState['tables'],
    }));
  }

  keep({ removalNo, atTable, atRow, tables }: RemovalState): void {
    this.#do('UPDATE customer_removals SET at_table = $2, at_row = $3, counts = $4 WHERE removal_no = $1::bigint', [
      removalNo,
      atTable,
      atRow,
      JSON.stringify(tables),
    ]);
  }

  finish(removalNo: number, doneMs: number): void {
    this.#do('UPDATE customer_removals SET done_ms = $2::bigint WHERE removal_no = $1::bigint', [removalNo, doneMs]);
  }

  #do(text: string, values: readonly (string | number | null)[]): void {
    this.#ask({ text, values, names: [] });
  }
}
