/** What did not come by posts, brought in by the command: into a database at rest, and into a service that runs. */
import Database from 'better-sqlite3';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { commandLine as run } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { removeFolder } from '../support/folders.js';
import { Follower } from '../support/follower.js';
import { aPost, dateTime, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { ran } from '../support/ran.js';

const start = testApps();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'ocm-import-'));
  folders.push(made);
  return made;
}

const beganMs = new Date().getTime() - 7_200_000;
const body = (seconds: number, parts: object) =>
  JSON.stringify(aPost({ GSW_CAMPAIGN_GROUP_DBID: '7', GSW_DATE_TIME: dateTime(beganMs + seconds * 1000), ...parts }));
const LIFE = [body(0, LOADED), body(10, STARTED), body(20, { GSW_STAT_HIT_RATIO: 0.25 }), body(30, STOPPED)];
const lines = (...all: readonly string[]) => `${all.join('\n')}\n`;
interface Group {
  readonly id: string;
  readonly dbid: string;
  readonly state: string;
  readonly last_heard_at: string;
  readonly silent: boolean;
}
const groups = async (url: string) =>
  ((await request(url).get('/api/v1/campaign-groups')).body as { items: readonly Group[] }).items;

describe('import notifications into a service that runs', () => {
  it('makes history, once, and moves nothing that counts or times posts', async () => {
    const app = await start();
    const file = join(folder(), 'life.ndjson.gz');
    writeFileSync(file, gzipSync(lines(...LIFE, '', 'no JSON', '{"body":{},"received_at":"x"}')));
    await request(app.url).post('/ocs/campaign-group-state').send(aPost());
    const before = (await request(app.url).get('/metrics')).text;
    const follower = await Follower.start(`${app.url}/api/v1/stream`);
    const first = await ran(['import', 'notifications', file, '--url', app.url, '--json']);
    expect([first.status, JSON.parse(first.out)]).toEqual([
      1,
      {
        ...{ read: 6, imported: 4, duplicates: 0, legacy: 0, quarantined: 1 },
        damaged: [
          { file, line: 6, reason: expect.stringContaining('not_json') as unknown },
          { file, line: 7, reason: 'received_at should be a time in ISO 8601, or epoch seconds' },
        ],
      },
    ]);
    const group = (await groups(app.url)).find(({ dbid }) => dbid === '7');
    expect(group).toMatchObject({ state: 'active', last_heard_at: new Date(beganMs).toISOString() });
    const path = `/api/v1/campaign-groups/${String(group?.id)}/transitions?from=${new Date(beganMs).toISOString()}`;
    const told = (await request(app.url).get(path)).body as { items: { to_state: string }[] };
    expect(told.items.map(({ to_state: state }) => state)).toEqual(['active', 'running', 'active']);
    const after = (await request(app.url).get('/metrics')).text;
    for (const name of [
      ...['ocs_monitor_notifications_total', 'ocs_monitor_rejected_total', 'ocs_monitor_delivery_ratio'],
      ...['ocs_monitor_store_batch_rows_count', 'ocs_monitor_ack_duration_seconds_count'],
    ]) {
      const of = (text: string) => text.split('\n').filter((line) => line.startsWith(name));
      expect(of(after)).toEqual(of(before));
    }
    expect(after).not.toMatch(/ocs_campaign_group_transitions_total\{[^}]*dbid="7"[^}]*\} [1-9]/);
    expect(valueOf(after, 'ocs_monitor_quarantined', { source: 'default', reason: 'not_json' })).toBe(1);
    const quarantine: unknown = (await request(app.url).get('/api/v1/quarantine')).body;
    expect(quarantine).toMatchObject({ items: [{ origin: 'import', reason: 'not_json' }] });
    await eventually(() => {
      expect(follower.of('reset').length).toBeGreaterThan(0);
    });
    expect(follower.of('transition')).toEqual([]);
    follower.stop();

    const again = await ran(['import', 'notifications', '-', '--url', app.url, '--json'], lines(...LIFE));
    expect([again.status, JSON.parse(again.out)]).toEqual([
      0,
      { read: 4, imported: 0, duplicates: 4, legacy: 0, quarantined: 0, damaged: [] },
    ]);
    const { items } = (await request(app.url).get('/api/v1/audit-log')).body as {
      items: readonly { action: string; actor: string; detail: object }[];
    };
    expect(items.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      ...['import anonymous', 'import.begin anonymous', 'import anonymous', 'import.begin anonymous'],
    ]);
    expect(items.map(({ detail }) => detail).slice(0, 3)).toMatchObject([
      { what: 'notifications', files: ['-'], imported: 0, duplicates: 4 },
      { what: 'notifications', files: ['-'], dry_run: false },
      { what: 'notifications', files: [file], imported: 4, duplicates: 0, quarantined: 1 },
    ]);
    const said = await request(app.url).post('/api/v1/imports').send({ what: 'notifications', source: '..' });
    expect(said.status).toBe(400);
  });

  it('goes on from a line on, and takes no other place than one of its files', async () => {
    const app = await start();
    const file = join(folder(), 'life:1.ndjson');
    writeFileSync(file, lines(...LIFE));
    const resumed = await run(['import', 'notifications', file, '--url', app.url, '--json', '--resume', `${file}:3`]);
    expect([resumed.status, JSON.parse(resumed.out)]).toMatchObject([0, { read: 2, imported: 2 }]);
    const beyond = await run(['import', 'notifications', file, '--url', app.url, '--resume', `${file}:99`]);
    expect([beyond.status, beyond.err]).toEqual([2, expect.stringContaining('line 99 of a file that has 4')]);
    const behind = await run(['import', 'notifications', file, '--url', app.url, '--resume', `${file}:5`]);
    expect([behind.status, behind.err]).toEqual([0, 'There was nothing in these files.\n']);
    for (const place of [`${file}:0`, file, `${file}x:1`, ':1']) {
      const { status, err } = await run(['import', 'notifications', file, '--url', app.url, `--resume=${place}`]);
      expect([status, err]).toEqual([2, expect.stringContaining('--resume should be FILE:LINE')]);
    }
  });

  it('is refused a file of something else, before it fills the quarantine, and is told what it is for', async () => {
    const app = await start();
    const place = folder();
    const written = (name: string, text: string | Uint8Array) => {
      writeFileSync(join(place, name), text);
      return join(place, name);
    };
    const log = written('ocs.log', '10:00:00.000 Trc 81000 Sending\n'.repeat(20));
    const rows = written('rows.ndjson.gz', gzipSync('{"change":"added","id":"x"}\n'.repeat(20)));
    const zip = written('x.zip', Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0]));
    const cases: [string, string, number, string][] = [
      ['notifications', log, 2, 'ocs.log holds no notifications'],
      ['notifications', rows, 2, 'rows.ndjson.gz holds no notifications'],
      ['notifications', zip, 1, 'is packed by zip: unpack it'],
      ['notifications', place, 1, 'is not a file but a folder'],
      ['tserver-log', place, 1, 'is not a file but a folder'],
      ['icon', place, 1, 'is not a file but a folder'],
      ['tserver-log', log, 0, 'No EventUserEvent was found'],
      ['icon', written('x.csv', 'CALLID,ENDPOINTDN,KEYNAME,VALUE,ADDED_TS\n'), 0, 'No file has a row below its header'],
    ];
    for (const [kind, file, status, said] of cases) {
      const did = await run(['import', kind, file, '--url', app.url]);
      expect([kind, file, did.status, did.err]).toEqual([kind, file, status, expect.stringContaining(said)]);
    }
    const quarantine: unknown = (await request(app.url).get('/api/v1/quarantine')).body;
    expect(quarantine).toMatchObject({ items: [] });
    // Some good ones make it a file of notifications, whatever else there is.
    const mixed = written('mixed.ndjson', `${'no JSON\n'.repeat(9)}${lines(...LIFE)}`);
    const did = await run(['import', 'notifications', mixed, '--url', app.url, '--json']);
    expect(JSON.parse(did.out)).toMatchObject({ read: 13, imported: 4 });
  });

  it('says which token is wanted, and whether anybody answers', async () => {
    const app = await start({
      ingest_tokens: 'i'.repeat(20),
      read_tokens: 'r'.repeat(20),
      admin_tokens: 'a'.repeat(20),
    });
    const file = join(folder(), 'life.ndjson');
    writeFileSync(file, lines(...LIFE));
    const refused = await run(['import', 'notifications', file, '--url', app.url, '--token', 'x']);
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('name an admin token with --token')]);
    const silent = await run(['import', 'notifications', file, '--url', 'http://127.0.0.1:1']);
    expect([silent.status, silent.err]).toEqual([
      1,
      expect.stringContaining('no service answers at http://127.0.0.1:1'),
    ]);
    const none = await run(['import', 'notifications', file, '--url', 'nonsense']);
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('is no address of a service')]);
    const other = await ran(['import', 'notifications', file, '--store', `sqlite:${app.database}`, '--port', '1']);
    expect([other.status, other.err]).toEqual([1, expect.stringContaining('let the command that is at work end')]);
  });

  it('refuses what is no import: another id, too many items, bytes that are none', async () => {
    const app = await start();
    const post = (path: string, sent: object) => request(app.url).post(`/api/v1/imports${path}`).send(sent);
    expect((await post('/nothing/items', { items: [item()] })).status).toBe(404);
    expect((await post('/nothing/end', {})).status).toBe(404);
    expect((await post('', { files: [] })).body).toMatchObject({
      status: 400,
      detail: expect.stringContaining('what') as unknown,
    });
    const { id } = (await post('', { what: 'notifications' })).body as { id: string };
    const refused = async (items: unknown) => (await post(`/${id}/items`, { items })).status;
    expect(await refused(Array.from({ length: 201 }, item))).toBe(400);
    for (const parts of [
      { origin: 'post' },
      { endpoint: 'x' },
      { source: '..' },
      { received_at: 'x' },
      { body: '\u20ac' },
    ])
      expect(await refused([{ ...item(), ...parts }])).toBe(400);
    expect((await post(`/${id}/items`, { items: [item()] })).body).toEqual({ items: [{ outcome: 'transition' }] });
    expect((await post(`/${id}/end`, {})).body).toEqual({ imported: 1, legacy: 0, duplicates: 0, quarantined: 0 });
    expect((await post(`/${id}/end`, {})).status).toBe(404);
  });
});

