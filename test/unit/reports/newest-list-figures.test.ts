import { describe, expect, it } from 'vitest';
import { callingListsPage, type NewestFigures } from '../../../src/reports/newest-list-figures.js';

const figures = (no: number, name: string, hitRatio: number): NewestFigures => ({
  no,
  name,
  dbid: String(no),
  hitRatio,
  timeToCompleteSeconds: null,
  atMs: 100 * no,
});
const LISTS = [figures(7, 'VIP', 0.3), figures(9, 'Spring', 0.4), figures(8, 'Spring', 0.2)];

describe('the newest figures of calling lists', () => {
  it('come by name, also where two have one name', () => {
    const { items, nextCursor } = callingListsPage(LISTS, { limit: 100, cursor: null });
    expect(items).toEqual([
      { name: 'Spring', dbid: '8', hitRatio: 0.2, timeToCompleteSeconds: null, atMs: 800 },
      { name: 'Spring', dbid: '9', hitRatio: 0.4, timeToCompleteSeconds: null, atMs: 900 },
      { name: 'VIP', dbid: '7', hitRatio: 0.3, timeToCompleteSeconds: null, atMs: 700 },
    ]);
    expect(nextCursor).toBeNull();
  });

  it('come in pages, whole, also where a page ends between two of one name', () => {
    const first = callingListsPage(LISTS, { limit: 1, cursor: null });
    const second = callingListsPage(LISTS, { limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...second.items].map(({ dbid }) => dbid)).toEqual(['8', '9', '7']);
    expect(second.nextCursor).toBeNull();
  });
});
