/** The keys of one event, whatever wraps them and however they are spelled. */
import { type Body, isBody } from '../domain/json.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { FIELD_OF_KEY, KEY_VALUE_PAIRS } from './key-value-pairs.js';
import { isSaid } from './read-value.js';

/** Names under which an event says which callback service it belongs to. */
const SERVICE_KEYS = ['_service_name', 'service_name', 'gms_ServiceName', 'ServiceName'];
/** Names under which an event says which call asked for the callback. */
const ORIGINATING_KEYS = ['_originating_interaction_id', 'originating_interaction_id'];

/** The keys an event carries: its own, and those of its `UserData`. */
export function unwrap(body: Body): Body {
  const { UserData: inner, ...rest } = body as Body & { UserData?: unknown };
  return isBody(inner) ? { ...rest, ...inner } : body;
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

/** The first of the names that carries a text or a number. */
export function firstText(keys: Body, names: readonly string[]): string | null {
  for (const name of names) {
    const value = keys[name];
    const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
    if (isSaid(text)) return text.toWellFormed();
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
