import { describe, expect, it } from 'vitest';
import type { StatisticsSample } from '../../../src/domain/aggregate.js';
import { GroupReports, type GroupRowReader, type PlacedSample } from '../../../src/reports/group-reports.js';

const EVER = { fromMs: 0, toMs: 1000 };
const ALL = { limit: 10, cursor: null };

/** The nth of three samples of one moment, told apart by when they were received. */
const placed = (n: number): PlacedSample => {
  const figures = { hitRatio: n / 10, busyRatio: null, overdialRatio: null, timeToCompleteSeconds: null };
  const sample: StatisticsSample = { atMs: 100, ...figures };
  return { atMs: 100, receivedMs: n, statementNo: 1, tag: 0, sample };
};

const NEWEST_FIRST = [placed(3), placed(2), placed(1)];

/** Of one group the samples alone are held. */
const ROWS: GroupRowReader = {
  group: (id) =>
    id !== 'known'
      ? null
      : {
          samples: {
            before: (_range, place, limit) =>
              NEWEST_FIRST.filter(
                ({ atMs, receivedMs }) => atMs < place.atMs || (atMs === place.atMs && receivedMs < place.receivedMs),
              ).slice(0, limit),
            between: () => NEWEST_FIRST.map(({ sample }) => sample).reverse(),
            newestMs: () => null,
          },
          sessions: { begins: () => [], lastBeginMs: () => null, endMs: () => null, observedMs: () => 0 },
          silences: {
            told: { within: () => [], since: () => [] },
            repeated: { within: () => [], since: () => [] },
            newestMs: () => null,
            stateAt: () => null,
            copies: () => [],
            firstToldMs: () => 7,
            firstReceivedMs: () => null,
            firstRunMs: () => null,
            downs: () => [],
          },
          lists: () => [],
        },
  actions: () => ({ lastMs: () => null, counted: () => [] }),
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

  it('say since when the group is known, and how long it was silent', () => {
    expect(reports.silences('known', EVER, ALL, LISTENED)).toEqual({ items: [], nextCursor: null, knownFromMs: 7 });
    expect(reports.silentMs('known', [EVER], LISTENED)).toEqual([0]);
  });

  it('are empty where there is no such group: of its silent time nothing is known', () => {
    const empty = { items: [], nextCursor: null };
    expect(reports.statistics('other', EVER, null, ALL)).toEqual(empty);
    expect(reports.sessions('other', EVER, ALL)).toEqual(empty);
    expect(reports.callingLists('other', ALL)).toEqual(empty);
    expect(reports.silences('other', EVER, ALL, LISTENED)).toEqual({ ...empty, knownFromMs: null });
    expect(reports.silentMs('other', [EVER, EVER], LISTENED)).toEqual([null, null]);
  });
});
