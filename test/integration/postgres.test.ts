/** The real program over a real PostgreSQL: it receives, keeps, tells, and comes back when the server does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anEvent } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { ocsMonitor, type Program } from '../support/program.js';
import { onDatabase } from '../support/postgres-server.js';
import { postgresServices } from '../support/postgres-service.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

const services = postgresServices();
const { database, storeOf, start } = services;

interface Answer {
  readonly status: number;
  readonly outcome?: string;
  readonly id?: string;
  readonly items?: readonly Readonly<Record<string, unknown>>[];
}

async function post(program: Program, path: string, body: object): Promise<Answer> {
  const response = await fetch(`${program.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await response.json()) as object;
  return { ...answer, status: response.status };
}

async function ask(program: Program, path: string): Promise<Answer> {
  const response = await fetch(`${program.url}${path}`);
  const answer = (await response.json()) as object;
  return { ...answer, status: response.status };
}

/** What is told of the group whatever process is asked; moments of asking are left out. */
async function toldBy(program: Program) {
  const groups = await ask(program, '/api/v1/campaign-groups');
  const id = String(groups.items?.[0]?.['id']);
  const since = 'from=2020-01-01T00:00:00Z';
  return {
    states: groups.items?.map(({ state, dbid }) => [dbid, state]),
    transitions: await ask(program, `/api/v1/transitions?${since}`),
    statistics: await ask(program, `/api/v1/campaign-groups/${id}/statistics?${since}`),
    sessions: await ask(program, `/api/v1/campaign-groups/${id}/sessions?${since}`),
    lists: await ask(program, `/api/v1/campaign-groups/${id}/calling-lists`),
    callback: await ask(program, '/api/v1/callbacks/service-1'),
    quarantine: await ask(program, '/api/v1/quarantine'),
  };
}

const OCS = '/ocs/campaign-group-state';

