/** What comes back of a damaged database: everything that stands on pages that can be read, and no word more. */
import Database from 'better-sqlite3';
import { execFile } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { openCallbackWriter } from '../support/callback-writer.js';
import { removeFolder } from '../support/folders.js';
import { heldEvidenceIn } from '../support/held-evidence.js';
import { addOldGroups, addOldSamples, oldDatabase } from '../support/old-databases.js';
import { T0 } from '../support/notifications.js';
import { aPost, dateTime } from '../support/posts.js';
import { playAll } from '../support/simulated-callbacks.js';
import { postsOf } from '../support/simulated.js';
import { Compaction } from '../../src/apply/compaction.js';
import { Evidence } from '../../src/apply/evidence.js';
import { canonicalJson } from '../../src/domain/json.js';
import type { Delivery } from '../../src/domain/store.js';
import { readBlock } from '../../src/evidence/block.js';
import type { TaggedSample } from '../../src/evidence/sample.js';
import { systemClock } from '../../src/node/system-clock.js';
import { campaignTables } from '../../src/sqlite/campaign-tables.js';
import { inspectWal } from '../../src/sqlite/damage/wal-frames.js';

const PAGE = 4096;
/** Of the version before. */
const OLD_PAGE = 8192;
const GROUPS = 16;
/** One in so many kinds of callback: pages enough to lose some, and each post costs its time. */
const CALLBACKS_OF = 8;
const start = testApps();
let all: string;
let folder: string;
let sound: string;
let path: string;

/** A day of simulated campaigns and callbacks, most of it compacted, and a body in quarantine that takes several pages. */
beforeAll(() => {
  all = mkdtempSync(join(tmpdir(), 'ocm-salvage-'));
  sound = join(all, 'sound.db');
  const posts: Post[] = [];
  for (let groupIndex = 0; groupIndex < GROUPS; groupIndex++) {
    for (const { text } of postsOf({ steps: 150, stepMs: 10_000, groupIndex }))
      posts.push({ endpoint: 'campaign-group-state', source: `site-${String(groupIndex % 2)}`, body: text });
  }
  for (const { callback } of playAll([1]).filter((_, n) => n % CALLBACKS_OF === 0)) {
    for (const { endpoint, body } of callback.posts) posts.push({ endpoint, source: 'default', body });
  }
  posts.push({ endpoint: 'campaign-group-state', source: 'default', body: `{"x":"${'y'.repeat(30_000)}` });
  const isCompacted = ({ endpoint }: Post, n: number) => endpoint === 'campaign-group-state' && n % 5 !== 0;
  commitAll(posts.filter(isCompacted));
  compactAll(sound);
  commitAll(posts.filter((post, n) => !isCompacted(post, n)));
}, 120_000);

interface Post extends Pick<Delivery, 'endpoint' | 'source'> {
  readonly body: string;
}

/** By the writer itself: a service on HTTP takes 7 s of processor for what takes 2.5 here. */
function commitAll(posts: readonly Post[]): void {
  const writer = openCallbackWriter(sound, { clock: systemClock });
  for (let from = 0; from < posts.length; from += 50) {
    const deliveries = posts.slice(from, from + 50).map(({ body, ...where }) => {
      return { ...where, receivedAtMs: systemClock.nowMs(), bytes: Buffer.from(body).toString('latin1') };
    });
    writer.commit(deliveries);
  }
  writer.close();
}

function compactAll(file: string): void {
  const db = new Database(file);
  const tables = campaignTables(db);
  const compaction = new Compaction(tables, new Evidence(tables));
  db.transaction(() => {
    compaction.all(Date.now());
  })();
  db.close();
}

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
function ruin(pageNo: number, bytes = 200, file = path, pageBytes = PAGE): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(bytes, 0xee), 0, bytes, (pageNo - 1) * pageBytes + (pageNo === 1 ? 100 : 0));
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
  expect(held()).toHaveLength(1);
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

