import { describe, expect, it } from 'vitest';
import type { ActionsRow, TimeRange } from '../../../src/domain/store.js';
import { type ActionRows, actionsPage } from '../../../src/reports/actions-by-day.js';

const at = (text: string) => Date.parse(text);
const EVER = { fromMs: 0, toMs: at('2027-01-01T00:00Z') };

interface Action {
  readonly atMs: number;
  readonly groupNo: number;
}

function rowsOf(actions: readonly Action[]): ActionRows {
  const within = ({ fromMs, toMs }: TimeRange) => actions.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return {
    lastMs: (range) => within(range).reduce<number | null>((last, { atMs }) => Math.max(last ?? atMs, atMs), null),
    counted: (range, afterNo, limit) => {
      const nos = [...new Set(within(range).map(({ groupNo }) => groupNo))].sort((a, b) => a - b);
      return nos
        .filter((no) => no > afterNo)
        .slice(0, limit)
        .map((groupNo) => {
          const client = within(range).filter((one) => one.groupNo === groupNo).length;
          const group = { campaignGroupId: `g${String(groupNo)}`, source: 'default', dbid: String(groupNo) };
          return { groupNo, counts: { ...group, client, automatic: 0, unattributed: 0, inferred: 0 } };
        });
    },
  };
}

const shape = ({ day, dbid, client }: ActionsRow) => `${day} group ${dbid}: ${String(client)}`;

function pagesOf(rows: ActionRows, timeZone: string, limit: number, range: TimeRange = EVER): string[][] {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page = actionsPage(rows, range, timeZone, { limit, cursor });
    pages.push(page.items.map(shape));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

const ROWS = rowsOf([
  { atMs: at('2026-11-20T10:00Z'), groupNo: 2 },
  { atMs: at('2026-11-20T10:01Z'), groupNo: 1 },
  { atMs: at('2026-11-20T22:30Z'), groupNo: 1 },
  { atMs: at('2026-11-23T09:00Z'), groupNo: 3 },
]);

describe('actions by day', () => {
  it('come newest day first, within it by group, without the days on which nothing was done', () => {
    const days = ['2026-11-23 group 3: 1', '2026-11-20 group 1: 2', '2026-11-20 group 2: 1'];
    expect(pagesOf(ROWS, 'UTC', 10)).toEqual([days]);
  });

  it('are counted on the day of the zone', () => {
    expect(pagesOf(ROWS, 'Europe/Vienna', 10).flat()).toEqual([
      '2026-11-23 group 3: 1',
      '2026-11-20 group 1: 2',
      '2026-11-20 group 2: 1',
    ]);
    expect(pagesOf(ROWS, 'Asia/Tokyo', 10).flat()).toContain('2026-11-21 group 1: 1');
  });

  it('are the same in pages of any size, and a page is full but for the last', () => {
    const whole = pagesOf(ROWS, 'UTC', 10).flat();
    for (const limit of [1, 2]) {
      const pages = pagesOf(ROWS, 'UTC', limit);
      expect(pages.flat()).toEqual(whole);
      expect(pages.map(({ length }) => length)).toEqual(limit === 1 ? [1, 1, 1] : [2, 1]);
    }
  });

  it('count of a day that the range cuts only what lies in it', () => {
    const range = { fromMs: at('2026-11-20T10:01Z'), toMs: at('2026-11-20T22:00Z') };
    expect(pagesOf(ROWS, 'UTC', 10, range)).toEqual([['2026-11-20 group 1: 1']]);
  });
});
