/**
 * Takes a customer out of rows. A callback is cleaned as a whole: its events, attached data and status notifications lose
 * the customer's numbers and all keys that no record has; what they measure stays. Elsewhere numbers are covered.
 */
import { withoutPerson } from '../../gms/without-person.js';
import { covered, type Customer, type SearchedRow, standsIn } from './customer-search.js';
import type { CleanedRows } from './customer-tables.js';
import { OF_CALLBACKS, type SearchedTable } from './searched-tables.js';

type Changes = Record<string, string | number | Uint8Array | null>;

/** Rows of a callback beside its merged one. */
const PARTS = ['callback_events', 'callback_attachments', 'callback_notifications'] as const;
const PERSONAL_COLUMNS = ['customer_phone_number', 'customer_ani'] as const;
/** What is left of a digest: the order in which equal events are believed hardly changes, and nobody can guess by it. */
const KEPT_OF_DIGEST = 2;
const EVERY_TIME = Number.MAX_SAFE_INTEGER;

export class Cleaning {
  readonly #tables: ReadonlyMap<string, SearchedTable>;
  readonly #who: Customer;
  readonly #untilMs: number;

  /** What was received after `untilMs` stays. */
  constructor(tables: readonly SearchedTable[], who: Customer, untilMs: number) {
    this.#tables = new Map(tables.map((table) => [table.table, table]));
    this.#who = who;
    this.#untilMs = untilMs;
  }

  /** Rows that were changed, by table; to be called within a transaction. */
  clean(rows: CleanedRows, table: SearchedTable, found: SearchedRow): ReadonlyMap<string, number> {
    const row = rows.hold(table, found);
    if (row === null) return new Map();
    if (OF_CALLBACKS.includes(table.table)) return this.#cleanCallback(rows, row);
    const changes: Changes = covered(row, table, this.#who.isMeant);
    if (Object.keys(changes).length === 0) return new Map();
    // Its name is a digest of what it said.
    if (table.table === 'quarantine') changes['id'] = renewed(rows, table, row, { column: 'id', changes });
    if (table.table === 'legacy_callback_events')
      changes['digest'] = renewed(rows, table, row, { column: 'digest', changes });
    rows.update(table, row, changes);
    return new Map([[table.table, 1]]);
  }

  #cleanCallback(rows: CleanedRows, of: SearchedRow): ReadonlyMap<string, number> {
    const changed = new Map<string, number>();
    const merged = rows.ofCallback('callbacks', of, EVERY_TIME)[0];
    let finalDigest = merged?.['final_digest'] ?? null;
    for (const name of PARTS) {
      const table = this.#table(name);
      let cleaned = 0;
      for (const row of rows.ofCallback(name, of, this.#untilMs)) {
        const changes = this.#withoutPerson(rows, table, row);
        if (Object.keys(changes).length === 0) continue;
        const digest = renewed(rows, table, row, { column: 'digest', changes });
        if (finalDigest === row['digest']) finalDigest = digest;
        rows.update(table, row, { ...changes, digest });
        cleaned++;
      }
      changed.set(name, cleaned);
    }
    if (merged !== undefined) this.#cleanMerged(rows, merged, finalDigest, changed);
    return changed;
  }

  #cleanMerged(
    rows: CleanedRows,
    merged: SearchedRow,
    finalDigest: SearchedRow[string] | null,
    changed: Map<string, number>,
  ): void {
    const changes: Changes = finalDigest === merged['final_digest'] ? {} : { final_digest: finalDigest };
    // A customer who came again since has a callback as everybody.
    const cameAgain = PARTS.some((name) =>
      rows.ofCallback(name, merged, EVERY_TIME).some((row) => standsIn(row, this.#table(name), this.#who)),
    );
    const ofPerson = cameAgain ? {} : this.#ofMerged(rows, merged);
    Object.assign(changes, ofPerson);
    if (Object.keys(changes).length > 0) rows.update(this.#table('callbacks'), merged, changes);
    if (!cameAgain) changed.set('callbacks', Number(Object.keys(ofPerson).length > 0));
  }

  #ofMerged(rows: CleanedRows, merged: SearchedRow): Changes {
    const changes: Changes = covered(merged, this.#table('callbacks'), this.#who.isMeant);
    for (const column of [...PERSONAL_COLUMNS, 'phone_hash', 'ani_hash']) {
      if (merged[column] !== null) changes[column] = null;
    }
    return named(rows, merged, changes);
  }

  #withoutPerson(rows: CleanedRows, table: SearchedTable, row: SearchedRow): Changes {
    const received = String(row['received']);
    const kept = withoutPerson(received);
    const changes: Changes = covered({ ...row, received: kept }, table, this.#who.isMeant);
    if (kept !== received) changes['received'] ??= kept;
    for (const column of PERSONAL_COLUMNS) {
      if (row[column] !== undefined && row[column] !== null) changes[column] = null;
    }
    return named(rows, row, changes);
  }

  #table(name: string): SearchedTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`${name} is not searched`);
    return table;
  }
}

/** A service id that was a number: one for each callback still. */
function named(rows: CleanedRows, row: SearchedRow, changes: Changes): Changes {
  const { service_id: serviceId } = changes;
  return typeof serviceId === 'string' ? { ...changes, service_id: `${serviceId} ${rows.wordFor(row)}` } : changes;
}

/** A name like the one before in its first characters, and made of nothing that went. */
function renewed(
  rows: CleanedRows,
  table: SearchedTable,
  row: SearchedRow,
  { column, changes }: { readonly column: string; readonly changes: Changes },
): string {
  return String(row[column]).slice(0, KEPT_OF_DIGEST) + rows.digestOf(table, row, changes).slice(KEPT_OF_DIGEST);
}
