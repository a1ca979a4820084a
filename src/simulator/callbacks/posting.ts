/** Who writes down what is told of a callback, and how: senders differ in spelling, form and content type. */
import type { Body } from '../../domain/json.js';
import { encodeRecord, type PartialRecord, type Spelling } from '../../gms/encode-record.js';
import type { AttachedTelling, EventTelling, NotificationTelling, Telling } from './telling.js';

/** Where a post goes, below `/gms`. */
export const ENDPOINTS = ['callback-events', 'attached-data', 'status-notifications'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** A request body with its type. */
export interface Written {
  readonly contentType: string;
  readonly body: string;
}

/** What one strategy or application does: documented or seen ways of posting (sources.md#ors-fetch). */
export interface Habit {
  readonly name: string;
  readonly spelling: Spelling;
  readonly shape: 'object' | 'pair' | 'wrapper' | 'form';
}

const PLAIN: Spelling = { keys: 'upper-case', values: 'texts', nulls: 'omitted', leadingZeros: 0 };
const CARELESS: Spelling = { ...PLAIN, leadingZeros: 2 };

export const HABITS: readonly [Habit, ...Habit[]] = [
  { name: 'texts', spelling: PLAIN, shape: 'object' },
  { name: 'numbers', spelling: { ...PLAIN, values: 'numbers' }, shape: 'object' },
  { name: 'pair', spelling: { ...PLAIN, values: 'numbers' }, shape: 'pair' },
  { name: 'wrapper', spelling: PLAIN, shape: 'wrapper' },
  { name: 'form', spelling: PLAIN, shape: 'form' },
  { name: 'request spellings', spelling: { ...PLAIN, keys: 'request' }, shape: 'object' },
  { name: 'undefined', spelling: { ...CARELESS, nulls: 'undefined' }, shape: 'object' },
  { name: 'null', spelling: { ...CARELESS, nulls: 'null' }, shape: 'wrapper' },
  { name: 'empty', spelling: { ...CARELESS, nulls: 'empty' }, shape: 'form' },
];

/** What strategies that write out unset variables never set. */
const OFTEN_UNSET: PartialRecord = { dialogResult: null, finalDialResult: null, nextRedialMs: null, dial5Result: null };
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Events in the bodies they travel in: two together where that is the habit. */
export function inBodies(events: readonly EventTelling[], { shape }: Habit): EventTelling[][] {
  if (shape !== 'pair') return events.map((event) => [event]);
  const bodies: EventTelling[][] = [];
  for (let index = 0; index < events.length; index += 2) bodies.push(events.slice(index, index + 2));
  return bodies;
}

/** The pairs of one event as its sender writes them. */
export function pairsOf({ record }: EventTelling, { spelling }: Habit, serviceName: string): Body {
  const written = spelling.nulls === 'omitted' ? record : { ...OFTEN_UNSET, ...record };
  const originatingCall = record.originationIxnId ?? null;
  return {
    ...encodeRecord(written, spelling),
    _service_name: serviceName,
    ...(originatingCall !== null && { _originating_interaction_id: originatingCall }),
  };
}

export function writeEvents(events: readonly EventTelling[], habit: Habit, serviceName: string): Written {
  const items = events.map((event) => pairsOf(event, habit, serviceName));
  const [first = {}] = items;
  switch (habit.shape) {
    case 'pair':
      return json(items);
    case 'wrapper':
      return json({ UserData: first });
    case 'form':
      return form(first);
    case 'object':
      return json(first);
  }
}

/** The keys that a call carries. */
export function attachedPairsOf({ record }: AttachedTelling, { spelling }: Habit): Body {
  return encodeRecord(record, { ...spelling, keys: 'upper-case' });
}

/** By the IVR or the strategy that attaches the keys. */
export function writeAttached(telling: AttachedTelling, habit: Habit): Written {
  const pairs = { interaction_id: telling.interactionId, ...attachedPairsOf(telling, habit) };
  return habit.shape === 'form' ? form(pairs) : json(pairs);
}

export const NOTIFICATION_SHAPES = ['flat', 'nested', 'form'] as const;

/** GMS says no content type, and its keys are not documented ("Not documented" in sources.md): three plausible ways. */
export function writeNotification(
  { event, parameters }: NotificationTelling,
  serviceId: string,
  shape: (typeof NOTIFICATION_SHAPES)[number],
): Written {
  const all = { _service_id: serviceId, ...parameters };
  switch (shape) {
    case 'nested':
      return { contentType: 'text/plain', body: JSON.stringify({ notification: { event, data: all } }) };
    case 'form':
      return form({ event, ...all });
    case 'flat':
      return { contentType: 'text/plain', body: JSON.stringify({ event, ...all }) };
  }
}

function json(value: unknown): Written {
  return { contentType: JSON_TYPE, body: JSON.stringify(value) };
}

function form(pairs: Body): Written {
  const body = new URLSearchParams(
    Object.entries(pairs).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return { contentType: FORM_TYPE, body };
}

export function isOfKind<K extends Telling['kind']>(kind: K) {
  return (telling: Telling): telling is Extract<Telling, { kind: K }> => telling.kind === kind;
}
