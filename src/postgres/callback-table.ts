import type { CallbackRow, CallbackRows, HeldEvent, NewEvent } from '../apply/callback-rows.js';
import {
  aliveUntilMs,
  type AttachedData,
  type Callback,
  dispositionOf,
  newCallback,
  type StatusNotification,
} from '../domain/callback.js';
import type { LastEvent } from '../domain/store.js';
import { emptyRecord } from '../gms/key-value-pairs.js';
import { RECORD_COLUMNS, recordOf, type Stored, valuesOf } from '../gms/record-columns.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

type Row = RowIn<'callbacks'>;

/** The record of a row as columns. */
function recordColumns(record: Parameters<typeof valuesOf>[0]): Record<string, number | string | null> {
  const values = valuesOf(record);
  return Object.fromEntries(RECORD_COLUMNS.map((name, n) => [name, values[n] ?? null]));
}

export class CallbackTable implements CallbackRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  find(source: string, serviceId: string): CallbackRow | null {
    const callbackNo = this.#lock(source, serviceId);
    if (this.#set.isPlaceholder('callback', source, callbackNo)) return null;
    const row = this.#set.sets.callbacks.get(source, callbackNo);
    return row === undefined ? null : { callbackNo, callback: callbackOf(row) };
  }

  /** Its number; nobody else changes it meanwhile. */
  #lock(source: string, serviceId: string): number {
    this.#set.lifeOf(source);
    this.#set.lock('callback', source, serviceId);
    return this.#set.callbackNo(source, serviceId);
  }

  create(source: string, serviceId: string, receivedAtMs: number): number {
    const callbackNo = this.#lock(source, serviceId);
    const life = this.#set.lifeOf(source);
    this.#put({ source, callback_no: callbackNo, life }, newCallback(source, emptyRecord(serviceId), receivedAtMs));
    return callbackNo;
  }

  write(callbackNo: number, callback: Callback): void {
    const row = this.#byNo(callbackNo);
    if (row !== undefined) this.#put(row, { ...callback, source: row.source });
  }

  #put({ source, callback_no, life }: Pick<Row, 'source' | 'callback_no' | 'life'>, callback: Callback): void {
    const { record, isFinal, live, desired } = callback;
    const { state, subState } = dispositionOf(record.disposition, isFinal);
    this.#set.sets.callbacks.put({
      ...recordColumns(record),
      source,
      callback_no,
      life,
      first_received_ms: callback.firstReceivedMs,
      last_event_ms: callback.lastEventMs,
      state,
      sub_state: subState,
      alive_until_ms: aliveUntilMs(callback),
      is_final: Number(isFinal),
      final_digest: callback.finalDigest,
      ended_ms: callback.endedMs,
      events: callback.events,
      late_events: callback.lateEvents,
      attachments: callback.attachments,
      attached_start_ms: callback.attachedStartMs,
      attached_received_ms: callback.attachedReceivedMs,
      live_event: live?.event ?? null,
      live_state: live?.state ?? null,
      live_ms: live?.atMs ?? null,
      desired_ms: desired?.ms ?? null,
      desired_received_ms: desired?.receivedMs ?? null,
      phone_hash: callback.phoneHash,
      ani_hash: callback.aniHash,
    });
  }

  #byNo(callbackNo: number): Row | undefined {
    const part = partOf.callback(callbackNo);
    const [known] = this.#set.sets.callbacks.of(part);
    if (known !== undefined) return known;
    this.#set.loaded('callback.no', callbackNo);
    const [found] = this.#set.sets.callbacks.of(part);
    if (found !== undefined) this.#set.lock('callback.no', found.source, callbackNo);
    return found;
  }

  #sourceOf(callbackNo: number): string {
    return this.#byNo(callbackNo)?.source ?? '';
  }

  hasEvent(callbackNo: number, digest: string): boolean {
    const source = this.#sourceOf(callbackNo);
    this.#set.loaded('events', source, callbackNo);
    return this.#set.sets.events.get(source, callbackNo, digest) !== undefined;
  }

  insertEvent(callbackNo: number, { event, sequence, isLate, keys }: NewEvent): void {
    this.#set.sets.events.put({
      ...recordColumns(event.record),
      source: this.#sourceOf(callbackNo),
      callback_no: callbackNo,
      digest: event.digest,
      event_sequence: sequence,
      received_ms: event.receivedAtMs,
      key_count: event.keyCount,
      is_complete: Number(event.isComplete),
      is_late: Number(isLate),
      received: event.received,
      start_date_time_key: keys.startDateTimeKey,
      resource_key: keys.resourceKey,
      dimension_1_key: keys.dimension1Key,
      dimension_2_key: keys.dimension2Key,
      dimension_3_key: keys.dimension3Key,
      dimension_4_key: keys.dimension4Key,
      dial_results_key: keys.dialResultsKey,
      origin: event.origin ?? null,
    });
  }

  mergeable(callbackNo: number, exceptDigest: string): HeldEvent[] {
    this.#set.loaded('events', this.#sourceOf(callbackNo), callbackNo);
    return this.#set.sets.events
      .of(partOf.callback(callbackNo))
      .filter((row) => row.is_complete === 1 && row.digest !== exceptDigest)
      .sort((a, b) => a.event_sequence - b.event_sequence)
      .map((row) => {
        const { key_count: keyCount, digest, received_ms: receivedMs } = row;
        return { record: recordOf(row), isComplete: true, keyCount, digest, receivedMs };
      });
  }

  link(callbackNo: number, interactionId: string, role: string, receivedMs: number): void {
    const source = this.#sourceOf(callbackNo);
    this.#set.loaded('interactions', source, callbackNo);
    const before =
      this.#set.sets.interactions.get(source, callbackNo, interactionId, role)?.first_received_ms ?? Infinity;
    if (receivedMs >= before) return;
    this.#set.sets.interactions.put({
      source,
      callback_no: callbackNo,
      interaction_id: interactionId,
      role,
      first_received_ms: receivedMs,
    });
  }

  hasAttachment(callbackNo: number, digest: string): boolean {
    const source = this.#sourceOf(callbackNo);
    this.#set.loaded('attachments', source, callbackNo);
    return this.#set.sets.attachments.get(source, callbackNo, digest) !== undefined;
  }

  insertAttachment(callbackNo: number, attached: AttachedData): void {
    this.#set.sets.attachments.put({
      source: this.#sourceOf(callbackNo),
      callback_no: callbackNo,
      digest: attached.digest,
      interaction_id: attached.interactionId,
      received_ms: attached.receivedAtMs,
      service_start_ms: attached.serviceStartMs,
      accepted_ms: attached.acceptedMs,
      customer_connected_ms: attached.customerConnectedMs,
      offered_ms: attached.offeredMs,
      received: attached.received,
    });
  }

  hasNotification(callbackNo: number, digest: string): boolean {
    const source = this.#sourceOf(callbackNo);
    this.#set.loaded('notifications', source, callbackNo);
    return this.#set.sets.notifications.get(source, callbackNo, digest) !== undefined;
  }

  countNotifications(callbackNo: number): number {
    this.#set.loaded('notifications', this.#sourceOf(callbackNo), callbackNo);
    return this.#set.sets.notifications.of(partOf.callback(callbackNo)).length;
  }

  insertNotification(
    callbackNo: number,
    { event, receivedAtMs, desiredMs, digest, received }: StatusNotification,
  ): void {
    this.#set.sets.notifications.put({
      source: this.#sourceOf(callbackNo),
      callback_no: callbackNo,
      digest,
      event,
      received_ms: receivedAtMs,
      desired_ms: desiredMs,
      received,
    });
  }

  open(sinceMs: number): Callback[] {
    this.#set.loaded('callbacks.open', sinceMs);
    this.#set.loaded('sources');
    return this.#set.sets.callbacks
      .all()
      .filter((row) => row.is_final === 0 && row.alive_until_ms >= sinceMs && this.#isKept(row))
      .map(callbackOf);
  }

  #isKept({ source, callback_no, life }: Row): boolean {
    if (this.#set.isPlaceholder('callback', source, callback_no)) return false;
    return life === (this.#set.sets.sources.get(source)?.life ?? 0);
  }

  lastEvents(): LastEvent[] {
    return this.#set.asked('last events').map(([source, tenantDbid, receivedMs]) => {
      return { source: String(source), tenantDbid: tenantDbid as number | null, receivedMs: Number(receivedMs) };
    });
  }

  numbers() {
    return this.#set.asked('numbers').map(([callbackNo, phone, ani]) => {
      return { callbackNo: Number(callbackNo), phone: phone as string | null, ani: ani as string | null };
    });
  }

  setHashes(callbackNo: number, phoneHash: string | null, aniHash: string | null): void {
    const row = this.#byNo(callbackNo);
    if (row !== undefined) this.#set.sets.callbacks.put({ ...row, phone_hash: phoneHash, ani_hash: aniHash });
  }
}

function callbackOf(row: Row): Callback {
  const { live_ms: liveMs, desired_ms: desiredMs } = row;
  return {
    source: row.source,
    serviceId: String((row as unknown as Stored)['service_id']),
    record: recordOf(row),
    isFinal: row.is_final === 1,
    finalDigest: row.final_digest,
    firstReceivedMs: row.first_received_ms,
    lastEventMs: row.last_event_ms,
    endedMs: row.ended_ms,
    events: row.events,
    lateEvents: row.late_events,
    attachments: row.attachments,
    attachedStartMs: row.attached_start_ms,
    attachedReceivedMs: row.attached_received_ms,
    live: liveMs === null ? null : { event: row.live_event ?? '', state: row.live_state ?? '', atMs: liveMs },
    desired: desiredMs === null ? null : { ms: desiredMs, receivedMs: row.desired_received_ms ?? 0 },
    phoneHash: row.phone_hash,
    aniHash: row.ani_hash,
  };
}
