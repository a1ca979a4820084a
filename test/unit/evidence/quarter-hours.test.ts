import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addFigures,
  addToListQuarter,
  addToQuarter,
  type FigureOfQuarter,
  HOUR_MS,
  hourOf,
  QUARTER_HOUR_MS,
  quarterOf,
} from '../../../src/evidence/quarter-hours.js';
import type { TaggedSample } from '../../../src/evidence/sample.js';
import { T0 } from '../../support/notifications.js';

const sample = (afterMs: number, hitRatio: number | null = null, parts: Partial<TaggedSample> = {}): TaggedSample => {
  const statistics = { busyRatio: null, hitRatio, overdialRatio: null, timeToCompleteSeconds: null };
  const atMs = T0 + afterMs;
  return { atMs, receivedMs: atMs + 20, statementNo: 1, tag: 0, lists: [], statistics, ...parts };
};

describe('a quarter of an hour', () => {
  it('begins at every full one, and an hour at every fourth', () => {
    expect([T0, T0 + QUARTER_HOUR_MS - 1, T0 + QUARTER_HOUR_MS].map(quarterOf)).toEqual([T0, T0, T0 + QUARTER_HOUR_MS]);
    expect(quarterOf(-1)).toBe(-QUARTER_HOUR_MS);
    expect([0, HOUR_MS - 1, HOUR_MS].map(hourOf)).toEqual([0, 0, 1]);
  });

  it('has count, least, greatest, sum and last of each figure, of the samples that say it', () => {
    const { count, startMs, newestMs, figures } = addToQuarter(null, [
      sample(0, 0.5),
      sample(10_000),
      sample(20_000, 0.75),
      sample(30_000, 0.25),
    ]);
    expect([count, startMs, newestMs]).toEqual([4, T0, T0 + 30_000]);
    expect(figures.hitRatio).toEqual({ count: 3, min: 0.25, max: 0.75, sum: 1.5, last: 0.25 });
    expect([figures.busyRatio, figures.overdialRatio, figures.timeToCompleteSeconds]).toEqual([null, null, null]);
  });

  it('is observed from each sample to the next, for a minute at most', () => {
    expect(addToQuarter(null, [sample(0)]).observedMs).toBe(0);
    expect(addToQuarter(null, [sample(0), sample(10_000), sample(200_000)]).observedMs).toBe(70_000);
  });

  it('grows by samples behind it as if all had been added at once', () => {
    const all = [sample(0, 0.5), sample(10_000, 0.25), sample(90_000, null), sample(95_000, 1)];
    for (const at of [1, 2, 3]) {
      const before = addToQuarter(null, all.slice(0, at));
      expect(addToQuarter(before, all.slice(at))).toEqual(addToQuarter(null, all));
    }
  });

  it('places a sample that repeats a date-time where it was received', () => {
    const repeat = sample(0, 0.1, { tag: 5, receivedMs: T0 + QUARTER_HOUR_MS + 7 });
    expect(addToQuarter(null, [repeat])).toMatchObject({
      startMs: T0 + QUARTER_HOUR_MS,
      newestMs: T0 + QUARTER_HOUR_MS + 7,
    });
  });
});

describe('a quarter of an hour of a calling list', () => {
  const naming = (afterMs: number, listNo: number, hitRatio: number | null) =>
    sample(afterMs, null, { lists: [{ listNo, hitRatio, timeToCompleteSeconds: 60 }] });

  it('is of the samples that name it', () => {
    const samples = [naming(0, 7, 0.5), naming(10_000, 8, 0.9), naming(20_000, 7, null), sample(30_000)];
    expect(addToListQuarter(7, null, samples)).toEqual({
      ...{ listNo: 7, startMs: T0, newestMs: T0 + 20_000 },
      hitRatio: { count: 1, min: 0.5, max: 0.5, sum: 0.5, last: 0.5 },
      timeToCompleteSeconds: { count: 2, min: 60, max: 60, sum: 120, last: 60 },
    });
    expect(addToListQuarter(9, null, samples)).toBeNull();
  });

  it('grows by samples behind it, and stays where none names it', () => {
    const before = addToListQuarter(7, null, [naming(0, 7, 0.5)]);
    const both = addToListQuarter(7, null, [naming(0, 7, 0.5), naming(10_000, 7, 0.75)]);
    expect(addToListQuarter(7, before, [naming(10_000, 7, 0.75)])).toEqual(both);
    expect(addToListQuarter(7, before, [naming(10_000, 8, 0.75)])).toEqual(before);
  });
});

describe('figures', () => {
  it('are none where nobody said one, and stay where nobody said more', () => {
    expect(addFigures(null, [null, null])).toBeNull();
    const before = addFigures(null, [0, -1]);
    expect(before).toEqual({ count: 2, min: -1, max: 0, sum: -1, last: -1 });
    expect(addFigures(before, [null])).toEqual(before);
  });

  it('of decimals add up to what decimals do, in whatever order and however often they were stored between', () => {
    expect(addFigures(null, [0.07, 0.08])?.sum).toBe(0.15);
    const decimals = fc.array(
      fc.integer({ min: -30_000, max: 100_000_000 }).map((units) => units / 10_000),
      { minLength: 1, maxLength: 90 },
    );
    const cuts = fc.array(fc.nat(90), { maxLength: 3 });
    fc.assert(
      fc.property(decimals, cuts, (values, places) => {
        const whole = values.reduce((sum, value) => sum + Math.round(value * 10_000), 0) / 10_000;
        let figure: FigureOfQuarter | null = null;
        let from = 0;
        for (const to of [...places.sort((a, b) => a - b), values.length]) {
          figure = addFigures(figure, values.slice(from, to));
          from = Math.max(from, Math.min(to, values.length));
        }
        expect(figure).toMatchObject({ count: values.length, sum: whole });
        expect(addFigures(null, values.toReversed())?.sum).toBe(whole);
      }),
    );
  });

  it('of other numbers add up as they are', () => {
    expect(addFigures(null, [1 / 3, 0.5])?.sum).toBe(1 / 3 + 0.5);
  });
});
