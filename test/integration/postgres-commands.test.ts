/** Commands that read, over a real PostgreSQL: beside a service, and where none runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { onDatabase } from '../support/postgres-server.js';
import { iconLog } from '../../src/simulator/callbacks/icon-log.js';
import { type LoggedEvent, TserverLog } from '../../src/simulator/callbacks/tserver-log.js';
import { systemClock } from '../../src/node/system-clock.js';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../../src/simulator/options.js';
import { runSimulationInDetail } from '../../src/simulator/run.js';
import { aFinal, anEvent } from '../support/callback-posts.js';
import { postgresServices } from '../support/postgres-service.js';
import { freePort, ocsMonitor, Program } from '../support/program.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';

const services = postgresServices();
const { database, storeOf, startForAll } = services;

async function post(program: Program, path: string, body: object): Promise<number> {
  const { status } = await fetch(`${program.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return status;
}

const OCS = '/ocs/campaign-group-state';
const EVENTS = '/gms/callback-events';
const NUMBER = '4915112345678';

/** A session of a campaign group the day before, a callback, and a body that could not be applied. */
async function fill(program: Program): Promise<void> {
  const fromMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 3_600_000;
  const at = (seconds: number) => ({ GSW_DATE_TIME: dateTime(fromMs + seconds * 1000) });
  for (const body of [
    { ...LOADED, ...at(0) },
    { ...STARTED, ...FIGURES, ...at(10) },
    { ...STARTED, ...FIGURES, ...at(20) },
    { ...STOPPED, ...at(30) },
  ])
    expect(await post(program, OCS, aPost(body))).toBe(200);
  expect(await post(program, OCS, { no: 'state' })).toBe(422);
  await post(program, EVENTS, anEvent({ _CB_CUSTOMER_PHONE_NUMBER: `+${NUMBER}` }));
  await post(program, EVENTS, aFinal({ _CB_CUSTOMER_PHONE_NUMBER: '0049 151 12345678' }));
}

/** What a command prints, which has to end well. */
async function told(store: string, ...args: readonly string[]): Promise<string> {
  const { status, out, err } = await ocsMonitor(...args, '--store', store);
  expect([status, err.replaceAll(/^.*(rows|Go on from here|\d{4}-\d\d-\d\d|seal).*\n/gm, '')]).toEqual([0, '']);
  return out;
}

const linesOf = (out: string) => out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]));

