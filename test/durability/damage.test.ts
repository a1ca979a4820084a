/** What becomes of databases whose files are damaged: bytes are written over, cut off, or missing. */
import Database from 'better-sqlite3';
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Compaction } from '../../src/apply/compaction.js';
import { Evidence } from '../../src/apply/evidence.js';
import { campaignTables } from '../../src/sqlite/campaign-tables.js';
import { inspectWal } from '../../src/sqlite/damage/wal-frames.js';
import { startTestApp, testApps, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { removeFolder } from '../support/folders.js';
import { aPost, dateTime } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';

const PAGE = 4096;
const START = 1_790_000_000_000;
const start = testApps();
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-damage-'));
  path = join(folder, 'test.db');
});
afterEach(() => {
  removeFolder(folder);
});

const open = () => start({}, { database: path });

async function post(app: Pick<TestApp, 'url'>, n: number, fields: Record<string, unknown> = {}): Promise<number> {
  const body = { GSW_CAMPAIGN_GROUP_DBID: String(n % 50), GSW_DATE_TIME: dateTime(START + n * 1000), ...fields };
  const text = JSON.stringify(aPost(body));
  return (await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: text })).status;
}

async function posts(app: Pick<TestApp, 'url'>, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) expect(await post(app, n)).toBe(200);
}

function flip(file: string, offset: number, bytes = 1): void {
  const found = readFileSync(file).subarray(offset, offset + bytes);
  const handle = openSync(file, 'r+');
  writeSync(
    handle,
    found.map((byte) => byte ^ 0xff),
    0,
    bytes,
    offset,
  );
  closeSync(handle);
}

function ask(file: string, sql: string): string | number {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare(sql).pluck().get() as string | number;
  } finally {
    db.close();
  }
}

const rows = (file: string) => Number(ask(file, 'SELECT count(*) FROM journal'));
const asideNames = () =>
  readdirSync(folder)
    .filter((name) => name.includes('.damaged-'))
    .sort();
const rootOf = (name: string) => Number(ask(path, `SELECT rootpage FROM sqlite_schema WHERE name = '${name}'`));

/** What tests begin with, made once by a service and copied: its files by how they were left, and how many posts it has. */
const made = new Map<string, Promise<Readonly<Record<string, Buffer>>>>();

async function makeFiles(count: number, suffixes: readonly string[]): Promise<Readonly<Record<string, Buffer>>> {
  const app = await startTestApp();
  await posts(app, 0, count);
  // Without its log a database is whole when the service has ended; with it, while the service runs.
  if (suffixes.length === 1) await app.stop();
  const files = Object.fromEntries(suffixes.map((suffix) => [suffix, readFileSync(app.database + suffix)]));
  await app.remove();
  return files;
}

async function copied(count: number, suffixes: readonly string[]): Promise<void> {
  const key = `${String(count)}${suffixes.join()}`;
  const files = made.get(key) ?? makeFiles(count, suffixes);
  made.set(key, files);
  for (const [suffix, bytes] of Object.entries(await files)) writeFileSync(path + suffix, bytes);
}

/** A database that ended well. */
const filled = (count = 100) => copied(count, ['']);

/** A database and its log as a power cut leaves them: no `-shm`, and everything still in the log. */
const cutOff = (count = 20) => copied(count, ['', '-wal']);

