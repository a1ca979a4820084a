/** From a parsed body to what a call's attached data says about a callback (sources.md#callback-attached-data). */
import type { AttachedData } from '../domain/callback.js';
import { lengthPrefixed } from '../domain/identity.js';
import { canonicalJson, isBody } from '../domain/json.js';
import type { Violation } from '../domain/notification.js';
import { ID_RULE, MOST_ID_CHARACTERS } from './callback-schema.js';
import { type DecodeContext, readKeys } from './decode-callback-event.js';
import { asTexts, firstText, unwrap } from './event-keys.js';
import { KEY_VALUE_PAIRS } from './key-value-pairs.js';

const INTERACTION_KEYS = ['interaction_id', '_interaction_id', '_originating_interaction_id', 'InteractionID'];
const TIMES = ['serviceStartMs', 'acceptedMs', 'customerConnectedMs', 'offeredMs'] as const;

export type DecodedAttachedData =
  | { readonly attached: AttachedData; readonly warnings: readonly Violation[] }
  | { readonly attached: null; readonly faults: readonly Violation[]; readonly warnings: readonly Violation[] };

export function decodeAttachedData(value: unknown, context: DecodeContext): DecodedAttachedData {
  if (!isBody(value)) {
    const found = context.show(value);
    return { attached: null, faults: [{ field: '', rule: 'a JSON object', found }], warnings: [] };
  }
  const { keys, warnings: besides } = unwrap(value, context.show);
  const { values, sent, warnings: oddities } = readKeys(keys, context);
  const interactionId = firstText(keys, INTERACTION_KEYS);
  const serviceId = values[KEY_VALUE_PAIRS.serviceId.name];
  const warnings = [...besides, ...oddities];
  const faults: Violation[] = [];
  if (interactionId === null) faults.push(missing('interaction_id'));
  if (typeof serviceId !== 'string') faults.push(missing(KEY_VALUE_PAIRS.serviceId.name));
  for (const [field, id] of [
    ['interaction_id', interactionId],
    [KEY_VALUE_PAIRS.serviceId.name, serviceId],
  ] as const) {
    if (typeof id === 'string' && id.length > MOST_ID_CHARACTERS)
      faults.push({ field, rule: ID_RULE, found: context.show(id) });
  }
  if (interactionId === null || typeof serviceId !== 'string' || faults.length > 0)
    return { attached: null, faults, warnings };
  const unreadable = new Set<string>();
  for (const { field, rule, value: read } of context.validate(values)) {
    // Only four of its keys stand on a call: the others are not missing here.
    if (rule === 'present') continue;
    warnings.push({ field, rule, found: context.show(sent.get(field) ?? read) });
    unreadable.add(field);
  }
  const [serviceStartMs = null, acceptedMs = null, customerConnectedMs = null, offeredMs = null] = TIMES.map(
    (field) => {
      const { name } = KEY_VALUE_PAIRS[field];
      const seconds = values[name];
      return typeof seconds === 'number' && !unreadable.has(name) ? seconds * 1000 : null;
    },
  );
  const { source, receivedAtMs, digest } = context;
  const content = digest(lengthPrefixed([source, interactionId, serviceId, canonicalJson(asTexts(keys))]));
  const times = { serviceStartMs, acceptedMs, customerConnectedMs, offeredMs };
  const attached = {
    source,
    receivedAtMs,
    interactionId,
    serviceId,
    ...times,
    received: JSON.stringify(asTexts(keys)),
    digest: content,
  };
  return { attached, warnings };
}

function missing(field: string): Violation {
  return { field, rule: 'present', found: 'nothing' };
}
