import { truncateSync } from 'node:fs';
import Database from 'better-sqlite3';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { anEvent } from '../support/callback-posts.js';
import { aPost, FIGURES, LOADED, STARTED } from '../support/posts.js';

const start = testApps();
const NOON_MS = Date.UTC(2026, 10, 20, 12);
type Item = Record<string, unknown>;

const get = async (app: TestApp, path: string) =>
  (await request(app.url).get(`/api/v1${path}`)).body as Item & { items: Item[] };
const post = (app: TestApp, source: string, fields: Item) =>
  request(app.url).post(`/ocs/${source}/campaign-group-state`).send(aPost(fields));

describe('/sources', () => {
  it('says of each source when it was heard, what is expected of it, and what it has', async () => {
    const app = await start({ periodic_interval: '10s' });
    await post(app, 'eu-1', { ...LOADED, GSW_CAMPAIGN_GROUP_DBID: '7' });
    await post(app, 'eu-1', { ...STARTED, ...FIGURES });
    await request(app.url).post('/ocs/us-1/campaign-group-state').send('{"a":1}');
    const { items } = await get(app, '/sources');
    expect(items).toEqual([
      {
        source: 'eu-1',
        last_heard_at: expect.stringMatching(/Z$/) as string,
        interval_seconds: 10,
        interval_origin: 'configured',
        interval_seen_seconds: null,
        delivery_ratio: null,
        silent: false,
        silent_since: null,
        campaign_groups: 2,
        running: 1,
        quarantined: 0,
        sends_statistics: true,
        maintenance: false,
        maintenance_until: null,
      },
      expect.objectContaining({ source: 'us-1', campaign_groups: 0, quarantined: 1, last_heard_at: null }),
    ]);
    const lastHeardMs = Date.parse(String(items[0]?.['last_heard_at']));
    app.clock.setMs(lastHeardMs + 60_000);
    expect((await get(app, '/sources')).items[0]).toMatchObject({
      silent: true,
      silent_since: new Date(lastHeardMs + 10_000).toISOString(),
    });
  });
});

describe('a source of callbacks', () => {
  it('says when it was last heard, whatever it posts, and after a restart', async () => {
    const app = await start();
    app.clock.setMs(NOON_MS);
    const gms = (kind: string, body: object) => request(app.url).post(`/gms/gms-1/${kind}`).send(body).expect(200);
    await gms('callback-events', anEvent({}));
    const heard = async (of: TestApp) => {
      const { items } = await get(of, '/sources');
      return items.map(({ source, last_heard_at: at, campaign_groups: groups }) => [source, at, groups]);
    };
    expect(await heard(app)).toEqual([['gms-1', '2026-11-20T12:00:00.000Z', 0]]);
    app.clock.setMs(NOON_MS + 5000);
    await gms('status-notifications', { event: '_cbe_on_dial_init', _service_id: 'x' });
    expect(await heard(app)).toEqual([['gms-1', '2026-11-20T12:00:05.000Z', 0]]);
    await app.stop();
    const again = await start({}, { database: app.database });
    expect(await heard(again)).toEqual([['gms-1', '2026-11-20T12:00:00.000Z', 0]]);
  });
});

