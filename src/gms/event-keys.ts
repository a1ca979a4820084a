/** The keys of one event, whatever wraps them and however they are spelled. */
import { type Body, canonicalJson, isBody } from '../domain/json.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import type { Violation } from '../domain/notification.js';
import { FIELD_OF_KEY, KEY_VALUE_PAIRS, pairOf } from './key-value-pairs.js';
import { isSaid, readValue, saysId } from './read-value.js';

/** Names under which an event says which callback service it belongs to. */
const SERVICE_KEYS = ['_service_name', 'service_name', 'gms_ServiceName', 'ServiceName'];
/** Names under which an event says which call asked for the callback. */
const ORIGINATING_KEYS = ['_originating_interaction_id', 'originating_interaction_id'];

/**
 * Wrappers within wrappers are opened this deep; deeper ones are values like any other.
 * @bound wrappers around the keys of an event
 * @beyond deeper ones are values like any other
 */
export const MAX_WRAPPERS = 4;
const WRAPPER = /^_?user[_-]?data$/i;

/** Whether a key of this name holds the pairs of an event. */
export function isWrapper(key: string): boolean {
  return WRAPPER.test(key);
}

/** The keys an event carries: those of its `UserData`, and its own. */
export interface Unwrapped {
  /** What stands beside `UserData` under a key that says something else in there has a name of its own here. */
  readonly keys: Body;
  readonly warnings: readonly Violation[];
}

export function unwrap(body: Body, show: (value: unknown) => string): Unwrapped {
  const [innermost = body, ...outer] = layersOf(body, MAX_WRAPPERS);
  if (outer.length === 0) return { keys: body, warnings: [] };
  const keys = new Map(Object.entries(innermost));
  const warnings: Violation[] = [];
  for (const layer of outer) {
    const within = saidIn(keys);
    for (const [key, value] of Object.entries(layer)) {
      const rivals = within.get(meaningOf(key)) ?? [];
      const [rival] = rivals;
      if (rival === undefined) keys.set(key, value);
      else if (!says(key, value)) continue;
      else if (rivals.some((other) => sameValue(other, [key, value]))) keys.set(key, keys.get(key) ?? value);
      else {
        keys.set(freeName(key, keys), value);
        warnings.push({ field: key, rule: `equal to ${rival[0]} in UserData`, found: show(value) });
      }
    }
  }
  return { keys: Object.fromEntries(keys), warnings };
}

/** The keys that say something, by what they mean. */
function saidIn(keys: ReadonlyMap<string, unknown>): ReadonlyMap<string, readonly Entry[]> {
  const said = new Map<string, Entry[]>();
  for (const [key, value] of keys) {
    if (!says(key, value)) continue;
    const meaning = meaningOf(key);
    const others = said.get(meaning);
    if (others) others.push([key, value]);
    else said.set(meaning, [[key, value]]);
  }
  return said;
}

/** The innermost pairs first: they are what was wrapped. */
function layersOf(body: Body, depth: number): Body[] {
  const entries = Object.entries(body);
  const isOpened = ([key, value]: readonly [string, unknown]) => depth > 0 && isWrapper(key) && isBody(value);
  const wrapped = entries.filter(isOpened).map(([, value]) => value as Body);
  if (wrapped.length === 0) return [body];
  const rest = Object.fromEntries(entries.filter((entry) => !isOpened(entry)));
  return [...wrapped.flatMap((inner) => layersOf(inner, depth - 1)), rest];
}

function meaningOf(key: string): string {
  return fieldOf(key) ?? key;
}

function says(key: string, value: unknown): boolean {
  const field = fieldOf(key);
  return field === undefined ? isSaid(value) : readValue(pairOf(field), value) !== null;
}

type Entry = readonly [key: string, value: unknown];

function sameValue(one: Entry, other: Entry): boolean {
  const [a, b] = [one, other].map(([key, value]) => {
    const field = fieldOf(key);
    return canonicalJson(field === undefined ? asText(value) : readValue(pairOf(field), value));
  });
  return a === b;
}

function freeName(key: string, keys: ReadonlyMap<string, unknown>): string {
  let name = `${key} (beside UserData)`;
  while (keys.has(name)) name += ' (again)';
  return name;
}

/** Names under which the service itself keeps what it could not apply. */
const KEPT_NAME = / \((?:bytes|beside UserData|again)\)$/;

export function isKeptName(key: string): boolean {
  return KEPT_NAME.test(key);
}

/** The field a key means, in the upper-case spelling or that of a start request; undefined for a key of somebody else. */
export function fieldOf(key: string): keyof CallbackRecord | undefined {
  return FIELD_OF_KEY.get(key) ?? FIELD_OF_KEY.get(key.toUpperCase());
}

/** Whether a key is spelled as the registry has it. */
export function isCanonical(key: string): boolean {
  const field = fieldOf(key);
  return field !== undefined && KEY_VALUE_PAIRS[field].name === key;
}

/** Name of the callback service, bounded; null when the event does not say it. */
export function serviceName(keys: Body): string | null {
  return firstText(keys, SERVICE_KEYS)?.slice(0, 100) ?? null;
}

export function originatingInteraction(keys: Body): string | null {
  return firstText(keys, ORIGINATING_KEYS);
}

/** The first of the names that carries a text or a number which may be an id. */
export function firstText(keys: Body, names: readonly string[]): string | null {
  for (const name of names) {
    const value = keys[name];
    const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
    if (saysId(text)) return text.toWellFormed();
  }
  return null;
}

/** Keys and values as received: scalars as texts, nested values as they are. */
export function asTexts(keys: Body): Body {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, asText(value)]));
}

export function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
