/** What comes back of a damaged database: everything that stands on pages that can be read, and no word more. */
import Database from 'better-sqlite3';
import { execFile } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, testApps, type TestApp } from '../support/app.js';
import { removeFolder } from '../support/folders.js';
import { aPost, dateTime } from '../support/posts.js';
import { playAll } from '../support/simulated-callbacks.js';
import { postsOf } from '../support/simulated.js';
import { inspectWal } from '../../src/sqlite/damage/wal-frames.js';

const PAGE = 8192;
const GROUPS = 16;
const start = testApps();
let all: string;
let folder: string;
let sound: string;
let path: string;

/** A day of simulated campaigns and callbacks, and a body in quarantine that takes several pages. */
beforeAll(async () => {
  all = mkdtempSync(join(tmpdir(), 'ocm-salvage-'));
  sound = join(all, 'sound.db');
  const app = await startTestApp({}, { database: sound });
  const send = async (where: string, body: string, type = 'application/json') => {
    const answer = await fetch(app.url + where, { method: 'POST', body, headers: { 'Content-Type': type } });
    await answer.arrayBuffer();
  };
  const bodies: [string, string, string?][] = [];
  for (let groupIndex = 0; groupIndex < GROUPS; groupIndex++) {
    for (const { text } of postsOf({ steps: 150, stepMs: 10_000, groupIndex })) {
      bodies.push([`/ocs/site-${String(groupIndex % 2)}/campaign-group-state`, text]);
    }
  }
  for (const { callback } of playAll([1, 2])) {
    for (const { endpoint, body, contentType } of callback.posts) bodies.push([`/gms/${endpoint}`, body, contentType]);
  }
  bodies.push(['/ocs/campaign-group-state', `{"x":"${'y'.repeat(30_000)}`]);
  for (let from = 0; from < bodies.length; from += 50) {
    await Promise.all(bodies.slice(from, from + 50).map((body) => send(...body)));
  }
  await app.stop();
}, 120_000);
afterAll(() => {
  removeFolder(all);
});
beforeEach(() => {
  folder = mkdtempSync(join(all, 'test-'));
  path = join(folder, 'test.db');
  copyFileSync(sound, path);
});

interface Row {
  readonly table: string;
  readonly read: number;
  readonly added: number;
  readonly already_there: number;
  readonly left_out: number;
  readonly unreadable_rows: number;
  readonly unreadable_pages: number;
}
interface Account {
  readonly status: number;
  readonly added: number;
  readonly lost_rows: number;
  readonly lost_pages: number;
  readonly tables: Readonly<Record<string, Row>>;
}

async function salvage(file: string): Promise<Account> {
  const args = ['dist/main.js', 'salvage', file, '--store', `sqlite:${path}`, '--json'];
  const { status, out, err } = await new Promise<{ status: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 1e8 }, (error, out, err) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
  if (out === '' || 'error' in (JSON.parse(out) as object)) throw new Error(err);
  const { tables, ...rest } = JSON.parse(out) as Omit<Account, 'tables' | 'status'> & { tables: Row[] };
  return { ...rest, status, tables: Object.fromEntries(tables.map((row) => [row.table, row])) };
}

