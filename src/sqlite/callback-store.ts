/**
 * Keeps callback events, attached data and status notifications, and one merged row a callback in line with them.
 * Everything runs inside the transaction of a batch, on the writer's thread.
 */
import {
  aliveUntilMs,
  type AttachedData,
  type Callback,
  type CallbackEvent,
  dispositionOf,
  mergeEvents,
  newCallback,
  type ReceivedEvent,
  type StatusNotification,
  withStatus,
} from '../domain/callback.js';
import type { Digest } from '../domain/identity.js';
import type { CallbackChange, CallbackOutcome, LastEvent } from '../domain/store.js';
import { emptyRecord } from '../gms/key-value-pairs.js';
import { RECORD_COLUMNS, recordIn, type Stored, valuesOf } from '../gms/record-columns.js';
import { callbackOf } from './callback-row.js';
import type { Connection } from './database.js';
import { isKept, takeName } from './forget.js';
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

const DUPLICATE: AppliedCallback = { outcome: 'duplicate', change: null };

interface Row {
  readonly callbackNo: number;
  readonly callback: Callback;
}

/**
 * Different attached data, and status notifications, of one callback; real ones have a handful.
 * @bound attached data, and status notifications, of a callback, each
 * @beyond 422, quarantine
 * @seen `ocs_monitor_rejected_total`
 */
export const MAX_BESIDE = 1000;
/**
 * Different events of one callback: each makes the merge read all, and two or three are what a session sends.
 * @bound different events of a callback
 * @beyond 422, quarantine
 * @seen `ocs_monitor_rejected_total`
 */
