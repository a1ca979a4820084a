/** Looks into what the three callback endpoints receive. */
import type { AttachedData, ReceivedEvent, StatusNotification } from '../domain/callback.js';
import type { Digest } from '../domain/identity.js';
import { type Body, isBody } from '../domain/json.js';
import type { LegacyCallbackEvent } from '../domain/legacy-callback.js';
import type { SchemaViolation, Violation } from '../domain/notification.js';
import { isRetelling } from '../domain/origin.js';
import type { QuarantineReason } from '../domain/quarantine.js';
import type { Delivery } from '../domain/store.js';
import { decodeAttachedData } from '../gms/decode-attached-data.js';
import { type DecodeContext, decodeCallbackEvent } from '../gms/decode-callback-event.js';
import { decodeStatusNotification } from '../gms/decode-status-notification.js';
import { fieldOf } from '../gms/event-keys.js';
import { KEY_VALUE_PAIRS, MANDATORY_FIELDS } from '../gms/key-value-pairs.js';
import { decodeLegacyEvent } from '../gms/legacy-keys.js';
import { asWritten } from './as-written.js';
import { openWrappers, type Parsed, parseWithin } from './open-texts.js';
import { type BodyViolation, type DecodeText, parseBody, type ParsedBody } from './parse-body.js';
import { looksLikeForm, parseForm } from './parse-form.js';
import type { Refusal } from './refusal.js';
import { splitArray } from './split-array.js';
import { losesCharacters, type Undecoded, undecodedTexts } from './undecoded-text.js';
import { bounded, show, splitDuplicates, tooLarge } from './violations.js';

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

/** An event from before there were records. */
export interface LegacyEvent {
  readonly kind: 'legacy';
  readonly legacy: LegacyCallbackEvent;
  readonly warnings: readonly Violation[];
}

/** Several events in one body, each judged as if it had come alone. */
export interface SeveralEvents {
  readonly kind: 'several';
  readonly parts: readonly { readonly delivery: Delivery; readonly judgement: CallbackJudgement }[];
}

/** Judges a delivery of a callback endpoint. Throws nothing: whatever the bytes are, there is a judgement. */
export type CallbackJudge = (delivery: Delivery) => CallbackJudgement | LegacyEvent | SeveralEvents;

export interface CallbackJudgeOptions {
  /** The decoder of a source's texts. */
  readonly decodeTextOf: (source: string) => DecodeText;
  readonly digest: Digest;
  readonly validate: (value: unknown) => readonly SchemaViolation[];
}

/**
 * Events in one body (contract section 3).
 * @bound events in one post
 * @beyond 422, quarantine
 * @seen `ocs_monitor_rejected_total`
 */
const MAX_EVENTS_PER_POST = 1000;

export function makeCallbackJudge(options: CallbackJudgeOptions): CallbackJudge {
  return (delivery) => {
    if (delivery.oversize) return refuse('too_large', [tooLarge(delivery.oversize)]);
    const decodeText = options.decodeTextOf(delivery.source);
    // JSON or form encoding, told apart by the first character: the content type is not kept with a body.
    const { bytes } = delivery;
    const body = looksLikeForm(bytes) ? parseForm(bytes, decodeText) : parseBody(bytes, decodeText);
    const context = { ...options, source: delivery.source, receivedAtMs: delivery.receivedAtMs, show };
    if (delivery.endpoint === 'status-notifications') return judgeStatus(body, bytes, decodeText(bytes), context);
    if (!body.ok) return refuse('not_json', [body.violation]);
    if (delivery.endpoint === 'attached-data') return judgeAttachedData(wholly(body, bytes), context);
    const legacy = legacyIn(body, delivery, options.digest);
    if (legacy !== null) return legacy;
    if (!Array.isArray(body.value)) return judgeEvent(wholly(body, bytes), context);
    return judgeEvents(delivery, { length: body.value.length, violations: body.violations }, decodeText, context);
  };
}

/**
 * What other programs tell goes back to times when there were no records. A sender that posts such keys today lacks the
 * mandatory ones, and is told so.
 */
function legacyIn(
  body: Parsed,
  { origin, source, receivedAtMs }: Delivery,
  digest: Digest,
): LegacyEvent | Refusal | null {
  if (origin === undefined || !isRetelling(origin)) return null;
  const legacy = decodeLegacyEvent(body.value, { source, atMs: receivedAtMs, origin, digest });
  if (legacy === null) return null;
  const { fatalDuplicates, duplicates } = splitDuplicates(body.violations);
  if (fatalDuplicates.length > 0) return refuse('schema', [...fatalDuplicates, ...duplicates]);
  return { kind: 'legacy', legacy, warnings: bounded(duplicates) };
}

function judgeEvents(
  delivery: Delivery,
  { length, violations }: { readonly length: number; readonly violations: readonly BodyViolation[] },
  decodeText: DecodeText,
  context: DecodeContext,
): CallbackJudgement | SeveralEvents {
  if (length === 0 || length > MAX_EVENTS_PER_POST) {
    return refuse('schema', [{ field: '', rule: `1 to ${MAX_EVENTS_PER_POST} events`, found: String(length) }]);
  }
  const elements = splitArray(delivery.bytes).flatMap((bytes) => {
    const element = parseBody(bytes, decodeText);
    return element.ok ? [{ bytes, element }] : [];
  });
  if (elements.length !== length) {
    // Elements of a JSON array are JSON, unless the encoding has quotes and brackets inside other characters.
    const rule = 'one event alone, in an encoding whose bytes cannot be told apart';
    return refuse('schema', [{ field: '', rule, found: `${elements.length} of ${length} events` }]);
  }
  // What concerns none of the elements is said with the last.
  const ofAll = violations.filter(({ field }) => field === '');
  const parts = elements.map(({ bytes, element }, index) => {
    const behind = index === length - 1 ? ofAll : [];
    const body = wholly({ ...element, violations: [...element.violations, ...behind] }, bytes);
    return { delivery: { ...delivery, bytes }, judgement: judgeEvent(body, context) };
  });
  return { kind: 'several', parts };
}

