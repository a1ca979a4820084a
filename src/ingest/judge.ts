/** Looks into a delivery: the pure steps of the main path between reading and committing (validate, decode). */
import type { Notification, SchemaViolation, Violation } from '../domain/notification.js';
import type { QuarantineReason } from '../domain/quarantine.js';
import type { Delivery } from '../domain/store.js';
import type { Enumerations } from '../domain/vocabulary.js';
import { decodeNotification } from '../ocs/decode-notification.js';
import { isStatistic } from '../ocs/fields.js';
import { asWritten } from './as-written.js';
import { type DecodeText, parseBody } from './parse-body.js';
import type { Refusal } from './refusal.js';
import { undecodedTexts } from './undecoded-text.js';
import { bounded, show, splitDuplicates, tooLarge } from './violations.js';

const DATE_TIME = 'GSW_DATE_TIME';

export type Judgement =
  | { readonly kind: 'notification'; readonly notification: Notification; readonly warnings: readonly Violation[] }
  | Refusal;

/** Judges one delivery. Throws nothing: whatever the bytes are, there is a judgement. */
export type Judge = (delivery: Delivery, nowMs: number) => Judgement;

export interface JudgeOptions {
  /** The decoder of a source's texts. */
  readonly decodeTextOf: (source: string) => DecodeText;
  readonly validate: (value: unknown) => readonly SchemaViolation[];
  readonly enumerations: Enumerations;
  readonly maxClockAheadMs: number;
}

export function makeJudge({ decodeTextOf, validate, enumerations, maxClockAheadMs }: JudgeOptions): Judge {
  return (delivery, nowMs) => {
    const { source, receivedAtMs } = delivery;
    if (delivery.oversize) {
      return { kind: 'refused', reason: 'too_large', violations: [tooLarge(delivery.oversize)] };
    }
    const body = parseBody(delivery.bytes, decodeTextOf(source), isStatistic);
    if (!body.ok) return { kind: 'refused', reason: 'not_json', violations: [body.violation] };
    const { fatalDuplicates, duplicates } = splitDuplicates(body.violations);
    const decoded = decodeNotification(body.value, {
      source,
      receivedAtMs,
      latestMs: Math.max(receivedAtMs, nowMs) + maxClockAheadMs,
      enumerations,
      validate,
      show,
      undecoded: body.undecoded ?? undecodedTexts(body.value, body.text, delivery.bytes),
      unmeasured: body.unmeasured ?? [],
    });
    const listed = (violations: readonly Violation[]) => asWritten(bounded(violations), { texts: [body.text] });
    if (decoded.notification && fatalDuplicates.length === 0) {
      return {
        kind: 'notification',
        notification: decoded.notification,
        warnings: listed([...duplicates, ...decoded.warnings]),
      };
    }
    const fatal = [...fatalDuplicates, ...(decoded.notification ? [] : decoded.fatal)];
    const violations = [...fatal, ...duplicates, ...decoded.warnings];
    return { kind: 'refused', reason: reasonFor(fatal), violations: listed(violations) };
  };
}

/** The one reason under which a refused body is counted. */
function reasonFor(fatal: readonly Violation[]): QuarantineReason {
  const lacks = (wanted: (field: string) => boolean) =>
    fatal.some(({ field, rule }) => rule === 'present' && wanted(field));
  const lacksMore = lacks((field) => field !== DATE_TIME);
  // Of a body that lacks everything the date-time is not what is wrong.
  if (lacks((field) => field === DATE_TIME) && lacksMore) return 'missing_key';
  if (fatal.some(({ field }) => field === DATE_TIME)) return 'bad_timestamp';
  return lacksMore ? 'missing_key' : 'schema';
}
