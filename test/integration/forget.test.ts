/** Removing a campaign group or a source, with and without a running service. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { aFinal, anEvent, answerTo, ATTACHED, list, STATUS, textOf } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { heldEvidenceIn } from '../support/held-evidence.js';
import { aPost, dateTime, STARTED, STOPPED } from '../support/posts.js';
import { ocsMonitor } from '../support/program.js';

const start = testApps();
const T = new Date().getTime() - 3_600_000;

function rowsOf(app: TestApp, sql: string): number {
  const db = new Database(app.database, { readonly: true });
  try {
    return db.prepare(sql).pluck().get() as number;
  } finally {
    db.close();
  }
}

async function post(app: TestApp, source: string, dbid: string, n: number): Promise<string> {
  const fields = {
    ...(n % 2 === 0 ? STARTED : STOPPED),
    GSW_CAMPAIGN_GROUP_DBID: dbid,
    GSW_DATE_TIME: dateTime(T + n * 1000),
  };
  const lists = [{ GSW_CALLING_LIST_NAME: 'L', GSW_CALLING_LIST_DBID: '7', GSW_STAT_HIT_RATIO: n / 1000 }];
  const body = JSON.stringify(aPost({ ...fields, GSW_CALLING_LISTS: lists }));
  const answer = await fetch(`${app.url}/ocs/${source}/campaign-group-state`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { outcome: string }).outcome;
}

/** Two sources with groups, callbacks and quarantined bodies each. */
async function filled(flags: Record<string, string> = {}): Promise<TestApp> {
  const app = await start(flags);
  for (const source of ['good', 'goood']) {
    for (const dbid of ['1', '2']) for (let n = 0; n < 10; n++) await post(app, source, dbid, n);
    await answerTo(app, `/gms/${source}/callback-events`, anEvent({ _CB_SERVICE_ID: 'open' }));
    await answerTo(app, `/gms/${source}/callback-events`, aFinal({ _CB_SERVICE_ID: 'done' }));
    await answerTo(app, ATTACHED.replace('/gms', `/gms/${source}`), { interaction_id: 'call', _CB_SERVICE_ID: 'open' });
    const status = { event: '_cbe_on_callback_queued', _service_id: 'open' };
    await answerTo(app, STATUS.replace('/gms', `/gms/${source}`), status);
    await fetch(`${app.url}/ocs/${source}/campaign-group-state`, { method: 'POST', body: 'no JSON' });
  }
  return app;
}

