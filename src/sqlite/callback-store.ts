/**
 * Keeps callback events, attached data and status notifications, and one merged row a callback in line with them.
 * Everything runs inside the transaction of a batch, on the writer's thread.
 */
import {
  aliveUntilMs,
  type AttachedData,
  type Callback,
  dispositionOf,
  mergeEvents,
  type ReceivedEvent,
  type StatusNotification,
} from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import type { Digest } from '../domain/identity.js';
import type { CallbackChange, CallbackOutcome, LastEvent } from '../domain/store.js';
import { RECORD_COLUMNS, recordOf, type Stored, valuesOf } from './callback-columns.js';
import { callbackOf } from './callback-row.js';
import type { Connection } from './database.js';
import { InfoMartDimensions } from './info-mart-dimensions.js';

export interface CallbackStoreOptions {
  readonly digest: Digest;
  /** The keyed hash by which a customer's number can be found; never the number itself. */
  readonly hashNumber: (number: string) => string;
}

/** Outcome of one event, and what it changed; the change is null for attached data and notifications held already. */
export interface AppliedCallback {
  readonly outcome: CallbackOutcome;
  readonly change: CallbackChange | null;
}

interface Row {
  readonly callbackNo: number;
  readonly callback: Callback;
}

/** Different events of one callback: each makes the merge read all, and two or three are what a session sends. */
export const MAX_EVENTS = 200;
/** Callback services told apart in a day's missing keys, so that made-up names cannot fill the table. */
const SERVICES_PER_DAY = 200;

export class CallbackStore {
  readonly #options: CallbackStoreOptions;
  readonly #dimensions: InfoMartDimensions;
  readonly #sql;

  constructor(db: Connection, options: CallbackStoreOptions) {
    this.#options = options;
    this.#dimensions = new InfoMartDimensions(db, options.digest);
    this.#sql = prepare(db);
  }

  /** Whether a final record of the callback is held. */
  hasFinal(source: string, serviceId: string): boolean {
    return this.#find(source, serviceId)?.callback.isFinal ?? false;
  }

  /** Whether a callback holds as many events as it may, and this is none of them. The first final one always has room. */
  isFull({ source, record, digest }: ReceivedEvent): boolean {
    const row = this.#find(source, record.serviceId);
    if (row === null || row.callback.events < MAX_EVENTS) return false;
    if (record.finalRecord === 1 && !row.callback.isFinal) return false;
    return this.#sql.heldEvent.get(row.callbackNo, digest) === undefined;
  }

