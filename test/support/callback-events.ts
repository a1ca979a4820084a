/** Bodies and events of callbacks. */
import type { ReceivedEvent } from '../../src/domain/callback.js';
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { canonicalJson } from '../../src/domain/json.js';
import { FIELDS } from '../../src/gms/key-value-pairs.js';
import { aRecord } from './callback-rows.js';
import { digest, T0 } from './notifications.js';

/** The key-value pairs of one event that is not final, as a strategy posts them; undefined takes a key away. */
export function anEventBody(parts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const body: Record<string, unknown> = {
    _CB_SERVICE_ID: 'service-1',
    _CB_T_SERVICE_START: T0 / 1000,
    _CB_D_CALLBACK_OFFER: 12,
    _CB_N_CALLBACK_OFFERED: 1,
    _CB_T_CALLBACK_OFFERED: T0 / 1000,
    ...parts,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** The same in form encoding. */
export function asForm(body: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(
    Object.entries(body).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
}

type EventParts = Partial<Omit<ReceivedEvent, 'record'>> & { readonly record?: Partial<CallbackRecord> };

/** A decoded event; events of equal source and record are equal. */
export function anEvent({ record: said = {}, ...parts }: EventParts = {}): ReceivedEvent {
  const record = aRecord(said);
  return {
    source: 'default',
    receivedAtMs: T0 + 5000,
    record,
    isComplete: true,
    keyCount: FIELDS.filter((field) => record[field] !== null).length,
    digest: digest(canonicalJson(record)),
    received: JSON.stringify({ said: canonicalJson(said) }),
    originatingIxnId: null,
    service: null,
    ...parts,
  };
}