export const MAX_EVENTS = 200;
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

  /**
   * Stores an event once. Any event that comes when a final record is held is `after-final`, whatever it lacks. Null when
   * the callback has no room for another; the first final event always has.
   */
  applyEvent(event: ReceivedEvent): AppliedCallback | null {
    const row = this.#findOrCreate(event.source, event.record.serviceId, event.receivedAtMs);
    const { callbackNo, callback: before } = row;
    if (before.events > 0 && this.#sql.heldEvent.get(callbackNo, event.digest) !== undefined) {
      return { outcome: 'duplicate', change: changeOf(before, 'duplicate', event, false) };
    }
    const isLate = before.isFinal;
    if (before.events >= MAX_EVENTS && (isLate || event.record.finalRecord !== 1)) return null;
    this.#insertEvent(callbackNo, event, before.events + 1, isLate);
    this.#link(callbackNo, event);
    const callback = this.#merged(row, event);
    this.#write(callbackNo, callback);
    const outcome = isLate ? 'after-final' : 'recorded';
    return { outcome, change: changeOf(callback, outcome, event, callback.isFinal && !before.isFinal) };
  }

  /** Stores what a call carries, once a content. May come before the first event. Null when there is no room for more. */
  applyAttachedData(attached: AttachedData): AppliedCallback | null {
    const { source, serviceId, receivedAtMs, interactionId, digest } = attached;
    const { callbackNo, callback: before } = this.#findOrCreate(source, serviceId, receivedAtMs);
    const { serviceStartMs, acceptedMs, customerConnectedMs, offeredMs, received } = attached;
    if (this.#sql.heldAttachment.get(callbackNo, digest) !== undefined) return DUPLICATE;
    if (before.attachments >= MAX_BESIDE) return null;
    this.#sql.insertAttachment.run(
      ...[callbackNo, interactionId, receivedAtMs, digest],
      ...[serviceStartMs, acceptedMs, customerConnectedMs, offeredMs, received],
    );
    this.#sql.link.run(interactionId, callbackNo, 'attached', receivedAtMs);
    const callback: Callback = {
      ...before,
      attachments: before.attachments + 1,
      attachedStartMs:
        serviceStartMs === null ? before.attachedStartMs : Math.max(before.attachedStartMs ?? 0, serviceStartMs),
      attachedReceivedMs:
        serviceStartMs === null ? before.attachedReceivedMs : Math.max(before.attachedReceivedMs ?? 0, receivedAtMs),
    };
    this.#write(callbackNo, callback);
    return { outcome: 'recorded', change: { callback, event: null, finished: false } };
  }

  /**
   * Stores a status notification, once a content. The newest by receive time says where the callback stands, also when it
   * says again what was said before another.
   */
  applyStatus(status: StatusNotification): AppliedCallback | null {
    const { source, serviceId, receivedAtMs, event, desiredMs, digest, received } = status;
    const { callbackNo, callback: before } = this.#findOrCreate(source, serviceId, receivedAtMs);
    const callback = withStatus(before, status);
    if (this.#sql.heldNotification.get(callbackNo, digest) !== undefined) {
      this.#write(callbackNo, callback);
      if (saidOf(callback) === saidOf(before)) return DUPLICATE;
      return { outcome: 'duplicate', change: { callback, event: null, finished: false } };
    }
    if ((this.#sql.notifications.pluck().get(callbackNo) as number) >= MAX_BESIDE) return null;
    this.#sql.insertNotification.run(callbackNo, event, receivedAtMs, desiredMs, digest, received);
    this.#write(callbackNo, callback);
    return { outcome: 'recorded', change: { callback, event: null, finished: false } };
  }

  /** Callbacks that are open and were alive since `sinceMs`; none that are being forgotten. */
  *open(sinceMs: number): Generator<Callback> {
    for (const row of this.#sql.open.all(sinceMs) as Stored[]) yield callbackOf(row);
  }

  /** When the newest event of each source and tenant was received; those that are being forgotten say nothing. */
  lastEvents(): LastEvent[] {
    return this.#sql.lastEvents.all() as LastEvent[];
  }

  /** Hashes every number anew: under another key the old hashes find nobody. */
  rehash(): void {
    for (const row of this.#sql.numbers.all() as Stored[]) {
      const [phone, ani] = [row['customer_phone_number'], row['customer_ani']] as (string | null)[];
      this.#sql.setHashes.run(this.#hash(phone ?? null), this.#hash(ani ?? null), row['callback_no']);
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
      const { callbackNo, callback } = found;
      return {
        callbackNo,
        callback: { ...callback, firstReceivedMs: Math.min(callback.firstReceivedMs, receivedAtMs) },
      };
    }
    // What has this name and was not found is being forgotten.
    this.#sql.takeName.run(source, serviceId);
    const { lastInsertRowid } = this.#sql.create.run(source, serviceId, receivedAtMs, receivedAtMs);
    return { callbackNo: Number(lastInsertRowid), callback: newCallback(source, emptyRecord(serviceId), receivedAtMs) };
  }

  #insertEvent(callbackNo: number, event: ReceivedEvent, sequence: number, isLate: boolean): void {
    const { record, receivedAtMs, digest, keyCount, isComplete, received } = event;
    const keys = this.#dimensions.keysOf(record);
    this.#sql.insertEvent.run(
      ...valuesOf(record),
      ...[callbackNo, sequence, receivedAtMs, digest, keyCount, Number(isComplete), Number(isLate), received],
      ...[keys.startDateTimeKey, keys.resourceKey, keys.dimension1Key, keys.dimension2Key, keys.dimension3Key],
      ...[keys.dimension4Key, keys.dialResultsKey],
    );
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

  /** The callback with a newcomer among its events. */
  #merged({ callbackNo, callback: before }: Row, event: ReceivedEvent): Callback {
    const counted = {
      ...before,
      events: before.events + 1,
      lateEvents: before.lateEvents + Number(before.isFinal),
      lastEventMs: Math.max(before.lastEventMs ?? 0, event.receivedAtMs),
    };
    if (!event.isComplete) return counted;
    const held = before.events === 0 ? [] : (this.#sql.mergeable.raw().all(callbackNo, event.digest) as RawEvent[]);
    const merged = mergeEvents([event, ...held.map(eventOf)]);
    if (merged === null) return counted;
    const { record, isFinal, finalDigest } = merged;
    const final = held.find((row) => row[DIGEST_AT] === finalDigest);
    const finalReceivedMs = final === undefined ? event.receivedAtMs : Number(final[RECEIVED_AT]);
    return {
      ...counted,
      ...merged,
      endedMs: isFinal ? (record.serviceEndMs ?? finalReceivedMs) : null,
      phoneHash: this.#hash(record.customerPhoneNumber),
      aniHash: this.#hash(record.customerAni),
    };
  }

  #write(callbackNo: number, callback: Callback): void {
    const { record, isFinal, live } = callback;
    const { state, subState } = dispositionOf(record.disposition, isFinal);
    this.#sql.write.run(
      ...valuesOf(record),
      ...[callback.firstReceivedMs, callback.lastEventMs, state, subState, aliveUntilMs(callback)],
      ...[Number(isFinal), callback.finalDigest, callback.endedMs, callback.events, callback.lateEvents],
      ...[callback.attachments, callback.attachedStartMs, callback.attachedReceivedMs],
      ...[live?.event ?? null, live?.state ?? null, live?.atMs ?? null],
      ...[callback.desired?.ms ?? null, callback.desired?.receivedMs ?? null],
      ...[callback.phoneHash, callback.aniHash, callbackNo],
    );
  }

  #hash(number: string | null): string | null {
    return number !== null && /\d/.test(number) ? this.#options.hashNumber(number) : null;
  }
}

