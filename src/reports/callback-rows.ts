/** The columns of the callback lists. Customers' numbers are masked unless whole ones were asked for. */
import { ABANDONED_RECORD, type Callback, dispositionOf, dueOf, shownState } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { maskNumber } from '../domain/personal-data.js';
import { dispositionShown, type TenantName } from './callback-dimensions.js';
import { findingsOf } from './callback-findings.js';
import { expectedWaitErrorSeconds } from './callback-measures.js';
import { outcomeName } from './callback-outcome.js';
import type { CALLBACK_DETAIL_SCHEMA, CALLBACK_SCHEMA } from './callback-schemas.js';
import { type Columns, isoTime } from './rows.js';

/** `masked`: the last four digits of a number. */
export type PersonalData = 'masked' | 'full';

export interface CallbackView {
  readonly nowMs: number;
  readonly ttlMs: number;
  readonly tenantName: TenantName;
  readonly pii: PersonalData;
}

/** A callback and whether an event from the start of its session is held. */
export interface DetailedCallback extends Callback {
  readonly hasStart: boolean;
}

/** Columns that hold a number to call: for `toCsv`. */
export const PHONE_COLUMNS = ['customer_ani', 'customer_phone_number'] as const;

type RecordTimes = { [K in keyof CallbackRecord]: CallbackRecord[K] extends number | null ? K : never };

const value =
  <K extends keyof CallbackRecord>(field: K) =>
  ({ record }: Callback) =>
    record[field];
const time =
  (field: RecordTimes[keyof CallbackRecord]) =>
  ({ record }: Callback) =>
    isoTime(record[field]);

/** Columns of `/callbacks`. */
export function callbackColumns(view: CallbackView): Columns<Callback, keyof typeof CALLBACK_SCHEMA> {
  return {
    ...identityColumns(view),
    ...dimensionColumns,
    service_start_at: time('serviceStartMs'),
    service_end_at: time('serviceEndMs'),
    ended_at: ({ endedMs }) => isoTime(endedMs),
    offered_at: time('offeredMs'),
    accepted_at: time('acceptedMs'),
    ready_at: time('readyMs'),
    customer_connected_at: time('customerConnectedMs'),
    offline_wait_seconds: value('offlineWaitSeconds'),
    online_wait_seconds: value('onlineWaitSeconds'),
    attempts: value('attempts'),
    agent_added_to_ixn: ({ record }) => flag(record.agentAdded),
    ...numberColumns(view),
    origination_ixn_id: value('originationIxnId'),
    first_out_ixn_id: value('firstOutIxnId'),
    last_out_ixn_id: value('lastOutIxnId'),
    ors_session_id: value('orsSessionId'),
    ...liveColumns(view),
    attachments: ({ attachments }) => attachments,
    events: ({ events }) => events,
    late_events: ({ lateEvents }) => lateEvents,
    first_received_at: ({ firstReceivedMs }) => isoTime(firstReceivedMs),
    last_event_at: ({ lastEventMs }) => isoTime(lastEventMs),
  };
}

/** Columns of `/callbacks/details`: one line a callback with its times, attempts, results, waits and findings. */
export function callbackDetailColumns(
  view: CallbackView,
): Columns<DetailedCallback, keyof typeof CALLBACK_DETAIL_SCHEMA> {
  return {
    ...identityColumns(view),
    outcome: outcomeName,
    ...dimensionColumns,
    offered_at: time('offeredMs'),
    accepted_at: time('acceptedMs'),
    service_start_at: time('serviceStartMs'),
    ready_at: time('readyMs'),
    customer_connected_at: time('customerConnectedMs'),
    service_end_at: time('serviceEndMs'),
    ended_at: ({ endedMs }) => isoTime(endedMs),
    attempts: value('attempts'),
    dial_1_at: time('dial1Ms'),
    dial_1_result: value('dial1Result'),
    dial_2_at: time('dial2Ms'),
    dial_2_result: value('dial2Result'),
    dial_3_at: time('dial3Ms'),
    dial_3_result: value('dial3Result'),
    dial_4_at: time('dial4Ms'),
    dial_4_result: value('dial4Result'),
    dial_5_at: time('dial5Ms'),
    dial_5_result: value('dial5Result'),
    ...waitColumns,
    agent_added_to_ixn: ({ record }) => flag(record.agentAdded),
    abandoned_waiting: ({ record }) => flag(record.abandonedWaiting),
    timed_out: ({ record }) => flag(record.timedOutWaiting),
    transfers_failed: value('transfersFailed'),
    ...numberColumns(view),
    findings: (callback) =>
      findingsOf(callback, { ...view, hasStart: callback.hasStart }).map(({ finding }) => finding),
  };
}

