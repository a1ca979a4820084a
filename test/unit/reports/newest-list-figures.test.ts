import { describe, expect, it } from 'vitest';
import { callingListsPage, type ListFigures, type ListRows } from '../../../src/reports/newest-list-figures.js';

const figures = (no: number, name: string, hitRatio: number): ListFigures => ({
  no,
  name,
  dbid: String(no),
  hitRatio,
  timeToCompleteSeconds: null,
});

/** Notifications newest first, each with the set it has. */
function rowsOf(
  sets: ReadonlyMap<number, readonly ListFigures[]>,
  notifications: readonly [no: number, atMs: number][],
) {
  const read = { notifications: 0, sets: 0 };
  const rows: ListRows = {
    count: () => new Set([...sets.values()].flat().map(({ no }) => no)).size,
    *sets(limit) {
      for (const [no, atMs] of notifications.slice(0, limit)) {
        read.notifications++;
        yield { no, atMs };
      }
    },
    figures: (setNo) => {
      read.sets++;
      return sets.get(setNo) ?? [];
    },
  };
  return { rows, read };
}

const ALL = { limit: 100, cursor: null };

describe('the newest figures of calling lists', () => {
  const sets = new Map([
    [1, [figures(7, 'VIP', 0.1), figures(8, 'Spring', 0.2)]],
    [2, [figures(7, 'VIP', 0.3)]],
    [3, [figures(9, 'Spring', 0.4)]],
  ]);

  it('are of the newest notification that names the list, by name, also where two have one name', () => {
    const { rows } = rowsOf(sets, [
      [2, 400],
      [3, 300],
      [1, 200],
      [2, 100],
    ]);
    const { items } = callingListsPage(rows, ALL);
    expect(items.map(({ name, dbid, hitRatio, atMs }) => [name, dbid, hitRatio, atMs])).toEqual([
      ['Spring', '8', 0.2, 200],
      ['Spring', '9', 0.4, 300],
      ['VIP', '7', 0.3, 400],
    ]);
  });

  it('come in pages, whole', () => {
    const { rows } = rowsOf(sets, [
      [1, 200],
      [3, 100],
    ]);
    const first = callingListsPage(rows, { limit: 2, cursor: null });
    const second = callingListsPage(rows, { limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...second.items].map(({ dbid }) => dbid)).toEqual(['8', '9', '7']);
    expect(second.nextCursor).toBeNull();
  });

  it('read no further than until each list was met, and a set that repeats once', () => {
    const { rows, read } = rowsOf(sets, [...Array<[number, number]>(500).fill([2, 900]), [1, 800], [3, 700], [1, 600]]);
    expect(callingListsPage(rows, ALL).items.length).toBe(3);
    expect(read).toEqual({ notifications: 503, sets: 3 });
  });

  it('are looked for in a thousand different sets, not in more', () => {
    const many = new Map(Array.from({ length: 1200 }, (_, n) => [n, [figures(1, 'one', n)]] as const));
    many.set(1100, [figures(2, 'two', 0)]);
    const { rows, read } = rowsOf(
      many,
      Array.from({ length: 1200 }, (_, n) => [n, 5000 - n]),
    );
    expect(callingListsPage(rows, ALL).items.map(({ name }) => name)).toEqual(['one']);
    expect(read.sets).toBe(1000);
  });
});
