import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { describeConfig, type Environment, type Flags, readConfig } from '../../src/config/config.js';
import { testApps, type TestApp } from '../support/app.js';
import { valueOf } from '../support/exposition.js';
import { eventually } from '../support/eventually.js';
import { aPost } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';

const start = testApps();
const PATH = '/ocs/campaign-group-state';

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const post = async (url: string, token: string) =>
  (await fetch(url + PATH, { method: 'POST', body: JSON.stringify(aPost()), headers: bearer(token) })).status;
const read = async (app: TestApp, path: string, token: string) =>
  fetch(`${app.url}/api/v1${path}`, { headers: bearer(token) });
const fileWith = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'ocm-secret-')), 'secret');
  writeFileSync(path, text);
  return path;
};
const faultsOf = (flags: Flags, environment: Environment = {}, file: string | null = null): string => {
  try {
    readConfig(flags, environment, file);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a secret in a file', () => {
  it('counts as the setting itself: tokens one a line or comma-separated', () => {
    const environment = {
      OCM_INGEST_TOKENS_FILE: fileWith('one\n two ,three\r\n\n'),
      OCM_READ_TOKENS_FILE: fileWith('four\n'),
      OCM_PII_KEY_FILE: fileWith('five\n'),
    };
    const config = readConfig({ admin_tokens_file: fileWith('six') }, environment, null);
    expect(config).toMatchObject({
      ...{ ingestTokens: ['one', 'two', 'three'], readTokens: ['four'], adminTokens: ['six'], piiKey: 'five' },
      unknownVariables: [],
    });
    expect(JSON.stringify(describeConfig({}, environment, null))).not.toMatch(/four|five/);
  });

  it('and in the setting too is a fault, as is a file that is empty or not there', () => {
    const file = fileWith('one');
    expect(faultsOf({}, { OCM_READ_TOKENS: 'x', OCM_READ_TOKENS_FILE: file })).toMatch(
      /OCM_READ_TOKENS and OCM_READ_TOKENS_FILE are both set/,
    );
    expect(faultsOf({}, { OCM_READ_TOKENS_FILE: fileWith(' \n') })).toMatch(/OCM_READ_TOKENS_FILE: .* is empty/);
    expect(faultsOf({}, { OCM_INGEST_TOKENS_FILE: '/nowhere/x' })).toMatch(/OCM_INGEST_TOKENS_FILE: .*cannot be read/);
    expect(faultsOf({}, { OCM_PII_KEY_FILE: fileWith('two words') })).toMatch(/OCM_PII_KEY_FILE .*not \*\*\*/);
  });
});

