import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packStatistics, unpackStatistics } from '../../../src/reports/packed-statistics.js';

const number = fc.double({ noNaN: true });
const aggregate = fc.option(fc.record({ min: number, mean: number, max: number, last: number }), { nil: null });
const row = fc.record({
  ...{ atMs: fc.integer(), count: fc.nat() },
  ...{ busyRatio: aggregate, hitRatio: aggregate, overdialRatio: aggregate, timeToCompleteSeconds: aggregate },
});

it('statistics are the same behind the way between threads', () => {
  fc.assert(
    fc.property(fc.array(row), fc.option(fc.string(), { nil: null }), (items, nextCursor) => {
      const page = { items, nextCursor, resolution: 'samples' } as const;
      expect(unpackStatistics(structuredClone(packStatistics(page)))).toEqual(page);
    }),
  );
});
