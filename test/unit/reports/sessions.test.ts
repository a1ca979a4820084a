import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionRow, TimeRange } from '../../../src/domain/store.js';
import { type SessionBegin, type SessionRows, sessionsPage, type StepPlace } from '../../../src/reports/sessions.js';

interface Life {
  readonly beginMs: number;
  readonly endMs: number | null;
}

const inOrder = (a: StepPlace, b: StepPlace) => a.atMs - b.atMs || a.rank - b.rank || a.digest.localeCompare(b.digest);

/** Sessions one after the other; somebody listened half of the time. */
function rowsOf(lives: readonly Life[]): SessionRows {
  const begins: SessionBegin[] = lives.map(({ beginMs }, rank) => ({
    atMs: beginMs,
    rank,
    digest: 'a',
    fromState: rank === 0 ? null : 'not_loaded',
  }));
  const ends = lives.flatMap(({ endMs }, rank) => (endMs === null ? [] : [{ atMs: endMs, rank, digest: 'b' }]));
  return {
    begins: ({ fromMs, toMs }, before, limit) =>
      begins
        .filter((one) => one.atMs >= fromMs && one.atMs < toMs && inOrder(one, before) < 0)
        .reverse()
        .slice(0, limit),
    lastBeginMs: (beforeMs) => begins.findLast(({ atMs }) => atMs < beforeMs)?.atMs ?? null,
    endMs: (after) => [...begins, ...ends].sort(inOrder).find((one) => inOrder(one, after) > 0)?.atMs ?? null,
    observedMs: ({ fromMs, toMs }) => (toMs - fromMs) / 2,
  };
}

function pagesOf(rows: SessionRows, range: TimeRange, limit: number): SessionRow[][] {
  const pages: SessionRow[][] = [];
  let cursor: string | null = null;
  do {
    const page = sessionsPage(rows, range, { limit, cursor });
    pages.push([...page.items]);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

const TWO = rowsOf([
  { beginMs: 10, endMs: 20 },
  { beginMs: 30, endMs: null },
]);
const begun = (from: number, to: number) =>
  sessionsPage(TWO, { fromMs: from, toMs: to }, { limit: 10, cursor: null }).items.map(
    ({ firstSeenMs }) => firstSeenMs,
  );

describe('sessions', () => {
  it('are told newest first, with how much of them was observed; the first one may have begun earlier', () => {
    const page = sessionsPage(TWO, { fromMs: 0, toMs: 100 }, { limit: 10, cursor: null });
    expect(page).toEqual({
      items: [
        { startMs: 30, endMs: null, firstSeenMs: 30, observedMs: null },
        { startMs: null, endMs: 20, firstSeenMs: 10, observedMs: 5 },
      ],
      nextCursor: null,
    });
  });

  it('are those that touch the half-open range', () => {
    expect([begun(15, 25), begun(20, 25), begun(0, 10), begun(30, 31), begun(40, 50)]).toEqual([
      [10],
      [],
      [],
      [30],
      [30],
    ]);
  });

  it('without length touch it at their moment', () => {
    const rows = rowsOf([
      { beginMs: 10, endMs: 10 },
      { beginMs: 10, endMs: 10 },
    ]);
    const count = (fromMs: number) =>
      sessionsPage(rows, { fromMs, toMs: 100 }, { limit: 10, cursor: null }).items.length;
    expect([count(10), count(11)]).toEqual([2, 0]);
  });

  it('are whole in pages of any size, each full but for the last', () => {
    const lengths = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
      maxLength: 20,
    });
    const range = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(lengths, range, fc.integer({ min: 1, max: 5 }), (parts, [fromMs, length], limit) => {
        let ms = 0;
        const lives = parts.map(([pause, lasts]) => {
          const beginMs = ms + pause;
          ms = beginMs + lasts;
          return { beginMs, endMs: ms };
        });
        const toMs = fromMs + length;
        const touch = lives.filter(({ beginMs, endMs }) => beginMs < toMs && (beginMs >= fromMs || endMs > fromMs));
        const pages = pagesOf(rowsOf(lives), { fromMs, toMs }, limit);
        expect(pages.flat().map(({ firstSeenMs }) => firstSeenMs)).toEqual(touch.map((one) => one.beginMs).reverse());
        for (const page of pages.slice(0, -1)) expect(page.length).toBe(limit);
      }),
    );
  });
});
