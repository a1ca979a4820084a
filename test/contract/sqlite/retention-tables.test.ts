/** What retention asks of a database and a store in memory has nothing of, and what a look beside the writer says of it. */
import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FEW_STATEMENTS } from '../../../src/apply/leftovers.js';
import { KEPT_FOR_EVER } from '../../../src/domain/retention.js';
import { AuditLog } from '../../../src/sqlite/audit-log.js';
import { type Connection, openForReading } from '../../../src/sqlite/database.js';
import { previewLeftovers } from '../../../src/sqlite/leftover-preview.js';
import { SqliteGroupRows } from '../../../src/sqlite/readers/group-reader.js';
import { removeFolder } from '../../support/folders.js';
import { aNotification, T0 } from '../../support/notifications.js';
import { slicesOf, toItsEnd } from '../../support/retaining.js';
import { sqliteStore, type TestStore } from '../../support/stores.js';

const DAY_MS = 86_400_000;
const NO_ONE = { groupNos: new Set<number>(), sources: [] };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-retention-tables-'));
});
afterAll(() => {
  removeFolder(folder);
});

let opened = 0;
let store: TestStore;
/** Beside the store's own, for looking. */
let db: Connection;
let path: string;
beforeEach(() => {
  path = join(folder, `${String(opened++)}.db`);
  store = sqliteStore(path);
  db = openForReading(path);
});
afterEach(() => {
  db.close();
  store.close();
});

/** What no port of the store writes; while it is closed, for it goes on with no file that another has changed. */
function meddle(work: (db: Database.Database) => void): void {
  store.reopen(() => {
    const other = new Database(path);
    work(other);
    other.close();
  });
}
function ran(...all: readonly (readonly [startedMs: number, aliveMs: number])[]): void {
  meddle((other) => {
    for (const run of all) other.prepare('INSERT INTO uptime (started_ms, alive_ms) VALUES (?, ?)').run(...run);
  });
}
const runs = () => db.prepare('SELECT started_ms FROM uptime ORDER BY started_ms').pluck().all();

/** A group that runs, and says something new with each post; compacted at its end. */
function said(startMs: number, from: number, count: number, dbid = '1'): void {
  store.transactions.run(() => {
    for (let n = 0; n < count; n++) {
      const atMs = startMs + n * 10_000;
      const extras = `{"n":${String(from + n)}}`;
      const { statement } = aNotification();
      const said = { ...statement, actionCode: 9, extras };
      store.stores.campaigns.apply(aNotification({ dbid, atMs, receivedAtMs: atMs, statement: said }));
    }
  });
  store.transactions.run(() => {
    store.stores.compaction.all(startMs + 3_600_000);
  });
}