describe('posts that were refused', () => {
  const refusedOf = async (app: TestApp) => (await get(app, '/service'))['refused'] as Item & { most: Item | null };

  it('are counted for an hour, whatever refused them, with what is most likely wrong', async () => {
    const app = await start({ ingest_tokens: 'right', body_limit: '1kb' });
    expect(await refusedOf(app)).toEqual({ last_hour: 0, last_at: null, most: null });
    const send = (path: string, body: string | object) => request(app.url).post(path).send(body);
    for (const source of ['eu-1', 'eu-1', 'us-1'])
      await send(`/t/wrong/ocs/${source}/campaign-group-state`, aPost()).expect(401);
    await send('/t/right/ocs/campaign-group', {}).expect(404);
    await send('/t/right/ocs/campaign-group-state', '{').expect(400);
    await send('/t/right/ocs/campaign-group-state', { a: 1 }).expect(422);
    await send('/t/right/ocs/campaign-group-state', 'x'.repeat(2000)).expect(413);
    await send('/t/right/ocs/campaign-group-state', aPost()).expect(200);
    // Nobody meant to post.
    await request(app.url).get('/t/right/ocs/campaign-group-state').expect(405);
    const refused = await refusedOf(app);
    expect(refused).toMatchObject({
      last_hour: 7,
      most: { source: 'eu-1', status: 401, last_hour: 2, fault: 'wrong secret in /t/…/' },
    });
    expect(refused.most?.['next']).toMatch(/OCM_INGEST_TOKENS/);
    expect(JSON.stringify(refused)).not.toMatch(/wrong\//);
    const rows = (await get(app, '/arrivals'))['refused'] as Item[];
    expect(rows.map(({ last_hour: count }) => count)).toEqual([1, 1, 1, 1, 1, 1, 2]);
    app.clock.setMs(Date.parse(String(refused['last_at'])) + 62 * 60_000);
    expect(await refusedOf(app)).toMatchObject({ last_hour: 0, last_at: refused['last_at'], most: null });
  });

  it('are counted where they are too many to be remembered one by one', async () => {
    const app = await start();
    for (let n = 0; n < 120; n++)
      await request(app.url)
        .post(`/nowhere/${String(n)}`)
        .send('{}')
        .expect(404);
    expect(await refusedOf(app)).toMatchObject({ last_hour: 120, most: { status: 404, last_hour: 1 } });
  });
});

describe('a clock that was two days ahead, and is right again', () => {
  const DAYS_MS = 2 * 86_400_000;
  const told = async (app: TestApp) => {
    const { items } = await get(app, '/campaign-groups');
    return items.map(({ silent }) => silent);
  };

  it('from the start: silence is seen after the limit, and after a restart that it was not right at', async () => {
    const app = await start({ periodic_interval: '10s' });
    app.clock.step(DAYS_MS);
    await post(app, 'eu-1', STARTED);
    app.clock.step(-DAYS_MS);
    const heardMs = app.clock.nowMs();
    expect(await told(app)).toEqual([false]);
    app.clock.setMs(heardMs + 31_000);
    expect(await told(app)).toEqual([true]);
    app.clock.setMs(heardMs);
    await post(app, 'eu-1', { ...STARTED, ...FIGURES });
    app.clock.setMs(heardMs + 31_000);
    expect(await told(app)).toEqual([true]);
    expect(app.log.filter(({ message }) => message.startsWith('the clock'))).toMatchObject([
      { level: 'warn', message: 'the clock of this machine was set ahead, or the machine was asleep' },
      { level: 'warn', message: 'the clock of this machine was set back', fields: { seconds: 172_800 } },
    ]);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/^ocs_monitor_clock_steps_total\{to="ahead"\} 1$/m);
    expect(metrics).toMatch(/^ocs_monitor_clock_steps_total\{to="back"\} 1$/m);

    await app.stop();
    const next = await start({ periodic_interval: '10s' }, { database: app.database });
    const startedMs = next.clock.nowMs();
    expect(await told(next)).toEqual([false]);
    next.clock.setMs(startedMs + 31_000);
    expect(await told(next)).toEqual([true]);
  });

  it('in the run before: the start tells and counts it, and makes up no time in which it was down', async () => {
    const before = await start();
    await before.stop();
    const db = new Database(before.database);
    db.prepare('UPDATE uptime SET alive_ms = alive_ms + ?').run(DAYS_MS);
    db.close();
    const app = await start({}, { database: before.database });
    const lines = app.log.map(({ message }) => message);
    expect(lines).toContain('the clock of this machine was set back');
    expect(lines.filter((message) => message.includes('was down'))).toEqual([]);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/^ocs_monitor_clock_steps_total\{to="back"\} 1$/m);
  });

  it('while posts come: nothing is silent in between, and times are those of the clock as it is', async () => {
    const app = await start({ periodic_interval: '10s' });
    await post(app, 'eu-1', STARTED);
    await request(app.url).post('/ocs/us-1/campaign-group-state').send('{');
    app.clock.step(DAYS_MS);
    expect(await told(app)).toEqual([false]);
    expect((await get(app, '/sources')).items[0]).toMatchObject({ source: 'eu-1', silent: false, silent_since: null });
    const arrivals = await get(app, '/arrivals');
    const nowMs = app.clock.nowMs();
    const { received, started_at: startedAt } = await get(app, '/service');
    const lists = arrivals as unknown as Record<string, { last_at: string }[]>;
    const lastAt = [lists['accepted']?.[0]?.last_at, lists['refused']?.[0]?.last_at];
    for (const at of [(received as { last_at: string }).last_at, startedAt, ...lastAt])
      expect(nowMs - Date.parse(String(at))).toBeLessThan(60_000);
  });
});

describe('/service', () => {
  it('says since when it runs, what it received, and when nobody listened', async () => {
    const first = await start();
    await post(first, 'eu-1', STARTED);
    expect(await get(first, '/service')).toMatchObject({
      version: 'test',
      node_version: process.version,
      base_path: '',
      unobserved: [],
      received: { total: 1, last_at: expect.stringMatching(/Z$/) as string },
      pii: 'masked',
      anonymous: true,
    });
    await first.stop();
    const second = await start({ read_tokens: 'secret', pii: 'full' }, { database: first.database });
    const response = await request(second.url).get('/api/v1/service').auth('x', 'secret');
    const about = response.body as {
      unobserved: { from: string; to: string }[];
      store: { main_bytes: number };
      received: Item;
    };
    expect(about).toMatchObject({ anonymous: false, pii: 'full', received: { total: 0, last_at: null } });
    expect(about.unobserved.length).toBe(1);
    expect(Date.parse(about.unobserved[0]?.to ?? '')).toBeGreaterThan(Date.parse(about.unobserved[0]?.from ?? ''));
    expect(about.store.main_bytes).toBeGreaterThan(0);
  });
});

