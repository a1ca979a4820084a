import { type Callback, newCallback } from '../../src/domain/callback.js';
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { emptyRecord } from '../../src/gms/key-value-pairs.js';
import { aRecord } from './callback-rows.js';
import { T0 } from './notifications.js';

type Parts = Partial<Omit<Callback, 'record'>> & { record?: Partial<CallbackRecord> };

/** A finished callback, offered at T0, of which nothing else is reported; say only what matters to the test. */
export function aCallback({ record, ...parts }: Parts = {}): Callback {
  const serviceId = parts.serviceId ?? 'service-1';
  const isFinal = parts.isFinal ?? true;
  const reported = { serviceStartMs: T0, offeredMs: T0, offered: 1, offerSeconds: 0, finalRecord: isFinal ? 1 : 0 };
  return {
    ...newCallback('default', { ...emptyRecord(serviceId), ...reported, ...record }, T0),
    isFinal,
    finalDigest: isFinal ? 'digest' : null,
    lastEventMs: T0,
    endedMs: isFinal ? T0 : null,
    events: 2,
    ...parts,
  };
}

/** An open callback of which one event is held. */
export function anOpenCallback({ record = {}, ...parts }: Parts = {}): Callback {
  const fresh = newCallback('default', aRecord(record), T0 + 5000);
  return { ...fresh, lastEventMs: T0 + 5000, events: 1, ...parts };
}
