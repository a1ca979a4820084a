/** Copies taken while posts come in, read back, and put in the place of a database. */
import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { anEvent } from '../support/callback-posts.js';
import { removeFolder } from '../support/folders.js';
import { aPost, dateTime } from '../support/posts.js';

let folder: string;
let app: TestApp;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-backup-'));
  app = await startTestApp();
});
afterEach(async () => {
  await app.remove();
  removeFolder(folder);
});

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real program beside the service of this process. */
function ocsMonitor(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['dist/main.js', ...args]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    child.once('close', (status) => {
      resolve({ status, out, err });
    });
  });
}

const store = (path: string) => ['--store', `sqlite:${path}`];
const copy = () => join(folder, 'copy.db');
const count = (path: string, table: string): number => {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  db.close();
  return rows;
};

async function post(n: number): Promise<number> {
  const text = JSON.stringify(aPost({ GSW_DATE_TIME: dateTime(new Date().getTime() - 3_600_000 + n) }));
  return (await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: text })).status;
}

describe('a backup', () => {
  it('is a whole copy of one moment, taken while posts come in', async () => {
    for (let n = 0; n < 50; n++) await post(n);
    await fetch(`${app.url}/gms/callback-events`, { method: 'POST', body: JSON.stringify(anEvent()) });
    const over = new AbortController();
    const backup = ocsMonitor('backup', copy(), '--json', ...store(app.database));
    void backup.then(() => {
      over.abort();
    });
    let posted = 50;
    while (!over.signal.aborted) expect(await post(posted++)).toBe(200);
    const { status, out } = await backup;

    expect([status, JSON.parse(out)]).toMatchObject([0, { file: copy(), verified: true }]);
    const held = count(copy(), 'journal');
    expect(held >= 50 && held <= posted).toBe(true);
    expect(count(copy(), 'callback_events')).toBe(1);
    expect(await ocsMonitor('backup', '--verify', copy())).toMatchObject({ status: 0 });
    expect(readdirSync(folder)).toEqual(['copy.db']);
  });

  it('never takes the place of a file, and leaves nothing behind where it cannot be written', async () => {
    writeFileSync(copy(), 'mine');
    expect(await ocsMonitor('backup', copy(), ...store(app.database))).toMatchObject({ status: 1 });
    expect(readFileSync(copy(), 'utf8')).toBe('mine');
    expect(await ocsMonitor('backup', join(folder, 'no', 'where.db'), ...store(app.database))).toMatchObject({
      status: 1,
    });
    expect(await ocsMonitor('backup', ...store(app.database))).toMatchObject({ status: 2 });
  });

  it('that is damaged, cut short, of another program or of a newer version is told from a whole one', async () => {
    for (let n = 0; n < 200; n++) await post(n);
    await ocsMonitor('backup', copy(), ...store(app.database));
    const spoiled = (name: string, spoil: (path: string) => void): string => {
      const path = join(folder, name);
      copyFileSync(copy(), path);
      spoil(path);
      return path;
    };
    const cases: (readonly [string, RegExp])[] = [
      [
        spoiled('flipped.db', (path) => writeSync(openSync(path, 'r+'), Buffer.alloc(4096, 0xff), 0, 4096, 12_288)),
        /damaged/,
      ],
      [
        spoiled('short.db', (path) => {
          truncateSync(path, 20_000);
        }),
        /damaged/,
      ],
      [spoiled('header.db', (path) => writeSync(openSync(path, 'r+'), 'nothing of the sort')), /damaged/],
      [
        spoiled('other.db', (path) => {
          new Database(path).pragma('application_id = 7');
        }),
        /another program/,
      ],
      [
        spoiled('newer.db', (path) => {
          new Database(path).pragma('user_version = 99');
        }),
        /schema 99/,
      ],
      [join(folder, 'missing.db'), /does not exist/],
    ];
    for (const [path, why] of cases) {
      const { status, err } = await ocsMonitor('backup', '--verify', path);
      expect([path, status, why.test(err) ? 'said' : err]).toEqual([path, 1, 'said']);
    }
  });
});

describe('a restore', () => {
  it('puts the copy in place and what stood there aside, once the service is stopped', async () => {
    for (let n = 0; n < 20; n++) await post(n);
    await ocsMonitor('backup', copy(), ...store(app.database));
    for (let n = 20; n < 30; n++) await post(n);

    const locked = await ocsMonitor('restore', copy(), ...store(app.database));
    expect([locked.status, await post(30)]).toEqual([1, 200]);
    await app.stop();
    const { status, out } = await ocsMonitor('restore', copy(), '--json', ...store(app.database));
    const { moved_aside: aside } = JSON.parse(out) as { moved_aside: string };

    expect([status, count(app.database, 'journal'), count(aside, 'journal')]).toEqual([0, 20, 31]);
    const again = await startTestApp({}, { database: app.database });
    const groups = (await (await fetch(`${again.url}/api/v1/campaign-groups`)).json()) as { items: unknown[] };
    await again.stop();
    expect(groups.items).toHaveLength(1);
  });

  it('takes nothing that is not whole, and mends a database that is not', async () => {
    for (let n = 0; n < 20; n++) await post(n);
    await ocsMonitor('backup', copy(), ...store(app.database));
    await app.stop();
    const bad = join(folder, 'bad.db');
    copyFileSync(copy(), bad);
    truncateSync(bad, 10_000);
    expect(await ocsMonitor('restore', bad, ...store(app.database))).toMatchObject({ status: 1 });
    expect(count(app.database, 'journal')).toBe(20);

    writeFileSync(app.database, 'nothing of a database is left');
    const { status } = await ocsMonitor('restore', copy(), ...store(app.database));
    expect(existsSync(`${app.database}-wal`)).toBe(false);
    expect([status, count(app.database, 'journal')]).toEqual([0, 20]);
  });
});
