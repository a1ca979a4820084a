/** Exports of ICON and Info Mart bring back what was not received, and nothing else. */
import Database from 'better-sqlite3';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/node/system-clock.js';
import { callbackScenarios, Deck } from '../../src/simulator/callbacks/catalogue.js';
import { callbackIds } from '../../src/simulator/callbacks/ids.js';
import { type CallbackPost, playCallback } from '../../src/simulator/callbacks/play-callback.js';
import { columnsOf, type IconRow, IconRows, type IconTable, rowText } from '../../src/simulator/icon-rows.js';
import { Random } from '../../src/simulator/random.js';
import { testApps, type TestApp } from '../support/app.js';
import { rowsIn } from '../support/rows-in.js';
import { list } from '../support/callback-posts.js';
import { openCallbackWriter } from '../support/callback-writer.js';
import { commandLine } from '../support/command-line.js';
import { removeFolder } from '../support/folders.js';
import { aPost, dateTime, LOADED, STOPPED } from '../support/posts.js';
import { ran } from '../support/ran.js';

const start = testApps();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

const START_MS = Math.floor(new Date().getTime() / 1000) * 1000 - 6 * 3_600_000;

/** Posts of callbacks in order of time, and the rows that ICON has of them. */
function played(count: number, seed = 5): { posts: CallbackPost[]; rows: IconRow[] } {
  const random = new Random(seed);
  const deck = new Deck(callbackScenarios, random.fork('deck'));
  const posts = Array.from({ length: count }, (_, number) => {
    const ids = callbackIds(START_MS, number, random.fork(`ids ${number}`));
    return playCallback(deck.deal(), {
      random: random.fork(`callback ${number}`),
      startMs: START_MS + number * 300,
      speed: 60,
      ids,
    }).posts;
  })
    .flat()
    .filter(({ endpoint }) => endpoint !== 'status-notifications')
    .sort((a, b) => a.atMs - b.atMs);
  const icon = new IconRows();
  const rows = posts.flatMap(({ told }) =>
    told.flatMap(({ telling, keys }) =>
      telling.kind === 'event' ? icon.event(telling, keys) : icon.attached(telling, keys),
    ),
  );
  return { posts, rows };
}

function fileOf(
  table: IconTable,
  rows: readonly IconRow[],
  pack = (text: string): Uint8Array => Buffer.from(text),
): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-icon-'));
  folders.push(folder);
  const cells = [columnsOf(table), ...rows.filter((row) => row.table === table).map((row) => row.cells)];
  const file = join(folder, `${table}.csv`);
  writeFileSync(file, pack(cells.map((row) => rowText(row, ';')).join('')));
  return file;
}

interface Summary {
  readonly read: number;
  readonly imported: number;
  readonly duplicates: number;
  readonly legacy: number;
  readonly quarantined: number;
  readonly damaged: readonly { readonly line: number; readonly reason: string }[];
  readonly others: number;
}

async function importIcon(
  files: readonly string[],
  ...args: readonly string[]
): Promise<Summary & { status: number | null }> {
  // Into a database at rest a thread of the built program writes.
  const run = args.includes('--store') ? ran : commandLine;
  const { status, out, err } = await run(['import', 'icon', ...files, '--json', ...args]);
  if (out === '') throw new Error(err);
  return { ...(JSON.parse(out) as Summary), status };
}

/** A service that has received these posts: written by its writer, because each costs 2 ms of processor over HTTP. */
async function received(posts: readonly CallbackPost[]): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-icon-'));
  folders.push(folder);
  const database = join(folder, 'received.db');
  const writer = openCallbackWriter(database, { clock: systemClock });
  for (const { endpoint, body } of posts) {
    const bytes = Buffer.from(body).toString('latin1');
    writer.commit([{ endpoint, source: 'default', receivedAtMs: systemClock.nowMs(), bytes }]);
  }
  writer.close();
  return start({}, { database });
}

const digestsIn = (app: TestApp) => rowsIn(app, 'SELECT digest FROM callback_events ORDER BY digest');
const attachedIn = (app: TestApp) => rowsIn(app, 'SELECT digest FROM callback_attachments ORDER BY digest');
const records = async (app: TestApp) =>
  (await list(app, '/callbacks/details?from=2000-01-01&to=2099-01-01&limit=1000')).items.toSorted((a, b) =>
    String(a['service_id']).localeCompare(String(b['service_id'])),
  );

