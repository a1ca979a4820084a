import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage } from '../../../src/postgres/coverage.js';

const PLACES = 30;

describe('which stretches are in memory', () => {
  it('are those that were added, joined where they touch, whatever the order', () => {
    const stretch = fc.tuple(fc.nat(PLACES), fc.nat(PLACES));
    fc.assert(
      fc.property(fc.array(stretch), (added) => {
        const coverage = new Coverage();
        const known = new Set<number>();
        for (const [from, to] of added) {
          coverage.add(from, to);
          for (let place = from; place < to; place++) known.add(place);
        }
        for (let place = -1; place <= PLACES; place++) {
          const found = coverage.at(place);
          expect([place, found !== null]).toEqual([place, known.has(place)]);
          if (found === null) continue;
          for (let within = found.from; within < found.to; within++) expect(known.has(within)).toBe(true);
          expect([known.has(found.from - 1), known.has(found.to)]).toEqual([false, false]);
        }
      }),
    );
  });
});