/** Cases that share a service, a start of which takes a second of a processor: what changes anything comes behind what reads it. */
describe('beside a service on PostgreSQL', () => {
  let name: string;
  let store: string;
  let program: Program;
  beforeAll(async () => {
    name = await database();
    store = storeOf(name);
    program = await startForAll(name);
    await fill(program);
  });

  it('exports all tables, and notifications that are the same history elsewhere', async () => {
    const rowsOf = async (from: string, ...what: readonly string[]) => linesOf(await told(from, 'export', ...what));
    const transitions = await rowsOf(store, 'transitions');
    expect(transitions).toHaveLength(3);
    expect(await rowsOf(store, 'sessions')).toHaveLength(1);
    expect((await rowsOf(store, 'statistics')).length).toBeGreaterThan(0);
    expect(await rowsOf(store, 'statistics', '--resolution', 'samples')).toHaveLength(2);
    expect(await rowsOf(store, 'callbacks')).toMatchObject([{ change: 'added', service_id: 'service-1' }]);
    const parquet = join(services.folder, 'transitions.parquet');
    await told(store, 'export', 'transitions', '--format', 'parquet', '--out', parquet);
    expect(readFileSync(parquet, 'latin1')).toMatch(/^PAR1/);

    const notifications = await told(store, 'export', 'notifications');
    expect(linesOf(notifications)).toHaveLength(4);
    const lines = join(services.folder, 'notifications.ndjson');
    writeFileSync(lines, notifications);
    const elsewhere = join(services.folder, 'elsewhere.db');
    const sqlite = await Program.start(await freePort(), elsewhere);
    await told(`sqlite:${elsewhere}`, 'import', 'notifications', lines, '--url', sqlite.url);
    expect(await told(`sqlite:${elsewhere}`, 'export', 'notifications')).toBe(notifications.replaceAll('\r', ''));
    expect(await rowsOf(`sqlite:${elsewhere}`, 'transitions')).toEqual(transitions);
    await sqlite.end('SIGKILL');
  });

  it('exports days that are sealed', async () => {
    const out = join(services.folder, 'days.ndjson');
    const sealed = await ocsMonitor('export', 'compliance', '--out', out, '--json', '--store', store);
    expect([sealed.status, sealed.err]).toEqual([0, '']);
    const { seal } = JSON.parse(sealed.out) as { seal: string };
    expect((await ocsMonitor('export', '--verify', out, '--seal', seal)).status).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('running');
  });

  it('gives no mark, and says why it takes none', async () => {
    const flags = ['--store', store];
    const whole = await ocsMonitor('export', 'transitions', ...flags, '--json');
    expect(JSON.parse(whole.err)).toMatchObject({ rows: 3, mark: null });
    const mark = join(services.folder, 'mark');
    const refused = await ocsMonitor('export', 'transitions', ...flags, '--mark', mark);
    expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('leave out --since and --mark')]);
  });

  it('hashes a number as the service does', async () => {
    const hash = (await told(store, 'phone-hash', NUMBER)).trim();
    const found = await fetch(`${program.url}/api/v1/callbacks?phone_hash=${hash}`);
    expect(await found.json()).toMatchObject({ items: [{ service_id: 'service-1' }] });
  });

  it('takes a customer out of all that is held, and prints all of it before', async () => {
    const flags = ['--store', store];
    const held = JSON.parse(await told(store, 'export', '--customer', NUMBER)) as Record<string, object[]>;
    expect(held).toMatchObject({ callbacks: [{ service_id: 'service-1' }], callback_events: [{}, {}] });
    const forget = ['forget', '--customer', NUMBER, ...flags, '--url', program.url];
    const dry = await ocsMonitor(...forget, '--dry-run', '--json');
    expect(JSON.parse(dry.out)).toMatchObject({ dry_run: true, traces: null });
    const port = ['--port', new URL(program.url).port];
    const done = await ocsMonitor('forget', '--customer', NUMBER, ...flags, ...port, '--yes');
    expect([done.status, done.err]).toEqual([0, '']);
    expect(done.out).toMatch(/callback events +2 +2[^]*Forgotten: hash [\da-f]{16}.*The tables were searched after it/);
    expect(JSON.parse(await told(store, 'export', '--customer', NUMBER))).toEqual({
      at: expect.any(String) as string,
    });
  });

  it('replays what was quarantined: what is applied once is known the next time', async () => {
    const flags = ['--json', '--store', store, '--port', new URL(program.url).port];
    const body = aPost({ ...LOADED, GSW_DATE_TIME: dateTime(Date.now() - 60_000) });
    expect(await post(program, OCS, body)).toBe(200);
    // As a body that an earlier version could not apply.
    await onDatabase(services.server, name, (client) =>
      client.query('UPDATE quarantine SET body = $1', [Buffer.from(JSON.stringify(aPost({ ...body, ...STARTED })))]),
    );
    const replay = async (...more: readonly string[]) => {
      const { status, out } = await ocsMonitor('quarantine', 'replay', ...more, ...flags);
      return [status, ...(JSON.parse(out) as { items: { outcome: string }[] }).items.map(({ outcome }) => outcome)];
    };
    expect(await replay('--dry-run')).toEqual([0, 'transition']);
    expect(await replay()).toEqual([0, 'transition']);
    expect(await replay()).toEqual([0]);
    const { items } = (await (await fetch(`${program.url}/api/v1/campaign-groups`)).json()) as { items: object[] };
    expect(items).toMatchObject([{ state: 'running' }]);
  });

  it('quarantine list and show tell what the API does, without a service, too', async () => {
    expect(await post(program, OCS, { no: 'new state' })).toBe(422);
    const [listed] = JSON.parse(await told(store, 'quarantine', 'list', '--json')) as { id: string }[];
    const { items } = (await (await fetch(`${program.url}/api/v1/quarantine`)).json()) as { items: object[] };
    expect(listed).toEqual(items[0]);
    await program.end('SIGINT');
    const id = String(listed?.id);
    expect(JSON.parse(await told(store, 'quarantine', 'show', id, '--json'))).toMatchObject({
      id,
      body: '{"no":"new state"}',
    });
    expect(await told(store, 'quarantine', 'list')).toContain(id);
  });
});