/** The start says loudly what happened, a new database receives, and the old one lies aside, byte for byte from a place on. */
async function expectReplaced(before: Buffer, comparedFrom = 0): Promise<TestApp> {
  const app = await open();
  expect(await post(app, 1)).toBe(200);
  expect(rows(path)).toBe(1);
  const [aside = '', ...others] = asideNames().filter((name) => !/-(wal|shm)$/.test(name));
  expect([aside, others]).toEqual([expect.stringMatching(/^test\.db\.damaged-\d{8}T\d{6}Z$/), []]);
  const kept = readFileSync(join(folder, aside)).subarray(
    comparedFrom,
    comparedFrom === 0 ? undefined : comparedFrom + PAGE,
  );
  expect(kept.equals(before.subarray(comparedFrom, comparedFrom + kept.length))).toBe(true);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(valueOf(metrics, 'ocs_monitor_store_moved_aside')).toBe(1);
  const ready = await fetch(`${app.url}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true, moved_aside: [aside] }]);
  const said = app.log.filter(({ level }) => level === 'error').map(({ message }) => message);
  expect(said).toEqual([expect.stringContaining('moved aside whole'), expect.stringContaining('was moved aside')]);
  return app;
}

describe('a file that is not damaged', () => {
  it('of length zero is taken as new', async () => {
    writeFileSync(path, '');
    const app = await open();
    expect(await post(app, 1)).toBe(200);
    expect(asideNames()).toEqual([]);
  });

  it('without its -shm has everything', async () => {
    await cutOff(20);
    expect(existsSync(`${path}-shm`)).toBe(false);
    const app = await open();
    expect([rows(path), asideNames()]).toEqual([20, []]);
    expect(await post(app, 100)).toBe(200);
  });

  it('but somebody else’s keeps the service from starting, and is not touched', async () => {
    writeFileSync(path, 'a text of somebody’s\n'.repeat(1000));
    await expect(open()).rejects.toMatchObject({ code: 'OCM_NOT_OURS' });
    const other = new Database(join(folder, 'other.db'));
    other.exec('CREATE TABLE invoices (id INTEGER)');
    other.close();
    copyFileSync(join(folder, 'other.db'), path);
    const before = readFileSync(path);
    await expect(open()).rejects.toMatchObject({ code: 'OCM_NOT_OURS' });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('test.db-wal') || name.includes('damaged'))).toEqual(
      [],
    );
  });

  it('but of a newer schema keeps the service from starting, and is not touched', async () => {
    await filled(5);
    const db = new Database(path);
    db.pragma('user_version = 99');
    db.close();
    const before = readFileSync(path);
    await expect(open()).rejects.toMatchObject({ code: 'OCM_NEWER_SCHEMA' });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(asideNames()).toEqual([]);
  });
});

describe('a log', () => {
  it('whose end is torn loses the unfinished transaction alone, without an alarm', async () => {
    await cutOff(20);
    truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 100);
    const app = await open();
    expect(rows(path)).toBe(19);
    expect(asideNames()).toEqual([]);
    expect(app.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('with a flipped byte ends there, and what lay behind is kept aside with an alarm', async () => {
    await cutOff(20);
    const { frames, brokenFrame, lostCommits } = inspectWal(`${path}-wal`);
    expect([frames > 40, brokenFrame, lostCommits]).toEqual([true, null, 0]);
    const inTheMiddle = 32 + Math.floor(frames * 0.8) * (PAGE + 24) + 24 + 2000;
    flip(`${path}-wal`, inTheMiddle);
    const wal = readFileSync(`${path}-wal`);
    const app = await open();
    expect(rows(path)).toBeGreaterThan(0);
    expect(rows(path)).toBeLessThan(20);
    const [main = '', log = ''] = asideNames();
    expect(log).toBe(`${main}-wal`);
    expect(readFileSync(join(folder, log)).equals(wal)).toBe(true);
    expect(app.log.find(({ level }) => level === 'error')).toMatchObject({
      message: expect.stringContaining('lost commits') as string,
      fields: { why: expect.stringContaining(`frame ${String(Math.floor(frames * 0.8) + 1)} `) as string },
    });
    expect(await post(app, 100)).toBe(200);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(valueOf(metrics, 'ocs_monitor_store_moved_aside')).toBe(1);
  });

  it('with a flipped byte in its header is kept aside: SQLite takes nothing of it', async () => {
    const elsewhere = await start();
    await elsewhere.stop();
    const again = await start({}, { database: elsewhere.database });
    await posts(again, 0, 10);
    copyFileSync(elsewhere.database, path);
    copyFileSync(`${elsewhere.database}-wal`, `${path}-wal`);
    flip(`${path}-wal`, 17);
    await open();
    expect(rows(path)).toBe(0);
    expect(asideNames()).toHaveLength(2);
  });
});

describe('a damaged database', () => {
  for (const [what, offset, bytes] of [
    ['its first bytes', 3, 1],
    ['its page size', 16, 1],
    ['its format versions', 18, 2],
    ['its encoding', 59, 1],
    ['its schema number', 60, 4],
    ['the mark of this program', 68, 4],
    ['its whole header', 0, 100],
  ] as const) {
    it(`in ${what} makes room for a new one within the same start`, async () => {
      await filled();
      flip(path, offset, bytes);
      await expectReplaced(readFileSync(path));
    });
  }

  it('cut in half makes room for a new one', async () => {
    await filled();
    truncateSync(path, Math.floor(statSync(path).size / PAGE / 2) * PAGE);
    await expectReplaced(readFileSync(path));
  });

  for (const name of ['sqlite_schema', 'campaign_groups', 'journal', 'vocabulary']) {
    it(`in the first page of ${name} makes room at a start that reads it`, async () => {
      await filled();
      const page = name === 'sqlite_schema' ? 1 : rootOf(name);
      flip(path, (page - 1) * PAGE + (page === 1 ? 100 : 0), 16);
      // The page itself is as it was; a start notes its up-time in another before it meets the damage.
      await expectReplaced(readFileSync(path), (page - 1) * PAGE);
    });
  }

  it('after an unclean end is read over: a page that no start needs is found too', async () => {
    await filled();
    const page = rootOf('callback_attachments');
    flip(path, (page - 1) * PAGE, 16);
    const quiet = await open();
    expect(await post(quiet, 1)).toBe(200);
    const killed = join(folder, 'killed.db');
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, killed + suffix);
    const app = await start({}, { database: killed });
    expect(app.log.find(({ level }) => level === 'error')?.message).toContain('moved aside whole');
    expect(existsSync(`${killed}-wal`)).toBe(true);
  });

  it('met by a commit answers 503, ends the process, and the next start goes on with a new one', async () => {
    await filled();
    const page = rootOf('quarantine_newest');
    flip(path, (page - 1) * PAGE, 16);
    const port = await freePort();
    const program = await Program.start(port, path);
    await posts(program, 0, 3);
    const refused = await fetch(`${program.url}/ocs/campaign-group-state`, { method: 'POST', body: 'no JSON' });
    expect(refused.status).toBe(503);
    expect(await program.end('SIGCONT')).toBe(1);
    expect(program.stderr).toContain('it was moved to');
    const [main = ''] = asideNames();
    expect(rows(join(folder, main))).toBe(100);
    const next = await Program.start(port, path);
    expect((await fetch(`${next.url}/ocs/campaign-group-state`, { method: 'POST', body: 'no JSON' })).status).toBe(400);
    await posts(next, 0, 3);
    expect(next.stderr).toContain('was moved aside');
    expect(await next.end('SIGINT')).toBe(0);
    expect(rows(path)).toBe(3);
    expect(asideNames().filter((name) => !name.endsWith('-shm'))).toContain(main);
  });

  it('met by a query is moved aside too', async () => {
    await filled();
    const page = rootOf('steps_transitions');
    const app = await open();
    flip(path, (page - 1) * PAGE, 16);
    const answer = await fetch(`${app.url}/api/v1/transitions?from=2020-01-01&to=2030-01-01`);
    expect(answer.status).toBe(503);
    await eventually(() => {
      expect(app.log.some(({ level }) => level === 'fatal')).toBe(true);
    });
    expect(await post(app, 1)).toBe(503);
    expect(asideNames().length).toBeGreaterThan(0);
    expect(existsSync(path)).toBe(false);
  });

  it('is left alone while another process may write to it', async () => {
    await filled();
    flip(path, 3);
    const { spawn } = await import('node:child_process');
    const script = `const fs = require('fs'); fs.openSync(${JSON.stringify(path)}, 'r+'); console.log('open'); setInterval(() => {}, 1000)`;
    const other = spawn(process.execPath, ['-e', script]);
    await new Promise((resolve) => other.stdout.once('data', resolve));
    await expect(open()).rejects.toMatchObject({ code: 'OCM_LOCKED' });
    expect(asideNames()).toEqual([]);
    const gone = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await gone;
    await expectReplaced(readFileSync(path));
  });

  it('is named a second time beside the first, and a command never moves one', async () => {
    await filled();
    flip(path, 3);
    const app = await expectReplaced(readFileSync(path));
    await app.stop();
    flip(path, 3);
    const again = await open();
    expect(asideNames().filter((name) => !/-(wal|shm)$/.test(name))).toHaveLength(2);
    await again.stop();
    flip(path, 3);
    const { execFile } = await import('node:child_process');
    const ran = await new Promise<{ code: unknown; err: string }>((resolve) => {
      const args = ['dist/main.js', 'quarantine', 'replay', '--store', `sqlite:${path}`];
      execFile(process.execPath, args, (error, _out, err) => {
        resolve({ code: error?.code ?? 0, err });
      });
    });
    expect(ran).toEqual({ code: 1, err: expect.stringContaining('is damaged') as string });
    expect(basename(path)).toBe('test.db');
    expect(asideNames().filter((name) => !/-(wal|shm)$/.test(name))).toHaveLength(2);
  });
});

describe('a move aside that was cut off', () => {
  const aside = () => `${path}.damaged-20260101T000000Z`;

  it('when both files had their new names already is finished: nothing is opened without its log', async () => {
    for (const left of [['', '-wal'], ['-wal'], ['']]) {
      await cutOff(5);
      for (const suffix of ['', '-wal']) linkSync(path + suffix, aside() + suffix);
      for (const suffix of ['', '-wal'].filter((one) => !left.includes(one))) rmSync(path + suffix);
      const app = await open();
      expect([left, rows(path)]).toEqual([left, 0]);
      await app.stop();
      expect([left, rows(aside())]).toEqual([left, 5]);
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    }
  });

  it('before the log had its new name is taken back', async () => {
    await cutOff(5);
    linkSync(path, aside());
    await open();
    expect([rows(path), asideNames()]).toEqual([5, []]);
  });

  it('where the file system has no links joins the log to the database it belongs to', async () => {
    await cutOff(5);
    renameSync(path, aside());
    const app = await open();
    expect(rows(path)).toBe(0);
    await app.stop();
    expect(rows(aside())).toBe(5);
  });
});

describe('a name that the schema needs', () => {
  const downTo = async (version: number, sql: string) => {
    await filled(5);
    const db = new Database(path);
    db.exec(sql);
    db.pragma(`user_version = ${String(version)}`);
    db.close();
  };

  it('taken by a table of the operator’s keeps the service from starting; nothing is moved aside', async () => {
    await downTo(
      4,
      'DROP TABLE transition_changes; DROP INDEX callbacks_by_change; CREATE VIEW transition_changes AS SELECT 1',
    );
    await expect(open()).rejects.toMatchObject({
      code: 'OCM_UNAVAILABLE',
      message: expect.stringContaining('transition_changes') as string,
    });
    expect([rows(path), asideNames()]).toEqual([5, []]);
  });

  it('taken with all others of its migration means that the number of the schema is damaged', async () => {
    await downTo(3, '');
    await open();
    expect([rows(path), asideNames().length > 0]).toEqual([0, true]);
  });
});

describe('damage in the samples of a chunk', () => {
  it('costs that chunk alone: it is set aside whole, its quarter hours stay, and the group goes on', async () => {
    await filled();
    const db = new Database(path);
    const tables = campaignTables(db);
    const compaction = new Compaction(tables, new Evidence(tables));
    db.transaction(() => {
      compaction.all(START);
    })();
    const chunks = db.prepare('SELECT count(*) FROM chunks').pluck().get() as number;
    const hit = db.prepare('SELECT chunk_no, group_no, count FROM chunks LIMIT 1').get() as Record<string, number>;
    db.prepare("UPDATE chunks SET samples = x'01ffffff' WHERE chunk_no = ?").run(hit['chunk_no']);
    const dbid = db.prepare('SELECT dbid FROM campaign_groups WHERE group_no = ?').pluck().get(hit['group_no']);
    db.close();

    const app = await open();
    const n = 100 + Number(dbid);
    expect(await post(app, n)).toBe(200);
    // Late, in the hour that is damaged.
    expect(await post(app, Number(dbid) + 1, { GSW_CAMPAIGN_GROUP_DBID: dbid })).toBe(200);
    const list = (await (await fetch(`${app.url}/api/v1/campaign-groups?limit=1000`)).json()) as {
      items: { id: string; dbid: string }[];
    };
    const id = list.items.find((item) => item.dbid === dbid)?.id ?? '';
    const statistics = await fetch(`${app.url}/api/v1/campaign-groups/${id}/statistics?from=2020-01-01T00:00:00Z`);
    expect(statistics.status).toBe(200);
    await expect.poll(async () => (await store(app))['damaged_chunks']).toBe(1);
    await app.stop();

    expect(asideNames()).toEqual([]);
    expect(ask(path, 'SELECT count(*) FROM damaged_chunks')).toBe(1);
    expect(ask(path, 'SELECT chunk_no FROM damaged_chunks')).toBe(hit['chunk_no']);
    expect(ask(path, 'SELECT count(*) FROM chunks')).toBe(chunks - 1);
    expect(ask(path, `SELECT sum(count) FROM quarter_hours WHERE group_no = ${String(hit['group_no'])}`)).toBe(
      hit['count'],
    );
    expect(rows(path)).toBe(2);
  });

  it('met by a question alone is set aside too, logged, counted, and still told after a restart', async () => {
    await filled();
    const db = new Database(path);
    const tables = campaignTables(db);
    const evidence = new Evidence(tables);
    const compaction = new Compaction(tables, evidence);
    const ofChunk = 'SELECT g.group_no, g.id FROM chunks JOIN campaign_groups AS g USING (group_no) WHERE chunk_no = 1';
    const id = db.transaction(() => {
      compaction.all(START);
      const hit = db.prepare(ofChunk).get() as { group_no: number; id: string };
      // The start reads the newest evidence of each group: it is to lie in another chunk.
      for (const sample of evidence.inOrder.placed(hit.group_no, 0, Number.MAX_SAFE_INTEGER).slice(-1)) {
        const [atMs, receivedMs] = [sample.atMs + 7_200_000, sample.receivedMs + 7_200_000];
        evidence.append(hit.group_no, { ...sample, atMs, receivedMs });
      }
      compaction.all(START);
      return hit.id;
    })();
    db.exec("UPDATE chunks SET samples = x'01ffffff' WHERE chunk_no = 1");
    db.close();

    const app = await open();
    expect(await store(app)).toMatchObject({ damaged_chunks: 0, failing: [] });
    const asked = `${app.url}/api/v1/campaign-groups/${id}/statistics?from=2020-01-01T00:00:00Z`;
    expect((await fetch(asked)).status).toBe(200);
    await expect.poll(async () => (await store(app))['damaged_chunks']).toBe(1);
    expect(valueOf(await (await fetch(`${app.url}/metrics`)).text(), 'ocs_monitor_store_damaged_chunks')).toBe(1);
    const said = app.log.find(({ message }) => message === 'samples that cannot be read were set aside');
    expect(said).toMatchObject({ level: 'error', fields: { chunks: 1, source: 'default' } });
    await app.stop();

    const next = await open();
    await expect.poll(async () => (await store(next))['damaged_chunks']).toBe(1);
  });
});

async function store(app: { readonly url: string }): Promise<Record<string, unknown>> {
  const service = (await (await fetch(`${app.url}/api/v1/service`)).json()) as { store: Record<string, unknown> };
  return service.store;
}
