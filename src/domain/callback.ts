/**
 * Callbacks. The records of one callback arrive as a set of events without a time of their own; what is known of the
 * callback is one pure function of that set, `mergeEvents`, whatever the order and number of arrivals.
 */
import type { CallbackRecord } from './callback-record.js';
import type { ImportedFrom } from './origin.js';

/** States of a callback (sources.md#callback-disposition). */
export const CALLBACK_STATES = ['SCHEDULED', 'QUEUED', 'ROUTING', 'PROCESSING', 'COMPLETED'] as const;
export type CallbackState = (typeof CALLBACK_STATES)[number];

export const CALLBACK_SUB_STATES = [
  'REDIAL_LIMIT_REACHED',
  'CANCELLED',
  'AGENT',
  'ABANDONED_IN_QUEUE',
  'REJECTED',
  'PUSH_SEND',
  'PUSH_DELIVERY_CONFIRMED',
  'PUSH_SEND_ERROR',
  'FAILED',
  'CONNECTED',
  'TRANSFERRED_TO_RP',
] as const;

/** Sub-state of a disposition that is not in the vendor's form: an agent's completion reason, free text. */
export const OTHER_SUB_STATE = 'other';

/** One event of a callback as it takes part in the merge. */
export interface CallbackEvent {
  readonly record: CallbackRecord;
  /** Whether it has every mandatory key. Only events after the final record are held without. */
  readonly isComplete: boolean;
  /** Keys with a value, unknown ones included. */
  readonly keyCount: number;
  /** Of the whole content: equal digest, equal event. */
  readonly digest: string;
}

/** An event as received, on its way to the store. */
export interface ReceivedEvent extends CallbackEvent {
  readonly source: string;
  readonly receivedAtMs: number;
  /** Every key and value as received, unknown ones included: a JSON object of texts. */
  readonly received: string;
  /** The call that asked for the callback, where the event names it (`_originating_interaction_id`). */
  readonly originatingIxnId: string | null;
  /** Name of the callback service, where the event names it. */
  readonly service: string | null;
  /** Left out: it was posted. */
  readonly origin?: ImportedFrom;
}

/** What a call's attached data says about a callback. Either copy of the service start may differ from the record's. */
export interface AttachedData {
  readonly source: string;
  readonly receivedAtMs: number;
  readonly interactionId: string;
  readonly serviceId: string;
  /** For a scheduled callback the scheduled time. */
  readonly serviceStartMs: number | null;
  readonly acceptedMs: number | null;
  readonly customerConnectedMs: number | null;
  readonly offeredMs: number | null;
  readonly received: string;
  readonly digest: string;
}

/** What GMS says about a running callback. Live, and never part of the record. */
export interface StatusNotification {
  readonly source: string;
  readonly receivedAtMs: number;
  readonly serviceId: string;
  /** As sent, such as `_cbe_on_dial_init`. */
  readonly event: string;
  /** What it says about where the callback stands; null: nothing new. */
  readonly state: string | null;
  /** When the customer wants to be called, where the notification says so. */
  readonly desiredMs: number | null;
  readonly received: string;
  readonly digest: string;
}

/** What the set of events says. */
export interface MergedRecord {
  readonly record: CallbackRecord;
  readonly isFinal: boolean;
  /** Digest of the final event that won, null while there is none. */
  readonly finalDigest: string | null;
}

/** A callback as the store holds it. */
export interface Callback extends MergedRecord {
  readonly source: string;
  readonly serviceId: string;
  readonly firstReceivedMs: number;
  /** Of the newest event; null when only attached data or notifications came. */
  readonly lastEventMs: number | null;
  /** When it ended: `_CB_T_SERVICE_END`, without it the final event's receive time; null while it is open. */
  readonly endedMs: number | null;
  readonly events: number;
  /** Events after the final record: kept, never counted. */
  readonly lateEvents: number;
  /** Calls that carry its keys as attached data, and the latest service start they say. */
  readonly attachments: number;
  readonly attachedStartMs: number | null;
  /** When the newest attached data that says a service start was received. */
  readonly attachedReceivedMs: number | null;
  readonly live: LiveState | null;
  /** When the customer wants to be called, by the newest status notification that says it. */
  readonly desired: { readonly ms: number; readonly receivedMs: number } | null;
  /** Keyed hashes of the customer's numbers. */
  readonly phoneHash: string | null;
  readonly aniHash: string | null;
}

/** The newest status notification that said where the callback stands. */
export interface LiveState {
  readonly event: string;
  readonly state: string;
  readonly atMs: number;
}

/**
 * One record out of all events: the winning final event, its gaps filled from the events that are not final, each set
 * in the order of `precedence`. Events that lack a mandatory key never take part, so that it does not matter whether
 * they came before the final record (and went to quarantine) or after it. Null when no event takes part.
 */