describe('a reload', () => {
  it('takes over tokens and networks for the next request, all or nothing', async () => {
    const flags = { port: '0', ingest_tokens: 'old', read_tokens: 'r-old', admin_tokens: 'a-old' };
    const app = await start(flags);
    const take = (more: Flags) => app.app.reload(() => readConfig({ ...flags, ...more }, {}, null), 'test');
    expect(await post(app.url, 'old')).toBe(200);
    const fresh = { ingest_tokens: 'new', read_tokens: 'r-new', admin_tokens: 'a-new' };
    const refused = await take({ ...fresh, silence_after: 'soon' });
    expect(refused).toEqual({
      applied: false,
      why: expect.stringMatching(/OCM_SILENCE_AFTER|--silence-after/) as string,
    });
    expect([await post(app.url, 'old'), await post(app.url, 'new')]).toEqual([200, 401]);
    const report = await take({ ...fresh, store: `sqlite:${app.database}`, max_groups: '5' });
    expect(report).toEqual({ applied: true, needsRestart: ['maxGroups'] });
    expect([await post(app.url, 'old'), await post(app.url, 'new')]).toEqual([401, 200]);
    expect((await read(app, '/campaign-groups', 'r-old')).status).toBe(401);
    expect((await read(app, '/campaign-groups', 'r-new')).status).toBe(200);
    expect((await read(app, '/audit-log', 'a-old')).status).toBe(401);
    await take({ ...fresh, ingest_networks: '10.0.0.0/8' });
    expect(await post(app.url, 'new')).toBe(403);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(valueOf(metrics, 'ocs_monitor_reloads_total', { result: 'applied' })).toBe(2);
    expect(valueOf(metrics, 'ocs_monitor_reloads_total', { result: 'refused' })).toBe(1);
    expect(app.log.filter(({ level }) => level === 'error')).toHaveLength(1);
    const log = (await (await read(app, '/audit-log', 'a-new')).json()) as { items: object[] };
    expect(log.items).toMatchObject([
      { action: 'reload', actor: 'test', result: 'done' },
      { action: 'reload', result: 'done' },
      { action: 'reload', result: expect.stringMatching(/silence/i) as string },
    ]);
  });

  it('follows SIGHUP: files are read again, and connections go on', async () => {
    const tokens = fileWith('old');
    const database = join(mkdtempSync(join(tmpdir(), 'ocm-test-')), 'test.db');
    const flags = ['--unsupervised', '--ingest-tokens-file', tokens, '--read-tokens', 'r'];
    const program = await Program.start(await freePort(), database, flags);
    expect(await post(program.url, 'old')).toBe(200);
    writeFileSync(tokens, 'new');
    program.signal('SIGHUP');
    await eventually(async () => {
      expect(await post(program.url, 'new')).toBe(200);
    });
    expect(await post(program.url, 'old')).toBe(401);
    writeFileSync(tokens, 'newest');
    const reload = () =>
      fetch(`${program.url}/api/v1/reload`, { method: 'POST', headers: { Authorization: 'Bearer r' } });
    const reloaded = await reload();
    expect([reloaded.status, await reloaded.json()]).toEqual([200, { outcome: 'reread', needs_restart: [] }]);
    expect(await post(program.url, 'newest')).toBe(200);
    writeFileSync(tokens, '');
    expect((await reload()).status).toBe(503);
    program.signal('SIGHUP');
    await eventually(() => {
      expect(program.stderr).toMatch(/is empty.*reload failed/);
    });
    expect(await post(program.url, 'newest')).toBe(200);
    expect(await program.end('SIGINT')).toBe(0);
  });
});

describe('failed secrets', () => {
  it('are counted by what they wanted, logged once a minute with their number, and lock nobody out', async () => {
    const app = await start({ ingest_tokens: 'sesame', read_tokens: 'open', admin_tokens: 'admin' });
    for (let n = 0; n < 20; n++) expect(await post(app.url, 'wrong')).toBe(401);
    expect(await post(app.url, 'sesame')).toBe(200);
    expect((await read(app, '/campaign-groups', 'wrong')).status).toBe(401);
    expect((await read(app, '/audit-log', 'open')).status).toBe(401);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    const count = (listener: string) => valueOf(metrics, 'ocs_monitor_unauthorized_total', { listener });
    expect([count('ingest'), count('read'), count('admin')]).toEqual([20, 1, 1]);
    expect(valueOf(metrics, 'ocs_monitor_rejected_total', { reason: 'unauthorized', source: 'default' })).toBe(20);
    const lines = () => app.log.filter(({ message }) => message.includes('without a valid secret'));
    expect(lines().map(({ fields }) => fields)).toEqual([
      { listener: 'ingest', range: '127.0.0.0/24', count: 1 },
      { listener: 'read', range: '127.0.0.0/24', count: 1 },
      { listener: 'admin', range: '127.0.0.0/24', count: 1 },
    ]);
    app.clock.setMs(new Date().getTime() + 61_000);
    await post(app.url, 'wrong');
    expect(lines().at(-1)?.fields).toEqual({ listener: 'ingest', range: '127.0.0.0/24', count: 20 });
  });
});

