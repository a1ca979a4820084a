import Database from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { QUARTER_HOUR_MS } from '../../../src/evidence/quarter-hours.js';
import { type ConversionProgress, convert, rowsToConvert } from '../../../src/sqlite/convert.js';
import type { Connection } from '../../../src/sqlite/database.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { giveVendorKeys } from '../../../src/sqlite/vendor-keys.js';
import { removeFolder } from '../../support/folders.js';
import { heldEvidence } from '../../support/held-evidence.js';
import { T0 } from '../../support/notifications.js';
import { addOldGroups, addOldSamples, listNo, oldDatabase, type OldSample } from '../../support/old-databases.js';
import { sqliteStore } from '../../support/stores.js';

const GROUPS = 5;
const LISTS = 3;
const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'ocm-convert-'));
let path: string;
let opened = 0;

beforeEach(() => {
  path = join(folder, `${String(opened++)}.db`);
});
afterAll(() => {
  removeFolder(folder);
});

/** Doubles that no decimal writes, null, and lists that come and go. */
function sampleOf(groupNo: number, n: number, parts: Partial<OldSample> = {}): OldSample {
  const atMs = T0 + n * 10_000;
  const figure = (of: number) => (n % of === 0 ? null : Math.sin(n * of) / 3);
  const lists = Array.from({ length: n % (LISTS + 1) }, (_, place) => ({
    listNo: listNo(groupNo, place + 1),
    hitRatio: figure(5),
    timeToCompleteSeconds: n % 2 === 0 ? 1800 - n : null,
  }));
  return {
    groupNo,
    atMs,
    statementNo: 2 * groupNo - (n % 3 === 0 ? 1 : 0),
    tag: 0,
    // Late now and then by a day, and from a clock that is ahead.
    receivedMs: atMs + (n % 50 === 0 ? 24 * HOUR_MS : n % 7 === 0 ? -2000 : 20),
    statistics: {
      busyRatio: figure(3),
      hitRatio: figure(4),
      overdialRatio: figure(7),
      timeToCompleteSeconds: n % 13 === 0 ? null : n,
    },
    lists: groupNo % 2 === 0 ? lists : [],
    ...parts,
  };
}

/** Some hours of each group; of the first a date-time that stands still for hours, of the last another one, ahead of its time. */
function samples(perGroup = 1000): OldSample[] {
  const plain = Array.from({ length: GROUPS }, (_, group) =>
    Array.from({ length: perGroup }, (__, n) => sampleOf(group + 1, n)),
  ).flat();
  const standing = Array.from({ length: 1500 }, (_, n) =>
    sampleOf(1, 500, { tag: 1_000_000_007 * (n + 1), receivedMs: T0 + 5_000_000 + n * 10_000 }),
  );
  const ahead = Array.from({ length: 30 }, (_, n) =>
    sampleOf(GROUPS, 900, { tag: n + 1, receivedMs: T0 + n * 10_000 }),
  );
  return [...plain, ...standing, ...ahead];
}

function made(all: readonly OldSample[] = samples()): Connection {
  const db = oldDatabase(path);
  addOldGroups(db, GROUPS, { atMs: T0, lists: LISTS });
  addOldSamples(db, all);
  migrate(db);
  return db;
}

/** Sorted, as texts: these are compared much faster than objects, and doubles are written as they are. */
const textsOf = (all: readonly OldSample[]) => all.map(textOf).sort();

function textOf({ groupNo, atMs, statementNo, tag, receivedMs, statistics, lists }: OldSample): string {
  const { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds } = statistics;
  const figures = [busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds];
  const ofLists = lists.map((list) => [list.listNo, list.hitRatio, list.timeToCompleteSeconds]);
  return JSON.stringify([groupNo, atMs, statementNo, tag, receivedMs, figures, ofLists]);
}

const options = (told: ConversionProgress[] = []) => {
  const onProgress = (progress: ConversionProgress) => void told.push(progress);
  return { nowMs: T0, elapsedMs: () => performance.now(), onProgress, rowsOfSlice: 1500 };
};
const tables = (db: Connection) => db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
const OLD = ['evidence', 'list_sets', 'list_figures'];