export function mergeEvents(events: readonly CallbackEvent[]): MergedRecord | null {
  const ranked = events.filter(({ isComplete }) => isComplete).sort(precedence);
  const [first] = ranked;
  if (first === undefined) return null;
  const isFinal = isFinalEvent(first);
  const parts = [first, ...ranked.slice(1).filter((event) => !isFinalEvent(event))].map(({ record }) => record);
  const merged: Record<string, number | string | null> = { ...first.record };
  for (const field of Object.keys(merged) as (keyof CallbackRecord)[]) {
    merged[field] = parts.find((record) => record[field] !== null)?.[field] ?? null;
  }
  // Set once, before the first dial: of several values the first one is right.
  const readies = parts.map(({ readyMs }) => readyMs).filter((ms) => ms !== null);
  merged['readyMs'] = readies.length === 0 ? null : Math.min(...readies);
  return { record: merged as unknown as CallbackRecord, isFinal, finalDigest: isFinal ? first.digest : null };
}

export function isFinalEvent({ record }: CallbackEvent): boolean {
  return record.finalRecord === 1;
}

/** The order in which events are believed: contract section 4, "merged callback". A function of content alone. */
function precedence(a: CallbackEvent, b: CallbackEvent): number {
  return (
    Number(isFinalEvent(b)) - Number(isFinalEvent(a)) ||
    ascending(a.record.serviceEndMs ?? Infinity, b.record.serviceEndMs ?? Infinity) ||
    Number(hasVendorForm(b.record.disposition)) - Number(hasVendorForm(a.record.disposition)) ||
    b.keyCount - a.keyCount ||
    ascending(a.digest, b.digest)
  );
}

function ascending<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Words are compared without regard to case, hyphens, underscores and spaces: the vendor's own texts differ in them. */
export function comparable(word: string): string {
  return word
    .trim()
    .toUpperCase()
    .replace(/[-\s]+/g, '_');
}

function stateNamed(word: string): CallbackState | null {
  return CALLBACK_STATES.find((state) => state === comparable(word)) ?? null;
}

/** `<state>` or `<state>.<sub-state>` with one of the five states. */
function hasVendorForm(disposition: string | null): boolean {
  return disposition !== null && stateNamed(disposition.split('.', 1)[0] ?? '') !== null;
}

/**
 * State and sub-state of a disposition. An agent's completion reason may replace it with free text: then the state is
 * COMPLETED on a final record, and the sub-state `other` (sources.md#callback-disposition).
 */
export function dispositionOf(
  disposition: string | null,
  isFinal: boolean,
): { readonly state: CallbackState | 'unknown'; readonly subState: string | null } {
  if (disposition === null) return { state: isFinal ? 'COMPLETED' : 'unknown', subState: null };
  const dot = disposition.indexOf('.');
  const state = stateNamed(dot === -1 ? disposition : disposition.slice(0, dot));
  if (state === null) return { state: isFinal ? 'COMPLETED' : 'unknown', subState: OTHER_SUB_STATE };
  const subState = dot === -1 ? '' : comparable(disposition.slice(dot + 1));
  return { state, subState: subState === '' ? null : subState };
}

/** Shown for a callback whose session died: it was open for too long, and nothing says when it goes on. */
export const ABANDONED_RECORD = 'abandoned-record';

/** When a callback was last said to be alive, or will be: latest of service start (either copy), next redial, last event. */
export function aliveUntilMs({ record, attachedStartMs, lastEventMs, desired, firstReceivedMs }: Callback): number {
  return Math.max(
    record.serviceStartMs ?? 0,
    attachedStartMs ?? 0,
    record.nextRedialMs ?? 0,
    desired?.ms ?? 0,
    lastEventMs ?? firstReceivedMs,
  );
}

/** Whether nothing was heard of it for so long that its session must have died. Shown, never deleted. */
export function isAbandonedRecord(callback: Callback, nowMs: number, ttlMs: number): boolean {
  return !callback.isFinal && nowMs - aliveUntilMs(callback) > ttlMs;
}

/** The state to show. */
export function shownState(callback: Callback, nowMs: number, ttlMs: number): string {
  if (isAbandonedRecord(callback, nowMs, ttlMs)) return ABANDONED_RECORD;
  return dispositionOf(callback.record.disposition, callback.isFinal).state;
}

/** Why an open callback is due at a time. */
export const DUE_KINDS = ['scheduled', 'snoozed', 'redial'] as const;

export interface Due {
  readonly kind: (typeof DUE_KINDS)[number];
  /** Null when nobody said. */
  readonly atMs: number | null;
  readonly isOverdue: boolean;
}

/**
 * What an open callback waits for at a known time; null when it is over, waits for an agent only, or the attempt that was
 * waited for has begun.
 */