function identityColumns(view: CallbackView) {
  return {
    source: ({ source }) => source,
    service_id: ({ serviceId }) => serviceId,
    tenant: ({ record }) => (record.tenantDbid === null ? null : view.tenantName(record.tenantDbid)),
    state: (callback) => shownState(callback, view.nowMs, view.ttlMs),
    sub_state: ({ record, isFinal }) => dispositionOf(record.disposition, isFinal).subState,
    disposition: ({ record, isFinal }) => {
      if (record.disposition === null || view.pii === 'full') return record.disposition;
      return dispositionShown(record.disposition, isFinal);
    },
    final: ({ isFinal }) => isFinal,
  } satisfies Columns<Callback>;
}

const dimensionColumns = {
  queue: value('vq'),
  channel: value('channel'),
  callback_type: value('callbackType'),
  offer_type: value('offerType'),
  offer_timing: value('offerTiming'),
  connect_order: value('connectOrder'),
  call_direction: value('callDirection'),
  final_dial_result: value('finalDialResult'),
  dialog_result: value('dialogResult'),
  target: value('finalTarget'),
} satisfies Columns<Callback>;

const waitColumns = {
  offer_seconds: value('offerSeconds'),
  wait_before_offer_seconds: value('waitedBeforeOfferSeconds'),
  expected_wait_seconds: value('ewtWhenOfferedSeconds'),
  offline_wait_seconds: value('offlineWaitSeconds'),
  expected_wait_error_seconds: ({ record }) => expectedWaitErrorSeconds(record),
  establish_seconds: value('establishMediaSeconds'),
  online_wait_seconds: value('onlineWaitSeconds'),
} satisfies Columns<Callback>;

function numberColumns({ pii }: CallbackView) {
  const shown = (number: string | null) => (number === null || pii === 'full' ? number : maskNumber(number));
  return {
    customer_ani: ({ record }) => shown(record.customerAni),
    customer_phone_number: ({ record }) => shown(record.customerPhoneNumber),
    phone_hash: ({ phoneHash }) => phoneHash,
    ani_hash: ({ aniHash }) => aniHash,
  } satisfies Columns<Callback>;
}

function liveColumns(view: CallbackView) {
  const due = (callback: Callback) => dueOf(callback, view.nowMs, view.ttlMs);
  return {
    due_kind: (callback) => due(callback)?.kind ?? null,
    due_at: (callback) => isoTime(due(callback)?.atMs ?? null),
    overdue: (callback) => due(callback)?.isOverdue ?? false,
    live_event: ({ live }) => live?.event ?? null,
    live_state: (callback) => liveState(callback, view),
    live_at: ({ live }) => isoTime(live?.atMs ?? null),
  } satisfies Columns<Callback>;
}

/** The state of which GMS spoke last; null when it says none, and once the callback is over. */
function liveState(callback: Callback, { nowMs, ttlMs }: CallbackView): string | null {
  if (callback.live === null || callback.isFinal) return null;
  if (shownState(callback, nowMs, ttlMs) === ABANDONED_RECORD) return null;
  return callback.live.state;
}

function flag(reported: number | null): boolean | null {
  return reported === null ? null : reported === 1;
}
