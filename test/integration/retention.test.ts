/** Retention and holds, with and without a running service. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { aPost, dateTime, STARTED } from '../support/posts.js';
import { ocsMonitor } from '../support/program.js';

const start = testApps();

async function ask(app: TestApp, method: string, path: string, body?: object) {
  const response = await fetch(`${app.url}/api/v1${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

describe('retention', () => {
  it('removes what is too old and not held, says so, and is written down', async () => {
    const app = await start({ retention_quarantine: '1h' });
    const post = JSON.stringify(aPost({ ...STARTED, GSW_DATE_TIME: dateTime(Date.now()) }));
    await fetch(`${app.url}/ocs/campaign-group-state`, { method: 'POST', body: post });
    const made = await ask(app, 'POST', '/holds', { source: 'held', until: '90d', why: 'a complaint' });
    expect(made.status).toBe(201);
    for (const source of ['old', 'held'])
      await fetch(`${app.url}/ocs/${source}/campaign-group-state`, { method: 'POST', body: 'no JSON' });
    const ran = await ask(app, 'POST', '/retention');
    expect(ran.status).toBe(200);
    const service = await ask(app, 'GET', '/service');
    expect(service.body['store']).toMatchObject({ retention: { limit_reached: false } });
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/^ocs_monitor_store_retention_seconds\{class="quarantine"\} 3600$/m);
    expect(metrics).toMatch(/^ocs_monitor_store_oldest_timestamp_seconds\{class="history"\} \d+/m);
    const audit = await ask(app, 'GET', '/audit-log');
    expect((audit.body['items'] as { action: string }[]).map(({ action }) => action)).toEqual(['retention', 'hold']);
  });

  it('is foretold and done by the command, at rest, and keeps what is on hold', async () => {
    const app = await start({ retention_quarantine: '1h' });
    const store = ['--store', `sqlite:${app.database}`, '--retention-quarantine', '1h'];
    for (const source of ['old', 'held'])
      await fetch(`${app.url}/ocs/${source}/campaign-group-state`, { method: 'POST', body: 'no JSON' });
    await app.stop();
    withAge(app.database);
    const hold = ['hold', '--source', 'held', '--until', '90d', '--why', 'a complaint', '--json', ...store];
    const made = await ocsMonitor(...hold);
    expect(made).toMatchObject({ status: 0, err: '' });
    const { id } = JSON.parse(made.out) as { id: string };
    const dry = JSON.parse((await ocsMonitor('retention', '--dry-run', '--json', ...store)).out) as Answer;
    expect(dry.classes.find((one) => one.class === 'quarantine')).toMatchObject({
      kept_seconds: 3600,
      would_go: { rows: 1 },
    });
    const done = JSON.parse((await ocsMonitor('retention', '--json', ...store)).out) as Answer;
    expect(done.classes.find((one) => one.class === 'quarantine')).toMatchObject({ removed: 1 });
    expect((await ocsMonitor('hold', '--list', ...store)).out).toContain('a complaint');
    expect((await ocsMonitor('hold', '--release', id, ...store)).status).toBe(0);
    expect((await ocsMonitor('hold', '--release', id, ...store)).status).toBe(1);
    const again = JSON.parse((await ocsMonitor('retention', '--json', ...store)).out) as Answer;
    expect(again.classes.find((one) => one.class === 'quarantine')).toMatchObject({ removed: 1 });
  });

  it('refuses a hold that says nothing, or ends before it begins', async () => {
    const app = await start();
    for (const body of [
      {},
      { source: 'a', until: '2001-01-01', why: 'x' },
      { source: 'a', group: 'b', until: '1d', why: 'x' },
    ])
      expect((await ask(app, 'POST', '/holds', body)).status).toBe(400);
    expect((await ask(app, 'DELETE', '/holds/77')).status).toBe(404);
    // A source may come, an id nobody has made up.
    const unknown = { until: '90d', why: 'a complaint' };
    expect((await ask(app, 'POST', '/holds', { ...unknown, group: 'no-such' })).status).toBe(404);
    expect((await ask(app, 'POST', '/holds', { ...unknown, source: 'eu-l' })).body).toMatchObject({
      nothing_stored: true,
    });
    const mistyped = ['--until', '90d', '--why', 'a complaint', '--store', `sqlite:${app.database}`];
    await app.stop();
    const group = await ocsMonitor('hold', '--group', 'no-such', ...mistyped);
    expect([group.status, group.err]).toEqual([1, expect.stringContaining('no campaign group of the id no-such')]);
    const source = await ocsMonitor('hold', '--source', 'eu-l', ...mistyped);
    expect([source.status, source.err]).toEqual([
      0,
      expect.stringContaining('Nothing is stored so far of source eu-l'),
    ]);
    expect((await ocsMonitor('hold', '--source', 'a', '--until', 'soon', '--why', 'x')).status).toBe(2);
  });
});

interface Answer {
  readonly classes: readonly { readonly class: string }[];
}

/** As if a day had passed since the bodies came. */
function withAge(database: string): void {
  const db = new Database(database);
  db.exec(
    'UPDATE quarantine SET first_received_ms = first_received_ms - 86400000, last_received_ms = last_received_ms - 86400000',
  );
  db.close();
}