function judgeEvent(body: Whole, context: DecodeContext): CallbackJudgement {
  const { event, faults, warnings: oddities } = decodeCallbackEvent(body.value, context);
  const { fatalDuplicates, duplicates } = splitDuplicates(body.violations);
  const warnings = listed([...duplicates, ...oddities], body);
  const fatal = [...fatalDuplicates, ...faults];
  const refusal = fatal.length === 0 ? null : refuse(reasonFor(fatal), [...listed(fatal, body), ...warnings]);
  if (refusal !== null && (event === null || fatalDuplicates.length > 0)) return refusal;
  return event === null ? refuse('schema', warnings) : { kind: 'event', event, refusal, warnings };
}

/** A body with all it says: its `UserData`, and the bytes of texts that are not in the source's encoding. */
interface Whole {
  readonly value: unknown;
  readonly violations: readonly BodyViolation[];
  /** The JSON texts it consists of. */
  readonly texts: readonly string[];
}

function wholly(body: Parsed, bytes: string): Whole {
  const { value, text, violations } = body;
  const texts = looksLikeForm(bytes) ? [] : [text];
  if (!isBody(value)) return { value, violations, texts };
  const opened = openWrappers(value, body.undecoded ?? undecodedTexts(value, text, bytes));
  return withUndecoded(
    {
      value: opened.value,
      violations: [...violations, ...opened.violations],
      texts: [...texts, ...opened.texts],
    },
    opened.undecoded,
  );
}

/** Texts that lost characters in decoding are kept with their bytes too: two of them are not the same content. */
function withUndecoded(body: Whole & { readonly value: Body }, undecoded: readonly Undecoded[]): Whole {
  if (undecoded.length === 0) return body;
  const kept = undecoded.map(([field, found]) => [`${field} (bytes)`, found] as const);
  const violations = undecoded.map(([field, found]) => ({ ...inEncoding(field, found), fatal: false }));
  return {
    ...body,
    value: { ...body.value, ...Object.fromEntries(kept) },
    violations: [...body.violations, ...violations],
  };
}

function inEncoding(field: string, bytes: string): Violation {
  const found = field === '' ? `${bytes.length} bytes` : show(bytes);
  return { field, rule: 'in the encoding of its source', found };
}

function judgeAttachedData(body: Whole, context: DecodeContext): CallbackJudgement {
  const decoded = decodeAttachedData(body.value, context);
  const { fatalDuplicates, duplicates } = splitDuplicates(body.violations);
  const warnings = listed([...duplicates, ...decoded.warnings], body);
  const fatal = [...fatalDuplicates, ...(decoded.attached === null ? decoded.faults : [])];
  if (decoded.attached === null || fatal.length > 0)
    return refuse(reasonFor(fatal), [...listed(fatal, body), ...warnings]);
  return { kind: 'attached', attached: decoded.attached, warnings };
}

/** `text` is the body as decoded, whether it was parsed or not. */
function judgeStatus(body: ParsedBody, bytes: string, text: string, context: DecodeContext): CallbackJudgement {
  const { value, violations } = body.ok ? kept(body, bytes) : { value: null, violations: [] };
  const isLost = !isBody(value) && losesCharacters(text, bytes);
  const within: BodyViolation[] = [];
  const openText = (nested: string) => {
    const opened = parseWithin(nested);
    for (const violation of opened?.violations ?? []) within.push(violation);
    return opened?.value;
  };
  const statusContext = { ...context, openText, ...(isLost && { bytes }) };
  const { status, faults } = decodeStatusNotification(value, text, statusContext);
  const { fatalDuplicates, duplicates } = splitDuplicates([...violations, ...within]);
  const warnings = bounded([...duplicates, ...(isLost ? [inEncoding('', bytes)] : [])]);
  if (fatalDuplicates.length > 0) return refuse('schema', [...fatalDuplicates, ...warnings]);
  if (status === null) return refuse(reasonFor(faults), [...faults, ...warnings]);
  return { kind: 'status', status, warnings };
}

/** A body as it is, and the bytes of texts that are not in the source's encoding. */
function kept({ value, text, violations, undecoded }: Parsed, bytes: string): Whole {
  const whole = { value, violations, texts: [] };
  return isBody(value) ? withUndecoded({ ...whole, value }, undecoded ?? undecodedTexts(value, text, bytes)) : whole;
}

/** Violations as they are told: not too many, and with what was found as it was sent. */
function listed(violations: readonly Violation[], { texts }: Whole): readonly Violation[] {
  const meaningOf = (key: string) => {
    const field = fieldOf(key);
    return field === undefined ? key : KEY_VALUE_PAIRS[field].name;
  };
  // A number to call is recognised, and masked, by its digits.
  const isHidden = (source: string) => /\d[eE]/.test(source);
  return asWritten(bounded(violations), { texts, meaningOf, isHidden });
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
