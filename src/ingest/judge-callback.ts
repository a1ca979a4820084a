/** Looks into what the three callback endpoints receive. */
import type { AttachedData, ReceivedEvent, StatusNotification } from '../domain/callback.js';
import type { Digest } from '../domain/identity.js';
import { isBody } from '../domain/json.js';
import type { SchemaViolation, Violation } from '../domain/notification.js';
import type { QuarantineReason } from '../domain/quarantine.js';
import type { Delivery } from '../domain/store.js';
import { decodeAttachedData } from '../gms/decode-attached-data.js';
import { type DecodeContext, decodeCallbackEvent } from '../gms/decode-callback-event.js';
import { decodeStatusNotification } from '../gms/decode-status-notification.js';
import { KEY_VALUE_PAIRS, MANDATORY_FIELDS } from '../gms/key-value-pairs.js';
import { type DecodeText, parseBody, type ParsedBody } from './parse-body.js';
import { looksLikeForm, parseForm } from './parse-form.js';
import { splitArray } from './split-array.js';
import { type Undecoded, undecodedTexts } from './undecoded-text.js';
import { bounded, show, splitDuplicates, tooLarge } from './violations.js';

export interface Refusal {
  readonly kind: 'refused';
  readonly reason: QuarantineReason;
  readonly violations: readonly Violation[];
}

/** Of one event, one call's attached data, or one status notification. */
export type CallbackJudgement =
  | Refusal
  | {
      readonly kind: 'event';
      readonly event: ReceivedEvent;
      /** Why it may not be applied unless a final record is held already; null for a complete event. */
      readonly refusal: Refusal | null;
      readonly warnings: readonly Violation[];
    }
  | { readonly kind: 'attached'; readonly attached: AttachedData; readonly warnings: readonly Violation[] }
  | { readonly kind: 'status'; readonly status: StatusNotification; readonly warnings: readonly Violation[] };

/** Several events in one body, each judged as if it had come alone. */
export interface SeveralEvents {
  readonly kind: 'several';
  readonly parts: readonly { readonly delivery: Delivery; readonly judgement: CallbackJudgement }[];
}

/** Judges a delivery of a callback endpoint. Throws nothing: whatever the bytes are, there is a judgement. */
export type CallbackJudge = (delivery: Delivery) => CallbackJudgement | SeveralEvents;

export interface CallbackJudgeOptions {
  /** The decoder of a source's texts. */
  readonly decodeTextOf: (source: string) => DecodeText;
  readonly digest: Digest;
  readonly validate: (value: unknown) => readonly SchemaViolation[];
}

/** Events in one body (contract section 3). */
const MAX_EVENTS_PER_POST = 1000;

type Parsed = Extract<ParsedBody, { ok: true }>;

export function makeCallbackJudge(options: CallbackJudgeOptions): CallbackJudge {
  return (delivery) => {
    if (delivery.oversize) return refuse('too_large', [tooLarge(delivery.oversize.size)]);
    const decodeText = options.decodeTextOf(delivery.source);
    // JSON or form encoding, told apart by the first character: the content type is not kept with a body.
    const { bytes } = delivery;
    const body = looksLikeForm(bytes) ? parseForm(bytes, decodeText) : parseBody(bytes, decodeText);
    const context = { ...options, source: delivery.source, receivedAtMs: delivery.receivedAtMs, show };
    if (delivery.endpoint === 'status-notifications') return judgeStatus(body, decodeText(bytes), context);
    if (!body.ok) return refuse('not_json', [body.violation]);
    if (delivery.endpoint === 'attached-data') return judgeAttachedData(wholly(body, bytes), context);
    if (!Array.isArray(body.value)) return judgeEvent(wholly(body, bytes), context);
    return judgeEvents(delivery, body.value.length, decodeText, context);
  };
}

function judgeEvents(
  delivery: Delivery,
  length: number,
  decodeText: DecodeText,
  context: DecodeContext,
): CallbackJudgement | SeveralEvents {
  if (length === 0 || length > MAX_EVENTS_PER_POST) {
    return refuse('schema', [{ field: '', rule: `1 to ${MAX_EVENTS_PER_POST} events`, found: String(length) }]);
  }
  const parts = splitArray(delivery.bytes).flatMap((bytes) => {
    const element = parseBody(bytes, decodeText);
    if (!element.ok) return [];
    return [{ delivery: { ...delivery, bytes }, judgement: judgeEvent(wholly(element, bytes), context) }];
  });
  if (parts.length !== length) {
    // Elements of a JSON array are JSON, unless the encoding has quotes and brackets inside other characters.
    const rule = 'one event alone, in an encoding whose bytes cannot be told apart';
    return refuse('schema', [{ field: '', rule, found: `${parts.length} of ${length} events` }]);
  }
  return { kind: 'several', parts };
}

