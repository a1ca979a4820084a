import type { CallbackRow, CallbackRows, HeldEvent, NewEvent } from '../apply/callback-rows.js';
import {
  aliveUntilMs,
  type AttachedData,
  type Callback,
  dispositionOf,
  type StatusNotification,
} from '../domain/callback.js';
import type { LastEvent } from '../domain/store.js';
import { RECORD_COLUMNS, recordIn, type Stored, valuesOf } from '../gms/record-columns.js';
import { callbackOf } from '../apply/stored/callback-row.js';
import { ChangeNumbers } from './change-numbers.js';
import type { Connection } from './database.js';
import { isKept, takeName } from './removal-tables.js';

/** A held event that takes part in the merge: its record, then what else is asked for. */
type RawEvent = readonly (number | string | null)[];
const KEY_COUNT_AT = RECORD_COLUMNS.length;
const DIGEST_AT = KEY_COUNT_AT + 1;
const RECEIVED_AT = KEY_COUNT_AT + 2;

/** Callbacks, and their events, attached data, status notifications and interactions. */
export class CallbackTable implements CallbackRows {
  readonly #sql;
  readonly #changes: ChangeNumbers;

  constructor(db: Connection) {
    this.#sql = prepare(db);
    this.#changes = new ChangeNumbers(db);
  }

  find(source: string, serviceId: string): CallbackRow | null {
    const row = this.#sql.find.get(source, serviceId) as Stored | undefined;
    return row ? { callbackNo: Number(row['callback_no']), callback: callbackOf(row) } : null;
  }

  create(source: string, serviceId: string, receivedAtMs: number): number {
    // What has this name and was not found is being forgotten.
    this.#sql.takeName.run(source, serviceId);
    return Number(this.#sql.create.run(source, serviceId, receivedAtMs, receivedAtMs).lastInsertRowid);
  }

  write(callbackNo: number, callback: Callback): void {
    const { record, isFinal, live, desired } = callback;
    const { state, subState } = dispositionOf(record.disposition, isFinal);
    this.#sql.write.run(
      ...valuesOf(record),
      callback.firstReceivedMs,
      callback.lastEventMs,
      state,
      subState,
      aliveUntilMs(callback),
      Number(isFinal),
      callback.finalDigest,
      callback.endedMs,
      callback.events,
      callback.lateEvents,
      callback.attachments,
      callback.attachedStartMs,
      callback.attachedReceivedMs,
      live?.event ?? null,
      live?.state ?? null,
      live?.atMs ?? null,
      desired?.ms ?? null,
      desired?.receivedMs ?? null,
      callback.phoneHash,
      callback.aniHash,
      this.#changes.next(),
      callbackNo,
    );
  }

  hasEvent(callbackNo: number, digest: string): boolean {
    return this.#sql.heldEvent.get(callbackNo, digest) !== undefined;
  }

  insertEvent(callbackNo: number, { event, sequence, isLate, keys }: NewEvent): void {
    this.#sql.insertEvent.run(
      ...valuesOf(event.record),
      callbackNo,
      sequence,
      event.receivedAtMs,
      event.digest,
      event.keyCount,
      Number(event.isComplete),
      Number(isLate),
      event.received,
      event.origin ?? null,
      keys.startDateTimeKey,
      keys.resourceKey,
      keys.dimension1Key,
      keys.dimension2Key,
      keys.dimension3Key,
      keys.dimension4Key,
      keys.dialResultsKey,
    );
  }

  mergeable(callbackNo: number, exceptDigest: string): HeldEvent[] {
    return (this.#sql.mergeable.all(callbackNo, exceptDigest) as RawEvent[]).map(heldEventOf);
  }

  link(callbackNo: number, interactionId: string, role: string, receivedMs: number): void {
    this.#sql.link.run(interactionId, callbackNo, role, receivedMs);
  }

  hasAttachment(callbackNo: number, digest: string): boolean {
    return this.#sql.heldAttachment.get(callbackNo, digest) !== undefined;
  }

  insertAttachment(callbackNo: number, attached: AttachedData): void {
    this.#sql.insertAttachment.run(
      callbackNo,
      attached.interactionId,
      attached.receivedAtMs,
      attached.digest,
      attached.serviceStartMs,
      attached.acceptedMs,
      attached.customerConnectedMs,
      attached.offeredMs,
      attached.received,
    );
  }

  hasNotification(callbackNo: number, digest: string): boolean {
    return this.#sql.heldNotification.get(callbackNo, digest) !== undefined;
  }

  countNotifications(callbackNo: number): number {
    return this.#sql.notifications.get(callbackNo) as number;
  }

  insertNotification(callbackNo: number, status: StatusNotification): void {
    const { event, receivedAtMs, desiredMs, digest, received } = status;
    this.#sql.insertNotification.run(callbackNo, event, receivedAtMs, desiredMs, digest, received);
  }

  *open(sinceMs: number): Generator<Callback> {
    for (const row of this.#sql.open.all(sinceMs) as Stored[]) yield callbackOf(row);
  }

  lastEvents(): LastEvent[] {
    return this.#sql.lastEvents.all() as LastEvent[];
  }

  numbers() {
    return this.#sql.numbers.all() as { callbackNo: number; phone: string | null; ani: string | null }[];
  }

  setHashes(callbackNo: number, phoneHash: string | null, aniHash: string | null): void {
    this.#sql.setHashes.run(phoneHash, aniHash, this.#changes.next(), callbackNo);
  }
}

