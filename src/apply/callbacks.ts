/** Keeps callback events, attached data and status notifications, and one merged row per callback in line with them. */
import {
  type AttachedData,
  type Callback,
  type CallbackEvent,
  mergeEvents,
  newCallback,
  type ReceivedEvent,
  type StatusNotification,
  withStatus,
} from '../domain/callback.js';
import { isCoveredBy } from '../domain/covering.js';
import type { Digest } from '../domain/identity.js';
import type { CallbackChange, CallbackOutcome, LastEvent } from '../domain/store.js';
import { emptyRecord } from '../gms/key-value-pairs.js';
import { Dimensions } from './dimensions.js';
import type { CallbackRow, CallbackRows } from './callback-rows.js';
import type { Tables } from './tables.js';

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
  readonly #rows: CallbackRows;
  readonly #dimensions: Dimensions;
  readonly #hashNumber: (number: string) => string;

  constructor(tables: Pick<Tables, 'callbacks' | 'dimensions'>, { digest, hashNumber }: CallbackStoreOptions) {
    this.#rows = tables.callbacks;
    this.#dimensions = new Dimensions(tables.dimensions, digest);
    this.#hashNumber = hashNumber;
  }

  /**
   * Whether an event comes after the final record of its callback: a post when one is held; what is imported, by when each
   * was received, for it may be what was missed before.
   */
  isAfterFinal(event: ReceivedEvent): boolean {
    const row = this.#rows.find(event.source, event.record.serviceId);
    return row !== null && this.#isLate(row, event);
  }

  #isLate({ callbackNo, callback }: CallbackRow, { origin, receivedAtMs }: ReceivedEvent): boolean {
    const { isFinal, finalDigest } = callback;
    if (!isFinal || origin === undefined) return isFinal;
    const final = this.#rows.mergeable(callbackNo, '').find(({ digest }) => digest === finalDigest);
    return final === undefined || receivedAtMs >= final.receivedMs;
  }

  /**
   * Stores an event once. Any event that comes after the final record is `after-final`, whatever it lacks. Null when the
   * callback has no room for another; the first final event always has.
   */
  applyEvent(event: ReceivedEvent): AppliedCallback | null {
    const row = this.#findOrCreate(event.source, event.record.serviceId, event.receivedAtMs);
    const { callbackNo, callback: before } = row;
    if (before.events > 0 && this.#isHeld(callbackNo, event)) {
      return { outcome: 'duplicate', change: changeOf(before, 'duplicate', event, false) };
    }
    const isLate = this.#isLate(row, event);
    if (before.events >= MAX_EVENTS && (isLate || event.record.finalRecord !== 1)) return null;
    const keys = this.#dimensions.keysOf(event.record);
    this.#rows.insertEvent(callbackNo, { event, sequence: before.events + 1, isLate, keys });
    this.#link(callbackNo, event);
    const callback = this.#merged(row, event, isLate);
    this.#rows.write(callbackNo, callback);
    const outcome = isLate ? 'after-final' : 'recorded';
    return { outcome, change: changeOf(callback, outcome, event, callback.isFinal && !before.isFinal) };
  }

  /** Tables tell an event in fewer words than it was posted in. */
  #isHeld(callbackNo: number, event: ReceivedEvent): boolean {
    if (this.#rows.hasEvent(callbackNo, event.digest)) return true;
    return event.origin === 'icon' && this.#rows.mergeable(callbackNo, '').some((held) => isCoveredBy(event, held));
  }

  /** Stores what a call carries, once a content. May come before the first event. Null when there is no room for more. */
  applyAttachedData(attached: AttachedData): AppliedCallback | null {
    const { source, serviceId, receivedAtMs, interactionId, serviceStartMs } = attached;
    const { callbackNo, callback: before } = this.#findOrCreate(source, serviceId, receivedAtMs);
    if (this.#rows.hasAttachment(callbackNo, attached.digest)) return DUPLICATE;
    if (before.attachments >= MAX_BESIDE) return null;
    this.#rows.insertAttachment(callbackNo, attached);
    this.#rows.link(callbackNo, interactionId, 'attached', receivedAtMs);
    const callback: Callback = {
      ...before,
      attachments: before.attachments + 1,
      attachedStartMs:
        serviceStartMs === null ? before.attachedStartMs : Math.max(before.attachedStartMs ?? 0, serviceStartMs),
      attachedReceivedMs:
        serviceStartMs === null ? before.attachedReceivedMs : Math.max(before.attachedReceivedMs ?? 0, receivedAtMs),
    };
    this.#rows.write(callbackNo, callback);
    return { outcome: 'recorded', change: { callback, event: null, finished: false } };
  }

  /**
   * Stores a status notification, once a content. The newest by receive time says where the callback stands, also when it
   * says again what was said before another.
   */
  applyStatus(status: StatusNotification): AppliedCallback | null {
    const { source, serviceId, receivedAtMs } = status;
    const { callbackNo, callback: before } = this.#findOrCreate(source, serviceId, receivedAtMs);
    const callback = withStatus(before, status);
    if (this.#rows.hasNotification(callbackNo, status.digest)) {
      this.#rows.write(callbackNo, callback);
      if (saidOf(callback) === saidOf(before)) return DUPLICATE;
      return { outcome: 'duplicate', change: { callback, event: null, finished: false } };
    }
    if (this.#rows.countNotifications(callbackNo) >= MAX_BESIDE) return null;
    this.#rows.insertNotification(callbackNo, status);
    this.#rows.write(callbackNo, callback);
    return { outcome: 'recorded', change: { callback, event: null, finished: false } };
  }

  /** Callbacks that are open and were alive since `sinceMs`; none that are being forgotten. */
  open(sinceMs: number): Iterable<Callback> {
    return this.#rows.open(sinceMs);
  }

  /** When the newest event of each source and tenant was received; those that are being forgotten say nothing. */
  lastEvents(): LastEvent[] {
    return this.#rows.lastEvents();
  }

  /** Hashes every number anew: under another key the old hashes find nobody. */
  rehash(): void {
    for (const { callbackNo, phone, ani } of this.#rows.numbers()) {
      this.#rows.setHashes(callbackNo, this.#hash(phone), this.#hash(ani));
    }
  }

  /** Drops what is kept in memory: after a transaction was rolled back, only the file is right. */
  dropMemory(): void {
    this.#dimensions.dropMemory();
  }

  #findOrCreate(source: string, serviceId: string, receivedAtMs: number): CallbackRow {
    const found = this.#rows.find(source, serviceId);
    if (found) {
      const { callbackNo, callback } = found;
      return {
        callbackNo,
        callback: { ...callback, firstReceivedMs: Math.min(callback.firstReceivedMs, receivedAtMs) },
      };
    }
    const callbackNo = this.#rows.create(source, serviceId, receivedAtMs);
    return { callbackNo, callback: newCallback(source, emptyRecord(serviceId), receivedAtMs) };
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
      if (interactionId !== null) this.#rows.link(callbackNo, interactionId, role, receivedAtMs);
    }
  }

  /** The callback with a newcomer among its events. */
  #merged({ callbackNo, callback: before }: CallbackRow, event: ReceivedEvent, isLate: boolean): Callback {
    const counted = {
      ...before,
      events: before.events + 1,
      lateEvents: before.lateEvents + Number(isLate),
      lastEventMs: Math.max(before.lastEventMs ?? 0, event.receivedAtMs),
    };
    if (!event.isComplete) return counted;
    const held = before.events === 0 ? [] : this.#rows.mergeable(callbackNo, event.digest);
    const merged = mergeEvents([event, ...held]);
    if (merged === null) return counted;
    const { record, isFinal, finalDigest } = merged;
    const finalReceivedMs = held.find(({ digest }) => digest === finalDigest)?.receivedMs ?? event.receivedAtMs;
    return {
      ...counted,
      ...merged,
      endedMs: isFinal ? (record.serviceEndMs ?? finalReceivedMs) : null,
      phoneHash: this.#hash(record.customerPhoneNumber),
      aniHash: this.#hash(record.customerAni),
    };
  }

  #hash(number: string | null): string | null {
    return hashOfNumber(number, this.#hashNumber);
  }
}

/** By which a customer is found; null: there is no number. */
export function hashOfNumber(number: string | null, hash: (number: string) => string): string | null {
  return number !== null && /\d/.test(number) ? hash(number) : null;
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