function query<T>(file: string, sql: string): T[] {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

const numberOf = (file: string, sql: string) =>
  Number(Object.values(query<Record<string, number>>(file, sql)[0] ?? {})[0]);
const rowsIn = (table: string, file = path) => numberOf(file, `SELECT count(*) FROM ${table}`);
const pagesOf = (name: string, type: string) =>
  query<{ pageno: number }>(sound, `SELECT pageno FROM dbstat WHERE name = '${name}' AND pagetype = '${type}'`).map(
    ({ pageno }) => pageno,
  );

/** Writes over what stands at the beginning of a page. */
function ruin(pageNo: number, bytes = 200): void {
  const handle = openSync(path, 'r+');
  writeSync(handle, Buffer.alloc(bytes, 0xee), 0, bytes, (pageNo - 1) * PAGE + (pageNo === 1 ? 100 : 0));
  closeSync(handle);
}

const aside = () =>
  join(folder, readdirSync(folder).find((name) => name.includes('.damaged-') && !/-(wal|shm)$/.test(name)) ?? 'none');

/** The service meets the damage, moves the file aside, and receives a post of a new group in a new database. */
async function moveOn(): Promise<string> {
  const app: TestApp = await start({}, { database: path });
  const answer = await fetch(`${app.url}/ocs/new/campaign-group-state`, {
    method: 'POST',
    body: JSON.stringify(aPost()),
  });
  expect(answer.status).toBe(200);
  await app.stop();
  expect(rowsIn('evidence')).toBe(1);
  return aside();
}

/** What the history of a group looks like, whatever numbers its rows have. */
function historyOf(file: string) {
  const rows = query<Record<string, unknown>>(
    file,
    `SELECT g.id, s.at_ms, s.action_rank, s.content_digest, s.state, s.dial_mode, s.optimize_by, s.optimize_goal,
       s.transition_id, s.from_state, s.action, s.actor, s.inferred, s.unexpected, s.implied_steps, s.not_before_ms
     FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no WHERE g.source <> 'new'
     ORDER BY g.id, s.at_ms, s.action_rank, s.content_digest`,
  );
  return grouped(rows);
}

function grouped(rows: Record<string, unknown>[]): Map<string, Record<string, unknown>[]> {
  const groups = new Map<string, Record<string, unknown>[]>();
  for (const row of rows) groups.set(String(row['id']), [...(groups.get(String(row['id'])) ?? []), row]);
  return groups;
}

const EVIDENCE = `SELECT g.id, e.at_ms, e.tag, e.lag_ms, e.busy_ratio, e.hit_ratio, e.overdial_ratio,
    e.time_to_complete_seconds, s.content_digest, coalesce(l.content_digest, '') AS lists
  FROM evidence AS e JOIN campaign_groups AS g ON g.group_no = e.group_no
  JOIN statements AS s ON s.statement_no = e.statement_no LEFT JOIN list_sets AS l ON l.list_set_no = e.list_set_no
  WHERE g.source <> 'new' ORDER BY g.id, e.at_ms, s.content_digest, e.tag`;
const CALLBACKS = `SELECT source, service_id, state, sub_state, disposition, is_final, final_digest, ended_ms, events,
    attachments, live_event, first_received_ms FROM callbacks ORDER BY source, service_id`;
const LINKS = `SELECT i.interaction_id, c.service_id, i.role, i.first_received_ms FROM callback_interactions AS i
  JOIN callbacks AS c ON c.callback_no = i.callback_no ORDER BY 1, 2, 3`;

function expectAllBack(): void {
  expect(query(path, EVIDENCE)).toEqual(query(sound, EVIDENCE));
  expect(historyOf(path)).toEqual(historyOf(sound));
  expect(query(path, CALLBACKS)).toEqual(query(sound, CALLBACKS));
  expect(query(path, LINKS)).toEqual(query(sound, LINKS));
  const bodies = 'SELECT id, source, reason, count, first_received_ms, body FROM quarantine ORDER BY id';
  expect(query(path, bodies)).toEqual(query(sound, bodies));
}

describe('salvage', () => {
  it('has enough to lose', () => {
    expect(rowsIn('evidence', sound)).toBeGreaterThan(1500);
    expect(pagesOf('evidence', 'leaf').length).toBeGreaterThan(10);
    expect(pagesOf('evidence', 'internal').length).toBeGreaterThan(0);
    expect(rowsIn('callback_events', sound)).toBeGreaterThan(50);
    expect(rowsIn('callback_notifications', sound)).toBeGreaterThan(20);
    expect(rowsIn('quarantine', sound)).toBeGreaterThan(0);
    expect(rowsIn('list_sets', sound)).toBeGreaterThan(0);
  });

  it('brings back everything when only the way to it is broken: header, schema, and the roots of tables', async () => {
    for (const name of ['callback_events', 'statements']) for (const page of pagesOf(name, 'internal')) ruin(page, 12);
    ruin(1, 40);
    const file = await moveOn();
    const before = readFileSync(file);
    const first = await salvage(file);
    expectAllBack();
    expect(first.tables['evidence']).toMatchObject({
      added: rowsIn('evidence', sound),
      left_out: 0,
      unreadable_rows: 0,
    });
    expect(rowsIn('evidence')).toBe(rowsIn('evidence', sound) + 1);
    expect(readFileSync(file).equals(before)).toBe(true);

    const second = await salvage(file);
    expect([second.added, second.tables['evidence']?.already_there]).toEqual([0, rowsIn('evidence', sound)]);
    expectAllBack();
  });

  it('loses of a broken inner page what stood on it alone: in a table without rowids it holds rows', async () => {
    const [page = 0] = pagesOf('evidence', 'internal');
    const stood = numberOf(sound, `SELECT ncell FROM dbstat WHERE pageno = ${String(page)}`);
    ruin(page, 12);
    const { tables } = await salvage(await moveOn());
    expect(tables['evidence']).toMatchObject({ unreadable_pages: 1, read: rowsIn('evidence', sound) - stood });
    expect(rowsIn('evidence')).toBe(rowsIn('evidence', sound) - stood + 1);
  });

  it('brings back what stands on whole pages, and says what does not', async () => {
    const [lost = 0, alsoLost = 0] = pagesOf('evidence', 'leaf').slice(3);
    const [event = 0] = pagesOf('callback_events', 'leaf').slice(1);
    const cells = (page: number) => numberOf(sound, `SELECT ncell FROM dbstat WHERE pageno = ${String(page)}`);
    for (const page of [lost, alsoLost, event]) ruin(page);
    ruin(pagesOf('vocabulary', 'leaf')[0] ?? 0);
    const { status, tables, lost_pages: lostPages } = await salvage(await moveOn());
    expect([status, lostPages]).toEqual([1, 4]);
    const missing = cells(lost) + cells(alsoLost);
    expect(tables['evidence']).toMatchObject({ unreadable_pages: 2, read: rowsIn('evidence', sound) - missing });
    expect(tables['callback_events']).toMatchObject({
      unreadable_pages: 1,
      added: rowsIn('callback_events', sound) - cells(event),
    });
    expect(rowsIn('evidence')).toBe(rowsIn('evidence', sound) - missing + 1);
    const counts =
      'SELECT g.id, count(*) AS n FROM evidence AS e JOIN campaign_groups AS g USING (group_no) GROUP BY 1';
    const whole = new Map(query<{ id: string; n: number }>(path, counts).map(({ id, n }) => [id, n]));
    const untouched = query<{ id: string; n: number }>(sound, counts).filter(({ id, n }) => whole.get(id) === n);
    expect(untouched.length).toBeGreaterThan(GROUPS / 2);
    expect(untouched.length).toBeLessThan(GROUPS);
    const [now, then] = [historyOf(path), historyOf(sound)];
    for (const { id } of untouched) expect(now.get(id)).toEqual(then.get(id));
  });

  it('knows groups and callbacks by the index of their keys when their rows are lost', async () => {
    for (const name of ['campaign_groups', 'callbacks']) for (const page of pagesOf(name, 'leaf')) ruin(page);
    const { tables } = await salvage(await moveOn());
    expect(tables['campaign_groups']?.unreadable_pages).toBeGreaterThan(0);
    expect(query(path, EVIDENCE)).toEqual(query(sound, EVIDENCE));
    expect(historyOf(path)).toEqual(historyOf(sound));
    expect(query(path, CALLBACKS)).toEqual(query(sound, CALLBACKS));
  });

  it('does not bring back what was deleted', async () => {
    const db = new Database(path);
    db.exec(
      'PRAGMA foreign_keys = OFF; DELETE FROM quarantine; DELETE FROM evidence WHERE group_no > 5; DELETE FROM callback_events',
    );
    db.close();
    const left = rowsIn('evidence');
    for (const page of pagesOf('evidence', 'internal')) ruin(page, 12);
    ruin(pagesOf('vocabulary', 'leaf')[0] ?? 0);
    const { tables } = await salvage(await moveOn());
    expect(tables['evidence']?.read).toBeLessThanOrEqual(left);
    expect([tables['quarantine']?.read, tables['callback_events']?.read]).toEqual([0, 0]);
  });

  it('brings back the commits that lay behind a broken frame of the log', async () => {
    const elsewhere = await start();
    for (let n = 0; n < 30; n++) {
      const body = { GSW_CAMPAIGN_GROUP_DBID: String(n), GSW_DATE_TIME: dateTime(1_790_000_000_000 + n) };
      await fetch(`${elsewhere.url}/ocs/campaign-group-state`, { method: 'POST', body: JSON.stringify(aPost(body)) });
    }
    for (const suffix of ['', '-wal']) copyFileSync(elsewhere.database + suffix, path + suffix);
    const { frames } = inspectWal(`${path}-wal`);
    const at = 32 + Math.floor(frames * 0.6) * (PAGE + 24);
    const handle = openSync(`${path}-wal`, 'r+');
    // A salt keeps the frame's place; its checksum is what no longer agrees.
    writeSync(handle, Buffer.from([1, 2, 3]), 0, 3, at + 17);
    closeSync(handle);
    const app = await start({}, { database: path });
    await app.stop();
    expect(rowsIn('evidence')).toBeLessThan(30);
    const { tables, lost_rows: lostRows } = await salvage(aside());
    expect(tables['evidence']).toMatchObject({ read: 30, added: 30 - (tables['evidence']?.already_there ?? 0) });
    expect([rowsIn('evidence'), rowsIn('campaign_groups'), lostRows]).toEqual([30, 30, 0]);
  });

  it('refuses the present database, a foreign file, and to work beside a service', async () => {
    await expect(salvage(path)).rejects.toThrow('is the present database');
    await expect(salvage('package.json')).rejects.toThrow('nothing in it says');
    await expect(salvage(join(folder, 'gone'))).rejects.toThrow('does not exist');
    copyFileSync(sound, join(folder, 'copy.db'));
    const app = await start({}, { database: path });
    await expect(salvage(join(folder, 'copy.db'))).rejects.toThrow('another process writes');
    await app.stop();
    // A sound copy is no worse than a damaged one.
    expect(await salvage(join(folder, 'copy.db'))).toMatchObject({ status: 0, lost_rows: 0, lost_pages: 0 });
    expectAllBack();
  });
});
