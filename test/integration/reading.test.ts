import { execFileSync, spawnSync } from 'node:child_process';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { type SharedApp, sharedApps, testApps, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { parseExposition, valueOf } from '../support/exposition.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED, UNLOADED } from '../support/posts.js';

const start = testApps();
const share = sharedApps();

type Item = Record<string, unknown>;
interface List {
  items: Item[];
  next_cursor: string | null;
}

/** Posts as a source: a test that shares its service has one of its own. */
async function post(app: TestApp | SharedApp, fields: Record<string, unknown>, source = ownSource(app)): Promise<void> {
  const path = source === null ? '/ocs/campaign-group-state' : `/ocs/${source}/campaign-group-state`;
  const response = await request(app.url).post(path).send(aPost(fields));
  expect(response.status).toBe(200);
}

const ownSource = (app: TestApp | SharedApp) => ('source' in app ? app.source : null);

async function get(app: TestApp, path: string): Promise<List> {
  const response = await request(app.url).get(`/api/v1${path}`);
  expect(response.status).toBe(200);
  return response.body as List;
}

async function groupId(app: SharedApp): Promise<string> {
  const { items } = await get(app, `/campaign-groups?source=${app.source}`);
  return String(items[0]?.['id']);
}

const metricsOf = async (app: TestApp) => (await request(app.url).get('/metrics')).text;

/** A life of a minute that ended ten seconds ago, one notification of which (the stop) was lost. */
async function aLife(app: TestApp | SharedApp, nowMs: number): Promise<void> {
  const at = (seconds: number) => ({ GSW_DATE_TIME: dateTime(nowMs - 70_000 + seconds * 1000) });
  await post(app, { ...LOADED, ...at(0) });
  await post(app, { ...STARTED, ...at(10), ...FIGURES, GSW_DIAL_MODE: 1 });
  await post(app, { ...STARTED, ...at(20), ...FIGURES, GSW_STAT_HIT_RATIO: 0.2, GSW_DIAL_MODE: 1 });
  await post(app, { GSW_CAMPAIGN_GROUP_STATE: 4, GSW_CAMPAIGN_GROUP_ACTION: 0, ...at(40) });
  await post(app, { ...UNLOADED, ...at(60) });
}

describe('the history of a group', () => {
  it('is told by transitions, newest first; the lost one is inferred with its interval', async () => {
    const app = await share();
    const nowMs = new Date().getTime();
    await aLife(app, nowMs);
    const { items } = await get(app, `/campaign-groups/${await groupId(app)}/transitions`);
    expect(items.map((item) => [item['from_state'], item['to_state'], item['action'], item['inferred']])).toEqual([
      ['active', 'not_loaded', 'unload', false],
      ['running', 'active', null, true],
      ['active', 'running', 'start', false],
      ['not_loaded', 'active', 'load', false],
    ]);
    expect(items[1]).toMatchObject({
      not_before: new Date(nowMs - 50_000).toISOString(),
      at: new Date(nowMs - 30_000).toISOString(),
      actor: 'unknown',
      unexpected: false,
    });
  });

  it('is told by one session, and by statistics as samples and in steps with honest aggregates', async () => {
    const app = await share();
    const nowMs = new Date().getTime();
    await aLife(app, nowMs);
    const id = await groupId(app);
    expect((await get(app, `/campaign-groups/${id}/sessions`)).items).toMatchObject([
      { duration_seconds: 60, active: false },
    ]);
    const samples = await get(app, `/campaign-groups/${id}/statistics`);
    expect(samples.items.map((item) => item['hit_ratio'])).toEqual([0.2, 0.3]);
    const steps = await get(app, `/campaign-groups/${id}/statistics?step=1d`);
    expect(steps.items.at(-1)).toMatchObject({ hit_ratio_min: 0.2, hit_ratio_max: 0.3, hit_ratio_last: 0.2 });
  });

  it('pages without gaps or repeats, stable while new posts arrive', async () => {
    const app = await share();
    const nowMs = new Date().getTime();
    for (let n = 0; n < 10; n++) {
      await post(app, { ...(n % 2 === 0 ? STARTED : STOPPED), GSW_DATE_TIME: dateTime(nowMs - 60_000 + n * 1000) });
    }
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: List = await get(
        app,
        `/transitions?source=${app.source}&limit=3${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map((item) => item['id']));
      cursor = page.next_cursor;
      await post(app, {
        ...(seen.length % 2 === 0 ? STARTED : STOPPED),
        GSW_DATE_TIME: dateTime(nowMs - 1000 + seen.length),
      });
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(10);
    expect(seen.length).toBe(10);
  });

  it('is narrowed by source, state, action and whether it is inferred', async () => {
    const app = await share();
    await aLife(app, new Date().getTime());
    const found = async (query: string) =>
      (await get(app, `/transitions?source=${app.source}&${query}`)).items.map((item) => [
        item['to_state'],
        item['action'],
      ]);
    expect(await found('state=running')).toEqual([['running', 'start']]);
    expect(await found('action=load')).toEqual([['active', 'load']]);
    expect(await found('inferred=true')).toEqual([['active', null]]);
    expect((await found('inferred=false')).length).toBe(3);
    expect((await get(app, '/transitions?source=other')).items).toEqual([]);
    const ofGroup = await get(app, `/campaign-groups/${await groupId(app)}/transitions?state=not_loaded`);
    expect(ofGroup.items.map((item) => item['action'])).toEqual(['unload']);
  });

  it('counts what was done by day and by who did it: an unload is one action, however many states it leads through', async () => {
    const app = await share();
    // On the first days of a year the first of it is not over: then that of the year before.
    const year = new Date(new Date().getTime() - 2 * 86_400_000).getUTCFullYear();
    const startMs = Date.UTC(year, 0, 1, 22);
    const say = (minutes: number, state: number, action: number, actor: number) =>
      post(app, {
        ...{ GSW_CAMPAIGN_GROUP_STATE: state, GSW_CAMPAIGN_GROUP_ACTION: action, GSW_CAMPAIGN_GROUP_ACTOR: actor },
        GSW_DATE_TIME: dateTime(startMs + minutes * 60_000),
      });
    await say(0, 4, 7, 1);
    await say(1, 5, 9, 1);
    await say(2, 4, 10, 2);
    for (const [n, state] of [1, 2, 0].entries()) await say(3 + n, state, 8, 1);
    // After midnight in Berlin: loaded by nobody known, started unseen, and an unload that had to be forced.
    await say(61, 4, 7, 0);
    await say(62, 5, 0, 0);
    await say(63, 1, 8, 1);
    for (const [n, state] of [2, 0].entries()) await say(64 + n, state, 29, 1);
    const counts = async (query: string, source = app.source) => {
      const { items } = await get(app, `/transitions/summary?source=${source}&from=${String(startMs / 1000)}${query}`);
      return items.map((item) => ['day', 'client', 'automatic', 'unattributed', 'inferred'].map((name) => item[name]));
    };
    expect(await counts('')).toEqual([[`${year}-01-01`, 5, 1, 1, 1]]);
    const berlin = [
      [`${year}-01-02`, 2, 0, 1, 1],
      [`${year}-01-01`, 3, 1, 0, 0],
    ];
    expect(await counts('&tz=Europe/Berlin')).toEqual(berlin);
    expect(await counts('&tz=Europe/Berlin&limit=1')).toEqual(berlin.slice(0, 1));
    expect(await counts('', 'other')).toEqual([]);
    const group = `/campaign-groups/${await groupId(app)}/transitions/summary?from=${String(startMs / 1000)}`;
    expect((await get(app, group)).items).toMatchObject([{ client: 5, tenant: 'Environment' }]);
    const csv = (await request(app.url).get(`/api/v1${group}&format=csv`)).text;
    expect(csv.split('\r\n')[0]).toBe(
      'day,campaign_group_id,source,tenant,campaign_group,dbid,client,automatic,unattributed,inferred',
    );
  });

  it('of calling lists shows the newest figures of each', async () => {
    const app = await share();
    const nowMs = new Date().getTime();
    const lists = (hit: number) => [
      { GSW_CALLING_LIST: 'North', GSW_STAT_HIT_RATIO: hit, GSW_STAT_TIME_TO_COMPLETE: 60 },
      { GSW_CALLING_LIST: 'South', GSW_STAT_HIT_RATIO: null },
    ];
    await post(app, { GSW_DATE_TIME: dateTime(nowMs - 20_000), ...FIGURES, GSW_CALLING_LISTS: lists(0.3) });
    await post(app, { GSW_DATE_TIME: dateTime(nowMs - 10_000), ...FIGURES, GSW_CALLING_LISTS: lists(0.25) });
    const { items } = await get(app, `/campaign-groups/${await groupId(app)}/calling-lists`);
    expect(items).toMatchObject([
      { name: 'North', hit_ratio: 0.25, time_to_complete_seconds: 60 },
      { name: 'South', hit_ratio: null },
    ]);
    const { source } = app;
    const metrics = await metricsOf(app);
    expect(valueOf(metrics, 'ocs_calling_list_hit_ratio', { source, calling_list: 'North' })).toBe(0.25);
    expect(valueOf(metrics, 'ocs_calling_list_hit_ratio', { source, calling_list: 'South' })).toBeUndefined();
  });

  it('of nobody comes as CSV with its columns all the same', async () => {
    const app = await start();
    const csv = (await request(app.url).get('/api/v1/transitions?format=csv')).text;
    expect(csv).toMatch(/^id,campaign_group_id,.*not_before\r\n$/);
  });

  it('comes as CSV with the same columns, safe for spreadsheets', async () => {
    const app = await share();
    await post(app, { ...STARTED, GSW_CAMPAIGN_GROUP_NAME: '=cmd("x"),y' });
    const csv = (await request(app.url).get(`/api/v1/transitions?format=csv&source=${app.source}`)).text;
    const json = await get(app, `/transitions?source=${app.source}`);
    const [head = '', row = ''] = csv.split('\r\n');
    expect(head.split(',')).toEqual(Object.keys(json.items[0] ?? {}));
    expect(row).toContain(`"'=cmd(""x""),y"`);
  });
});

describe('campaign groups', () => {
  it('are filtered by state, source, tenant and text', async () => {
    const app = await start();
    await post(app, { ...STARTED, GSW_CAMPAIGN_GROUP_DBID: '1', GSW_TENANT_NAME: 'Nord' }, 'eu-1');
    await post(app, { ...LOADED, GSW_CAMPAIGN_GROUP_DBID: '2', GSW_CAMPAIGN_GROUP_NAME: 'Dunning' }, 'us-1');
    const found = async (query: string) =>
      (await get(app, `/campaign-groups?${query}`)).items.map((item) => item['dbid']);
    expect(await found('state=running')).toEqual(['1']);
    expect(await found('source=us-1')).toEqual(['2']);
    expect(await found('tenant=Nord')).toEqual(['1']);
    expect(await found('q=dunn')).toEqual(['2']);
    expect(await found('q=dunn&state=running')).toEqual([]);
  });

  it('are found whatever the case and the composition of characters: an accent counts, how it is written does not', async () => {
    const app = await share();
    const names = {
      GSW_CAMPAIGN_GROUP_NAME: 'Cafe\u0301 İstanbul@Agents',
      GSW_CAMPAIGN_NAME: 'Cafe\u0301',
      GSW_GROUP_NAME: 'Équipe',
      GSW_CAMPAIGN_TEMPLATE_NAME: 'a\u0301\u0323',
      GSW_QUEUE_NAME: 'Å',
      GSW_TENANT_NAME: 'Zürich',
    };
    await post(app, { ...STARTED, ...names });
    const found = async (name: string, text: string) => {
      const { items } = await get(app, `/campaign-groups?source=${app.source}&${name}=${encodeURIComponent(text)}`);
      return [name, text, items.length];
    };
    for (const text of ['CAFÉ', 'cafe\u0301', 'istanbul', 'ＩＳＴＡＮＢＵＬ', 'É İ'])
      expect(await found('q', text)).toEqual(['q', text, 1]);
    for (const text of ['cafes', 'cafè']) expect(await found('q', text)).toEqual(['q', text, 0]);
    for (const [name, text] of [
      ['campaign', 'Caf\u00E9'],
      ['group', 'E\u0301quipe'],
      ['template', 'a\u0323\u0301'],
      ['queue', '\u00C5'],
      ['queue', 'A\u030A'],
      ['tenant', 'Zu\u0308rich'],
    ] as const)
      expect(await found(name, text)).toEqual([name, text, 1]);
    for (const [name, text] of [
      ['campaign', 'Cafe'],
      ['campaign', 'CAFÉ'],
      ['tenant', 'Zurich'],
    ] as const)
      expect(await found(name, text)).toEqual([name, text, 0]);
  });

  it.each([
    '/campaign-groups?state=dancing',
    '/campaign-groups?limit=0',
    '/campaign-groups?limit=1001',
    '/transitions?from=yesterday',
    '/transitions?from=2026-11-20T00:00:00Z&to=2026-11-19T00:00:00Z',
    '/transitions?cursor=nonsense',
    '/campaign-groups?cursor=nonsense',
    '/transitions?format=xml',
    '/quarantine?reason=because',
  ])('answer a bad parameter with 400 and what it should be: %s', async (path) => {
    const app = await share();
    const response = await request(app.url).get(`/api/v1${path}`);
    expect(response.status).toBe(400);
    expect((response.body as { detail: string }).detail).toMatch(/should be|not one/);
  });

  it('that nobody has heard of are 404', async () => {
    const app = await share();
    for (const path of ['', '/transitions', '/statistics', '/sessions', '/calling-lists']) {
      expect((await request(app.url).get(`/api/v1/campaign-groups/nobody${path}`)).status).toBe(404);
    }
  });

  it('run silent after three intervals: state stays, people see that we do not know', async () => {
    const app = await start({ periodic_interval: '10s' });
    await post(app, { ...STARTED, ...FIGURES });
    app.clock.setMs(new Date().getTime() + 31_000);
    const [group] = (await get(app, '/campaign-groups')).items;
    expect(group).toMatchObject({ state: 'running', silent: true, display_state: 'unknown (was running)' });
    expect(group?.['statistics']).toMatchObject({ busy_ratio: null, hit_ratio: null });
    expect(valueOf(await metricsOf(app), 'ocs_campaign_group_silent')).toBe(1);
    await post(app, { ...STARTED, ...FIGURES });
    expect((await get(app, '/campaign-groups')).items[0]).toMatchObject({ silent: false });
  });

  it('of an OCS that sends no statistics are named as such', async () => {
    const app = await share();
    await post(app, { ...STARTED }, `${app.source}-old`);
    await post(app, { ...STARTED, GSW_STAT_HIT_RATIO: null }, `${app.source}-new`);
    const { items } = await get(app, '/campaign-groups');
    const sends = new Map(items.map((item) => [item['source'], item['sends_statistics']]));
    expect([sends.get(`${app.source}-old`), sends.get(`${app.source}-new`)]).toEqual([false, true]);
  });
});

describe('a restart', () => {
  it('changes nothing that is shown: groups, history, figures, quarantine', async () => {
    const first = await start({ periodic_interval: '10s' });
    await aLife(first, new Date().getTime());
    await post(first, {
      GSW_CAMPAIGN_GROUP_DBID: '7',
      ...STARTED,
      ...FIGURES,
      GSW_DIAL_MODE: 1,
      GSW_OPTIMIZE_BY: 2,
      GSW_OPTIMIZE_GOAL: 3,
    });
    await request(first.url).post('/ocs/campaign-group-state').send('{"a":1}');
    const shown = async (app: TestApp) => ({
      groups: (await get(app, '/campaign-groups')).items,
      transitions: (await get(app, '/transitions')).items,
      quarantine: (await get(app, '/quarantine')).items,
      domain: parseExposition((await request(app.url).get('/metrics/domain')).text),
      held: valueOf(await metricsOf(app), 'ocs_monitor_quarantined', { reason: 'bad_timestamp' }),
    });
    const before = await shown(first);
    await first.stop();
    const second = await start({ periodic_interval: '10s' }, { database: first.database });
    const after = await shown(second);
    // What a statement says about statistics being sent at all is known per source again with its first post.
    expect(after).toEqual(before);
    expect(after.groups.length).toBe(2);
  });

  it('is not silence: the limit runs from the new start', async () => {
    const first = await start({ periodic_interval: '10s' });
    await post(first, { ...STARTED });
    await first.stop();
    const second = await start({ periodic_interval: '10s' }, { database: first.database });
    second.clock.setMs(new Date().getTime() + 20_000);
    expect((await get(second, '/campaign-groups')).items[0]).toMatchObject({ silent: false });
    second.clock.setMs(new Date().getTime() + 40_000);
    expect((await get(second, '/campaign-groups')).items[0]).toMatchObject({ silent: true });
  });

  it('waits for nobody who writes to the same database, and says so', async () => {
    const app = await start();
    const second = spawnSync(process.execPath, ['dist/main.js', 'migrate', '--store', `sqlite:${app.database}`], {
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('another process writes to this database');
  });
});

describe('/metrics', () => {
  it('passes promtool, with hostile names, lists and process metrics in it', async () => {
    const app = await share();
    await post(app, {
      ...STARTED,
      ...FIGURES,
      GSW_CAMPAIGN_GROUP_NAME: 'a,"b"{c}\\d\ne:f 😀',
      GSW_LISTS: { 'L,1': { GSW_STAT_HIT_RATIO: 1 } },
    });
    const { stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input: await metricsOf(app),
      encoding: 'utf8',
    });
    expect([stderr, status]).toEqual(['', 0]);
  });

  it('leaves the campaign groups to /metrics/domain when they are served apart', async () => {
    const app = await start({ metrics_domain: 'separate' });
    await post(app, { ...STARTED, ...FIGURES });
    expect(await metricsOf(app)).not.toContain('ocs_campaign_group_state{');
    expect(await metricsOf(app)).toContain('ocs_campaign_group_transitions_total{');
    const domain = await request(app.url).get('/metrics/domain');
    expect(domain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(domain.text).toContain('ocs_campaign_group_state{');
    expect(domain.text).not.toContain('ocs_monitor_');
  });

  it('counts transitions first derived and withdrawn: their difference is what the database holds', async () => {
    const app = await start();
    const nowMs = new Date().getTime();
    await post(app, { ...LOADED, GSW_DATE_TIME: dateTime(nowMs - 60_000) });
    await post(app, {
      GSW_CAMPAIGN_GROUP_STATE: 5,
      GSW_CAMPAIGN_GROUP_ACTION: 0,
      GSW_DATE_TIME: dateTime(nowMs - 40_000),
    });
    await post(app, { ...STARTED, GSW_DATE_TIME: dateTime(nowMs - 50_000) });
    const samples = parseExposition(await metricsOf(app));
    const sum = (name: string) =>
      samples.filter((one) => one.name === name).reduce((total, { value }) => total + value, 0);
    expect(sum('ocs_campaign_group_transitions_withdrawn_total')).toBe(1);
    expect(sum('ocs_campaign_group_transitions_total')).toBe(3);
    expect((await get(app, '/transitions')).items.length).toBe(2);
    const born = samples.filter(
      ({ name, labels }) => name === 'ocs_campaign_group_transitions_total' && labels['action'] === 'stop',
    );
    expect(born.map(({ value }) => value)).toEqual([0, 0]);
  });
});

describe('quarantine replay', () => {
  const dated = (ms: number) => ({ GSW_DATE_TIME: dateTime(ms) });

  it('applies what the receiver’s clock has caught up with, once, and says so in a dry run first', async () => {
    const app = await start({ max_clock_ahead: '1s' });
    // Long enough for a post and a try that come too early, on a busy machine too.
    const ahead = new Date().getTime() + 8000;
    const refused = await request(app.url)
      .post('/ocs/campaign-group-state')
      .send(aPost(dated(ahead)));
    expect(refused.status).toBe(422);
    const replay = (body: object) => request(app.url).post('/api/v1/quarantine/replay').send(body);
    expect((await replay({ dry_run: true })).body).toMatchObject({
      dry_run: true,
      items: [{ outcome: 'quarantined' }],
    });
    await eventually(async () => {
      expect((await replay({ dry_run: true })).body).toMatchObject({ items: [{ outcome: 'transition' }] });
    });
    expect((await get(app, '/campaign-groups')).items).toEqual([]);
    expect((await replay({})).body).toMatchObject({ items: [{ outcome: 'transition' }] });
    expect((await get(app, '/campaign-groups')).items.length).toBe(1);
    expect((await replay({ ids: ['nobody'] })).body).toMatchObject({ items: [], not_held: ['nobody'] });
    expect((await replay({})).body).toMatchObject({ items: [] });
    const [row] = (await get(app, '/quarantine?replayed=true')).items;
    expect(row?.['applied_id']).toMatch(/^[\w-]{22}$/);
    expect((await get(app, '/quarantine')).items).toEqual([]);
    expect(valueOf(await metricsOf(app), 'ocs_monitor_quarantined', { reason: 'bad_timestamp' }) ?? 0).toBe(0);
  });

  it('needs an admin token, and refuses what another page made a browser send', async () => {
    const app = await start({ read_tokens: 'read', admin_tokens: 'admin' });
    const replay = (token: string) =>
      request(app.url).post('/api/v1/quarantine/replay').set('Authorization', `Bearer ${token}`);
    expect((await replay('read').send({})).status).toBe(401);
    expect((await replay('admin').send({})).status).toBe(200);
    expect((await replay('admin').set('Origin', 'https://evil.example').send({})).status).toBe(403);
    expect((await replay('admin').set('Sec-Fetch-Site', 'cross-site').send({})).status).toBe(403);
    for (const body of [{ ids: 'all' }, { ids: [] }, { dryRun: true }, [], { reason: 'because' }]) {
      expect((await replay('admin').send(body)).status).toBe(400);
    }
  });

  it('is a command too: through the running service, or by itself when none runs', async () => {
    const app = await start();
    await request(app.url).post('/ocs/campaign-group-state').send('{"a":1}');
    const cli = (...args: string[]) =>
      spawnSync(
        process.execPath,
        ['dist/main.js', 'quarantine', ...args, '--store', `sqlite:${app.database}`, '--port', String(app.app.port)],
        { encoding: 'utf8' },
      );
    const list = JSON.parse(cli('list', '--json').stdout) as { id: string; reason: string }[];
    expect(list).toMatchObject([{ reason: 'missing_key' }]);
    expect(cli('show', list[0]?.id ?? '').stdout).toContain('{"a":1}');
    const withService = await new Promise<string>((resolve) => {
      void import('node:child_process').then(({ execFile }) =>
        execFile(
          process.execPath,
          [
            'dist/main.js',
            'quarantine',
            'replay',
            '--json',
            '--store',
            `sqlite:${app.database}`,
            '--port',
            String(app.app.port),
          ],
          (_error, stdout) => {
            resolve(stdout);
          },
        ),
      );
    });
    expect(JSON.parse(withService)).toMatchObject({ items: [{ id: list[0]?.id, outcome: 'quarantined' }] });
    await app.stop();
    const alone = cli('replay', '--dry-run', '--json');
    expect(JSON.parse(alone.stdout)).toMatchObject({ dry_run: true, items: [{ outcome: 'quarantined' }] });
    expect(alone.status).toBe(1);
    expect(cli('dance').status).toBe(2);
  });
});

describe('commands', () => {
  const run = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, ['dist/main.js', ...args], {
      encoding: 'utf8',
      env: { PATH: process.execPath, ...env },
    });

  it('check-config names every fault at once and masks secrets', () => {
    const faulty = run(['check-config', '--port', '99999'], {
      OCM_BODY_LIMIT: 'big',
      OCM_INGEST_NETWORKS: '10.0.0.0/99',
    });
    expect(faulty.status).toBe(1);
    for (const name of ['--port', 'OCM_BODY_LIMIT', 'OCM_INGEST_NETWORKS']) expect(faulty.stderr).toContain(name);
    expect(run(['check-config', '--metrics-auth', 'true']).stderr).toContain('OCM_READ_TOKENS');
    expect(run(['check-config', '--body-limit', '0']).status).toBe(1);
    const fine = run(['check-config'], { OCM_INGEST_TOKENS: 'planted' });
    expect(fine.status).toBe(0);
    expect(fine.stdout + fine.stderr).not.toContain('planted');
  });

  it('check-config refuses what the file cannot mean, above all where a secret would silently be none', async () => {
    const { mkdtempSync, writeFileSync } = await import('node:fs');
    const file = `${mkdtempSync('/tmp/ocm-config-')}/config.yaml`;
    for (const yaml of [
      'ingest_tokens: {eu-1: secret}',
      'ingest_tokens: 00123',
      'ingest_tokens: [[a]]',
      'port: {a: 1}',
      'sources: {"..": {interval: 5s}}',
    ]) {
      writeFileSync(file, yaml);
      expect([yaml, run(['check-config', '--config', file]).status]).toEqual([yaml, 1]);
    }
    writeFileSync(file, 'ingest_tokens: [one, "2"]\nport: 8081\nsources: {eu-1: {interval: 20s}}');
    expect(run(['check-config', '--config', file]).status).toBe(0);
  });

  it('say in a sentence what kept them from starting', async () => {
    const app = await start();
    const taken = run(['serve', '--port', String(app.app.port), '--store', `sqlite:${app.database}-2`]);
    expect([taken.status, taken.stderr]).toEqual([1, expect.stringContaining('OCM_PORT') as string]);
    const folder = run(['serve', '--store', 'sqlite:/tmp']);
    expect([folder.status, folder.stderr]).toEqual([1, expect.stringContaining('it is a folder') as string]);
    const nothing = run(['quarantine', 'replay', '--store', 'sqlite:/tmp/ocm-no-such-folder/no.db']);
    expect([nothing.status, nothing.stderr]).toEqual([1, expect.stringContaining('does not exist yet') as string]);
    for (const { stderr } of [taken, folder, nothing]) expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('serve refuses to listen off loopback without tokens, and says what to set', () => {
    const bare = run(['serve', '--host', '0.0.0.0', '--port', '0']);
    expect(bare.status).toBe(1);
    for (const name of ['OCM_INGEST_TOKENS', 'OCM_READ_TOKENS', 'OCM_ALLOW_ANONYMOUS'])
      expect(bare.stderr).toContain(name);
  });

  it('answer --help on stdout, and refuse unknown commands and options with 2', () => {
    const out = execFileSync(process.execPath, ['dist/main.js', '--help'], { encoding: 'utf8' });
    for (const name of ['serve', 'simulate', 'quarantine', 'migrate', 'check-config', 'healthcheck'])
      expect(out).toContain(name);
    expect(run(['serve', '--prot', '1']).status).toBe(2);
    expect(run(['dance']).status).toBe(2);
  });

  it('healthcheck asks the running service', async () => {
    const app = await share();
    const { execFile } = await import('node:child_process');
    const asked = (url: string) =>
      new Promise<number>((resolve) => {
        const child = execFile(process.execPath, ['dist/main.js', 'healthcheck', '--url', url]);
        child.on('exit', (code) => {
          resolve(code ?? -1);
        });
      });
    expect(await asked(app.url)).toBe(0);
    expect(await asked('http://127.0.0.1:1')).toBe(1);
  });
});