const letIn = (name: string, may: boolean) =>
  onDatabase(services.server, 'postgres', async (client) => {
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${String(may)}`);
    if (!may) await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  });

describe('the service on PostgreSQL', () => {
  it('receives posts, tells of them, and tells the same after a restart', async () => {
    const name = await database();
    const first = await start(name);
    const nowMs = new Date().getTime();
    const at = (secondsAgo: number) => ({ GSW_DATE_TIME: dateTime(nowMs - secondsAgo * 1000) });
    const running = aPost({ ...STARTED, ...FIGURES, ...at(30) });
    expect(await post(first, OCS, aPost({ ...LOADED, ...at(40) }))).toMatchObject({
      status: 200,
      outcome: 'transition',
    });
    expect(await post(first, OCS, running)).toMatchObject({ status: 200, outcome: 'transition' });
    expect(await post(first, OCS, running)).toMatchObject({ status: 200, outcome: 'duplicate' });
    expect(await post(first, OCS, aPost({ ...STARTED, ...FIGURES, ...at(20) }))).toMatchObject({ outcome: 'refresh' });
    expect(await post(first, OCS, aPost({ ...STOPPED, ...at(10) }))).toMatchObject({ outcome: 'transition' });
    expect(await post(first, OCS, aPost({ ...STARTED, ...FIGURES, ...at(25) }))).toMatchObject({ outcome: 'late' });
    expect((await post(first, OCS, { no: 'state' })).status).toBe(422);
    expect(await post(first, '/gms/callback-events', anEvent())).toMatchObject({ status: 200, outcome: 'recorded' });
    const told = await toldBy(first);
    expect(told.transitions.items?.length).toBe(3);
    expect(told.statistics.items?.length).toBeGreaterThan(2);
    expect(told.callback.status).toBe(200);
    expect(told.quarantine.items?.length).toBe(1);
    const metrics = await (await fetch(`${first.url}/metrics/domain`)).text();
    expect(metrics).toContain('ocs_campaign_group_');
    expect((await fetch(`${first.url}/`)).status).toBe(200);
    expect(await ask(first, '/api/v1/service')).toMatchObject({ status: 200 });
    expect(await first.end('SIGINT')).toBe(0);

    const second = await start(name);
    expect(await toldBy(second)).toEqual(told);
    expect(await post(second, OCS, running)).toMatchObject({ outcome: 'duplicate' });
    expect(await ask(second, '/api/v1/audit-log')).toMatchObject({ status: 200 });
  });

  it('tells who follows the stream', async () => {
    const program = await start(await database());
    const heard = new AbortController();
    const response = await fetch(`${program.url}/api/v1/stream`, { signal: heard.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    await post(program, OCS, aPost(STARTED));
    let said = '';
    while (!said.includes('event: transition')) said += (await reader?.read())?.value ?? '';
    heard.abort();
  });

  it('replays, holds and forgets through the service', async () => {
    const program = await start(await database());
    await post(program, OCS, aPost(STARTED));
    await post(program, OCS, { no: 'state' });
    const flags = ['--store', storeOf('nowhere'), '--url', program.url, '--json'];
    const held = await ocsMonitor('hold', '--source', 'default', '--until', '90d', '--why', 'test', ...flags);
    expect(held).toMatchObject({ status: 0 });
    const replayed = await post(program, '/api/v1/quarantine/replay', { dry_run: false });
    expect(replayed).toMatchObject({ status: 200 });
    const forgotten = await ocsMonitor('forget', '--source', 'default', '--yes', ...flags);
    expect([forgotten.status, forgotten.err]).toEqual([0, '']);
    expect((await ask(program, '/api/v1/campaign-groups')).items).toEqual([]);
    expect(await post(program, OCS, aPost(STARTED))).toMatchObject({ outcome: 'transition' });
    const { items } = await ask(program, '/api/v1/audit-log');
    expect(items?.map(({ action }) => action)).toEqual(expect.arrayContaining(['forget']));
  });

  it('keeps posts while the server takes nobody in, and drains them when it does', async () => {
    const name = await database();
    const program = await start(name);
    const nowMs = new Date().getTime();
    const at = (secondsAgo: number) => ({ GSW_DATE_TIME: dateTime(nowMs - secondsAgo * 1000) });
    const running = aPost({ ...STARTED, ...FIGURES, ...at(30) });
    expect(await post(program, OCS, aPost({ ...LOADED, ...at(40) }))).toMatchObject({ outcome: 'transition' });
    await letIn(name, false);
    const spooled = await post(program, OCS, running);
    expect(spooled).toMatchObject({ status: 200, outcome: 'spooled' });
    expect(await post(program, '/gms/callback-events', anEvent())).toMatchObject({ status: 200, outcome: 'spooled' });
    expect((await post(program, OCS, { no: 'state' })).status).toBe(422);
    expect(await ask(program, '/readyz')).toMatchObject({ status: 200, store: 'spooling' });
    expect((await fetch(`${program.url}/metrics/domain`)).status).toBe(200);
    await eventually(async () => {
      const groups = await ask(program, '/api/v1/campaign-groups');
      expect(groups).toMatchObject({ status: 200, stale: true, items: [{ state: 'active', silent: false }] });
    });
    expect((await ask(program, '/api/v1/service')).status).toBe(200);
    const refused = await fetch(`${program.url}/api/v1/transitions`);
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '1']);
    expect((await post(program, '/api/v1/quarantine/replay', {})).status).toBe(503);
    const metric = async (name: string) => {
      const metrics = await (await fetch(`${program.url}/metrics`)).text();
      return metrics.split('\n').find((line) => line.startsWith(`ocs_monitor_${name} `));
    };
    await eventually(async () => {
      expect(await metric('spool_items')).toMatch(/ 3$/);
    });
    expect(await metric('store_up')).toMatch(/ 0$/);
    expect(await metric('notifications_total{source="default",outcome="spooled"}')).toMatch(/ 2$/);
    await letIn(name, true);
    await eventually(async () => {
      expect(await ask(program, '/readyz')).not.toHaveProperty('store');
      expect(await metric('spool_items')).toMatch(/ 0$/);
    });
    const back = await ask(program, '/api/v1/campaign-groups');
    expect(back).not.toHaveProperty('stale');
    expect(back.items).toMatchObject([{ state: 'running' }]);
    expect(await post(program, OCS, running)).toMatchObject({ outcome: 'duplicate', id: spooled.id });
    expect(await ask(program, '/api/v1/callbacks/service-1')).toMatchObject({ status: 200 });
    expect((await ask(program, '/api/v1/quarantine')).items?.length).toBe(1);
    for (const outcome of ['transition', 'recorded', 'quarantined'])
      expect(await metric(`spool_drained_total{outcome="${outcome}"}`)).toMatch(/ 1$/);
  });

  it('starts while the server is away, keeps posts over its own kill, and tells of all of it afterwards', async () => {
    const name = await database();
    const before = await start(name);
    const nowMs = new Date().getTime();
    const at = (secondsAgo: number) => ({ GSW_DATE_TIME: dateTime(nowMs - secondsAgo * 1000) });
    await post(before, OCS, aPost({ ...LOADED, ...at(40) }));
    await before.end('SIGKILL');
    await letIn(name, false);
    const first = await start(name);
    expect(await post(first, OCS, aPost({ ...STARTED, ...at(30) }))).toMatchObject({ outcome: 'spooled' });
    await first.end('SIGKILL');
    const second = await start(name);
    expect(await post(second, OCS, aPost({ ...STOPPED, ...at(10) }))).toMatchObject({ outcome: 'spooled' });
    expect(await ask(second, '/api/v1/campaign-groups')).toMatchObject({ status: 200, stale: true, items: [] });
    expect((await post(second, '/api/v1/forget', { source: 'default' })).status).toBe(503);
    await letIn(name, true);
    await eventually(async () => {
      const { items } = await ask(second, '/api/v1/transitions?from=2020-01-01T00:00:00Z');
      expect(items?.map(({ to_state: state }) => state)).toEqual(['active', 'running', 'active']);
    });
    expect((await ask(second, '/api/v1/campaign-groups')).items).toMatchObject([{ state: 'active' }]);
  });

  it('is started by two receivers at once on an empty database, and both receive', async () => {
    const name = await database();
    const both = await Promise.all([start(name), start(name)]);
    const answers = await Promise.all(both.map((program) => post(program, OCS, aPost(STARTED))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('keeps its password to itself', async () => {
    const password = join(services.folder, 'password');
    writeFileSync(password, 's3cr3t\n');
    const name = await database();
    const program = await start(name, '--store-password-file', password);
    const service = JSON.stringify(await ask(program, '/api/v1/service'));
    const checked = await ocsMonitor('check-config', '--store', storeOf(name), '--store-password-file', password);
    expect(`${program.stderr}${program.stdout}${service}${checked.out}${checked.err}`).not.toContain('s3cr3t');
    expect(program.stderr).toContain(`postgres://${services.server.user}@/${name}`);
    expect(readFileSync(password, 'utf8')).toBe('s3cr3t\n');
  });

  it('ends with what to do where it cannot be used', async () => {
    const refused = await ocsMonitor('serve', '--unsupervised', '--port', '0', '--store', storeOf('nowhere'));
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('database "nowhere" does not exist')]);
  });
});
