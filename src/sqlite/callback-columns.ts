/** The 70 fields of a record as columns: `serviceStartMs` is `service_start_ms`. */
import type { CallbackRecord } from '../domain/callback-record.js';
import { FIELDS } from '../gms/key-value-pairs.js';

export type Stored = Readonly<Record<string, number | string | null>>;

export function columnOf(field: keyof CallbackRecord): string {
  return field.replace(/(?<=[a-z])\d/, '_$&').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const RECORD_COLUMNS: readonly string[] = FIELDS.map(columnOf);

const FIELDS_AND_COLUMNS = FIELDS.map((field) => [field, columnOf(field)] as const);

export function recordOf(row: Stored): CallbackRecord {
  const record: Record<string, unknown> = {};
  for (const [field, column] of FIELDS_AND_COLUMNS) record[field] = row[column] ?? null;
  return record as unknown as CallbackRecord;
}

/** The columns of a record to their values, to be bound by name. */
export function valuesOf(record: CallbackRecord): Record<string, number | string | null> {
  return Object.fromEntries(FIELDS_AND_COLUMNS.map(([field, column]) => [column, record[field]]));
}
