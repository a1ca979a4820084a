import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateBySteps, type StatisticsSample } from '../../../src/domain/aggregate.js';
import { columnsOf } from '../../support/columns.js';

const sample = (atMs: number, hitRatio: number | null): StatisticsSample => ({
  atMs,
  hitRatio,
  busyRatio: null,
  overdialRatio: null,
  timeToCompleteSeconds: null,
});
const tens = (ms: number) => Math.floor(ms / 10) * 10;

describe('aggregateBySteps', () => {
  it('gives each step the least, mean, greatest and last of its samples, newest step first', () => {
    const samples = [sample(1, 0.5), sample(9, 0.1), sample(10, 0.3), sample(35, null)];
    const rows = aggregateBySteps(columnsOf(samples), tens);
    expect(rows).toMatchObject([
      { atMs: 30, count: 1, hitRatio: null },
      { atMs: 10, count: 1, hitRatio: { min: 0.3, mean: 0.3, max: 0.3, last: 0.3 } },
      { atMs: 0, count: 2, hitRatio: { min: 0.1, mean: 0.3, max: 0.5, last: 0.1 }, busyRatio: null },
    ]);
  });

  it('loses no sample and makes none, whatever the steps', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), fc.integer({ min: 1, max: 300 }), (times, length) => {
        const samples = times.sort((a, b) => a - b).map((ms) => sample(ms, ms));
        const rows = aggregateBySteps(columnsOf(samples), (ms) => Math.floor(ms / length) * length);
        expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(times.length);
        expect(rows.map(({ atMs }) => atMs)).toEqual([...new Set(rows.map(({ atMs }) => atMs))].sort((a, b) => b - a));
        for (const { atMs, hitRatio } of rows) {
          expect(hitRatio?.min).toBeGreaterThanOrEqual(atMs);
          expect(hitRatio?.max).toBeLessThan(atMs + length);
        }
      }),
    );
  });
});
