import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { sharedApps, testApps, type TestApp } from '../support/app.js';
import { removeFolder } from '../support/folders.js';
import { valueOf } from '../support/exposition.js';
import { aPost, dateTime, LOADED, STARTED, STOPPED, UNLOADED } from '../support/posts.js';

const start = testApps();
const share = sharedApps();

const WAITING = { GSW_CAMPAIGN_GROUP_STATE: 1, GSW_CAMPAIGN_GROUP_ACTION: 8 };
const IN_PROGRESS = { GSW_CAMPAIGN_GROUP_STATE: 2, GSW_CAMPAIGN_GROUP_ACTION: 8 };
const HOUR_MS = 3_600_000;

interface Told {
  readonly from: string;
  readonly verdict: string;
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
  readonly [name: string]: unknown;
}

interface Load {
  readonly atMs: number;
  readonly ratio: number;
  readonly dbid?: string;
  readonly campaign?: string;
  /** How far it is told. */
  readonly steps?: number;
}

/** A load that dials for half a minute and is unloaded; every post of it comes, and its last ones say the ratio. */
async function tell(app: TestApp, source: string, { atMs, ratio, dbid = '7', campaign, steps = 9 }: Load) {
  const said = { GSW_STAT_OVERDIAL_RATE: ratio };
  const posts = [
    { ...LOADED },
    { ...STARTED },
    { ...STARTED, GSW_STAT_OVERDIAL_RATE: ratio / 2 },
    { ...STARTED, ...said },
    { ...STARTED, ...said },
    { ...STOPPED, ...said },
    { ...WAITING, ...said },
    { ...IN_PROGRESS, ...said },
    { ...UNLOADED },
  ];
  for (const [n, parts] of posts.slice(0, steps).entries()) {
    const body = aPost({
      GSW_DATE_TIME: dateTime(atMs + n * 10_000),
      GSW_CAMPAIGN_GROUP_DBID: dbid,
      GSW_CAMPAIGN_GROUP_NAME: `Spring Sale@${dbid}`,
      GSW_CAMPAIGN_GROUP_GUID: `3f2504e0-4f89-11d3-9a0c-${String(Math.round(atMs / 1000)).padStart(12, '0')}`,
      ...(campaign !== undefined && { GSW_CAMPAIGN_NAME: campaign }),
      ...parts,
    });
    expect((await request(app.url).post(`/ocs/${source}/campaign-group-state`).send(body)).status).toBe(200);
  }
}

const ask = async (app: TestApp, path: string) => (await request(app.url).get(`/api/v1${path}`)).body as Told;

async function groupIds(app: TestApp, source: string): Promise<string[]> {
  const response = await request(app.url).get(`/api/v1/campaign-groups?source=${source}`);
  return (response.body as { items: { id: string }[] }).items.map(({ id }) => id);
}