/** A held event that takes part in the merge: its record, then what else is asked for. */
type RawEvent = readonly (number | string | null)[];
const KEY_COUNT_AT = RECORD_COLUMNS.length;
const DIGEST_AT = KEY_COUNT_AT + 1;
const RECEIVED_AT = KEY_COUNT_AT + 2;

function eventOf(row: RawEvent): CallbackEvent {
  return {
    record: recordIn(row),
    isComplete: true,
    keyCount: Number(row[KEY_COUNT_AT]),
    digest: String(row[DIGEST_AT]),
  };
}

/** What status notifications say of a callback, whenever they said it. */
function saidOf({ live, desired }: Callback): string {
  return JSON.stringify([live?.event, live?.state, desired?.ms]);
}

function changeOf(
  callback: Callback,
  outcome: CallbackOutcome,
  { record }: CallbackEvent,
  finished: boolean,
): CallbackChange {
  return { callback, event: { outcome, isFinal: record.finalRecord === 1 }, finished };
}

function prepare(db: Connection) {
  const kept = isKept('callbacks');
  const places = (columns: readonly string[]) => columns.map(() => '?').join(', ');
  const eventColumns = [
    ...RECORD_COLUMNS,
    ...['callback_no', 'event_sequence', 'received_ms', 'digest', 'key_count', 'is_complete', 'is_late', 'received'],
    ...['start_date_time_key', 'resource_key', 'dimension_1_key', 'dimension_2_key', 'dimension_3_key'],
    ...['dimension_4_key', 'dial_results_key'],
  ];
  const derived = [
    ...RECORD_COLUMNS,
    ...['first_received_ms', 'last_event_ms', 'state', 'sub_state', 'alive_until_ms', 'is_final', 'final_digest'],
    ...['ended_ms', 'events', 'late_events', 'attachments', 'attached_start_ms', 'attached_received_ms'],
    ...['live_event', 'live_state'],
    ...['live_ms', 'desired_ms', 'desired_received_ms', 'phone_hash', 'ani_hash'],
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
    mergeable: db.prepare(`
      SELECT ${RECORD_COLUMNS.join(', ')}, key_count, digest, received_ms FROM callback_events
      WHERE callback_no = ? AND digest <> ? AND is_complete = 1`),
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
    notifications: db.prepare('SELECT count(*) FROM callback_notifications WHERE callback_no = ?'),
    open: db.prepare(`SELECT * FROM callbacks WHERE is_final = 0 AND alive_until_ms >= ? AND ${kept}`),
    lastEvents: db.prepare(`
      SELECT source, tenant_dbid AS tenantDbid, max(last_event_ms) AS receivedMs FROM callbacks
      WHERE last_event_ms IS NOT NULL AND ${kept} GROUP BY source, tenant_dbid`),
    numbers: db.prepare(`
      SELECT callback_no, customer_phone_number, customer_ani FROM callbacks
      WHERE customer_phone_number IS NOT NULL OR customer_ani IS NOT NULL`),
    setHashes: db.prepare('UPDATE callbacks SET phone_hash = ?, ani_hash = ? WHERE callback_no = ?'),
  };
}