describe('the audit log', () => {
  const replay = async (app: TestApp, token: string, body: object) =>
    fetch(`${app.url}/api/v1/quarantine/replay`, {
      method: 'POST',
      headers: { ...bearer(token), 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const page = async (app: TestApp, query = '') =>
    (await (await read(app, `/audit-log${query}`, 'admin')).json()) as {
      items: Record<string, unknown>[];
      next_cursor: string | null;
    };

  it('says who did what and how it ended, in the log and durably, and never the token', async () => {
    const app = await start({ read_tokens: 'open', admin_tokens: 'admin' });
    expect((await replay(app, 'open', {})).status).toBe(401);
    expect((await replay(app, 'admin', { source: 'eu-1', dry_run: true })).status).toBe(200);
    expect((await replay(app, 'admin', {})).status).toBe(200);
    const name = createHash('sha256').update('admin').digest('hex').slice(0, 8);
    const { items } = await page(app);
    expect(items).toMatchObject([
      { action: 'quarantine.replay', actor: `token:${name}`, address: '127.0.0.1', result: 'done' },
      { detail: { ids: 0, source: 'eu-1', reason: null, dry_run: true, replayed: 0 } },
    ]);
    const lines = app.log.filter(({ fields }) => (fields as { audit?: boolean }).audit);
    expect(lines).toHaveLength(2);
    expect(lines[0]?.fields).toMatchObject({ actor: `token:${name}`, result: 'done' });
    expect((await read(app, '/audit-log', 'open')).status).toBe(401);
    await app.stop();
    const again = await start({ read_tokens: 'open', admin_tokens: 'admin' }, { database: app.database });
    expect((await page(again)).items).toEqual(items);
  });

  it('counts as replayed what was applied, and says where there was nothing to forget', async () => {
    const app = await start({ read_tokens: 'open', admin_tokens: 'admin' });
    const faulty = { method: 'POST', body: '{"GSW_USER_EVENT":"CampaignGroupState"}' };
    expect((await fetch(`${app.url}/ocs/campaign-group-state`, faulty)).status).toBe(422);
    expect((await replay(app, 'admin', {})).status).toBe(200);
    const forgotten = await fetch(`${app.url}/api/v1/forget`, {
      method: 'POST',
      headers: { ...bearer('admin'), 'Content-Type': 'application/json' },
      body: JSON.stringify({ source: 'typo', dry_run: true }),
    });
    expect(forgotten.status).toBe(404);
    expect((await page(app)).items).toMatchObject([
      { action: 'forget', detail: { source: 'typo', dry_run: true }, result: 'Nothing to forget' },
      { action: 'quarantine.replay', detail: { dry_run: false, replayed: 0 }, result: 'done' },
    ]);
  });

  it('is paged, is exported as CSV, and keeps the newest 10,000', async () => {
    const app = await start({ admin_tokens: 'admin', read_tokens: 'open' });
    const entries = Array.from({ length: 10_005 }, (_, n) =>
      app.app.audit({ atMs: n, action: 'test', actor: 'test', detail: { n }, result: 'done' }),
    );
    await Promise.all(entries);
    const first = await page(app, '?limit=2');
    expect(first.items.map(({ detail }) => detail)).toEqual([{ n: 10_004 }, { n: 10_003 }]);
    const second = await page(app, `?limit=1&cursor=${String(first.next_cursor)}`);
    expect(second.items).toMatchObject([{ at: '1970-01-01T00:00:10.002Z', detail: { n: 10_002 } }]);
    let rows = 0;
    for (let cursor: string | null = ''; cursor !== null;) {
      const one = await page(app, `?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`);
      rows += one.items.length;
      cursor = one.next_cursor;
    }
    expect(rows).toBe(10_000);
    const csv = await (await read(app, '/audit-log?format=csv&limit=1', 'admin')).text();
    expect(csv.split('\r\n')[0]).toBe('id,at,action,actor,address,result,detail');
    expect(csv).toContain('10004');
    expect((await read(app, '/audit-log?cursor=x', 'admin')).status).toBe(400);
  });

  it('has what commands did while no service ran', async () => {
    const app = await start();
    await app.stop();
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['dist/main.js', ...args, '--store', `sqlite:${app.database}`], { encoding: 'utf8' });
    const copy = `${app.database}.copy`;
    expect(run('quarantine', 'replay').status).toBe(0);
    expect(run('backup', copy)).toMatchObject({ status: 0, stderr: '' });
    expect(run('restore', copy).status).toBe(0);
    const again = await start({ read_tokens: 'open', admin_tokens: 'admin' }, { database: app.database });
    // The copy was taken before its backup was written down.
    expect((await page(again)).items).toMatchObject([
      { action: 'restore', actor: expect.stringMatching(/^cli:\w+/) as string, address: null },
      { action: 'quarantine.replay', actor: expect.stringMatching(/^cli:\w+/) as string },
    ]);
    expect(run('backup', `${copy}2`).stderr).toMatch(/Not in the audit log: a service holds/);
  });
});