describe('the compliance of a campaign group', () => {
  it('is within or over, proved by the final ratios of whole sessions', async () => {
    const app = await share();
    const atMs = Date.now() - 5 * HOUR_MS;
    await tell(app, app.source, { atMs, ratio: 0.01 });
    await tell(app, app.source, { atMs: atMs + HOUR_MS, ratio: 0.02 });
    const [id = ''] = await groupIds(app, app.source);
    const told = await ask(app, `/campaign-groups/${id}/compliance`);
    expect(told).toMatchObject({
      profile: 'tsr',
      limit_ratio: 0.03,
      per: 'campaign',
      from: new Date(atMs).toISOString(),
      verdict: 'within',
      low: 0.01,
      high: 0.02,
      unobserved: [],
      left_out: 0,
    });
    expect(told.sessions).toMatchObject([
      { campaign_group: 'Spring Sale@7', final_ratio: 0.02, why: null, running_seconds: 40 },
      { final_ratio: 0.01, last_ratio: 0.01, why: null, started_at: new Date(atMs).toISOString() },
    ]);
    expect(told['estimated_ratio']).toBeCloseTo(0.015);
    // Before the second one the first is all there is.
    const before = await ask(
      app,
      `/campaign-groups/${id}/compliance?at=${new Date(atMs + HOUR_MS - 1000).toISOString()}`,
    );
    expect(before).toMatchObject({ verdict: 'within', low: 0.01, high: 0.01 });
    await tell(app, app.source, { atMs: atMs + 2 * HOUR_MS, ratio: 0.05 });
    const mixed = await ask(app, `/campaign-groups/${id}/compliance?profile=tsr`);
    expect(mixed).toMatchObject({ verdict: 'undecided', low: 0.01, high: 0.05 });
    expect(mixed.sessions.map(({ why }) => why)).toEqual(['above_limit', null, null]);
    const over = await ask(app, `/campaign-groups/${id}/compliance?at=${new Date(atMs + 1000).toISOString()}`);
    expect(over).toMatchObject({ verdict: 'undecided', low: null, sessions: [{ why: 'cut_at_end' }] });
  });

  it('is taken together with that of the other groups of its campaign, and of no other', async () => {
    const app = await share();
    const atMs = Date.now() - 5 * HOUR_MS;
    await tell(app, app.source, { atMs, ratio: 0.05, dbid: '7' });
    await tell(app, app.source, { atMs: atMs + HOUR_MS, ratio: 0.04, dbid: '8' });
    await tell(app, app.source, { atMs: atMs + HOUR_MS, ratio: 0.01, dbid: '9', campaign: 'Other' });
    const [id = ''] = await groupIds(app, app.source);
    const told = await ask(app, `/campaign-groups/${id}/compliance`);
    expect(told).toMatchObject({ verdict: 'over', low: 0.04, high: 0.05 });
    expect(told.sessions.map((session) => session['campaign_group'])).toEqual(['Spring Sale@8', 'Spring Sale@7']);
  });

  it('is undecided because of a session that lasts, and says so of all groups in one list', async () => {
    const app = await share();
    const atMs = Date.now() - 2 * HOUR_MS;
    await tell(app, app.source, { atMs, ratio: 0.01 });
    await tell(app, app.source, { atMs: Date.now() - 60_000, ratio: 0.02, steps: 5 });
    const [id = ''] = await groupIds(app, app.source);
    const told = await ask(app, `/campaign-groups/${id}/compliance`);
    expect(told).toMatchObject({ verdict: 'undecided', low: null, high: null });
    expect(told.sessions[0]).toMatchObject({ final_ratio: null, last_ratio: 0.02, why: 'running', ended_at: null });
    const list = await request(app.url).get(`/api/v1/compliance?source=${app.source}`);
    expect(list.body).toMatchObject({
      items: [
        {
          campaign_group_id: id,
          campaign_group: 'Spring Sale@7',
          verdict: 'undecided',
          sessions: 2,
          undecided_sessions: 1,
          why: ['running'],
        },
      ],
      next_cursor: null,
    });
    const csv = await request(app.url).get(`/api/v1/compliance?source=${app.source}&format=csv`);
    expect(csv.text.split('\n')).toHaveLength(3);
  });

  it('is asked of a rule that there is, and of a group that there is', async () => {
    const app = await share();
    await tell(app, app.source, { atMs: Date.now() - HOUR_MS, ratio: 0.01 });
    const [id = ''] = await groupIds(app, app.source);
    const refused = await request(app.url).get(`/api/v1/campaign-groups/${id}/compliance?profile=nobody`);
    expect([refused.status, (refused.body as { detail: string }).detail]).toEqual([
      400,
      'profile should be one of tsr, 24h',
    ]);
    expect((await request(app.url).get('/api/v1/campaign-groups/nobody/compliance')).status).toBe(404);
  });

  it('is on the page of metrics from the next minute on, beside the limit of each rule', async () => {
    const minutes: (() => void)[] = [];
    const every = (_ms: number, work: () => void) => {
      minutes.push(work);
      return () => undefined;
    };
    const app = await start({}, { every });
    await tell(app, 'default', { atMs: Date.now() - HOUR_MS, ratio: 0.01 });
    const scrape = async () => (await request(app.url).get('/metrics')).text;
    expect(valueOf(await scrape(), 'ocs_monitor_abandonment_limit_ratio', { profile: '24h' })).toBe(0.03);
    for (const pass of minutes) pass();
    await expect
      .poll(async () => valueOf(await scrape(), 'ocs_campaign_group_abandonment_estimated_ratio', { profile: 'tsr' }))
      .toBe(0.01);
  });

  it('is asked of rules of the configuration, too: here of each group, and of the last day', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-rules-'));
    const configFile = join(folder, 'config.yaml');
    writeFileSync(configFile, 'compliance: {strict: {limit: 0.005, per: campaign_group, period: 1d, window: rolling}}');
    const app = await start({}, { configFile });
    removeFolder(folder);
    await tell(app, 'default', { atMs: Date.now() - 5 * HOUR_MS, ratio: 0.01 });
    const [id = ''] = await groupIds(app, 'default');
    const told = await ask(app, `/campaign-groups/${id}/compliance?profile=strict`);
    // Nobody knows what was before this service ran.
    expect(told).toMatchObject({ limit_ratio: 0.005, per: 'campaign_group', verdict: 'undecided' });
    expect(told['unobserved']).toHaveLength(1);
    expect(told.sessions).toMatchObject([{ final_ratio: 0.01, why: null }]);
  });
});