describe('retention in SQL', () => {
  it('removes the audit log from its front, so many rows at most', () => {
    const entry = { action: 'forget', actor: 'admin', address: null, detail: {}, result: 'done' };
    meddle((other) => {
      for (const n of [0, 1, 2, 3]) new AuditLog(other).append({ atMs: T0 + n * DAY_MS, ...entry });
    });
    const { retention } = store.tables;
    const remove = (beforeMs: number, limit: number) => store.within(() => retention.removeAudit(beforeMs, limit));
    expect(retention.oldestMs('audit', NO_ONE, 0)).toBe(T0);
    expect([remove(T0 + 3 * DAY_MS, 2), remove(T0 + 3 * DAY_MS, 9)]).toEqual([2, 1]);
    expect([remove(-Infinity, 9), retention.oldestMs('audit', NO_ONE, 0)]).toEqual([0, T0 + 3 * DAY_MS]);
  });

  it('removes runs before all that is kept, but the last, and those beside a transition never', () => {
    const last = [T0 + 2 * DAY_MS, T0 + 3 * DAY_MS] as const;
    ran([T0 - 9 * DAY_MS, T0 - 8 * DAY_MS], [T0 - 7 * DAY_MS, T0 + DAY_MS], last);
    const remove = (beforeMs: number) => store.within(({ retention }) => retention.removeRuns(beforeMs, 9));
    expect(remove(-Infinity)).toBe(0);
    said(T0, 0, 2);
    // What ended before the first transition.
    expect([remove(T0 + 9 * DAY_MS), runs()]).toEqual([1, [T0 - 7 * DAY_MS, T0 + 2 * DAY_MS]]);
    meddle((other) => other.exec('DELETE FROM steps'));
    expect([remove(T0 + 2 * DAY_MS), remove(T0 + 9 * DAY_MS)]).toEqual([1, 0]);
    expect(runs()).toEqual([T0 + 2 * DAY_MS]);
  });

  it('keeps runs while anything is held, and removes them afterwards', () => {
    ran([T0 - 9 * DAY_MS, T0 - 8 * DAY_MS], [T0, T0 + DAY_MS]);
    const kept = { notifications: 5 * DAY_MS, rollups: 5 * DAY_MS, history: 5 * DAY_MS };
    const hold = { source: 'any', group: null, untilMs: T0 + 9 * DAY_MS, why: 'a complaint', madeMs: T0 };
    store.within(({ retention }) => retention.insertHold(hold));
    expect(toItsEnd(slicesOf(store, T0 + 8 * DAY_MS, kept)).leftovers.runs).toBe(0);
    expect(toItsEnd(slicesOf(store, T0 + 9 * DAY_MS, { ...kept, history: 0 })).leftovers.runs).toBe(0);
    expect(toItsEnd(slicesOf(store, T0 + 9 * DAY_MS, kept)).leftovers.runs).toBe(1);
  });

  it('says of each class of when its oldest row is that is not held, and of nothing that there is nothing', () => {
    const { retention } = store.tables;
    const names = ['notifications', 'rollups', 'history', 'callbacks', 'quarantine'] as const;
    expect(names.map((name) => retention.oldestMs(name, NO_ONE, 0))).toEqual(names.map(() => null));
    said(T0, 0, 20);
    said(T0 + DAY_MS, 20, 20, '2');
    said(T0 + 2 * DAY_MS, 40, 1, '2');
    const writtenMs = T0 + 3_600_000;
    expect(retention.oldestMs('notifications', NO_ONE, 0)).toBe(writtenMs);
    expect(retention.oldestMs('notifications', NO_ONE, 1)).toBe(writtenMs + DAY_MS);
    const [one] = retention.groupNosAfter(0, 1);
    const held = { groupNos: new Set([one ?? 0]), sources: [] };
    expect([retention.oldestMs('rollups', NO_ONE, 0), retention.oldestMs('rollups', held, 0)]).toEqual([
      T0,
      T0 + DAY_MS,
    ]);
    expect([retention.oldestMs('history', NO_ONE, 0), retention.oldestMs('history', held, 0)]).toEqual([
      T0,
      T0 + DAY_MS,
    ]);
  });

  it('estimates bytes by class, and knows what is in use', () => {
    said(T0, 0, 200);
    const parts = store.tables.retention.estimate();
    let part = parts.next();
    while (!part.done) part = parts.next();
    const blocks = db.prepare('SELECT sum(length(samples)) FROM chunks').pluck().get() as number;
    expect(part.value.notifications).toBeGreaterThanOrEqual(blocks);
    expect(part.value.rollups).toBeGreaterThan(0);
    expect(part.value.callbacks).toBe(0);
    const used = store.tables.retention.usedBytes();
    expect(used % (db.pragma('page_size', { simple: true }) as number)).toBe(0);
    expect(used).toBeGreaterThan(blocks);
  });

  it('foretells of leftovers what goes, where nothing else is to go before', () => {
    const kept = { notifications: 30 * DAY_MS, rollups: 30 * DAY_MS, history: 30 * DAY_MS, callbacks: 30 * DAY_MS };
    const nowMs = T0 + 41 * DAY_MS;
    said(T0, 0, FEW_STATEMENTS + 50);
    said(T0 + 40 * DAY_MS, FEW_STATEMENTS + 50, 3);
    toItsEnd(slicesOf(store, nowMs, { notifications: 30 * DAY_MS, history: 0 }));
    // What is swept stays so, until there is something again.
    said(T0 + 40.5 * DAY_MS, 1000, FEW_STATEMENTS + 50);
    meddle((other) =>
      other.exec(`DELETE FROM journal; DELETE FROM chunks WHERE chunk_no IN (
      SELECT chunk_no FROM chunk_hours WHERE newest_ms > ${String(T0 + 40.4 * DAY_MS)});
      DELETE FROM chunk_hours WHERE newest_ms > ${String(T0 + 40.4 * DAY_MS)}`),
    );
    ran([T0 - 9 * DAY_MS, T0 - 8 * DAY_MS], [T0, T0 + DAY_MS]);
    const row = { day: '2026-11-19', source: 'default', key: '_CB_X', receivedAtMs: T0, serviceId: null, service: '' };
    store.within(({ missingKeys, groups, numbers }) => {
      missingKeys.count(row);
      groups.insert({ id: 'empty', source: 'default', dbid: '77', heardMs: T0 });
      numbers.keep('swept_ms', null);
    });
    const retentionMs = { ...KEPT_FOR_EVER.retentionMs, ...kept };
    const foretold = previewLeftovers(db, retentionMs, nowMs);
    expect(foretold).toEqual({ statements: FEW_STATEMENTS + 49, groups: 1, runs: 1, missing_keys: 1 });
    expect(toItsEnd(slicesOf(store, nowMs, kept)).leftovers).toEqual(foretold);
    expect(previewLeftovers(db, KEPT_FOR_EVER.retentionMs, nowMs)).toMatchObject({
      groups: 0,
      runs: 0,
      missing_keys: 0,
    });
  });

  it('says since when samples are complete: behind the newest that went, of whatever group', () => {
    said(T0, 0, 30);
    said(T0 + 40 * DAY_MS, 30, 30, '2');
    const idOf = (dbid: string) => store.tables.groups.find('default', dbid)?.id ?? '';
    const rows = new SqliteGroupRows(db);
    const sinceMs = (dbid: string) => rows.group(idOf(dbid))?.samplesSinceMs;
    expect([sinceMs('1'), sinceMs('2')]).toEqual([null, null]);
    toItsEnd(slicesOf(store, T0 + 10 * DAY_MS, { notifications: 30 * DAY_MS }));
    expect(sinceMs('1')).toBeNull();
    toItsEnd(slicesOf(store, T0 + 41 * DAY_MS, { notifications: 30 * DAY_MS }));
    // All but the first, where it started, and the last went.
    const wentMs = T0 + 28 * 10_000;
    expect([sinceMs('1'), sinceMs('2')]).toEqual([wentMs + 1, wentMs + 1]);
    const left = store.stores.evidence.inOrder.placed(
      store.tables.groups.find('default', '1')?.groupNo ?? 0,
      0,
      T0 + DAY_MS,
    );
    expect(left.filter(({ atMs }) => atMs > wentMs).map(({ atMs }) => atMs - T0)).toEqual([29 * 10_000]);
  });
});
