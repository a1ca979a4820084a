/**
 * Takes a customer out of rows. A callback is cleaned as a whole: its events, attached data and status notifications lose
 * the customer's numbers and all keys that no record has; what they measure stays. Elsewhere numbers are covered.
 */
import type { Digest } from '../../domain/identity.js';
import { lengthPrefixed } from '../../domain/identity.js';
import { withoutPerson } from '../../gms/without-person.js';
import type { Connection } from '../database.js';
import { prepared } from '../prepared.js';
import { covered, type Customer, type SearchedRow, standsIn } from './customer-search.js';
import { OF_CALLBACKS, type SearchedTable } from './searched-tables.js';

type Changes = Record<string, string | number | Buffer | null>;

/** Rows of a callback beside its merged one. */
const PARTS = ['callback_events', 'callback_attachments', 'callback_notifications'] as const;
const PERSONAL_COLUMNS = ['customer_phone_number', 'customer_ani'] as const;
/** What is left of a digest: the order in which equal events are believed hardly changes, and nobody can guess by it. */
const KEPT_OF_DIGEST = 2;

export class Cleaning {
  readonly #db: Connection;
  readonly #tables: ReadonlyMap<string, SearchedTable>;
  readonly #digest: Digest;

  constructor(db: Connection, tables: readonly SearchedTable[], digest: Digest) {
    this.#db = db;
    this.#tables = new Map(tables.map((table) => [table.table, table]));
    this.#digest = digest;
  }

  /** Rows that were changed, by table. What was received after `untilMs` stays. */
  clean(table: SearchedTable, row: SearchedRow, who: Customer, untilMs: number): Map<string, number> {
    if (OF_CALLBACKS.includes(table.table)) return this.#cleanCallback(Number(row['callback_no']), who, untilMs);
    const changes: Changes = covered(row, table, who.isMeant);
    if (Object.keys(changes).length === 0) return new Map();
    // Its name is a digest of what it said.
    if (table.table === 'quarantine') changes['id'] = this.#renewed(table, row, 'id', changes);
    if (table.table === 'legacy_callback_events') changes['digest'] = this.#renewed(table, row, 'digest', changes);
    this.#update(table, row, changes);
    return new Map([[table.table, 1]]);
  }

  #cleanCallback(callbackNo: number, who: Customer, untilMs: number): Map<string, number> {
    const changed = new Map<string, number>();
    const merged = this.#rows('callbacks', callbackNo, Number.MAX_SAFE_INTEGER)[0];
    for (const name of PARTS) {
      const table = this.#table(name);
      let rows = 0;
      for (const row of this.#rows(name, callbackNo, untilMs)) {
        const changes = this.#withoutPerson(table, row, who);
        if (Object.keys(changes).length === 0) continue;
        const digest = this.#renewed(table, row, 'digest', changes);
        if (merged?.['final_digest'] === row['digest']) this.#setFinalDigest(callbackNo, digest);
        this.#update(table, row, { ...changes, digest });
        rows++;
      }
      changed.set(name, rows);
    }
    // A customer who came again since has a callback as everybody.
    const cameAgain = PARTS.some((name) =>
      this.#rows(name, callbackNo, Number.MAX_SAFE_INTEGER).some((row) => standsIn(row, this.#table(name), who)),
    );
    if (merged !== undefined && !cameAgain) changed.set('callbacks', Number(this.#cleanMerged(merged, who)));
    return changed;
  }

  #cleanMerged(merged: SearchedRow, who: Customer): boolean {
    const table = this.#table('callbacks');
    const changes: Changes = covered(merged, table, who.isMeant);
    for (const column of [...PERSONAL_COLUMNS, 'phone_hash', 'ani_hash']) {
      if (merged[column] !== null) changes[column] = null;
    }
    if (typeof changes['service_id'] === 'string') changes['service_id'] = nameOf(changes['service_id'], merged);
    if (Object.keys(changes).length === 0) return false;
    this.#update(table, merged, changes);
    return true;
  }

  #withoutPerson(table: SearchedTable, row: SearchedRow, { isMeant }: Customer): Changes {
    const received = String(row['received']);
    const kept = withoutPerson(received);
    const changes: Changes = covered({ ...row, received: kept }, table, isMeant);
    if (kept !== received) changes['received'] ??= kept;
    for (const column of PERSONAL_COLUMNS) {
      if (row[column] !== undefined && row[column] !== null) changes[column] = null;
    }
    if (typeof changes['service_id'] === 'string') changes['service_id'] = nameOf(changes['service_id'], row);
    return changes;
  }

  /** A name like the one before in its first characters, and made of nothing that went. */
  #renewed({ table, order }: SearchedTable, row: SearchedRow, column: string, changes: Changes): string {
    const before = String(row[column]);
    const content = JSON.stringify(Object.values(changes).map(String));
    const fresh = this.#digest(lengthPrefixed(['forgotten', table, String(row[order]), content]));
    return before.slice(0, KEPT_OF_DIGEST) + fresh.slice(KEPT_OF_DIGEST);
  }

  #setFinalDigest(callbackNo: number, digest: string): void {
    prepared(this.#db, 'UPDATE callbacks SET final_digest = ? WHERE callback_no = ?').run(digest, callbackNo);
  }

  #update({ table, key }: SearchedTable, row: SearchedRow, changes: Changes): void {
    const set = Object.keys(changes).map((column) => `${column} = ?`);
    const where = key.map((column) => `${column} = ?`);
    // Where a name was made of a number alone, two become one.
    const sql = `UPDATE OR REPLACE ${table} SET ${set.join(', ')} WHERE ${where.join(' AND ')}`;
    prepared(this.#db, sql).run(...Object.values(changes), ...key.map((column) => row[column]));
  }

  #rows(table: string, callbackNo: number, untilMs: number): SearchedRow[] {
    const receivedMs = this.#table(table).receivedMs ?? '0';
    const sql = `SELECT * FROM ${table} WHERE callback_no = ? AND ${receivedMs} <= ?`;
    return prepared(this.#db, sql).all(callbackNo, untilMs) as SearchedRow[];
  }

  #table(name: string): SearchedTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`${name} is not searched`);
    return table;
  }
}

/** A service id that was a number: one for each callback still. */
function nameOf(coveredId: string, row: SearchedRow): string {
  return `${coveredId} ${String(row['callback_no'])}`;
}