async function forget(app: TestApp, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${app.url}/api/v1/forget`, { method: 'POST', body: JSON.stringify(body), headers });
  return { status: response.status, ...((await response.json()) as { removed?: Record<string, number> }) };
}

const TABLES = [
  ...['campaign_groups', 'statements', 'steps', 'calling_lists'],
  ...['callbacks', 'callback_events', 'callback_attachments', 'callback_notifications', 'callback_interactions'],
  'quarantine',
];
const counts = (app: TestApp) => [
  ['evidence', heldEvidenceIn(app.database).length] as const,
  ...TABLES.map((table) => [table, rowsOf(app, `SELECT count(*) FROM ${table}`)] as const),
];

const OF_A_SOURCE = {
  ...{ campaign_groups: 2, notifications: 20, callbacks: 2, callback_events: 2, attached_data: 1 },
  ...{ status_notifications: 1, quarantined_bodies: 1 },
};

describe('forget a source', () => {
  it('says what it would remove, removes it, and leaves the others as they were', async () => {
    const app = await filled();
    const before = counts(app);
    const would = await forget(app, { source: 'goood', dry_run: true });
    expect(would).toMatchObject({ status: 200, dry_run: true, removed: OF_A_SOURCE });
    expect(counts(app)).toEqual(before);
    expect(await textOf(app, '/metrics')).toContain('source="goood"');

    const did = await forget(app, { source: 'goood' });
    expect(did).toMatchObject({ status: 200, dry_run: false, removed: would.removed });
    // Both sources had the same: exactly half of every table is left.
    expect(counts(app)).toEqual(before.map(([table, rows]) => [table, rows / 2]));
    expect(before.every(([, rows]) => rows >= 2)).toBe(true);
    expect(rowsOf(app, "SELECT count(*) FROM campaign_groups WHERE source <> 'good'")).toBe(0);
    expect(await textOf(app, '/metrics')).not.toContain('goood');
    expect(await textOf(app, '/metrics')).toContain('source="good"');
    const groups = (await list(app, '/campaign-groups')).items;
    expect(groups.map(({ source }) => source)).toEqual(['good', 'good']);
    const audited = app.log.map(({ fields }) => fields).filter((fields) => 'audit' in fields);
    expect(audited.at(-1)).toMatchObject({
      action: 'forget',
      detail: { source: 'goood', dry_run: false, campaign_groups: 2 },
    });
    expect(await forget(app, { source: 'goood' })).toMatchObject({ status: 404 });
    const db = new Database(app.database, { readonly: true });
    expect([db.pragma('integrity_check', { simple: true }), db.pragma('foreign_key_check')]).toEqual(['ok', []]);
    db.close();
  });

  it('does not keep posts out meanwhile, and what posts again begins anew', async () => {
    const app = await filled();
    let over = false;
    let posted = 0;
    const sender = async () => {
      while (!over) await post(app, 'good', '3', posted++);
    };
    const posting = sender();
    const removed = await forget(app, { source: 'goood' });
    over = true;
    await posting;
    expect([removed.status, heldEvidenceIn(app.database).length]).toEqual([200, 20 + posted]);
    expect(await post(app, 'goood', '1', 4)).toBe('transition');
    const group = (await list(app, '/campaign-groups')).items.find(({ source }) => source === 'goood');
    const transitions = await list(
      app,
      `/campaign-groups/${String(group?.['id'])}/transitions?from=2020-01-01&to=2100-01-01`,
    );
    expect(transitions.items).toHaveLength(1);
    await app.stop();
    const again = await start({}, { database: app.database });
    expect((await list(again, '/campaign-groups')).items.filter(({ source }) => source === 'goood')).toHaveLength(1);
  });
});

describe('forget a campaign group', () => {
  it('removes that one, on the page, on /metrics and in the database', async () => {
    const app = await filled();
    const [group] = (await list(app, '/campaign-groups')).items.filter(
      ({ source, dbid }) => source === 'good' && dbid === '1',
    );
    const id = String(group?.['id']);
    expect((await forget(app, { group: id })).removed).toMatchObject({
      campaign_groups: 1,
      notifications: 10,
      callbacks: 0,
    });
    expect((await fetch(`${app.url}/api/v1/campaign-groups/${id}`)).status).toBe(404);
    expect((await list(app, '/campaign-groups')).items).toHaveLength(3);
    expect(await textOf(app, '/metrics/domain')).not.toMatch(/source="good",.*dbid="1"/);
    expect(heldEvidenceIn(app.database).length).toBe(30);
    expect(rowsOf(app, 'SELECT count(*) FROM callbacks')).toBe(4);
  });

  it('that a restart cut off is finished after it, and shown by nobody', async () => {
    const app = await filled();
    await app.stop();
    const db = new Database(app.database);
    db.exec(`UPDATE campaign_groups SET source = '(forgotten)', id = '(forgotten) 1', dbid = '1' WHERE group_no = 1`);
    db.exec('DELETE FROM steps WHERE group_no = 1');
    db.close();
    const again = await start({}, { database: app.database });
    expect((await list(again, '/campaign-groups')).items).toHaveLength(3);
    await eventually(() => {
      expect(rowsOf(app, 'SELECT count(*) FROM campaign_groups')).toBe(3);
    });
    expect(heldEvidenceIn(app.database).length).toBe(30);
  });
});

describe('who may', () => {
  it('is an administrator, from no other page, asking for one thing', async () => {
    const app = await filled({ admin_tokens: 'admin-token-of-some-length', read_tokens: 'read-token-of-some-length' });
    const by = (token: string) => ({ Authorization: `Bearer ${token}` });
    const body = { source: 'goood', dry_run: true };
    expect((await forget(app, body)).status).toBe(401);
    expect((await forget(app, body, by('read-token-of-some-length'))).status).toBe(401);
    const admin = by('admin-token-of-some-length');
    expect((await forget(app, body, { ...admin, Origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await forget(app, body, admin)).status).toBe(200);
    for (const faulty of [
      {},
      { source: 'a', group: 'b' },
      { source: '' },
      { sources: 'a' },
      { source: 'a', dry_run: 1 },
      [],
    ])
      expect((await forget(app, faulty, admin)).status).toBe(400);
  });
});

describe('the command', () => {
  it('asks the running service, and takes the lock when none runs', async () => {
    const app = await filled();
    const store = ['--store', `sqlite:${app.database}`];
    const here = [...store, '--url', app.url];
    const dry = await ocsMonitor('forget', '--source', 'goood', '--dry-run', '--json', ...here);
    expect([dry.status, JSON.parse(dry.out)]).toMatchObject([0, { dry_run: true, removed: OF_A_SOURCE }]);
    const unasked = await ocsMonitor('forget', '--source', 'goood', ...here);
    expect([unasked.status, unasked.err]).toEqual([2, expect.stringContaining('--yes')]);
    expect(heldEvidenceIn(app.database).length).toBe(40);
    const did = await ocsMonitor('forget', '--source', 'goood', '--yes', ...here);
    expect([did.status, did.out]).toEqual([0, expect.stringContaining('Removed.')]);
    expect(heldEvidenceIn(app.database).length).toBe(20);
    await app.stop();
    const atRest = await ocsMonitor('forget', '--source', 'good', '--yes', '--json', ...store);
    expect([atRest.status, JSON.parse(atRest.out)]).toMatchObject([0, { removed: { notifications: 20 } }]);
    const db = new Database(app.database, { readonly: true });
    const audited = db.prepare("SELECT actor, detail FROM audit_log WHERE action = 'forget' ORDER BY audit_no").all();
    db.close();
    expect(audited.at(-1)).toMatchObject({
      actor: expect.stringMatching(/^cli:/) as string,
      detail: expect.stringContaining('good') as string,
    });
    expect(counts(app).every(([, rows]) => rows === 0)).toBe(true);
    const nothing = await ocsMonitor('forget', '--group', 'unknown', '--yes', ...store);
    expect([nothing.status, nothing.err]).toEqual([
      1,
      'ocs-monitor forget: nothing is stored of campaign group unknown\n',
    ]);
    expect((await ocsMonitor('forget', ...store)).status).toBe(2);
  });
});
