/**
 * From a parsed body to one event of a callback, or to everything that is wrong with it. `_CB_*` names end here.
 * Fatal are the five keys without which Info Mart makes no record (sources.md#callback-mandatory); anything else that
 * cannot be read is kept as received, with a warning.
 */
import type { ReceivedEvent } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { type Digest, lengthPrefixed } from '../domain/identity.js';
import { type Body, canonicalJson, isBody } from '../domain/json.js';
import type { SchemaViolation, Violation } from '../domain/notification.js';
import {
  asText,
  asTexts,
  fieldOf,
  isCanonical,
  isKeptName,
  originatingInteraction,
  serviceName,
  unwrap,
} from './event-keys.js';
import { FIELDS, KEY_VALUE_PAIRS, pairOf } from './key-value-pairs.js';
import { isSaid, readValue } from './read-value.js';

export interface DecodeContext {
  readonly source: string;
  readonly receivedAtMs: number;
  readonly digest: Digest;
  readonly validate: (value: unknown) => readonly SchemaViolation[];
  /** Shows a value in a violation, bounded. */
  readonly show: (value: unknown) => string;
}

export type DecodedEvent =
  | {
      /** `isComplete` is false when a mandatory key is missing or unreadable: then `faults` says which. */
      readonly event: ReceivedEvent;
      readonly faults: readonly Violation[];
      readonly warnings: readonly Violation[];
    }
  | { readonly event: null; readonly faults: readonly Violation[]; readonly warnings: readonly Violation[] };

export function decodeCallbackEvent(value: unknown, context: DecodeContext): DecodedEvent {
  if (!isBody(value)) {
    return { event: null, faults: [{ field: '', rule: 'a JSON object', found: context.show(value) }], warnings: [] };
  }
  const { keys, warnings: besides } = unwrap(value, context.show);
  const reading = readKeys(keys, context);
  const faults: Violation[] = [];
  const warnings = [...besides, ...reading.warnings];
  for (const { field, rule, value: read, fatal } of context.validate(reading.values)) {
    const found = context.show(reading.sent.get(field) ?? read);
    (fatal ? faults : warnings).push({ field, rule, found });
    const name = fieldOf(field);
    // An unreadable value counts as absent; as received it is kept.
    if (name !== undefined) reading.unreadable.add(name);
  }
  const serviceId = reading.values[KEY_VALUE_PAIRS.serviceId.name];
  if (typeof serviceId !== 'string') return { event: null, faults, warnings };
  const content = { ...reading.strange, ...reading.values };
  const event: ReceivedEvent = {
    source: context.source,
    receivedAtMs: context.receivedAtMs,
    record: recordOf(reading, serviceId),
    isComplete: faults.length === 0,
    keyCount: Object.keys(content).length,
    digest: context.digest(lengthPrefixed([context.source, serviceId, canonicalJson(content)])),
    received: JSON.stringify(asTexts(keys)),
    originatingIxnId: originatingInteraction(keys),
    service: serviceName(keys),
  };
  return { event, faults, warnings };
}

interface Reading {
  /** What the schema is held against: registry names to read values, absent ones left out. */
  readonly values: Record<string, unknown>;
  /** The same names to what was sent. */
  readonly sent: ReadonlyMap<string, unknown>;
  /** Keys of somebody else that say something, and keys of ours that say something else than their other spelling. */
  readonly strange: Record<string, unknown>;
  readonly unreadable: Set<keyof CallbackRecord>;
  readonly warnings: readonly Violation[];
}

export function readKeys(keys: Body, { show }: Pick<DecodeContext, 'show'>): Reading {
  const values: Record<string, unknown> = {};
  const sent = new Map<string, unknown>();
  const strange = Object.create(null) as Record<string, unknown>;
  const warnings: Violation[] = [];
  // The upper-case spelling counts where both are there, whatever their order.
  const entries = Object.entries(keys).sort(([a], [b]) => Number(isCanonical(b)) - Number(isCanonical(a)));
  for (const [key, value] of entries) {
    const field = fieldOf(key);
    if (field === undefined) {
      if (isSaid(value)) strange[key] = asText(value);
      if (/^_cb_/i.test(key) && !isKeptName(key))
        warnings.push({ field: key, rule: 'a known field', found: show(value) });
      continue;
    }
    const pair = pairOf(field);
    const read = readValue(pair, value);
    if (read === null) continue;
    const before = values[pair.name];
    if (before === undefined) {
      values[pair.name] = read;
      sent.set(pair.name, value);
    } else if (before !== read) {
      strange[key] = asText(value);
      warnings.push({ field: key, rule: `equal to ${pair.name}`, found: show(value) });
    }
    if (pair.words && typeof read === 'string' && !pair.words.includes(read)) {
      warnings.push({ field: pair.name, rule: 'a known word', found: show(value) });
    }
  }
  return { values, sent, strange, unreadable: new Set(), warnings };
}

function recordOf({ values, unreadable }: Reading, serviceId: string): CallbackRecord {
  const record: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const { name, type } = pairOf(field);
    const value = unreadable.has(field) ? null : (values[name] ?? null);
    record[field] = type === 'timestamp' && typeof value === 'number' ? value * 1000 : value;
  }
  return { ...(record as unknown as CallbackRecord), serviceId };
}
