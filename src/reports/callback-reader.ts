/** The reading port of callbacks: what the API asks, and how it is answered. */
import type { Callback, DUE_KINDS } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { Page, PageRequest, TimeRange } from '../domain/store.js';
import type { CapacityReport, CapacityRequest } from './callback-capacity.js';
import type { Dimension } from './callback-dimensions.js';
import type { Row } from './rows.js';

/** When an open callback counts as dead, and when it is now: part of every question that tells open from dead ones. */
export interface AsOf {
  readonly nowMs: number;
  readonly ttlMs: number;
}

/** What a list may be narrowed by; null = not. */
export interface CallbackFilter {
  readonly source: string | null;
  /** Those of one tenant: several may have its name. */
  readonly tenantDbids: readonly number[] | null;
  /** One of the states, `unknown`, or `abandoned-record`. */
  readonly state: string | null;
  readonly queue: string | null;
  readonly channel: string | null;
  /** Id of any interaction that belongs to it. */
  readonly interaction: string | null;
  readonly orsSession: string | null;
  /** Keyed hash of the number to call, or of the caller's. */
  readonly phoneHash: string | null;
  readonly open: boolean | null;
  readonly due: (typeof DUE_KINDS)[number] | 'overdue' | 'any' | null;
}

/** One event as it was received. */
export interface EventRow {
  readonly sequence: number;
  readonly receivedMs: number;
  readonly isFinal: boolean;
  /** Came after the final record. */
  readonly isLate: boolean;
  /** Whether it is the final event that counts. */
  readonly counts: boolean;
  readonly record: CallbackRecord;
  /** Keys and values as received. */
  readonly received: Readonly<Record<string, unknown>>;
}

export interface AttachmentRow {
  readonly interactionId: string;
  readonly receivedMs: number;
  readonly received: Readonly<Record<string, unknown>>;
}

export interface InteractionRow {
  readonly interactionId: string;
  /** How it is known: attached, originating, origination, first_outbound or last_outbound. */
  readonly role: string;
  readonly firstReceivedMs: number;
}

export interface NotificationRow {
  readonly event: string;
  readonly receivedMs: number;
  readonly received: Readonly<Record<string, unknown>>;
}

/** A callback with everything that is held of it, oldest first. */
export interface CallbackStory {
  readonly callback: Callback;
  /** Whether an event that is not final is held. */
  readonly hasStart: boolean;
  readonly events: readonly EventRow[];
  readonly attachments: readonly AttachmentRow[];
  readonly interactions: readonly InteractionRow[];
  readonly notifications: readonly NotificationRow[];
  /** Other sources that report a callback of this id. */
  readonly otherSources: readonly string[];
}

export interface MissingKeyRow {
  /** UTC day, like 2026-11-21. */
  readonly day: string;
  readonly source: string;
  /** Name of the callback service, '' where events do not say it. */
  readonly service: string;
  readonly key: string;
  readonly events: number;
  readonly lastReceivedMs: number;
  readonly lastServiceId: string | null;
}

/** Finished callbacks that a report is made of. */
export interface FinishedFilter {
  readonly source: string | null;
  /** Those of one tenant: several may have its name. */
  readonly tenantDbids: readonly number[] | null;
  readonly queue: string | null;
  readonly channel: string | null;
}

export interface FinishedCallback extends Callback {
  /** Whether an event that is not final is held. */
  readonly hasStart: boolean;
}

/** What a summary is made by; crosses threads, so no functions. */
export interface SummaryRequest {
  readonly by: readonly Dimension[];
  readonly timeZone: string;
  readonly tollPerMinute: number | null;
  /** Tenant DBIDs to names. */
  readonly tenants: ReadonlyMap<number, string>;
}

export interface Summary {
  readonly columns: readonly string[];
  readonly page: Page<Row>;
}

/** However much one question reads, others are answered meanwhile. */
export interface CallbackReader {
  /** Newest first, by when a callback was first heard of. */
  callbacks(filter: CallbackFilter, moment: AsOf, range: TimeRange | null, page: PageRequest): Promise<Page<Callback>>;
  /** Null when nothing is held of it. Without a source the one heard of first. */
  callback(serviceId: string, source: string | null): Promise<CallbackStory | null>;
  /** Callbacks that ended in the range, newest first. */
  finished(filter: FinishedFilter, range: TimeRange, page: PageRequest): Promise<Page<FinishedCallback>>;
  /** Callbacks that ended in the range, counted by interval and dimensions. */
  summary(request: SummaryRequest, filter: FinishedFilter, range: TimeRange, page: PageRequest): Promise<Summary>;
  /** Callbacks against the agents there are for them. */
  capacity(request: CapacityRequest): Promise<CapacityReport>;
  missingKeys(range: TimeRange, page: PageRequest): Promise<Page<MissingKeyRow>>;
  /** Events from before there were records, newest first. */
  legacyEvents(source: string | null, range: TimeRange | null, page: PageRequest): Promise<Page<LegacyCallbackEvent>>;
  /** Callbacks of which something was received since a time, in that order; null when they are more than `limit`. */
  changed(sinceMs: number, limit: number): Promise<readonly Callback[] | null>;
}
