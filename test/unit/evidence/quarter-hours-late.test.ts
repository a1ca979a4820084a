import { describe, expect, it } from 'vitest';
import { addToQuarter } from '../../../src/evidence/quarter-hours.js';
import type { TaggedSample } from '../../../src/evidence/sample.js';

const START_MS = 900_000 * 7;

const sample = (second: number, hitRatio: number | null): TaggedSample => ({
  atMs: START_MS + second * 1000,
  receivedMs: START_MS + second * 1000,
  statementNo: 1,
  tag: 0,
  statistics: { busyRatio: null, hitRatio, overdialRatio: null, timeToCompleteSeconds: null },
  lists: [],
});

describe('a quarter of an hour', () => {
  it('counts samples, those with figures, and for how long they stand: a minute at most', () => {
    const quarter = addToQuarter(null, [sample(0, 0.5), sample(10, null), sample(300, 0.2)]);
    expect(quarter).toMatchObject({ startMs: START_MS, count: 3, figuresCount: 2, observedMs: 70_000 });
    expect(quarter.figures.hitRatio).toEqual({ count: 2, min: 0.2, max: 0.5, sum: 0.7, last: 0.2 });
    expect(quarter.figures.busyRatio).toBeNull();
  });

  it('takes late samples to which the others have gone, and leaves what was last', () => {
    const before = addToQuarter(null, [sample(0, 0.5), sample(30, 0.4)]);
    const quarter = addToQuarter(before, [sample(20, 0.9)]);
    expect(quarter).toMatchObject({ count: 3, observedMs: 30_000, newestMs: before.newestMs });
    expect(quarter.figures.hitRatio).toMatchObject({ count: 3, max: 0.9, last: 0.4 });
  });
});
