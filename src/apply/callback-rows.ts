/** The rows of callbacks that `apply/` asks a store for; what holds for every port stands in `tables.ts`. */
import type { Callback, CallbackEvent, ReceivedEvent, StatusNotification, AttachedData } from '../domain/callback.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { LastEvent } from '../domain/store.js';
import type { Dimension, DimensionValue } from '../gms/info-mart.js';

export interface CallbackRow {
  readonly callbackNo: number;
  readonly callback: Callback;
}

/** A held event that takes part in the merge. */
export interface HeldEvent extends CallbackEvent {
  readonly receivedMs: number;
}

/** What an event names its rows by. */
export interface DimensionKeys {
  /** No row: start of the quarter of an hour of the service start, epoch seconds, 0 when not reported. */
  readonly startDateTimeKey: number;
  readonly resourceKey: number;
  readonly dimension1Key: number;
  readonly dimension2Key: number;
  readonly dimension3Key: number;
  readonly dimension4Key: number;
  readonly dialResultsKey: number;
}

/** An event with its place among those of its callback. */
export interface NewEvent {
  readonly event: ReceivedEvent;
  /** 1 for the first. */
  readonly sequence: number;
  /** Whether a final record was held already. */
  readonly isLate: boolean;
  readonly keys: DimensionKeys;
}

/** One merged row per callback, and what it was merged of; those that are being forgotten are none any more. */
export interface CallbackRows {
  find(source: string, serviceId: string): CallbackRow | null;
  create(source: string, serviceId: string, receivedAtMs: number): number;
  write(callbackNo: number, callback: Callback): void;
  hasEvent(callbackNo: number, digest: string): boolean;
  insertEvent(callbackNo: number, event: NewEvent): void;
  /** Complete events other than the one of this digest, in any order. */
  mergeable(callbackNo: number, exceptDigest: string): readonly HeldEvent[];
  /** Names an interaction of a callback by its role; of several times the earliest stays. */
  link(callbackNo: number, interactionId: string, role: string, receivedMs: number): void;
  hasAttachment(callbackNo: number, digest: string): boolean;
  insertAttachment(callbackNo: number, attached: AttachedData): void;
  hasNotification(callbackNo: number, digest: string): boolean;
  countNotifications(callbackNo: number): number;
  insertNotification(callbackNo: number, status: StatusNotification): void;
  /** Callbacks without a final record that were alive since. */
  open(sinceMs: number): Iterable<Callback>;
  /** When the newest event of each source and tenant was received. */
  lastEvents(): LastEvent[];
  /** The numbers that customers were called by, or called from. */
  numbers(): readonly { readonly callbackNo: number; readonly phone: string | null; readonly ani: string | null }[];
  setHashes(callbackNo: number, phoneHash: string | null, aniHash: string | null): void;
}

/** Info Mart's dimensions: one row per combination of values, under a hash of its content. */
export interface DimensionRows {
  /** To no effect where the key is there. */
  insert(dimension: Dimension, key: number, row: readonly DimensionValue[]): void;
}

/** Events from before there were records; those that are being forgotten are none any more. */
export interface LegacyRows {
  /** False, and to no effect, where an event of its source and digest is held. */
  put(event: LegacyCallbackEvent): boolean;
}

/** How often which mandatory key was missing, by day (`YYYY-MM-DD`), source and callback service ('' where none is said). */
export interface MissingKeyRows {
  countServices(day: string, source: string): number;
  hasService(day: string, source: string, service: string): boolean;
  count(row: {
    readonly day: string;
    readonly source: string;
    readonly service: string;
    readonly key: string;
    readonly receivedAtMs: number;
    readonly serviceId: string | null;
  }): void;
}