/** Evidence by the names of what it belongs to, whatever numbers that has; of groups of the day alone. */
function evidenceOf(file: string): string[] {
  const named = (table: string, key: string) =>
    new Map(query<Record<string, unknown>>(file, `SELECT * FROM ${table}`).map((row) => [row[key], row]));
  const [groups, statements, lists] = [
    named('campaign_groups', 'group_no'),
    named('statements', 'statement_no'),
    named('calling_lists', 'list_no'),
  ];
  return heldEvidenceIn(file)
    .filter(({ groupNo }) => groups.get(groupNo)?.['source'] !== 'new')
    .map(({ groupNo, statementNo, lists: figures, ...rest }) => {
      const ofLists = figures.map(({ listNo, ...said }) => ({ ...said, name: lists.get(listNo)?.['name'] }));
      const [group, said] = [groups.get(groupNo)?.['id'], statements.get(statementNo)?.['content_digest']];
      return canonicalJson({
        ...rest,
        group,
        said,
        lists: ofLists.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
      });
    })
    .sort();
}

const held = (file = path) => heldEvidenceIn(file);
const ofGroup = (evidence: readonly string[], id: string) =>
  evidence.filter((sample) => sample.includes(`"group":"${id}"`));
const idsOf = (file: string) =>
  new Map(
    query<{ group_no: number; id: string }>(file, 'SELECT group_no, id FROM campaign_groups').map((row) => [
      row.group_no,
      row.id,
    ]),
  );
const digestsOf = (file: string) =>
  new Map(
    query<{ statement_no: number; content_digest: string }>(
      file,
      'SELECT statement_no, content_digest FROM statements',
    ).map((row) => [row.statement_no, row.content_digest]),
  );
const CALLBACKS = `SELECT source, service_id, state, sub_state, disposition, is_final, final_digest, ended_ms, events,
    attachments, live_event, first_received_ms FROM callbacks ORDER BY source, service_id`;
const LINKS = `SELECT i.interaction_id, c.service_id, i.role, i.first_received_ms FROM callback_interactions AS i
  JOIN callbacks AS c ON c.callback_no = i.callback_no ORDER BY 1, 2, 3`;

function expectAllBack(): void {
  expect(evidenceOf(path)).toEqual(evidenceOf(sound));
  expect(historyOf(path)).toEqual(historyOf(sound));
  expect(query(path, CALLBACKS)).toEqual(query(sound, CALLBACKS));
  expect(query(path, LINKS)).toEqual(query(sound, LINKS));
  const bodies = 'SELECT id, source, reason, count, first_received_ms, body FROM quarantine ORDER BY id';
  expect(query(path, bodies)).toEqual(query(sound, bodies));
}

