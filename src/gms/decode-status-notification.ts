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
import { saysId } from './read-value.js';

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
const SERVICE_ID_TEXT = /_?service_?id\\*["']?\s*[=:>]\s*\\*["']?([\w.-]{1,255})/gi;
const DESIRED_KEYS = ['_desired_time', 'desired_time'];
/**
 * Texts within texts are opened this deep.
 * @bound texts within texts of a status notification
 * @beyond deeper ones are not opened
 * @seen the quarantine
 */
const MAX_NESTING = 4;

/** Milliseconds from this on in a bare number, seconds below. */
const FIRST_MILLISECONDS = 1e11;

export interface StatusContext {
  readonly source: string;
  readonly receivedAtMs: number;
  readonly digest: Digest;
  /** The object or array that a text holds, if any: senders wrap a notification as JSON in a text. */
  readonly openText?: (text: string) => unknown;
  /** The body's bytes, when its text lost characters in decoding and nothing else tells them. */
  readonly bytes?: string;
}

export type DecodedStatus =
  | { readonly status: StatusNotification; readonly faults: readonly Violation[] }
  | { readonly status: null; readonly faults: readonly Violation[] };

/** `value` is the parsed body, or null when it is neither JSON nor a form; `text` is the body itself. */
export function decodeStatusNotification(value: unknown, text: string, context: StatusContext): DecodedStatus {
  const { openText = () => undefined } = context;
  const leaves = [...leavesOf('', value, openText)];
  const event = eventIn([text]) ?? eventIn(leaves.flat());
  const serviceId = find(leaves, SERVICE_ID_KEYS) ?? serviceIdIn(text);
  const faults: Violation[] = [];
  if (event === null) faults.push({ field: '', rule: 'one that names an event (_cbe_on_…)', found: 'none' });
  if (serviceId === null) faults.push({ field: '_service_id', rule: 'present', found: 'nothing' });
  if (serviceId !== null && serviceId.length > MOST_ID_CHARACTERS)
    faults.push({ field: '_service_id', rule: ID_RULE, found: `${serviceId.length} characters` });
  if (event === null || serviceId === null || faults.length > 0) return { status: null, faults };
  const { source, receivedAtMs, digest, bytes } = context;
  const received = isBody(value)
    ? canonicalJson(value)
    : JSON.stringify({ text, ...(bytes !== undefined && { bytes }) });
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

type Leaf = readonly [key: string, text: string];

/** Every key with a plain value, at any depth, in texts too; the depth of a body is bounded before it is parsed. */
function* leavesOf(key: string, value: unknown, openText: (text: string) => unknown, nesting = 0): Generator<Leaf> {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value).trim();
    yield [key.toLowerCase(), text];
    const opened = nesting < MAX_NESTING ? openText(text) : undefined;
    if (opened !== undefined) yield* leavesOf(key, opened, openText, nesting + 1);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) yield* leavesOf(name, item, openText, nesting);
  }
}

function eventIn(texts: readonly string[]): string | null {
  for (const text of texts) {
    const [event] = EVENT_NAME.exec(text) ?? [];
    if (event !== undefined) return event;
  }
  return null;
}

/** The id of the first of these names that stands anywhere and has one. */
function find(leaves: readonly Leaf[], names: readonly string[]): string | null {
  for (const name of names) {
    const [, text] = leaves.find(([key, value]) => key === name && saysId(value)) ?? [];
    if (text !== undefined) return text.toWellFormed();
  }
  return null;
}

/** The id in a text that is neither JSON nor a form. */
function serviceIdIn(text: string): string | null {
  for (const [, id = ''] of text.matchAll(SERVICE_ID_TEXT)) if (saysId(id)) return id;
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