describe('the store', () => {
  const HOUR_MS = 3_600_000;

  it('says what is free, and how it grows once that was measured for an hour; all is kept', async () => {
    const looks: (() => void)[] = [];
    const every = (_ms: number, work: () => void) => {
      looks.push(work);
      return () => undefined;
    };
    let free = 50e9;
    const app = await start({ overdial_limit: '0.02' }, { every, freeBytes: () => free });
    const first = await get(app, '/service');
    expect(first['store']).toMatchObject({
      free_bytes: 50e9,
      growth_bytes_per_day: null,
      growth_measured_seconds: 0,
      full_in_seconds: null,
      nearly_full: false,
      retention_seconds: 1826 * 86_400,
      retention: expect.objectContaining({ limit_bytes: null, limit_reached: false }) as object,
    });
    expect(first['limits']).toEqual({
      overdial_ratio: 0.02,
      ...{ overdial_for_seconds: 900, overdial_resolve_seconds: 300 },
      unload_stuck_seconds: 900,
      delivery_ratio: 0.98,
      disk_free_bytes: 1e9,
      wal_bytes: 256e6,
      disk_full_within_seconds: 345_600,
    });
    const startBytes = Number((first['store'] as Item)['main_bytes']);
    // More than a checkpoint: the database itself has grown.
    for (let body = 0; body < 80; body++)
      await request(app.url)
        .post('/ocs/eu-1/campaign-group-state')
        .send(JSON.stringify({ no: body, text: 'x'.repeat(100_000) }));
    app.clock.setMs(new Date().getTime() + 2 * HOUR_MS);
    for (const look of looks) look();
    const store = (await get(app, '/service'))['store'] as Record<string, number>;
    const grown = (store['main_bytes'] ?? 0) - startBytes;
    expect(grown).toBeGreaterThan(1e6);
    // Two hours and the moment that the test took.
    expect(store['growth_measured_seconds']).toBeGreaterThanOrEqual(7200);
    expect((store['growth_bytes_per_day'] ?? 0) / (grown * 12)).toBeCloseTo(1, 1);
    expect(store['full_in_seconds']).toBe(Math.round((50e9 / (store['growth_bytes_per_day'] ?? 0)) * 86_400));
    expect(store['nearly_full']).toBe(false);
    free = 999e6;
    expect(((await get(app, '/service'))['store'] as Item)['nearly_full']).toBe(true);
    const warnings = () => app.log.filter(({ message }) => message === 'the write-ahead log grows');
    expect(warnings()).toEqual([]);
    // As large as a reader makes it that does not end; the bytes behind the last commit are nothing to SQLite.
    truncateSync(`${app.database}-wal`, 300e6);
    for (let times = 0; times < 2; times++) for (const look of looks) look();
    expect(warnings()).toMatchObject([{ level: 'warn', fields: { walBytes: 300e6 } }]);
  });
});

describe('the last body of a group', () => {
  it('is shown as it was received, until the service ends', async () => {
    const app = await start();
    await post(app, 'eu-1', { ...STARTED, GSW_CAMPAIGN_GROUP_DBID: '1' });
    const raw = JSON.stringify(
      aPost({ ...STARTED, ...FIGURES, GSW_CAMPAIGN_GROUP_DBID: '1', GSW_X: 'ä "quoted"' }),
      null,
      3,
    );
    const posted = await request(app.url).post('/ocs/eu-1/campaign-group-state').send(raw);
    await request(app.url).post('/ocs/eu-1/campaign-group-state').send('{"GSW_CAMPAIGN_GROUP_DBID":"1"}');
    const [group] = (await get(app, '/campaign-groups')).items;
    const path = `/campaign-groups/${String(group?.['id'])}/last-body`;
    expect(await get(app, path)).toEqual({
      received_at: group?.['last_heard_at'],
      outcome: 'refresh',
      id: (posted.body as Item)['id'],
      size_bytes: Buffer.byteLength(raw),
      body: raw,
      body_base64: Buffer.from(raw).toString('base64'),
      reason: null,
    });
    await app.stop();
    const again = await start({}, { database: app.database });
    expect(await get(again, path)).toMatchObject({
      body: null,
      received_at: null,
      reason: expect.stringMatching(/start/) as string,
    });
    expect((await request(again.url).get('/api/v1/campaign-groups/nobody/last-body')).status).toBe(404);
  });
});
