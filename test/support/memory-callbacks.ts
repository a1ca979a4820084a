/** Callbacks in memory, with all that belongs to them. */
import type { AttachedData, Callback, StatusNotification } from '../../src/domain/callback.js';
import { aliveUntilMs, newCallback } from '../../src/domain/callback.js';
import type { LastEvent } from '../../src/domain/store.js';
import { emptyRecord } from '../../src/gms/key-value-pairs.js';
import type { CallbackRow, CallbackRows, NewEvent } from '../../src/apply/callback-rows.js';
import { ascending, MemoryRows, type UndoLog } from './memory-rows.js';

type Of<T> = T & { readonly callbackNo: number };
/** `isNameless`: a newcomer has its key, since it is being forgotten. */
type Row = CallbackRow & { readonly isNameless: boolean };

export interface Link {
  readonly interactionId: string;
  readonly role: string;
  readonly receivedMs: number;
}

export class CallbackHold {
  readonly callbacks;
  readonly events;
  readonly attachments;
  readonly notifications;
  readonly links;

  constructor(log: UndoLog) {
    this.callbacks = new MemoryRows<number, Row>(log);
    this.events = new MemoryRows<string, Of<NewEvent>>(log);
    this.attachments = new MemoryRows<string, Of<{ readonly attached: AttachedData }>>(log);
    this.notifications = new MemoryRows<string, Of<{ readonly status: StatusNotification }>>(log);
    this.links = new MemoryRows<string, Of<Link>>(log);
  }

  /** With all that belongs to them. */
  removeAll(callbackNos: ReadonlySet<number>): void {
    const isOf = ({ callbackNo }: { readonly callbackNo: number }) => callbackNos.has(callbackNo);
    for (const { callbackNo, event } of this.events.where(isOf)) {
      this.events.remove(`${String(callbackNo)};${event.digest}`);
    }
    for (const { callbackNo, attached } of this.attachments.where(isOf)) {
      this.attachments.remove(`${String(callbackNo)};${attached.digest}`);
    }
    for (const { callbackNo, status } of this.notifications.where(isOf)) {
      this.notifications.remove(`${String(callbackNo)};${status.digest}`);
    }
    for (const { callbackNo, interactionId, role } of this.links.where(isOf)) {
      this.links.remove(JSON.stringify([interactionId, callbackNo, role]));
    }
    for (const callbackNo of callbackNos) this.callbacks.remove(callbackNo);
  }

  clear(): void {
    for (const rows of [this.callbacks, this.events, this.attachments, this.notifications, this.links]) rows.clear();
  }
}

/** `isForgotten`: whether a callback of this source and number is noted for removal. */
export function memoryCallbacks(
  hold: CallbackHold,
  isForgotten: (source: string, callbackNo: number) => boolean,
  nextNo: () => number,
): CallbackRows {
  const { callbacks, events, attachments, notifications, links } = hold;
  const isKept = ({ callbackNo, callback, isNameless }: Row) =>
    !isNameless && !isForgotten(callback.source, callbackNo);
  const named = (source: string, serviceId: string) =>
    callbacks.where(
      ({ callback, isNameless }) => !isNameless && callback.source === source && callback.serviceId === serviceId,
    );
  const keyOf = (callbackNo: number, digest: string) => `${String(callbackNo)};${digest}`;
  const change = (callbackNo: number, parts: Partial<Callback>) => {
    const row = callbacks.get(callbackNo);
    if (row) callbacks.put(callbackNo, { ...row, callback: { ...row.callback, ...parts } });
  };
  return {
    find: (source, serviceId) => {
      const row = named(source, serviceId).find(isKept);
      return row === undefined ? null : { callbackNo: row.callbackNo, callback: row.callback };
    },
    create: (source, serviceId, receivedAtMs) => {
      for (const row of named(source, serviceId)) callbacks.put(row.callbackNo, { ...row, isNameless: true });
      const callbackNo = nextNo();
      const callback = newCallback(source, emptyRecord(serviceId), receivedAtMs);
      callbacks.put(callbackNo, { callbackNo, callback, isNameless: false });
      return callbackNo;
    },
    write: (callbackNo, callback) => {
      change(callbackNo, callback);
    },
    hasEvent: (callbackNo, digest) => events.get(keyOf(callbackNo, digest)) !== undefined,
    insertEvent: (callbackNo, event) => {
      events.put(keyOf(callbackNo, event.event.digest), { ...event, callbackNo });
    },
    mergeable: (callbackNo, exceptDigest) =>
      events
        .where((row) => row.callbackNo === callbackNo && row.event.isComplete && row.event.digest !== exceptDigest)
        .map(({ event: { record, isComplete, keyCount, digest, receivedAtMs } }) => {
          return { record, isComplete, keyCount, digest, receivedMs: receivedAtMs };
        }),
    link: (callbackNo, interactionId, role, receivedMs) => {
      const key = JSON.stringify([interactionId, callbackNo, role]);
      const before = links.get(key)?.receivedMs ?? Infinity;
      links.put(key, { callbackNo, interactionId, role, receivedMs: Math.min(before, receivedMs) });
    },
    hasAttachment: (callbackNo, digest) => attachments.get(keyOf(callbackNo, digest)) !== undefined,
    insertAttachment: (callbackNo, attached) => {
      attachments.put(keyOf(callbackNo, attached.digest), { callbackNo, attached });
    },
    hasNotification: (callbackNo, digest) => notifications.get(keyOf(callbackNo, digest)) !== undefined,
    countNotifications: (callbackNo) => notifications.where((row) => row.callbackNo === callbackNo).length,
    insertNotification: (callbackNo, status) => {
      notifications.put(keyOf(callbackNo, status.digest), { callbackNo, status });
    },
    open: (sinceMs) =>
      callbacks
        .where((row) => isKept(row) && !row.callback.isFinal && aliveUntilMs(row.callback) >= sinceMs)
        .sort(ascending(({ callbackNo }) => callbackNo))
        .map(({ callback }) => callback),
    lastEvents: () => {
      const newest = new Map<string, LastEvent>();
      for (const { callback } of callbacks.where(isKept)) {
        const { source, record, lastEventMs: receivedMs } = callback;
        const key = JSON.stringify([source, record.tenantDbid]);
        if (receivedMs === null || receivedMs <= (newest.get(key)?.receivedMs ?? -Infinity)) continue;
        newest.set(key, { source, tenantDbid: record.tenantDbid, receivedMs });
      }
      return [...newest.values()];
    },
    numbers: () =>
      callbacks
        .where(({ callback: { record } }) => record.customerPhoneNumber !== null || record.customerAni !== null)
        .map(({ callbackNo, callback: { record } }) => {
          return { callbackNo, phone: record.customerPhoneNumber, ani: record.customerAni };
        }),
    setHashes: (callbackNo, phoneHash, aniHash) => {
      change(callbackNo, { phoneHash, aniHash });
    },
  };
}
