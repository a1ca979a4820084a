/** Random sets of callback events, and random arrivals of them. For property tests. */
import fc from 'fast-check';
import type { ReceivedEvent } from '../../src/domain/callback.js';
import type { CallbackRecord } from '../../src/domain/callback-record.js';
import { anEvent } from './callback-events.js';
import { digest, T0 } from './notifications.js';

const SOURCES = ['eu-1', 'eu-2'];

/** Few values a field, so that events agree in some and differ in others. */
const oneOf = <T>(...values: T[]) => fc.constantFrom(null, ...values);
const records: fc.Arbitrary<Partial<CallbackRecord>> = fc.record({
  serviceId: fc.constantFrom('service-1', 'service-2', 'service-3'),
  finalRecord: oneOf(0, 1, 1),
  serviceEndMs: oneOf(T0 + 1000, T0 + 2000),
  disposition: oneOf('COMPLETED.AGENT', 'COMPLETED.CANCELLED', 'QUEUED', 'Sold. Call again'),
  readyMs: oneOf(T0 + 100, T0 + 200, T0 + 300),
  vq: oneOf('VQ_Sales', 'VQ_Service'),
  channel: oneOf('WEB', 'IVR'),
  customerAni: oneOf('+43 1 234', '555'),
  customerPhoneNumber: oneOf('+43 1 999'),
  offered: fc.constantFrom(0, 1),
  agentRequired: oneOf(0, 1),
  dial1Ms: oneOf(T0 + 400),
  dial1Result: oneOf('BUSY', 'PERSON'),
  tenantDbid: oneOf(1, 101),
});

/** An event; `unknownKeys` make it richer without a field to show for it. */
const events = fc
  .record({ record: records, unknownKeys: fc.nat(2), isComplete: fc.boolean(), source: fc.constantFrom(...SOURCES) })
  .map(({ record, unknownKeys, isComplete, source }) => {
    const event = anEvent({ record: isComplete ? record : { ...record, offeredMs: null }, isComplete, source });
    const content = digest(`${event.digest} ${String(unknownKeys)}`);
    return { ...event, keyCount: event.keyCount + unknownKeys, digest: content };
  });

/** Copies of the events in some order, cut into batches. */
const arrivalsOf = (set: readonly ReceivedEvent[]) =>
  fc
    .record({
      order: fc.shuffledSubarray([...set, ...set.slice(0, 3)], { minLength: set.length + Math.min(set.length, 3) }),
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 15, maxLength: 15 }),
    })
    .map(({ order, sizes }) => {
      const batches: ReceivedEvent[][] = [];
      let from = 0;
      for (const size of sizes) {
        batches.push(order.slice(from, from + size));
        from += size;
      }
      return batches;
    });
/** A set of events, and two ways in which it may arrive. */
export const callbackWorlds = fc
  .array(events, { minLength: 1, maxLength: 12 })
  .chain((set) => fc.record({ set: fc.constant(set), one: arrivalsOf(set), other: arrivalsOf(set) }));