function judgeEvent(body: Parsed, context: DecodeContext): CallbackJudgement {
  const { event, faults, warnings: oddities } = decodeCallbackEvent(body.value, context);
  const { fatalDuplicates, duplicates } = splitDuplicates(body.violations);
  const warnings = bounded([...duplicates, ...oddities]);
  const fatal = [...fatalDuplicates, ...faults];
  const refusal = fatal.length === 0 ? null : refuse(reasonFor(fatal), [...fatal, ...warnings]);
  if (refusal !== null && (event === null || fatalDuplicates.length > 0)) return refusal;
  return event === null ? refuse('schema', warnings) : { kind: 'event', event, refusal, warnings };
}

/** A body with all it says: its `UserData`, and the bytes of texts that are not in the source's encoding. */
function wholly(body: Parsed, bytes: string): Parsed {
  return withUndecoded(withUserData(body), undecodedTexts(body.value, body.text, bytes));
}

/** Texts that lost characters in decoding are kept with their bytes too: two of them are not the same content. */
function withUndecoded(body: Parsed, undecoded: readonly Undecoded[]): Parsed {
  if (undecoded.length === 0 || !isBody(body.value)) return body;
  const kept = undecoded.map(([field, found]) => [`${field} (bytes)`, found] as const);
  const violations = undecoded.map(([field, found]) => ({
    field,
    rule: IN_ENCODING,
    found: show(found),
    fatal: false,
  }));
  return {
    ...body,
    value: { ...body.value, ...Object.fromEntries(kept) },
    violations: [...body.violations, ...violations],
  };
}

const IN_ENCODING = 'in the encoding of its source';

/** A body whose `UserData` is JSON in a text, as forms have it, with the object it means: parsed like any body. */
function withUserData(body: Parsed): Parsed {
  const { value } = body;
  if (!isBody(value) || typeof value['UserData'] !== 'string') return body;
  const inner = parseBody(value['UserData'], (decoded) => decoded);
  if (!inner.ok || !isBody(inner.value)) return body;
  const violations = [...body.violations, ...inner.violations];
  return { ...body, value: { ...value, UserData: inner.value }, violations };
}

function judgeAttachedData(body: Parsed, context: DecodeContext): CallbackJudgement {
  const decoded = decodeAttachedData(body.value, context);
  const { fatalDuplicates, duplicates } = splitDuplicates(body.violations);
  const warnings = bounded([...duplicates, ...decoded.warnings]);
  const fatal = [...fatalDuplicates, ...(decoded.attached === null ? decoded.faults : [])];
  if (decoded.attached === null || fatal.length > 0) return refuse(reasonFor(fatal), [...fatal, ...warnings]);
  return { kind: 'attached', attached: decoded.attached, warnings };
}

function judgeStatus(body: ParsedBody, text: string, context: DecodeContext): CallbackJudgement {
  const { fatalDuplicates, duplicates: warnings } = splitDuplicates(body.ok ? body.violations : []);
  if (fatalDuplicates.length > 0) return refuse('schema', [...fatalDuplicates, ...warnings]);
  const { status, faults } = decodeStatusNotification(body.ok ? body.value : null, text, context);
  if (status === null) return refuse(reasonFor(faults), [...faults, ...warnings]);
  return { kind: 'status', status, warnings: bounded(warnings) };
}

function refuse(reason: QuarantineReason, violations: readonly Violation[]): Refusal {
  return { kind: 'refused', reason, violations: bounded(violations) };
}

/** The one reason under which a refused body is counted. */
function reasonFor(faults: readonly Violation[]): QuarantineReason {
  return faults.some(({ rule }) => rule === 'present') ? 'missing_key' : 'schema';
}

/** The mandatory keys that a refusal names as missing. */
export function missingKeys(violations: readonly Violation[]): string[] {
  const missing = violations.filter(({ field, rule }) => rule === 'present' && MANDATORY.has(field));
  return missing.map(({ field }) => field);
}

const MANDATORY: ReadonlySet<string> = new Set(MANDATORY_FIELDS.map((field) => KEY_VALUE_PAIRS[field].name));
