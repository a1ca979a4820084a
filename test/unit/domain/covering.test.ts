import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallbackEvent, mergeEvents } from '../../../src/domain/callback.js';
import { isCoveredBy } from '../../../src/domain/covering.js';
import { emptyRecord } from '../../../src/gms/key-value-pairs.js';

const parts = fc.record({
  finalRecord: fc.constantFrom(null, 0, 1),
  serviceEndMs: fc.constantFrom(null, 1000, 2000),
  disposition: fc.constantFrom(null, 'COMPLETED.AGENT', 'free text'),
  attempts: fc.constantFrom(null, 1, 2),
  vq: fc.constantFrom(null, 'a', 'b'),
});
const event = fc
  .record({ parts, more: fc.nat(2), digest: fc.stringMatching(/^[a-z]{8}$/) })
  .map(({ parts: said, more, digest }): CallbackEvent => ({
    record: { ...emptyRecord('s'), ...said },
    isComplete: true,
    keyCount: Object.values(said).filter((value) => value !== null).length + more,
    digest,
  }));

/** That it is not the last is said by 0, and by nothing. */
const merged = (events: readonly CallbackEvent[]) => {
  const { record, isFinal } = mergeEvents(events) ?? {};
  return { ...record, isFinal, finalRecord: record?.finalRecord === 1 };
};

describe('an event that is covered by another', () => {
  it('changes nothing that is merged of them', () => {
    const unsaid = fc.subarray(['attempts', 'vq', 'disposition', 'serviceEndMs'] as const);
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 4 }),
        event,
        unsaid,
        fc.constantFrom('0', 'z'),
        (events, other, nulls, digest) => {
          const held = events.map((one, index) => ({ ...one, digest: `d${index}` }));
          const [first] = held;
          if (first === undefined) return;
          const record = { ...first.record, ...Object.fromEntries(nulls.map((field) => [field, null])) };
          const lost = nulls.filter((field) => first.record[field] !== null).length;
          // Half of them are made of what is held.
          for (const told of [
            { ...other, digest },
            { ...first, digest, record, keyCount: first.keyCount - lost },
          ]) {
            if (!held.some((one) => isCoveredBy(told, one))) continue;
            expect(merged([...held, told])).toEqual(merged(held));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is itself, and no end where the other is a beginning', () => {
    fc.assert(
      fc.property(event, (one) => {
        expect(isCoveredBy(one, one)).toBe(true);
        expect(
          isCoveredBy({ ...one, record: { ...one.record, finalRecord: one.record.finalRecord === 1 ? 0 : 1 } }, one),
        ).toBe(false);
      }),
    );
  });
});
