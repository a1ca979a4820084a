import type { Callback } from '../../src/domain/callback.js';
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { FIELDS } from '../../src/gms/key-value-pairs.js';
import { T0 } from './notifications.js';

type Parts = Partial<Omit<Callback, 'record'>> & { record?: Partial<CallbackRecord> };

/** A record that reports nothing but its service id. */
export function emptyRecord(serviceId: string): CallbackRecord {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, null]));
  return { ...fields, serviceId } as unknown as CallbackRecord;
}

/** A finished callback, offered at T0, of which nothing else is reported; say only what matters to the test. */
export function aCallback({ record, ...parts }: Parts = {}): Callback {
  const serviceId = parts.serviceId ?? 'service-1';
  const isFinal = parts.isFinal ?? true;
  return {
    source: 'default',
    serviceId,
    isFinal,
    finalDigest: isFinal ? 'digest' : null,
    firstReceivedMs: T0,
    lastEventMs: T0,
    endedMs: isFinal ? T0 : null,
    events: 2,
    lateEvents: 0,
    attachments: 0,
    attachedStartMs: null,
    attachedReceivedMs: null,
    live: null,
    desired: null,
    phoneHash: null,
    aniHash: null,
    ...parts,
    record: {
      ...emptyRecord(serviceId),
      serviceStartMs: T0,
      offeredMs: T0,
      offered: 1,
      offerSeconds: 0,
      finalRecord: isFinal ? 1 : 0,
      ...record,
    },
  };
}