function heldEventOf(row: RawEvent): HeldEvent {
  return {
    record: recordIn(row),
    isComplete: true,
    keyCount: Number(row[KEY_COUNT_AT]),
    digest: String(row[DIGEST_AT]),
    receivedMs: Number(row[RECEIVED_AT]),
  };
}

function prepare(db: Connection) {
  const kept = isKept('callbacks');
  const places = (columns: readonly string[]) => columns.map(() => '?').join(', ');
  const eventColumns = [
    ...RECORD_COLUMNS,
    'callback_no',
    'event_sequence',
    'received_ms',
    'digest',
    'key_count',
    'is_complete',
    'is_late',
    'received',
    'origin',
    'start_date_time_key',
    'resource_key',
    'dimension_1_key',
    'dimension_2_key',
    'dimension_3_key',
    'dimension_4_key',
    'dial_results_key',
  ];
  const derived = [
    ...RECORD_COLUMNS,
    'first_received_ms',
    'last_event_ms',
    'state',
    'sub_state',
    'alive_until_ms',
    'is_final',
    'final_digest',
    'ended_ms',
    'events',
    'late_events',
    'attachments',
    'attached_start_ms',
    'attached_received_ms',
    'live_event',
    'live_state',
    'live_ms',
    'desired_ms',
    'desired_received_ms',
    'phone_hash',
    'ani_hash',
    'change_no',
  ];
  return {
    find: db.prepare(`SELECT * FROM callbacks WHERE source = ? AND service_id = ? AND ${kept}`),
    takeName: db.prepare(`${takeName('callbacks', 'service_id')} WHERE source = ? AND service_id = ?`),
    create: db.prepare(
      'INSERT INTO callbacks (source, service_id, first_received_ms, alive_until_ms) VALUES (?, ?, ?, ?)',
    ),
    write: db.prepare(
      `UPDATE callbacks SET ${derived.map((column) => `${column} = ?`).join(', ')} WHERE callback_no = ?`,
    ),
    heldEvent: db.prepare('SELECT 1 FROM callback_events WHERE callback_no = ? AND digest = ?'),
    insertEvent: db.prepare(
      `INSERT INTO callback_events (${eventColumns.join(', ')}) VALUES (${places(eventColumns)})`,
    ),
    mergeable: db
      .prepare(
        `
      SELECT ${RECORD_COLUMNS.join(', ')}, key_count, digest, received_ms FROM callback_events
      WHERE callback_no = ? AND digest <> ? AND is_complete = 1`,
      )
      .raw(),
    link: db.prepare(`
      INSERT INTO callback_interactions (interaction_id, callback_no, role, first_received_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET first_received_ms = min(first_received_ms, excluded.first_received_ms)`),
    insertAttachment: db.prepare(`
      INSERT INTO callback_attachments (callback_no, interaction_id, received_ms, digest, service_start_ms, accepted_ms,
        customer_connected_ms, offered_ms, received)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    insertNotification: db.prepare(`
      INSERT INTO callback_notifications (callback_no, event, received_ms, desired_ms, digest, received)
      VALUES (?, ?, ?, ?, ?, ?)`),
    heldAttachment: db.prepare('SELECT 1 FROM callback_attachments WHERE callback_no = ? AND digest = ?'),
    heldNotification: db.prepare('SELECT 1 FROM callback_notifications WHERE callback_no = ? AND digest = ?'),
    notifications: db.prepare('SELECT count(*) FROM callback_notifications WHERE callback_no = ?').pluck(),
    open: db.prepare(`SELECT * FROM callbacks WHERE is_final = 0 AND alive_until_ms >= ? AND ${kept}`),
    lastEvents: db.prepare(`
      SELECT source, tenant_dbid AS tenantDbid, max(last_event_ms) AS receivedMs FROM callbacks
      WHERE last_event_ms IS NOT NULL AND ${kept} GROUP BY source, tenant_dbid`),
    numbers: db.prepare(`
      SELECT callback_no AS callbackNo, customer_phone_number AS phone, customer_ani AS ani FROM callbacks
      WHERE customer_phone_number IS NOT NULL OR customer_ani IS NOT NULL`),
    setHashes: db.prepare('UPDATE callbacks SET phone_hash = ?, ani_hash = ?, change_no = ? WHERE callback_no = ?'),
  };
}