  /** Stores an event once. Any event that comes when a final record is held is `after-final`, whatever it lacks. */
  applyEvent(event: ReceivedEvent): AppliedCallback {
    const { callbackNo, callback: before } = this.#findOrCreate(
      event.source,
      event.record.serviceId,
      event.receivedAtMs,
    );
    if (this.#sql.heldEvent.get(callbackNo, event.digest) !== undefined) {
      return { outcome: 'duplicate', change: this.#change(before, 'duplicate', event.record, false) };
    }
    const isLate = before.isFinal;
    this.#insertEvent(callbackNo, event, before.events + 1, isLate);
    this.#link(callbackNo, event);
    this.#merge(callbackNo);
    const callback = this.#load(callbackNo);
    const outcome = isLate ? 'after-final' : 'recorded';
    return { outcome, change: this.#change(callback, outcome, event.record, callback.isFinal && !before.isFinal) };
  }

  /** Stores what a call carries, once a content. May come before the first event. */
  applyAttachedData(attached: AttachedData): AppliedCallback {
    const { source, serviceId, receivedAtMs, interactionId, digest } = attached;
    const { callbackNo } = this.#findOrCreate(source, serviceId, receivedAtMs);
    const { serviceStartMs, acceptedMs, customerConnectedMs, offeredMs, received } = attached;
    const { changes } = this.#sql.insertAttachment.run(
      ...[callbackNo, interactionId, receivedAtMs, digest],
      ...[serviceStartMs, acceptedMs, customerConnectedMs, offeredMs, received],
    );
    if (changes === 0) return { outcome: 'duplicate', change: null };
    this.#sql.link.run(interactionId, callbackNo, 'attached', receivedAtMs);
    this.#sql.noteAttachment.run({ callback_no: callbackNo, start: serviceStartMs });
    return { outcome: 'recorded', change: { callback: this.#revive(callbackNo), event: null, finished: false } };
  }

  /** Stores a status notification, once a content. The newest by receive time says where the callback stands. */
  applyStatus(status: StatusNotification): AppliedCallback {
    const { source, serviceId, receivedAtMs, event, state, desiredMs, digest, received } = status;
    const { callbackNo } = this.#findOrCreate(source, serviceId, receivedAtMs);
    const row = [callbackNo, event, receivedAtMs, desiredMs, digest, received];
    if (this.#sql.insertNotification.run(...row).changes === 0) return { outcome: 'duplicate', change: null };
    if (state !== null) this.#sql.noteLive.run({ callback_no: callbackNo, event, state, ms: receivedAtMs });
    if (desiredMs !== null) this.#sql.noteDesired.run({ callback_no: callbackNo, ms: desiredMs });
    return { outcome: 'recorded', change: { callback: this.#revive(callbackNo), event: null, finished: false } };
  }

  /** Counts the mandatory keys that an event lacked, for its day and callback service. */
  countMissingKeys(event: MissingKeys): void {
    const day = new Date(event.receivedAtMs).toISOString().slice(0, 10);
    const known = this.#sql.services.pluck().get(day, event.source) as number;
    const isNew = this.#sql.heldService.get(day, event.source, event.service ?? '') === undefined;
    const service = isNew && known >= SERVICES_PER_DAY ? '(other)' : (event.service ?? '');
    for (const key of event.keys) {
      this.#sql.countMissing.run(day, event.source, service, key, event.receivedAtMs, event.serviceId);
    }
  }

  /** Callbacks that are open and were alive since `sinceMs`. */
  *open(sinceMs: number): Generator<Callback> {
    for (const row of this.#sql.open.all(sinceMs) as Stored[]) yield callbackOf(row);
  }

  /** When the newest event of each source and tenant was received. */
  lastEvents(): LastEvent[] {
    return this.#sql.lastEvents.all() as LastEvent[];
  }

  /** Hashes every number anew: under another key the old hashes find nobody. */
  rehash(): void {
    for (const row of this.#sql.numbers.all() as Stored[]) {
      this.#sql.setHashes.run({ callback_no: row['callback_no'], ...this.#hashes(row) });
    }
  }

  /** Drops what is kept in memory: after a transaction was rolled back, only the file is right. */
  forget(): void {
    this.#dimensions.forget();
  }

  #find(source: string, serviceId: string): Row | null {
    const row = this.#sql.find.get(source, serviceId) as Stored | undefined;
    return row ? { callbackNo: Number(row['callback_no']), callback: callbackOf(row) } : null;
  }

  #findOrCreate(source: string, serviceId: string, receivedAtMs: number): Row {
    const found = this.#find(source, serviceId);
    if (found) {
      if (receivedAtMs < found.callback.firstReceivedMs) this.#sql.setFirst.run(receivedAtMs, found.callbackNo);
      return found;
    }
    const { lastInsertRowid } = this.#sql.create.run(source, serviceId, receivedAtMs, receivedAtMs);
    const callbackNo = Number(lastInsertRowid);
    return { callbackNo, callback: this.#load(callbackNo) };
  }

  #load(callbackNo: number): Callback {
    return callbackOf(this.#sql.load.get(callbackNo) as Stored);
  }

  #insertEvent(callbackNo: number, event: ReceivedEvent, sequence: number, isLate: boolean): void {
    const { record, receivedAtMs, digest, keyCount, isComplete, received } = event;
    const keys = this.#dimensions.keysOf(record);
    this.#sql.insertEvent.run({
      ...valuesOf(record),
      callback_no: callbackNo,
      event_sequence: sequence,
      received_ms: receivedAtMs,
      digest,
      key_count: keyCount,
      is_complete: Number(isComplete),
      is_late: Number(isLate),
      received,
      start_date_time_key: keys.startDateTimeKey,
      resource_key: keys.resourceKey,
      dimension_1_key: keys.dimension1Key,
      dimension_2_key: keys.dimension2Key,
      dimension_3_key: keys.dimension3Key,
      dimension_4_key: keys.dimension4Key,
      dial_results_key: keys.dialResultsKey,
    });
    this.#sql.noteEvent.run({ callback_no: callbackNo, late: Number(isLate), ms: receivedAtMs });
  }

  /** Every call the event names belongs to the callback. */
  #link(callbackNo: number, { record, originatingIxnId, receivedAtMs }: ReceivedEvent): void {
    const roles = {
      originating: originatingIxnId,
      origination: record.originationIxnId,
      first_outbound: record.firstOutIxnId,
      last_outbound: record.lastOutIxnId,
    };
    for (const [role, interactionId] of Object.entries(roles)) {
      if (interactionId !== null) this.#sql.link.run(interactionId, callbackNo, role, receivedAtMs);
    }
  }

  /** Tells the callback anew from all its events. */
  #merge(callbackNo: number): void {
    const rows = this.#sql.mergeable.all(callbackNo) as Stored[];
    const merged = mergeEvents(
      rows.map((row) => ({
        record: recordOf(row),
        isComplete: true,
        keyCount: Number(row['key_count']),
        digest: String(row['digest']),
      })),
    );
    if (merged === null) return;
    const { record, isFinal, finalDigest } = merged;
    const final = rows.find((row) => row['digest'] === finalDigest);
    const { state, subState } = dispositionOf(record.disposition, isFinal);
    this.#sql.setRecord.run({
      ...valuesOf(record),
      callback_no: callbackNo,
      state,
      sub_state: subState,
      is_final: Number(isFinal),
      final_digest: finalDigest,
      ended_ms: final === undefined ? null : (record.serviceEndMs ?? Number(final['received_ms'])),
      ...this.#hashes({ customer_phone_number: record.customerPhoneNumber, customer_ani: record.customerAni }),
    });
    this.#revive(callbackNo);
  }

  #hashes(row: Stored) {
    const hash = (number: unknown) =>
      typeof number === 'string' && /\d/.test(number) ? this.#options.hashNumber(number) : null;
    return { phone_hash: hash(row['customer_phone_number']), ani_hash: hash(row['customer_ani']) };
  }

  /** Writes down until when the callback counts as alive. */
  #revive(callbackNo: number): Callback {
    const callback = this.#load(callbackNo);
    this.#sql.setAlive.run(aliveUntilMs(callback), callbackNo);
    return callback;
  }

  #change(
    callback: Callback,
    outcome: CallbackOutcome,
    { finalRecord }: CallbackRecord,
    finished: boolean,
  ): CallbackChange {
    return { callback, event: { outcome, isFinal: finalRecord === 1 }, finished };
  }
}

