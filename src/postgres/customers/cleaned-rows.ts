/**
 * Rows that a customer is taken from, within a transaction beside the lanes of all receivers: each is locked as a lane locks
 * it, and read again before it is changed.
 */
import { randomUUID } from 'node:crypto';
import type { SearchedRow } from '../../apply/customers/customer-search.js';
import type { CleanedRows, RowChanges } from '../../apply/customers/customer-tables.js';
import { OF_CALLBACKS, type SearchedTable } from '../../apply/customers/searched-tables.js';
import type { Digest } from '../../domain/identity.js';
import { contentKey } from '../keys.js';
import { pgText } from '../values.js';
import { callbackKey, type PostgresCustomerRows, rowOf, scalar } from './customer-rows.js';
import type { AskRows, OrderedTable } from './searched-tables.js';

/** Lanes write to these under the lock of `kept_numbers` named quarantine. */
const UNDER_QUARANTINE: ReadonlySet<string> = new Set(['quarantine', 'callback_missing_keys', 'holds']);
const PARTS = ['callback_events', 'callback_attachments', 'callback_notifications', 'callback_interactions'];
const FOR_UPDATE = ' FOR UPDATE';

export interface CleanedRowsOptions {
  readonly ask: AskRows;
  readonly rows: PostgresCustomerRows;
  readonly digest: Digest;
  /** Keyed: nobody can guess what it is of. */
  readonly hash: (number: string) => string;
}

export class PostgresCleanedRows implements CleanedRows {
  readonly #options: CleanedRowsOptions;
  /** Callbacks that are held, by what tells them apart. */
  readonly #held = new Map<string, { readonly source: string; readonly life: number; serviceId: string }>();
  readonly #changed = new Set<string>();

  constructor(options: CleanedRowsOptions) {
    this.#options = options;
  }

  /** Sources and service ids of the callbacks that were changed. */
  get changed(): readonly (readonly [source: string, serviceId: string])[] {
    return [...this.#changed].flatMap((key) => {
      const held = this.#held.get(key);
      return held === undefined ? [] : [[held.source, held.serviceId] as const];
    });
  }

  ofCallback(table: string, row: SearchedRow, untilMs: number): readonly SearchedRow[] {
    return this.#options.rows.ofCallback(table, row, untilMs);
  }

  hold({ table }: SearchedTable, row: SearchedRow): SearchedRow | null {
    const { ask, rows } = this.#options;
    if (OF_CALLBACKS.includes(table)) return this.#holdCallback(row) ? row : null;
    if (UNDER_QUARANTINE.has(table))
      ask({
        text: `SELECT value FROM kept_numbers WHERE name = 'quarantine' FOR UPDATE`,
        values: [],
        names: ['value'],
      });
    return ask(rowOf(rows.table(table), row, FOR_UPDATE))[0] ?? null;
  }

  #holdCallback(row: SearchedRow): boolean {
    const { ask, rows } = this.#options;
    const [merged] = ask(rowOf(rows.table('callbacks'), row, FOR_UPDATE));
    if (merged === undefined) return false;
    const [source] = callbackKey(merged);
    const serviceId = String(merged['service_id']);
    this.#held.set(rows.callbackOf(merged), { source, serviceId, life: Number(merged['life']) });
    return true;
  }

  update({ table }: SearchedTable, row: SearchedRow, changes: RowChanges): void {
    const { rows, digest } = this.#options;
    const of = rows.table(table);
    const { digest: renewed, service_id: serviceId } = changes;
    if (OF_CALLBACKS.includes(table)) this.#changed.add(rows.callbackOf(row));
    if (table === 'legacy_callback_events' && typeof renewed === 'string') {
      const legacyNo = contentKey(digest, 'legacy', [String(row['source']), renewed, Number(row['life'])]);
      this.#write(of, row, { ...changes, legacy_no: legacyNo });
      return;
    }
    this.#write(of, row, changes);
    if (table === 'statements') this.#countChange(row);
    if (table === 'callbacks' && typeof serviceId === 'string') this.#renumber(row, pgText(serviceId));
  }

  /** Receivers keep heads of groups as long as the group's row says that nothing was changed. */
  #countChange({ source, group_no: groupNo }: SearchedRow): void {
    this.#options.ask({
      text: 'UPDATE campaign_groups SET changes = changes + 1 WHERE source = $1 AND group_no = $2::bigint',
      values: [scalar(source), scalar(groupNo)],
      names: [],
    });
  }

  /** A callback's number is made of its service id: who posts of the old one again has another callback. */
  #renumber(row: SearchedRow, serviceId: string): void {
    const { ask, rows, digest } = this.#options;
    const held = this.#held.get(rows.callbackOf(row));
    if (held === undefined) return;
    held.serviceId = serviceId;
    const [source, before] = callbackKey(row);
    const callbackNo = contentKey(digest, 'callback', [source, serviceId, held.life]);
    for (const table of ['callbacks', ...PARTS]) {
      const text = `UPDATE ${table} SET callback_no = $3::bigint WHERE source = $1 AND callback_no = $2::bigint`;
      ask({ text, values: [source, before, callbackNo], names: [] });
    }
  }

  /** A row that has the new key already gives way. */
  #write(of: OrderedTable, row: SearchedRow, changes: RowChanges): void {
    const { ask } = this.#options;
    const key = of.key.map((column) => scalar(row[column]));
    if (of.key.some((column) => changes[column] !== undefined)) {
      const others = of.key.map((column) => written(changes[column] ?? row[column]));
      const isOther = others.some((value, n) => value !== key[n]);
      const where = of.key.map((column, n) => `${column} = $${n + 1}`).join(' AND ');
      if (isOther) ask({ text: `DELETE FROM ${of.table} WHERE ${where}`, values: others, names: [] });
    }
    const columns = Object.keys(changes);
    const set = columns.map((column, n) => `${column} = $${n + 1}::${of.types[column] ?? 'text'}`);
    const where = of.key.map((column, n) => `${column} = $${columns.length + n + 1}`);
    ask({
      text: `UPDATE ${of.table} SET ${set.join(', ')} WHERE ${where.join(' AND ')}`,
      values: [...Object.values(changes).map(written), ...key],
      names: [],
    });
  }

  digestOf(): string {
    return this.#options.digest(`forgotten ${randomUUID()}`);
  }

  wordFor(row: SearchedRow): string {
    return this.#options.hash(String(row['callback_no']));
  }
}

/** As a statement takes it. */
function written(value: SearchedRow[string] | undefined): string | number | null {
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value;
    return `\\x${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}`;
  }
  return typeof value === 'string' ? pgText(value) : (value ?? null);
}
