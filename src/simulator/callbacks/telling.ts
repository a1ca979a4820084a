/** What happens in the life of a callback that somebody posts: in our words, before anybody writes it down. */
import type { CallbackRecord } from '../../domain/callback-record.js';
import { MANDATORY_FIELDS, pairOf } from '../../gms/key-value-pairs.js';
import type { PartialRecord } from '../../gms/encode-record.js';

/** A UserEvent: all that is known so far, or all that was at the end. */
export interface EventTelling {
  readonly kind: 'event';
  readonly atMs: number;
  readonly record: PartialRecord;
}

/** Keys attached to a call. */
export interface AttachedTelling {
  readonly kind: 'attached';
  readonly atMs: number;
  readonly interactionId: string;
  readonly record: PartialRecord;
}

/** A status notification of GMS (httpcb). */
export interface NotificationTelling {
  readonly kind: 'notification';
  readonly atMs: number;
  readonly event: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export type Telling = EventTelling | AttachedTelling | NotificationTelling;

/**
 * Without the fields that say nothing: an empty text, and 0 in an optional number that is no flag, because 0 is the
 * default of those columns (sources.md#callback-kvps).
 */
export function reported(record: PartialRecord): PartialRecord {
  const entries = Object.entries(record) as [keyof CallbackRecord, unknown][];
  return Object.fromEntries(
    entries.filter(([field, value]) => {
      const { type, mandatory } = pairOf(field);
      return (value ?? '') !== '' && (value !== 0 || mandatory === true || type === 'flag');
    }),
  );
}

/** Whether an event has every mandatory key; a time of 0 is none. */
export function isComplete(record: PartialRecord): boolean {
  return MANDATORY_FIELDS.every((field) => {
    const value = record[field] ?? null;
    return value !== null && !(value === 0 && pairOf(field).type === 'timestamp');
  });
}
