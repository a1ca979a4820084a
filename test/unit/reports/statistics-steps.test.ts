import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateBySteps, type StatisticsSample } from '../../../src/domain/aggregate.js';
import type { StatisticsRow, TimeRange } from '../../../src/domain/store.js';
import { type SampleRows, stepsPage } from '../../../src/reports/statistics-steps.js';
import { columnsOf } from '../../support/columns.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const STEP = { ms: 5 * MINUTE_MS, timeZone: 'UTC' };

const sample = (atMs: number): StatisticsSample => ({
  atMs,
  busyRatio: (atMs % 97) / 100,
  hitRatio: null,
  overdialRatio: null,
  timeToCompleteSeconds: null,
});

function rowsOf(times: readonly number[]) {
  const asked: TimeRange[] = [];
  const samples = [...times].sort((a, b) => a - b).map(sample);
  const within = ({ fromMs, toMs }: TimeRange) => samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const rows: SampleRows = {
    between: (range) => {
      asked.push(range);
      return columnsOf(within(range));
    },
    newestMs: (range) => within(range).at(-1)?.atMs ?? null,
  };
  return { rows, asked, samples };
}

function pagesOf(rows: SampleRows, range: TimeRange, limit: number): StatisticsRow[][] {
  const pages: StatisticsRow[][] = [];
  let cursor: string | null = null;
  do {
    const page = stepsPage(rows, range, STEP, { limit, cursor });
    pages.push([...page.items]);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

describe('steps of statistics', () => {
  it('are those of all samples, newest first, whatever the pages', () => {
    const times = fc.array(fc.integer({ min: 0, max: 3 * DAY_MS }), { maxLength: 60 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 20 }), (moments, limit) => {
        const range = { fromMs: 0, toMs: 3 * DAY_MS };
        const { rows, samples } = rowsOf(moments);
        const inRange = samples.filter(({ atMs }) => atMs < range.toMs);
        const pages = pagesOf(rows, range, limit);
        expect(pages.flat()).toEqual(aggregateBySteps(columnsOf(inRange), (ms) => ms - (ms % STEP.ms)));
        for (const page of pages.slice(0, -1)) expect(page.length).toBe(limit);
      }),
    );
  });

  it('skip a stretch without samples at once', () => {
    const { rows, asked } = rowsOf([MINUTE_MS, 1000 * DAY_MS]);
    const { items, nextCursor } = stepsPage(rows, { fromMs: 0, toMs: 1001 * DAY_MS }, STEP, {
      limit: 10,
      cursor: null,
    });
    expect(items.map(({ atMs }) => atMs)).toEqual([1000 * DAY_MS, 0]);
    expect(nextCursor).toBeNull();
    expect(asked.length).toBeLessThan(20);
  });

  it('end a page early where there is much to read, with a cursor from which the rest follows', () => {
    const second = Array.from({ length: 60_000 }, (_, n) => 2 * DAY_MS + n * 1000);
    const { rows } = rowsOf([...second, MINUTE_MS]);
    const pages = pagesOf(rows, { fromMs: 0, toMs: 3 * DAY_MS }, 1000);
    expect(pages.map((page) => page.length)).toEqual([200, 1]);
    expect(pages.flat().reduce((sum, { count }) => sum + count, 0)).toBe(60_001);
  });
});
