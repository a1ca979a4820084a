import { describe, expect, it } from 'vitest';
import type { StatisticsSample } from '../../../src/domain/aggregate.js';
import { GroupReports, type GroupRowReader, type PlacedSample } from '../../../src/reports/group-reports.js';
import type { QuarterRows } from '../../../src/reports/statistics-quarters.js';
import { columnsOf } from '../../support/columns.js';

const EVER = { fromMs: 0, toMs: 1000 };
const ALL = { limit: 10, cursor: null };

/** The nth of three samples of one moment, told apart by when they were received. */
const placed = (n: number): PlacedSample => {
  const figures = { hitRatio: n / 10, busyRatio: null, overdialRatio: null, timeToCompleteSeconds: null };
  const sample: StatisticsSample = { atMs: 100, ...figures };
  return { atMs: 100, receivedMs: n, statementNo: 1, tag: 0, sample };
};

const NEWEST_FIRST = [placed(3), placed(2), placed(1)];

const FIGURE = { count: 5, min: 0.1, max: 0.9, sum: 2, last: 0.4 };
const NO_FIGURES = { busyRatio: null, overdialRatio: null, timeToCompleteSeconds: null };

/** One stored quarter, the first of all; nothing has come since. */
const QUARTERS: QuarterRows = {
  fresh: () => [],
  stored: ({ fromMs, toMs }) =>
    fromMs <= 0 && toMs > 0 ? { figuresCount: 5, figures: { ...NO_FIGURES, hitRatio: FIGURE } } : null,
  newestStoredMs: ({ fromMs, toMs }) => (fromMs <= 0 && toMs > 0 ? 0 : null),
  oldestStoredMs: () => 0,
};

/** Of one group the samples alone are held. */
const ROWS: GroupRowReader = {
  group: (id) =>
    id !== 'known' && id !== 'thinned'
      ? null
      : {
          samples: {
            before: (_range, place, limit) =>
              NEWEST_FIRST.filter(
                ({ atMs, receivedMs }) => atMs < place.atMs || (atMs === place.atMs && receivedMs < place.receivedMs),
              ).slice(0, limit),
            between: () => columnsOf(NEWEST_FIRST.map(({ sample }) => sample).reverse()),
            newestMs: () => null,
          },
          sessions: { begins: () => [], lastBeginMs: () => null, endMs: () => null, observedMs: () => 0 },
          silences: {
            told: { within: () => [], since: () => [] },
            repeated: { within: () => [], since: () => [] },
            newestMs: () => null,
            stateAt: () => null,
            copies: () => [],
            samplesSinceMs: id === 'thinned' ? 200 : null,
            firstToldMs: () => 7,
            firstReceivedMs: () => null,
            firstRunMs: () => null,
            downs: () => [],
          },
          abandonment: {
            boundaries: () => [],
            sayings: () => [],
            loads: () => ({ same: 0, others: 0 }),
            runningMs: () => 0,
          },
          lists: () => [],
          quarters: QUARTERS,
          samplesSinceMs: id === 'thinned' ? 200 : null,
        },
  actions: () => ({ lastMs: () => null, counted: () => [] }),
  atOneMoment: (work) => work(),
};

const reports = new GroupReports(ROWS);
const LISTENED = {
  rule: { silenceAfterMs: 30, intervalMs: 10, isFixed: true },
  maintenance: [],
  isRunning: false,
  heardMs: 0,
  silentSinceMs: null,
  nowMs: 1000,
};

describe('reports of a group', () => {
  it('give the samples as they were sent, newest first, in pages that part those of one moment', () => {
    const seen: (number | undefined)[][] = [];
    let cursor: string | null = null;
    do {
      const page: ReturnType<typeof reports.statistics> = reports.statistics('known', EVER, null, { limit: 2, cursor });
      seen.push(page.items.map(({ hitRatio }) => hitRatio?.last));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([[0.3, 0.2], [0.1]]);
  });

  it('give steps of them where steps are asked for', () => {
    const { items } = reports.statistics('known', EVER, { ms: 60_000, timeZone: 'UTC' }, ALL);
    expect(items).toMatchObject([{ atMs: 0, count: 3, hitRatio: { min: 0.1, max: 0.3, last: 0.3 } }]);
  });

  it('are made of quarters of an hour where steps consist of whole ones, and of samples elsewhere', () => {
    const ask = (ms: number, timeZone: string) => reports.statistics('known', EVER, { ms, timeZone }, ALL);
    const ofQuarters = { resolution: '15m', items: [{ atMs: 0, count: 5, hitRatio: { mean: 0.4, last: 0.4 } }] };
    expect(ask(900_000, 'UTC')).toMatchObject(ofQuarters);
    expect(ask(3_600_000, 'Asia/Singapore')).toMatchObject({ resolution: '15m' });
    expect(ask(600_000, 'UTC')).toMatchObject({ resolution: 'samples', items: [{ count: 3 }] });
    // In 1970 clocks of Monrovia were 44 minutes and 30 seconds behind.
    expect(ask(900_000, 'Africa/Monrovia')).toMatchObject({ resolution: 'samples', items: [{ count: 3 }] });
  });

  it('are made of quarters of an hour where samples have gone, in steps that consist of these', () => {
    const ask = (ms: number, range = EVER) => reports.statistics('thinned', range, { ms, timeZone: 'UTC' }, ALL);
    expect(ask(60_000)).toMatchObject({ resolution: '15m', items: [{ atMs: 0, count: 5 }], nextCursor: null });
    expect(ask(60_000, { fromMs: 200, toMs: 1000 })).toMatchObject({ resolution: 'samples' });
    expect(reports.statistics('thinned', EVER, null, ALL)).toMatchObject({ resolution: 'samples' });
  });

  it('say since when the group is known, and how long it was silent', () => {
    expect(reports.silences('known', EVER, ALL, LISTENED)).toEqual({
      items: [],
      nextCursor: null,
      knownFromMs: 7,
      firstMs: 7,
    });
    expect(reports.silentMs('known', [EVER], LISTENED)).toEqual([0]);
  });

  it('say that silences of the time whose samples have gone are not known', () => {
    const later = { fromMs: 200, toMs: 1000 };
    const found = { items: [], nextCursor: null, knownFromMs: 200, firstMs: 7 };
    expect(reports.silences('thinned', EVER, ALL, LISTENED)).toEqual(found);
    expect(reports.silentMs('thinned', [EVER, later], LISTENED)).toEqual([null, 0]);
  });

  it('are empty where there is no such group: of its silent time nothing is known', () => {
    const empty = { items: [], nextCursor: null };
    expect(reports.statistics('other', EVER, null, ALL)).toEqual({ ...empty, resolution: 'samples' });
    expect(reports.sessions('other', EVER, ALL)).toEqual(empty);
    expect(reports.callingLists('other', ALL)).toEqual(empty);
    expect(reports.silences('other', EVER, ALL, LISTENED)).toEqual({ ...empty, knownFromMs: null, firstMs: null });
    expect(reports.silentMs('other', [EVER, EVER], LISTENED)).toEqual([null, null]);
  });
});