export interface MissingKeys {
  readonly source: string;
  /** Name of the callback service, where the event says it. */
  readonly service: string | null;
  readonly serviceId: string | null;
  readonly receivedAtMs: number;
  readonly keys: readonly string[];
}

function prepare(db: Connection) {
  const named = (columns: readonly string[]) => columns.map((column) => `@${column}`).join(', ');
  const eventColumns = [
    ...['callback_no', 'event_sequence', 'received_ms', 'digest', 'key_count', 'is_complete', 'is_late', 'received'],
    ...RECORD_COLUMNS.filter((column) => column !== 'service_id'),
    ...['start_date_time_key', 'resource_key', 'dimension_1_key', 'dimension_2_key', 'dimension_3_key'],
    ...['dimension_4_key', 'dial_results_key'],
  ];
  const merged = [
    ...RECORD_COLUMNS,
    ...['state', 'sub_state', 'is_final', 'final_digest', 'ended_ms', 'phone_hash', 'ani_hash'],
  ];
  return {
    find: db.prepare('SELECT * FROM callbacks WHERE source = ? AND service_id = ?'),
    load: db.prepare('SELECT * FROM callbacks WHERE callback_no = ?'),
    create: db.prepare(
      'INSERT INTO callbacks (source, service_id, first_received_ms, alive_until_ms) VALUES (?, ?, ?, ?)',
    ),
    setFirst: db.prepare('UPDATE callbacks SET first_received_ms = ? WHERE callback_no = ?'),
    setAlive: db.prepare('UPDATE callbacks SET alive_until_ms = ? WHERE callback_no = ?'),
    setRecord: db.prepare(
      `UPDATE callbacks SET ${merged.map((column) => `${column} = @${column}`).join(', ')} WHERE callback_no = @callback_no`,
    ),
    heldEvent: db.prepare('SELECT 1 FROM callback_events WHERE callback_no = ? AND digest = ?'),
    insertEvent: db.prepare(`INSERT INTO callback_events (${eventColumns.join(', ')}) VALUES (${named(eventColumns)})`),
    noteEvent: db.prepare(`
      UPDATE callbacks SET events = events + 1, late_events = late_events + @late,
        last_event_ms = max(coalesce(last_event_ms, 0), @ms) WHERE callback_no = @callback_no`),
    mergeable: db.prepare(`
      SELECT callback_events.*, callbacks.service_id FROM callback_events JOIN callbacks USING (callback_no)
      WHERE callback_no = ? AND is_complete = 1`),
    link: db.prepare(`
      INSERT INTO callback_interactions (interaction_id, callback_no, role, first_received_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET first_received_ms = min(first_received_ms, excluded.first_received_ms)`),
    insertAttachment: db.prepare(`
      INSERT INTO callback_attachments (callback_no, interaction_id, received_ms, digest, service_start_ms, accepted_ms,
        customer_connected_ms, offered_ms, received)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    noteAttachment: db.prepare(`
      UPDATE callbacks SET attachments = attachments + 1,
        attached_start_ms = CASE WHEN @start IS NULL THEN attached_start_ms
          ELSE max(coalesce(attached_start_ms, 0), @start) END
      WHERE callback_no = @callback_no`),
    insertNotification: db.prepare(`
      INSERT INTO callback_notifications (callback_no, event, received_ms, desired_ms, digest, received)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    noteLive: db.prepare(`
      UPDATE callbacks SET live_event = @event, live_state = @state, live_ms = @ms
      WHERE callback_no = @callback_no AND coalesce(live_ms, 0) <= @ms`),
    noteDesired: db.prepare('UPDATE callbacks SET live_desired_ms = @ms WHERE callback_no = @callback_no'),
    services: db.prepare('SELECT count(DISTINCT service) FROM callback_missing_keys WHERE day = ? AND source = ?'),
    heldService: db.prepare('SELECT 1 FROM callback_missing_keys WHERE day = ? AND source = ? AND service = ? LIMIT 1'),
    countMissing: db.prepare(`
      INSERT INTO callback_missing_keys (day, source, service, key, events, last_received_ms, last_service_id)
      VALUES (?, ?, ?, ?, 1, ?, ?)
      ON CONFLICT DO UPDATE SET events = events + 1, last_received_ms = excluded.last_received_ms,
        last_service_id = excluded.last_service_id`),
    open: db.prepare('SELECT * FROM callbacks WHERE is_final = 0 AND alive_until_ms >= ?'),
    lastEvents: db.prepare(`
      SELECT source, tenant_dbid AS tenantDbid, max(last_event_ms) AS receivedMs FROM callbacks
      WHERE last_event_ms IS NOT NULL GROUP BY source, tenant_dbid`),
    numbers: db.prepare(`
      SELECT callback_no, customer_phone_number, customer_ani FROM callbacks
      WHERE customer_phone_number IS NOT NULL OR customer_ani IS NOT NULL`),
    setHashes: db.prepare(
      'UPDATE callbacks SET phone_hash = @phone_hash, ani_hash = @ani_hash WHERE callback_no = @callback_no',
    ),
  };
}
