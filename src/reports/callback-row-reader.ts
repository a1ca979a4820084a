/** A store's reading port of callbacks: rows (`sqlite/readers/callback-reader.ts`), of which `callback-reports.ts` makes answers. */
import type { Callback } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { TimeRange } from '../domain/store.js';
import type {
  AttachmentRow,
  CallbackFilter,
  EventRow,
  FinishedCallback,
  FinishedFilter,
  InteractionRow,
  MissingKeyRow,
  AsOf,
  NotificationRow,
} from './callback-reader.js';

/** `no` orders callbacks of one moment; outside the store it says nothing. */
export interface HeldCallback {
  readonly no: number;
  readonly callback: Callback;
}

export interface HeldFinished extends HeldCallback {
  readonly callback: FinishedCallback;
}

export interface HeldEvent extends Omit<EventRow, 'counts'> {
  /** Of its whole content. */
  readonly digest: string;
}

/** Where a list goes on that has the newest first: with what is of an earlier moment, or of this one and a lower number. */
export interface Before {
  readonly ms: number;
  readonly no: number;
}

/** Where the list of missing keys goes on: after this row. */
export type AfterKey = Pick<MissingKeyRow, 'day' | 'source' | 'service' | 'key'>;

/**
 * Every method answers at once, with at most `limit` rows, and sees what is committed and not being forgotten. One that
 * is asked again may see more: who reads in slices goes on from the last row, never by counting, and gives whoever else
 * waits for the reader a turn after each.
 */
export interface CallbackRowReader {
  /** By when they were first heard of, newest first. Of the filter, what is due is left to whoever asks. */
  heard(
    asked: { readonly filter: CallbackFilter; readonly moment: AsOf; readonly range: TimeRange | null },
    before: Before,
    limit: number,
  ): readonly HeldCallback[];
  /** Final ones by when they ended, newest first. */
  finished(filter: FinishedFilter, range: TimeRange, before: Before, limit: number): readonly HeldFinished[];
  /** Of one service id, one of each source, the one heard of first before the others. */
  ofService(serviceId: string, source: string | null, limit: number): readonly HeldFinished[];
  /** What is held of a callback, by its number: oldest first, all four. */
  events(no: number, limit: number): readonly HeldEvent[];
  attachments(no: number, limit: number): readonly AttachmentRow[];
  interactions(no: number, limit: number): readonly InteractionRow[];
  notifications(no: number, limit: number): readonly NotificationRow[];
  /** Sources that report, in the range, an offer that nobody took. */
  refusingSources(range: TimeRange): readonly string[];
  /** Sources of callbacks that ended in the range, and which of `REPORTED_KEYS` they report. */
  reportedKeys(range: TimeRange): ReadonlyMap<string, readonly (keyof CallbackRecord)[]>;
  /** Accepted in the range, or open; in no order. */
  acceptedOrOpen(range: TimeRange, limit: number): readonly Callback[];
  /** From the last of the days back; the keys of a day by source, service and key. */
  missingKeys(
    days: { readonly first: string; readonly last: string },
    after: AfterKey | null,
    limit: number,
  ): readonly MissingKeyRow[];
  /** Events from before there were records, from the newest back. */
  legacyEvents(
    source: string | null,
    range: TimeRange | null,
    before: Before,
    limit: number,
  ): readonly { readonly no: number; readonly event: LegacyCallbackEvent }[];
  /** Of which something was received since, in that order. */
  changed(sinceMs: number, limit: number): readonly Callback[];
}
