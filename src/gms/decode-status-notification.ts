/**
 * From whatever GMS posts as a status notification (httpcb) to an event name and a service id. The body's keys are not
 * documented, so both are looked for wherever they may be; the rest is kept (sources.md#callback-httpcb).
 */
import type { StatusNotification } from '../domain/callback.js';
import { type Digest, lengthPrefixed } from '../domain/identity.js';
import { canonicalJson, isBody } from '../domain/json.js';
import type { Violation } from '../domain/notification.js';
import { ID_RULE, MOST_ID_CHARACTERS } from './callback-schema.js';
import { KEY_VALUE_PAIRS } from './key-value-pairs.js';
import { liveStateOf } from './live-state.js';

/** Event names begin with this; those of GMS 8.5 are listed in live-state.ts. */
const EVENT_NAME = /_cbe_on_[a-z0-9_]{1,100}/i;
const SERVICE_ID_KEYS = [
  '_service_id',
  'service_id',
  'serviceid',
  KEY_VALUE_PAIRS.serviceId.name.toLowerCase(),
  '_id',
  'id',
];
const SERVICE_ID_TEXT = /_?service_?id["']?\s*[=:>]\s*["']?([\w.-]{1,255})/i;
const DESIRED_KEYS = ['_desired_time', 'desired_time'];

/** Milliseconds from this on in a bare number, seconds below. */
const FIRST_MILLISECONDS = 1e11;

export interface StatusContext {
  readonly source: string;
  readonly receivedAtMs: number;
  readonly digest: Digest;
}

export type DecodedStatus =
  | { readonly status: StatusNotification; readonly faults: readonly Violation[] }
  | { readonly status: null; readonly faults: readonly Violation[] };

/** `value` is the parsed body, or null when it is neither JSON nor a form; `text` is the body itself. */
export function decodeStatusNotification(value: unknown, text: string, context: StatusContext): DecodedStatus {
  const [event] = EVENT_NAME.exec(text) ?? [];
  const leaves = [...leavesOf(value)];
  const serviceId = find(leaves, SERVICE_ID_KEYS) ?? SERVICE_ID_TEXT.exec(text)?.[1] ?? null;
  const faults: Violation[] = [];
  if (event === undefined) faults.push({ field: '', rule: 'names an event (_cbe_on_…)', found: 'none' });
  if (serviceId === null) faults.push({ field: '_service_id', rule: 'present', found: 'nothing' });
  if (serviceId !== null && serviceId.length > MOST_ID_CHARACTERS)
    faults.push({ field: '_service_id', rule: ID_RULE, found: `${serviceId.length} characters` });
  if (event === undefined || serviceId === null || faults.length > 0) return { status: null, faults };
  const { source, receivedAtMs, digest } = context;
  const received = isBody(value) ? canonicalJson(value) : JSON.stringify({ text });
  return {
    faults: [],
    status: {
      source,
      receivedAtMs,
      serviceId,
      event,
      state: liveStateOf(event),
      desiredMs: timeOf(find(leaves, DESIRED_KEYS)),
      received,
      digest: digest(lengthPrefixed([source, serviceId, received])),
    },
  };
}

/** Every key with a plain value, at any depth; the depth of a body is bounded before it is parsed. */
function* leavesOf(value: unknown): Generator<readonly [key: string, text: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'string' || typeof item === 'number') yield [key.toLowerCase(), String(item).trim()];
    else yield* leavesOf(item);
  }
}

/** The value of the first of these names that stands anywhere. */
function find(leaves: readonly (readonly [string, string])[], names: readonly string[]): string | null {
  for (const name of names) {
    const [, text] = leaves.find(([key, value]) => key === name && value !== '') ?? [];
    if (text !== undefined) return text.toWellFormed();
  }
  return null;
}

/** Ends with a zone, or is a day alone, which is UTC; GMS says its times in UTC. */
const ZONED = /(?:Z|[+-]\d\d:?\d\d|^\d{4}-\d\d-\d\d)$/i;

/** GMS writes times as ISO 8601, or as a number of seconds or milliseconds. */
function timeOf(text: string | null): number | null {
  if (text === null) return null;
  const number = Number(text);
  const ms = Number.isNaN(number)
    ? Date.parse(ZONED.test(text) ? text : `${text}Z`)
    : number >= FIRST_MILLISECONDS
      ? number
      : number * 1000;
  return Number.isFinite(ms) && ms > 0 && ms < FIRST_MILLISECONDS * 1000 ? ms : null;
}