describe('an import of ICON’s tables', () => {
  it('brings back the events and attached data that were lost, exactly these, and once', async () => {
    const { posts, rows } = played(40);
    const files = [
      fileOf('G_CUSTOM_DATA_S', rows, (text) => gzipSync(text)),
      fileOf('G_USERDATA_HISTORY', rows, (text) => Buffer.from(`\ufeff${text}`, 'utf16le')),
    ];
    const all = await received(posts);
    const some = await received(posts.filter((_, index) => index % 3 !== 1));
    const before = digestsIn(some).length + attachedIn(some).length;

    const dry = await importIcon(files, '--url', some.url, '--dry-run');
    expect(digestsIn(some).length + attachedIn(some).length).toBe(before);
    const did = await importIcon(files, '--url', some.url);

    expect(digestsIn(some)).toEqual(digestsIn(all));
    expect(attachedIn(some)).toEqual(attachedIn(all));
    expect(did.imported).toBe(digestsIn(all).length + attachedIn(all).length - before);
    expect(did.imported).toBeGreaterThan(20);
    expect(did.imported + did.duplicates + did.quarantined).toBe(did.read);
    expect(did.damaged.every(({ reason }) => reason.startsWith('missing_key'))).toBe(true);
    expect(dry.read).toBe(did.read);
    const again = await importIcon(files, '--url', some.url);
    expect(again).toMatchObject({ imported: 0, duplicates: did.imported + did.duplicates });
    expect(rowsIn(some, 'SELECT DISTINCT origin FROM callback_events WHERE origin IS NOT NULL')).toEqual(['icon']);
    const audited = some.log.map(({ fields }) => fields).filter((fields) => 'audit' in fields);
    expect(audited.at(-1)).toMatchObject({ action: 'import', detail: { what: 'icon', files } });
  });

  it('finds what Info Mart has, in fewer words, among what was posted; without a service too', async () => {
    const { posts, rows } = played(40);
    const all = await received(posts);
    const some = await received(posts.filter((_, index) => index % 3 !== 1));
    const file = fileOf('CALLBACK_FACT', rows);
    const [known, held] = [digestsIn(all).length, digestsIn(some).length];
    const none = await importIcon([file], '--url', all.url);
    expect(none).toMatchObject({ imported: 0, damaged: [], status: 0 });
    expect(digestsIn(all).length).toBe(known);
    await some.stop();
    const did = await importIcon([file], '--store', `sqlite:${some.database}`);
    expect(did).toMatchObject({ status: 0, quarantined: 0 });
    // Info Mart has no record of what lacks a mandatory key.
    const lacking = rowsIn(all, 'SELECT count(*) FROM callback_events WHERE is_complete = 0')[0] as number;
    expect(did.imported).toBeLessThanOrEqual(known - held);
    expect(did.imported).toBeGreaterThanOrEqual(known - held - lacking);
    expect(await importIcon([file], '--store', `sqlite:${some.database}`)).toMatchObject({ imported: 0 });
  });

  it('takes back what our own views give', async () => {
    const { posts } = played(15);
    const [from, to] = [await received(posts), await start()];
    const db = new Database(from.database, { readonly: true });
    const folder = mkdtempSync(join(tmpdir(), 'ocm-icon-'));
    folders.push(folder);
    const files = ['G_CUSTOM_DATA_S', 'G_USERDATA_HISTORY'].map((view) => {
      const query = db.prepare(`SELECT * FROM ${view}`).raw();
      const lines = [query.columns().map(({ name }) => name), ...(query.all() as (string | number | null)[][])];
      const file = join(folder, `${view}.csv`);
      writeFileSync(file, lines.map((cells) => rowText(cells, ',')).join(''));
      return file;
    });
    db.close();
    expect(readFileSync(files[0] ?? '', 'utf8')).toContain('KEYNAME');
    const did = await importIcon(files, '--url', to.url);
    expect(digestsIn(to)).toEqual(digestsIn(from));
    expect(did.damaged).toEqual([]);
    const ids = async (app: TestApp) =>
      (await records(app)).map((item) => [item['service_id'], item['disposition'], item['outcome']]);
    expect(await ids(to)).toEqual(await ids(from));
  });

  it('makes history of what GO_CampaignHistory says, where no post said it', async () => {
    const app = await start();
    const body = (seconds: number, parts: object) =>
      JSON.stringify(aPost({ GSW_DATE_TIME: dateTime(START_MS + seconds * 1000 + 250), ...parts }));
    const dbid = '101';
    for (const one of [body(0, LOADED), body(60, STOPPED)])
      await (await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: one })).text();
    const icon = new IconRows();
    const rows = [
      [0, 4],
      [30, 5],
      [60, 4],
      [90, 1],
      [95, 0],
    ].flatMap(([seconds = 0, toState = 0]) => icon.change({ dbid, atMs: START_MS + seconds * 1000 + 250, toState }));
    const files = [fileOf('GO_CampaignHistory', rows), fileOf('GO_Campaign', rows)];
    const steps = () =>
      rowsIn(
        app,
        "SELECT (at_ms / 1000) || ' ' || state || ' ' || inferred FROM steps WHERE transition_id IS NOT NULL ORDER BY at_ms",
      );
    const did = await importIcon(files, '--url', app.url);
    expect(did).toMatchObject({ read: 5, imported: 3, duplicates: 2, damaged: [], status: 0 });
    const s = START_MS / 1000;
    expect(steps()).toEqual([
      `${s} active 0`,
      `${s + 30} running 0`,
      `${s + 60} active 0`,
      `${s + 90} waiting_unload 0`,
      `${s + 95} not_loaded 0`,
    ]);
    expect(rowsIn(app, 'SELECT DISTINCT origin FROM statements ORDER BY 1')).toEqual([null, 'icon']);
    const { items } = await list(app, '/campaign-groups');
    expect(items.map(({ name }) => name)).toEqual([aPost()['GSW_CAMPAIGN_GROUP_NAME']]);
    expect(await importIcon(files, '--url', app.url)).toMatchObject({ imported: 0, duplicates: 5 });
    const elsewhere = await start();
    const exported = async ({ database }: TestApp) =>
      (await commandLine(['export', 'notifications', '--store', `sqlite:${database}`])).out;
    const moved = join(folders[0] ?? '', 'moved.ndjson');
    writeFileSync(moved, await exported(app));
    expect((await commandLine(['import', 'notifications', moved, '--url', elsewhere.url])).status).toBe(0);
    expect(await exported(elsewhere)).toBe(await exported(app));
    expect(await importIcon(files.slice(0, 1), '--url', app.url)).toMatchObject({
      imported: 0,
      status: 1,
      quarantined: 5,
    });
  });

  it('says which rows are damaged, keeps them, and imports nothing that they may belong to', async () => {
    const { rows } = played(6);
    const file = fileOf('CALLBACK_FACT', rows);
    const lines = readFileSync(file, 'utf8').split('\r\n');
    lines[2] = `${lines[2] ?? ''};too many`;
    lines[4] = `x"y;${lines[4] ?? ''}`;
    writeFileSync(file, lines.join('\r\n'));
    const app = await start();
    const { damaged, quarantined, read, imported, duplicates, status } = await importIcon([file], '--url', app.url);
    expect(damaged.map(({ line }) => line)).toEqual([3, 5]);
    expect([quarantined, status]).toEqual([2, 1]);
    expect(read).toBe(imported + duplicates + 2);
    expect(rowsIn(app, 'SELECT DISTINCT origin FROM quarantine')).toEqual(['icon']);
  });

  it('refuses a file that is none of the tables, and says what it looked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-icon-'));
    folders.push(folder);
    const file = join(folder, 'x.csv');
    writeFileSync(file, 'a;b;c\n1;2;3\n');
    const app = await start();
    const { status, err } = await commandLine(['import', 'icon', file, '--url', app.url]);
    expect(status).toBe(2);
    for (const part of [
      'a, b, c',
      'G_CUSTOM_DATA_S (KEYNAME, VALUE',
      'GO_CampaignHistory',
      'CALLBACK_FACT',
      'G_USERDATA_HISTORY',
      'GO_Campaign (',
    ])
      expect(err).toContain(part);
    writeFileSync(file, '');
    expect((await commandLine(['import', 'icon', file, '--url', app.url])).err).toContain('is empty');
    expect((await commandLine(['import', 'icon', file, '--table', 'x', '--url', app.url])).status).toBe(2);
    expect((await commandLine(['import', 'notifications', file, '--table', 'x', '--url', app.url])).status).toBe(2);
  });
});