describe('salvage', () => {
  it('has enough to lose', () => {
    expect(held(sound).length).toBeGreaterThan(1500);
    expect(rowsIn('journal', sound)).toBeGreaterThan(300);
    expect(pagesOf('journal', 'leaf').length).toBeGreaterThan(2);
    expect(pagesOf('chunks', 'leaf').length).toBeGreaterThan(3);
    expect(held(sound).filter(({ lists }) => lists.length > 0).length).toBeGreaterThan(100);
    expect(rowsIn('callback_events', sound)).toBeGreaterThan(50);
    expect(rowsIn('callback_notifications', sound)).toBeGreaterThan(20);
    expect(rowsIn('quarantine', sound)).toBeGreaterThan(0);
  });

  it('brings back everything when only the way to it is broken: header, schema, and the roots of tables', async () => {
    for (const name of ['callback_events', 'statements', 'chunks', 'journal'])
      for (const page of pagesOf(name, 'internal')) ruin(page, 12);
    ruin(1, 40);
    const file = await moveOn();
    const before = readFileSync(file);
    const first = await salvage(file);
    expectAllBack();
    const { chunks, journal } = first.tables;
    for (const table of [chunks, journal]) expect(table).toMatchObject({ left_out: 0, unreadable_rows: 0 });
    expect(Number(chunks?.added) + Number(journal?.added)).toBe(held(sound).length);
    expect(held()).toHaveLength(held(sound).length + 1);
    expect(readFileSync(file).equals(before)).toBe(true);

    const second = await salvage(file);
    expect([second.added, second.tables['chunks']?.already_there]).toEqual([0, chunks?.added]);
    expectAllBack();
  });

  it('brings back a database of the version before, and loses of a broken inner page what stood on it alone', async () => {
    const old = join(folder, 'old.db');
    const db = oldDatabase(old);
    addOldGroups(db, 20, { atMs: T0 });
    const samples = Array.from({ length: 20_000 }, (_, n) => {
      const [groupNo, atMs] = [1 + (n % 20), T0 + 10_000 * Math.floor(n / 20)];
      const statistics = { busyRatio: n / 7, hitRatio: null, overdialRatio: null, timeToCompleteSeconds: n };
      return { groupNo, atMs, statementNo: 2 * groupNo, tag: 0, receivedMs: atMs + 20, statistics, lists: [] };
    });
    addOldSamples(db, samples);
    const [page = 0] = db
      .prepare("SELECT pageno FROM dbstat WHERE name = 'evidence' AND pagetype = 'internal' ORDER BY pageno DESC")
      .pluck()
      .all() as number[];
    const stood = Number(db.prepare('SELECT ncell FROM dbstat WHERE pageno = ?').pluck().get(page));
    db.close();
    ruin(page, 12, old, OLD_PAGE);
    rmSync(path);
    const { tables } = await salvage(old);
    expect(tables['evidence']).toMatchObject({ unreadable_pages: 1, added: samples.length - stood });
    const textOf = ({ atMs, statistics }: Pick<TaggedSample, 'atMs' | 'statistics'>) =>
      canonicalJson({ atMs, statistics });
    const sent = new Set(samples.map(textOf));
    expect(held()).toHaveLength(samples.length - stood);
    expect(held().every((sample) => sent.has(textOf(sample)))).toBe(true);
  });

  it('brings back what stands on whole pages, and says what does not', async () => {
    const [chunk = 0] = pagesOf('chunks', 'leaf').slice(1);
    const [entry = 0] = pagesOf('journal', 'leaf').slice(1);
    const [event = 0] = pagesOf('callback_events', 'leaf').slice(1);
    const cells = (page: number) => numberOf(sound, `SELECT ncell FROM dbstat WHERE pageno = ${String(page)}`);
    for (const page of [chunk, entry, event]) ruin(page);
    ruin(pagesOf('vocabulary', 'leaf')[0] ?? 0);
    const { status, tables, lost_pages: lostPages } = await salvage(await moveOn());
    expect([status, lostPages]).toEqual([1, 4]);
    expect(tables['chunks']).toMatchObject({ unreadable_pages: 1, unreadable_rows: 0 });
    expect(tables['journal']).toMatchObject({
      unreadable_pages: 1,
      read: rowsIn('journal', sound) - cells(entry),
    });
    expect(tables['callback_events']).toMatchObject({
      unreadable_pages: 1,
      added: rowsIn('callback_events', sound) - cells(event),
    });
    const [now, then] = [new Set(evidenceOf(path)), evidenceOf(sound)];
    const lost = then.filter((sample) => !now.has(sample)).length;
    expect(lost).toBeGreaterThan(cells(entry));
    expect(now.size).toBe(then.length - lost);
    const isWhole = (id: string) => ofGroup(then, id).every((sample) => now.has(sample));
    const ids = query<{ id: string }>(sound, 'SELECT id FROM campaign_groups').map(({ id }) => id);
    const untouched = ids.filter(isWhole);
    const [steps, stepsBefore] = [historyOf(path), historyOf(sound)];
    for (const id of untouched) expect(steps.get(id)).toEqual(stepsBefore.get(id));
  });

  it('loses whole chunks with a page of them, and no more; their quarter hours stay', async () => {
    const [page = 0] = pagesOf('chunks', 'leaf').slice(1);
    const onPage = numberOf(sound, `SELECT ncell FROM dbstat WHERE pageno = ${String(page)}`);
    ruin(page);
    ruin(pagesOf('vocabulary', 'leaf')[0] ?? 0);
    await salvage(await moveOn());
    const keysIn = (file: string) => {
      const [ids, digests] = [idsOf(file), digestsOf(file)];
      return (groupNo: number, { atMs, statementNo, tag }: TaggedSample) =>
        [ids.get(groupNo), atMs, digests.get(statementNo), tag].join(';');
    };
    const [keyNow, keyBefore] = [keysIn(path), keysIn(sound)];
    const there = new Set(held().map((sample) => keyNow(sample.groupNo, sample)));
    const fates = { whole: 0, lost: 0, part: 0 };
    const chunks = query<{ group_no: number; samples: Buffer }>(sound, 'SELECT group_no, samples FROM chunks');
    for (const { group_no: groupNo, samples } of chunks) {
      const keys = readBlock(samples).map((sample) => keyBefore(groupNo, sample));
      const left = keys.filter((key) => there.has(key)).length;
      fates[left === keys.length ? 'whole' : left === 0 ? 'lost' : 'part']++;
    }
    expect(fates).toEqual({ whole: chunks.length - onPage, lost: onPage, part: 0 });
    const sums = `SELECT g.id || ';' || q.start_ms AS quarter, q.count FROM quarter_hours AS q
      JOIN campaign_groups AS g ON g.group_no = q.group_no WHERE g.source <> 'new' ORDER BY 1`;
    const now = new Map(query<{ quarter: string; count: number }>(path, sums).map((row) => [row.quarter, row.count]));
    for (const { quarter, count } of query<{ quarter: string; count: number }>(sound, sums))
      expect(now.get(quarter)).toBeGreaterThanOrEqual(count);
  });

  it('knows groups and callbacks by the index of their keys when their rows are lost', async () => {
    for (const name of ['campaign_groups', 'callbacks']) for (const page of pagesOf(name, 'leaf')) ruin(page);
    const { tables } = await salvage(await moveOn());
    expect(tables['campaign_groups']?.unreadable_pages).toBeGreaterThan(0);
    expect(evidenceOf(path)).toEqual(evidenceOf(sound));
    expect(historyOf(path)).toEqual(historyOf(sound));
    expect(query(path, CALLBACKS)).toEqual(query(sound, CALLBACKS));
  });

  it('does not bring back what was deleted', async () => {
    const db = new Database(path);
    db.exec(
      'PRAGMA foreign_keys = OFF; DELETE FROM quarantine; DELETE FROM journal WHERE group_no > 5; DELETE FROM chunks WHERE group_no > 5; DELETE FROM callback_events',
    );
    db.close();
    const left = rowsIn('journal') + numberOf(path, 'SELECT sum(count) FROM chunks');
    for (const name of ['journal', 'chunks']) for (const page of pagesOf(name, 'internal')) ruin(page, 12);
    ruin(pagesOf('vocabulary', 'leaf')[0] ?? 0);
    const { tables } = await salvage(await moveOn());
    expect(Number(tables['journal']?.read) + Number(tables['chunks']?.read)).toBeLessThanOrEqual(left);
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
    expect(held().length).toBeLessThan(30);
    const { tables, lost_rows: lostRows } = await salvage(aside());
    expect(tables['journal']).toMatchObject({ read: 30, added: 30 - (tables['journal']?.already_there ?? 0) });
    expect([held().length, rowsIn('campaign_groups'), lostRows]).toEqual([30, 30, 0]);
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