describe('audits beside a service on PostgreSQL', () => {
  let store: string;
  let program: Program;
  beforeAll(async () => {
    const name = await database();
    store = storeOf(name);
    program = await startForAll(name);
  });

  it('finds which events that ICON had are not held', async () => {
    const startMs = Math.floor(Date.now() / 1000) * 1000 - 6 * 3_600_000;
    const habit = { style: 'tserver', stamps: 'short', indentation: 'tabs' } as const;
    const log = new TserverLog({ seed: 5, startMs, callbacks: 6, habit, damaged: 0, sentToIcon: 1 });
    const events = new Map<string, LoggedEvent>();
    for (const line of log.text((event) => {
      if (event.kind === 'callback' && !events.has(event.body)) events.set(event.body, event);
    }))
      expect(line).not.toBe('');
    const arrived = [...events.values()];
    const [lost, ...others] = arrived;
    const opened = await fetch(`${program.url}/api/v1/imports`, { method: 'POST', body: '{"what":"test"}' });
    const { id } = (await opened.json()) as { id: string };
    const items = others.map(({ atMs, body }) => ({
      ...{ endpoint: 'callback-events', source: 'eu-1', origin: 'tserver-log', body },
      received_at: new Date(atMs + 20).toISOString(),
    }));
    expect(await post(program, `/api/v1/imports/${id}/items`, { items })).toBe(200);
    const icon = iconLog(arrived, { seed: 2, timeZone: 'UTC', unwritten: 0 });
    const file = join(services.folder, 'icon.log');
    writeFileSync(file, icon.text);
    const audited = await ocsMonitor(
      ...['audit', 'icon-log', file, '--source', 'eu-1', '--tz', 'UTC', '--dn', 'REPORTING', '--tolerance', '100ms'],
      ...['--json', '--store', store],
    );
    const answer = JSON.parse(audited.out) as { missing: { at: string }[] };
    expect(answer).toMatchObject({ arrivals: arrived.length, received: others.length, unexpected: 0 });
    expect(answer.missing.map(({ at }) => Date.parse(at))).toEqual([lost?.atMs]);
  });

  it('finds what an OCS sent and is not held, and the callbacks that are not', async () => {
    const log = join(services.folder, 'ocs.log');
    const lively = { groups: 6, intervalMs: 250, speed: 60, durationMs: 3000, loss: 0.2, seed: 3 };
    const icon = { callbacksPerMinute: 600, iconExport: services.folder };
    const options: SimulationOptions = {
      ...{ ...DEFAULT_OPTIONS, ...lively, ...icon },
      url: program.url,
      ocsLog: { path: log, timeZone: 'UTC' },
    };
    const { account } = await runSimulationInDetail(options, { clock: systemClock });
    expect(account.lost_by_choice).toBeGreaterThan(0);
    const ofLog = await ocsMonitor(...['audit', '--ocs-log', log, '--tz', 'UTC', '--json', '--store', store]);
    const audited = JSON.parse(ofLog.out) as {
      sent: number;
      received: number;
      missing: object[];
      unexpected: object[];
    };
    expect([ofLog.status, audited.unexpected]).toEqual([1, []]);
    expect(audited.missing.length).toBeGreaterThan(0);
    expect(audited.received).toBeGreaterThan(0);
    const tables = ['G_CUSTOM_DATA_S', 'G_USERDATA_HISTORY'].map((one) => join(services.folder, `${one}.csv`));
    const ofTables = await ocsMonitor('audit', 'callbacks', ...tables, '--json', '--store', store);
    const report = JSON.parse(ofTables.out) as { services: number; known: number; differing: object[] };
    expect(report.known).toBeGreaterThan(0);
    expect(report.known).toBeLessThanOrEqual(report.services);
    expect(report.differing).toEqual([]);

    const backfilled = await ocsMonitor(
      ...['audit', '--ocs-log', log, '--tz', 'UTC', '--json', '--store', store],
      ...['--backfill', '--service', program.url],
    );
    const { backfilled: count } = JSON.parse(backfilled.out) as { backfilled: number };
    const undone = await ocsMonitor(
      ...['audit', '--undo', '--source', 'default', '--store', store, '--service', program.url, '--json'],
    );
    expect(JSON.parse(undone.out)).toMatchObject({ undone: count, found: count });
  });
});

describe('where nothing can be read', () => {
  it('says what to do about it', async () => {
    const empty = await ocsMonitor('export', 'transitions', '--store', storeOf(await database()));
    expect([empty.status, empty.err]).toEqual([1, expect.stringContaining('start the service once')]);
    const nowhere = await ocsMonitor('quarantine', 'list', '--store', storeOf('nowhere'));
    expect([nowhere.status, nowhere.err]).toEqual([1, expect.stringContaining('database "nowhere" does not exist')]);
  });
});
