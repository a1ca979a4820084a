/** Nothing that was prepared is let go, so what comes again and again must not be prepared anew each time. */
import Database from 'better-sqlite3';
import { expect, it, vi } from 'vitest';
import { connect, IN_MEMORY } from '../../../src/sqlite/connection.js';
import { prepared } from '../../../src/sqlite/prepared.js';

it('a connection prepares no more and no more, however often it is asked for and told the same', () => {
  const preparing = vi.spyOn(Database.prototype as { prepare(sql: string): unknown }, 'prepare');
  const db = connect(IN_MEMORY);
  const round = () => {
    db.pragma('foreign_keys = OFF');
    db.pragma('foreign_keys = ON');
    db.pragma('wal_checkpoint(PASSIVE)');
    expect(prepared(db, 'SELECT 1 AS one').get()).toEqual({ one: 1 });
    return [db.pragma('page_count', { simple: true }), db.pragma('page_count')];
  };
  expect(round()).toEqual([0, [{ page_count: 0 }]]);
  db.exec('CREATE TABLE t (a)');
  const before = preparing.mock.calls.length;
  for (let n = 0; n < 10; n++) expect(round()).toEqual([2, [{ page_count: 2 }]]);
  expect(preparing.mock.calls.length).toBe(before);
  expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
  db.close();
  preparing.mockRestore();
});