const item = () => ({ endpoint: 'campaign-group-state', source: 'eu-1', origin: 'import', body: LIFE[0] });

describe('a database at rest', () => {
  it('takes what was exported from another, and gives it again', async () => {
    const app = await start();
    for (const one of LIFE) await request(app.url).post('/ocs/eu-1/campaign-group-state').send(one);
    await app.stop();
    const place = folder();
    const [file, other] = [join(place, 'out.ndjson.gz'), join(place, 'other.db')];
    const from = ['--store', `sqlite:${app.database}`];
    const exported = await ran(['export', 'notifications', '--out', file, '--json', ...from]);
    expect([exported.status, JSON.parse(exported.out)]).toMatchObject([0, { file, notifications: 4 }]);
    expect((await run(['export', 'notifications', '--out', file, ...from])).status).toBe(1);

    const into = ['--store', `sqlite:${other}`];
    const missing = await run(['import', 'notifications', file, '--json', ...into]);
    expect([missing.status, missing.err]).toEqual([1, expect.stringContaining('does not exist yet')]);
    expect((await run(['migrate', ...into])).status).toBe(0);
    const dry = await ran(['import', 'notifications', file, '--dry-run', '--json', ...into]);
    expect(JSON.parse(dry.out)).toMatchObject({ read: 4, imported: 4 });
    const { status, out } = await ran(['import', 'notifications', file, '--json', ...into]);
    expect([status, JSON.parse(out)]).toMatchObject([0, { read: 4, imported: 4, duplicates: 0 }]);
    const stdout = async (...where: string[]) => (await run(['export', 'notifications', ...where])).out;
    expect(await stdout(...into)).toBe(await stdout(...from));
    const since = dateTime(beganMs + 20_000);
    expect((await stdout(...into, '--from', since, '--source', 'eu-1')).trim().split('\n')).toHaveLength(2);
    expect(await stdout(...into, '--source', 'eu-2')).toBe('');

    const db = new Database(other, { readonly: true });
    const steps = (one: Database.Database) =>
      one.prepare('SELECT at_ms, state, transition_id FROM steps ORDER BY 1').all();
    const before = new Database(app.database, { readonly: true });
    expect(steps(db)).toEqual(steps(before));
    expect(db.prepare("SELECT count(*) FROM statements WHERE origin IS NOT 'import'").pluck().get()).toBe(0);
    const actors = db
      .prepare("SELECT DISTINCT actor LIKE 'cli:%' FROM audit_log WHERE action LIKE 'import%'")
      .pluck()
      .all();
    expect(actors).toEqual([1]);
    db.close();
    before.close();
    expect(readFileSync(file).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  it('is left alone by a command that is faulty', async () => {
    const place = folder();
    const into = ['--store', `sqlite:${join(place, 'x.db')}`];
    for (const args of [
      ['import'],
      ['import', 'notifications'],
      ['import', 'others', 'x'],
      ['export'],
      ['export', 'x'],
    ])
      expect((await run([...args, ...into])).status).toBe(2);
    expect((await run(['import', 'notifications', join(place, 'none'), ...into])).err).toContain('does not exist');
    expect((await run(['export', 'notifications', '--from', 'x', ...into])).status).toBe(2);
    expect((await run(['import', 'notifications', '-', '--source', '..', ...into])).status).toBe(2);
    expect((await run(['import', '--help'])).out).toContain('ocs-monitor import notifications FILE');
  });
});