export function dueOf(callback: Callback, nowMs: number, ttlMs: number): Due | null {
  if (callback.isFinal || isAbandonedRecord(callback, nowMs, ttlMs)) return null;
  const kind = dueKindOf(callback.record);
  if (kind === null) return null;
  const atMs = kind === 'scheduled' ? appointmentMs(callback) : callback.record.nextRedialMs;
  if (hasBegun(callback, atMs, nowMs)) return null;
  return { kind, atMs, isOverdue: atMs !== null && atMs < nowMs };
}

function dueKindOf(record: CallbackRecord): Due['kind'] | null {
  if (record.snoozed === 1) return 'snoozed';
  if (record.nextRedialMs !== null) return 'redial';
  const { state } = dispositionOf(record.disposition, false);
  const isScheduled = record.callbackType === 'SCHEDULED' || state === 'SCHEDULED';
  const isWaiting = (record.attempts ?? 0) === 0 && lastAttemptMs(record) === null;
  return isScheduled && isWaiting ? 'scheduled' : null;
}

/** The last moment at which the customer was dialed or connected, as far as it is reported. */
function lastAttemptMs({ dial1Ms, dial2Ms, dial3Ms, dial4Ms, dial5Ms, ...record }: CallbackRecord): number | null {
  const { lastDialMs, customerConnectedMs } = record;
  const moments = [dial1Ms, dial2Ms, dial3Ms, dial4Ms, dial5Ms, lastDialMs, customerConnectedMs];
  return moments.reduce((last, ms) => (ms === null || (last !== null && last > ms) ? last : ms), null);
}

/**
 * Whether the attempt that is due at a time was made: the keys of the plan stay in the record when it is carried out.
 * A plan for later than the last attempt is a plan, whatever came before it.
 */
function hasBegun({ record, live, lastEventMs }: Callback, dueMs: number | null, nowMs: number): boolean {
  const { state } = dispositionOf(record.disposition, false);
  if (state === 'COMPLETED') return true;
  if (dueMs === null) return record.customerConnectedMs !== null;
  if ((lastAttemptMs(record) ?? -Infinity) >= dueMs) return true;
  const isReached = state === 'ROUTING' || state === 'PROCESSING';
  const isServed = record.agentAdded === 1 || (isReached && record.customerConnectedMs !== null);
  if (isServed && dueMs <= nowMs) return true;
  return live !== null && isAttempt(live) && (live.atMs >= dueMs || live.atMs >= (lastEventMs ?? Infinity));
}

/** Whether GMS spoke of a dial, of a customer who was reached, or of the end. */
function isAttempt({ event, state }: LiveState): boolean {
  return ['ROUTING', 'PROCESSING', 'COMPLETED'].includes(state) || /^_cbe_on_dial_/i.test(event);
}

/**
 * When the customer is to be called. The attached-data copy of the service start is the scheduled time; the record's
 * copy may be the time of the request or of the offer, and is none then.
 */
function appointmentMs({ record, attachedStartMs, attachedReceivedMs, desired }: Callback): number | null {
  // What was said last: a callback may have been put off, or moved to an earlier time.
  if (desired !== null && desired.receivedMs > (attachedReceivedMs ?? 0)) return desired.ms;
  if (attachedStartMs !== null) return attachedStartMs;
  const requestedMs = Math.max(record.acceptedMs ?? 0, record.offeredMs ?? 0);
  return record.serviceStartMs !== null && record.serviceStartMs > requestedMs ? record.serviceStartMs : null;
}

/** A callback before anything is known of it but its id, which stands in the empty record. */
export function newCallback(source: string, record: CallbackRecord, receivedAtMs: number): Callback {
  return {
    source,
    serviceId: record.serviceId,
    record,
    isFinal: false,
    finalDigest: null,
    firstReceivedMs: receivedAtMs,
    lastEventMs: null,
    endedMs: null,
    events: 0,
    lateEvents: 0,
    attachments: 0,
    attachedStartMs: null,
    attachedReceivedMs: null,
    live: null,
    desired: null,
    phoneHash: null,
    aniHash: null,
  };
}

/** A callback after a status notification: where it stands, and when the customer wants to be called, newest first. */
export function withStatus(before: Callback, { event, state, receivedAtMs, desiredMs }: StatusNotification): Callback {
  const isNewest = state !== null && receivedAtMs >= (before.live?.atMs ?? 0);
  const isDesired = desiredMs !== null && receivedAtMs >= (before.desired?.receivedMs ?? 0);
  return {
    ...before,
    ...(isNewest && { live: { event, state, atMs: receivedAtMs } }),
    ...(isDesired && { desired: { ms: desiredMs, receivedMs: receivedAtMs } }),
  };
}