describe('conversion', () => {
  it('brings every sample into chunks, doubles bit for bit, and lets the old tables go', () => {
    const all = samples();
    const db = made(all);
    expect(rowsToConvert(db)).toBe(all.length);
    expect(convert(db, options())).toBe(all.length);
    expect(textsOf(heldEvidence(db))).toEqual(textsOf(all));
    expect(tables(db)).not.toEqual(expect.arrayContaining([OLD[0]]));
    for (const table of OLD) expect(tables(db)).not.toContain(table);
    expect(rowsToConvert(db)).toBeNull();
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    db.close();
  });

  it('writes one chunk per group and hour, as short as compaction does', () => {
    const db = made();
    convert(db, options());
    const most = 'SELECT max(n) FROM (SELECT count(*) AS n FROM chunk_hours GROUP BY group_no, hour)';
    expect(db.prepare(most).pluck().get()).toBe(1);
    expect(db.prepare('SELECT sum(count) FROM chunks').pluck().get()).toBe(samples().length);
    db.close();
  });

  it('adds up what the samples say by quarters of an hour, of groups and of lists', () => {
    const all = samples();
    const db = made(all);
    convert(db, options());
    const placeMs = ({ tag, atMs, receivedMs }: OldSample) => (tag === 0 ? atMs : receivedMs);
    const counts = new Map<string, number>();
    const listCounts = new Map<string, number>();
    for (const sample of all) {
      const startMs = Math.floor(placeMs(sample) / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
      const add = (into: Map<string, number>, no: number) =>
        into.set(`${String(no)};${String(startMs)}`, (into.get(`${String(no)};${String(startMs)}`) ?? 0) + 1);
      add(counts, sample.groupNo);
      for (const { listNo: no, hitRatio } of sample.lists) if (hitRatio !== null) add(listCounts, no);
    }
    const held = (sql: string) => new Map(db.prepare(sql).raw().all() as [string, number][]);
    expect(held("SELECT group_no || ';' || start_ms, count FROM quarter_hours")).toEqual(counts);
    expect(
      held("SELECT list_no || ';' || start_ms, hit_ratio_count FROM list_quarter_hours WHERE hit_ratio_count > 0"),
    ).toEqual(listCounts);
    db.close();
  });

  it('keeps the newest figures of each list', () => {
    const all = samples();
    const db = made(all);
    convert(db, options());
    const newest = new Map<number, { atMs: number; seconds: number | null }>();
    for (const { lists, atMs } of all)
      for (const { listNo: no, timeToCompleteSeconds: seconds } of lists) newest.set(no, { atMs, seconds });
    const rows = db.prepare(`
      SELECT list_no AS no, said_at_ms AS atMs, time_to_complete_seconds AS seconds FROM calling_lists
      WHERE said_at_ms IS NOT NULL`);
    const found = new Map(
      (rows.all() as { no: number; atMs: number; seconds: number | null }[]).map(({ no, ...said }) => [no, said]),
    );
    expect(newest.size).toBeGreaterThan(LISTS);
    expect(found).toEqual(newest);
    db.close();
  });

  it('tells how far it is', () => {
    const all = samples();
    const db = made(all);
    const told: ConversionProgress[] = [];
    convert(db, options(told));
    expect(told.length).toBeGreaterThan(2);
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
    expect(told.at(-1)).toEqual({ done: all.length, of: all.length, leftMs: 0 });
    expect(told[0]?.leftMs).toBeGreaterThan(0);
    db.close();
  });

  it('goes on where it was broken off, after any slice', () => {
    const all = samples();
    let [db, breaks] = [made(all), 0];
    const stop = new Error('broken off');
    for (;;) {
      let slices = 0;
      const onProgress = () => {
        if (++slices === 2) throw stop;
      };
      try {
        convert(db, { ...options(), onProgress });
        break;
      } catch (error) {
        expect(error).toBe(stop);
        breaks++;
      }
      db.close();
      db = new Database(path);
      db.pragma('foreign_keys = ON');
    }
    expect(breaks).toBeGreaterThan(1);
    expect(textsOf(heldEvidence(db))).toEqual(textsOf(all));
    giveVendorKeys(db);
    expect(db.prepare('SELECT name FROM kept_numbers').all()).toEqual([]);
    db.close();
  });

  it('keeps nothing of a group that is being forgotten', () => {
    const db = made();
    db.prepare("UPDATE campaign_groups SET source = '(forgotten)' WHERE group_no = 2").run();
    convert(db, options());
    expect(textsOf(heldEvidence(db))).toEqual(textsOf(samples().filter(({ groupNo }) => groupNo !== 2)));
    expect(db.prepare('SELECT count(*) FROM chunks WHERE group_no = 2').pluck().get()).toBe(0);
    db.close();
  });

  it('takes a row that holds no numbers for damage, and leaves the old rows where they are', () => {
    const db = made();
    db.exec(`UPDATE evidence SET busy_ratio = 'many' WHERE group_no = 3 AND at_ms = ${String(T0 + 100_000)}`);
    expect(() => convert(db, options())).toThrow('is damaged: its evidence holds what is none ("many" is no figure)');
    expect(db.prepare('SELECT count(*) FROM evidence').pluck().get()).toBe(samples().length);
    db.close();
  });

  it('says of a full disk that nothing is lost, and goes on when there is room', () => {
    const all = samples();
    const db = made(all);
    const pages = Number(db.pragma('page_count', { simple: true }));
    db.pragma(`max_page_count = ${String(pages + 20)}`);
    expect(() => convert(db, options())).toThrow('nothing is lost, and the next start goes on');
    expect(db.prepare('SELECT count(*) FROM evidence').pluck().get()).toBe(all.length);
    db.pragma('max_page_count = 1000000');
    convert(db, options());
    expect(textsOf(heldEvidence(db))).toEqual(textsOf(all));
    db.close();
  });

  it('happens when a store is opened, and its groups stand as their newest evidence says', () => {
    const all = samples();
    made(all).close();
    const store = sqliteStore(path);
    const heads = store.snapshots();
    expect(heads).toHaveLength(GROUPS);
    for (const { figures } of heads) expect(figures).toMatchObject({ lastEventMs: T0 + 9_990_000 });
    store.close();
  });

  it('leaves a new database without the old tables', () => {
    const store = sqliteStore(path);
    store.close();
    const db = new Database(path, { readonly: true });
    for (const table of OLD) expect(tables(db)).not.toContain(table);
    db.close();
  });
});
