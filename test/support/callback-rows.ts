/** Callbacks put into a database with plain SQL, for what only reads them. */
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { FIELDS, KEY_VALUE_PAIRS, pairOf } from '../../src/gms/key-value-pairs.js';
import { columnOf } from '../../src/gms/record-columns.js';
import type { Connection } from '../../src/sqlite/database.js';
import { Dimensions } from '../../src/apply/dimensions.js';
import { DimensionTables } from '../../src/sqlite/dimension-tables.js';
import { digest, T0 } from './notifications.js';

/** A record that says what every event must say, and nothing else; say what matters to the test. */
export function aRecord(parts: Partial<CallbackRecord> = {}): CallbackRecord {
  const silent = Object.fromEntries(FIELDS.map((field) => [field, null])) as unknown as CallbackRecord;
  const mandatory = { serviceId: 'service-1', serviceStartMs: T0, offerSeconds: 12, offered: 1, offeredMs: T0 };
  return { ...silent, ...mandatory, ...parts };
}

/** A record that says something else in every field, in the form of its type. */
export function aFullRecord(): CallbackRecord {
  const values = FIELDS.map((field, index) => {
    const { type } = pairOf(field);
    if (type === 'text' || type === 'word') return [field, `text ${index}`];
    return [field, type === 'timestamp' ? T0 + index * 1_800_000 : 1000 + index];
  });
  return Object.fromEntries(values) as CallbackRecord;
}

export interface EventParts {
  readonly source?: string;
  readonly receivedMs?: number;
  readonly digest?: string;
  readonly isLate?: boolean;
  readonly received?: string;
}

/** One for each database: what it prepares and the room it takes cost more than a row. */
const DIMENSIONS = new WeakMap<Connection, Dimensions>();

function dimensionsOf(db: Connection): Dimensions {
  const dimensions = DIMENSIONS.get(db) ?? new Dimensions(new DimensionTables(db), digest);
  DIMENSIONS.set(db, dimensions);
  // A test may have rolled back what was inserted before.
  dimensions.dropMemory();
  return dimensions;
}

/** Stores an event, the keys of its dimensions included; the first one makes the callback. */
export function insertEvent(db: Connection, record: CallbackRecord, parts: EventParts = {}): void {
  const { source = 'default', receivedMs = T0 + 5000 } = parts;
  const callbackNo = callbackOf(db, { source, serviceId: record.serviceId, receivedMs });
  const before = db.prepare('SELECT count(*) FROM callback_events WHERE callback_no = ?').pluck().get(callbackNo);
  const sequence = Number(before) + 1;
  const keys = dimensionsOf(db).keysOf(record);
  insert(db, 'callback_events', {
    callback_no: callbackNo,
    event_sequence: sequence,
    received_ms: receivedMs,
    digest: parts.digest ?? `event ${sequence}`,
    key_count: FIELDS.filter((field) => record[field] !== null).length,
    is_complete: 1,
    is_late: parts.isLate ? 1 : 0,
    received: parts.received ?? JSON.stringify({ [KEY_VALUE_PAIRS.serviceId.name]: record.serviceId }),
    ...Object.fromEntries(FIELDS.map((field) => [columnOf(field), record[field]])),
    start_date_time_key: keys.startDateTimeKey,
    resource_key: keys.resourceKey,
    dimension_1_key: keys.dimension1Key,
    dimension_2_key: keys.dimension2Key,
    dimension_3_key: keys.dimension3Key,
    dimension_4_key: keys.dimension4Key,
    dial_results_key: keys.dialResultsKey,
  });
}

/** Lets the callback of a service be what its record says, finished by the event of this digest. */
export function finish(db: Connection, record: CallbackRecord, finalDigest: string): void {
  const fields = FIELDS.map((field) => `${columnOf(field)} = @${field}`);
  db.prepare(
    `UPDATE callbacks SET is_final = 1, final_digest = @finalDigest, ended_ms = @serviceEndMs, ${fields.join(', ')}
     WHERE service_id = @serviceId`,
  ).run({ ...record, finalDigest });
}

/** Attaches keys to a call. */
export function insertAttachment(db: Connection, serviceId: string, interactionId: string, received: string): void {
  const callbackNo = callbackOf(db, { source: 'default', serviceId, receivedMs: T0 });
  insert(db, 'callback_attachments', {
    callback_no: callbackNo,
    interaction_id: interactionId,
    received_ms: T0 + 4000,
    digest: received,
    received,
  });
}

function callbackOf(db: Connection, key: { source: string; serviceId: string; receivedMs: number }): number {
  db.prepare(
    `INSERT INTO callbacks (source, service_id, first_received_ms, alive_until_ms)
     VALUES (@source, @serviceId, @receivedMs, @receivedMs)
     ON CONFLICT DO NOTHING`,
  ).run(key);
  const find = db.prepare('SELECT callback_no FROM callbacks WHERE source = @source AND service_id = @serviceId');
  return find.pluck().get(key) as number;
}

/** Stores a row under its columns' names. */
export function insert(db: Connection, table: string, row: Readonly<Record<string, number | string | null>>): void {
  const columns = Object.keys(row);
  const places = columns.map((column) => `@${column}`);
  db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`).run(row);
}
