/**
 * Every query of every dashboard against a real Prometheus that scraped the real program, and against its real API, while
 * a simulated contact centre and a few groups and callbacks in trouble were told: all succeed, none shows nothing, and
 * chosen numbers are those of the database.
 */
import Database from 'better-sqlite3';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Dashboard,
  isProm,
  type Panel,
  type PromTarget,
  shownPanels,
  type Target,
  withoutVariables,
} from '../../grafana/lint/dashboard-model.js';
import { metricsIn } from '../../grafana/lint/promql.js';
import { DEFAULT_OPTIONS } from '../../src/simulator/options.js';
import { runSimulation } from '../../src/simulator/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import type { BodyParts } from '../support/bodies.js';
import { aFinal, anEvent, seconds } from '../support/callback-posts.js';
import { shippedDashboards } from '../support/dashboards.js';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';
import { Grafana, type Row, type Sample, type Values } from '../support/grafana.js';
import { aPost, dateTime, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { freePort, Program } from '../support/program.js';
import { Prometheus, prometheusIsHere } from '../support/prometheus.js';
import { tableOf } from '../support/transformations.js';

const TOKEN = 'a-read-token';
const RULES = fileURLToPath(new URL('../../grafana/prometheus/', import.meta.url));

/** What may show nothing here, and why. All other queries must show something. */
const MAY_BE_EMPTY: Readonly<Record<string, string>> = {
  'ocs-campaign-group / Overdial rate / B': 'the group is below the limit',
  'ocs-campaign-group / Overdial rate against its goal and limit / D': 'the group is below the limit',
  'ocs-campaign-group / Abandoned calls over the period of each rule, of its limit / A': 'asked for every minute',
  'ocs-campaign-group / Abandoned calls over the period of each rule, of its limit / B': 'asked for every minute',
  'ocs-campaign-group / Abandoned calls over the period of each rule, of its limit / C': 'asked for every minute',
  'ocs-monitor / Sources, least delivery first / E': 'no clock is off',
  'ocs-monitor / Kept, by class / A': 'retention runs a minute after the start',
  'ocs-monitor / Last run of retention / A': 'retention runs a minute after the start',
  'ocs-monitor / Receivers on one database / A': 'of PostgreSQL alone',
  'ocs-monitor / Receivers on one database / B': 'of PostgreSQL alone',
  'ocs-monitor / Secrets, questions, reloads, clock / A': 'everybody has the secret',
  'ocs-monitor / Secrets, questions, reloads, clock / B': 'nothing was reloaded',
  'ocs-monitor / Secrets, questions, reloads, clock / C': 'nobody asks too often',
  'ocs-monitor / Secrets, questions, reloads, clock / D': 'nobody set the clock',
  'ocs-monitor / Spool / A': 'of PostgreSQL alone',
  'ocs-monitor / Spool / B': 'of PostgreSQL alone',
  'ocs-monitor / Spool / C': 'of PostgreSQL alone',
  'ocs-monitor / Age of what waits in the spool / A': 'of PostgreSQL alone',
  'ocs-monitor / Age of what waits in the spool / B': 'of PostgreSQL alone',
};

/** Columns that hold nothing here, and why. */
const EMPTY_COLUMNS: Readonly<Record<string, string>> = {
  'Alerts that fire / instance': 'no alert of a receiver fires',
  'Alerts that fire / tenant': 'alerts of a group wait for minutes before they fire',
  'Alerts that fire / campaign_group': 'alerts of a group wait for minutes before they fire',
  'Alerts that fire / dbid': 'alerts of a group wait for minutes before they fire',
  'Alerts that fire / calling_list': 'alerts of a list wait for minutes before they fire',
  'Alerts that fire / virtual_queue': 'alerts of a queue wait for minutes before they fire',
};

const cleanUp: (() => unknown)[] = [];
afterAll(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

const dashboards = new Map(shippedDashboards().map((one) => [one.uid, one]));
const named = (uid: string): Dashboard => dashboards.get(uid) ?? expect.fail(`no dashboard ${uid}`);

let program: Program;
let prometheus: Prometheus;
let grafana: Grafana;
let db: InstanceType<typeof Database>;
/** When the receiver was scraped and nothing had come yet. */
let calm: number;

const RUNNING = { ...STARTED, GSW_DIAL_MODE: 1 };
const FIGURES = {
  GSW_STAT_BUSY_FACTOR: 0.81,
  GSW_STAT_HIT_RATIO: 0.3,
  GSW_STAT_OVERDIAL_RATE: 0.02,
  GSW_STAT_TIME_TO_COMPLETE: 5400,
};
const ofList = (hitRatio: number, toComplete: number) => ({
  GSW_CALLING_LISTS: [
    { GSW_CALLING_LIST_NAME: 'Good list', GSW_STAT_HIT_RATIO: 0.4, GSW_STAT_TIME_TO_COMPLETE: 1800 },
    { GSW_CALLING_LIST_NAME: 'Bad list', GSW_STAT_HIT_RATIO: hitRatio, GSW_STAT_TIME_TO_COMPLETE: toComplete },
  ],
});

/** Rare in the simulation, and a histogram says nothing until its second value. */
const RARE = {
  _CB_N_CALLBACK_ACCEPTED: 1,
  _CB_D_CUSTOMER_WAITED_BEFORE_OFFER: 40,
  _CB_EWT_WHEN_CALLBACK_WAS_OFFERED: 300,
  _CB_D_WAITING_FOR_AGENT_OFFLINE: 250,
  _CB_D_ESTABLISH_MEDIA_IXN: 4,
  _CB_D_CUSTOMER_CONNECTED_WAITING_FOR_AGENT: 7,
  _CB_DIAL_1_RESULT: 'PERSON',
  _CB_N_CUSTOMER_ABANDONED_WHILE_WAITING_FOR_AGENT: 1,
  _CB_N_TRANSFER_TO_AGENT_FAILED: 1,
};

async function tell(source: string, dbid: string, parts: BodyParts): Promise<void> {
  const identity = { GSW_CAMPAIGN_GROUP_DBID: dbid, GSW_CAMPAIGN_GROUP_NAME: `Group "${dbid}" of ${source}` };
  const body = JSON.stringify(aPost({ ...identity, ...parts }));
  const response = await fetch(`${program.url}/ocs/${source}/campaign-group-state`, { method: 'POST', body });
  if (response.status !== 200) throw new Error(`${dbid}: ${await response.text()}`);
}

async function tellOfCallback(keys: Readonly<Record<string, unknown>>, source = 'odd'): Promise<number> {
  const body = JSON.stringify({ _CB_TENANT_DBID: 1, _CB_DIM_VQ: 'VQ_Odd', ...keys });
  return (await fetch(`${program.url}/gms/${source}/callback-events`, { method: 'POST', body })).status;
}

/** Two scrapes, so that what comes next is an increase. */
const scraped = () => delay(2500);

/** Groups in every kind of trouble, and one that had every kind of goal. */
async function tellOfTrouble(): Promise<void> {
  const twentyMinutesAgo = { GSW_DATE_TIME: dateTime(new Date().getTime() - 1_200_000) };
  await tell('odd', '901', { ...twentyMinutesAgo, GSW_CAMPAIGN_GROUP_STATE: 1, GSW_CAMPAIGN_GROUP_ACTION: 8 });
  const overdialing = { ...FIGURES, GSW_STAT_OVERDIAL_RATE: 0.08 };
  await tell('odd', '902', { ...RUNNING, ...overdialing, GSW_OPTIMIZE_BY: 2, GSW_OPTIMIZE_GOAL: 3 });
  await tell('quiet', '904', { ...RUNNING, ...FIGURES });
  await tell('odd', '903', LOADED);
  await tell('odd', '905', { ...RUNNING, ...FIGURES, ...ofList(0.4, 1000), GSW_OPTIMIZE_BY: 1, GSW_OPTIMIZE_GOAL: 85 });
  await tellOfCallback(anEvent({ _CB_SERVICE_ID: 'open' }));
  await tellOfCallback(aFinal({ _CB_SERVICE_ID: 'first', ...RARE }), 'odd-2');
  await scraped();
  await tell('odd', '903', RUNNING);
  await scraped();
  const changed = { ...RUNNING, GSW_CAMPAIGN_GROUP_ACTION: 11 };
  const automatic = { ...changed, GSW_CAMPAIGN_GROUP_ACTOR: 2 };
  await tell('odd', '905', {
    ...automatic,
    ...FIGURES,
    ...ofList(0.4, 1100),
    GSW_OPTIMIZE_BY: 2,
    GSW_OPTIMIZE_GOAL: 3,
  });
  // The stop between these two was told by no post.
  await tell('odd', '905', { GSW_CAMPAIGN_GROUP_STATE: 4, GSW_CAMPAIGN_GROUP_ACTION: 9 });
  await tell('odd', '905', { ...RUNNING, ...FIGURES, ...ofList(0.4, 1100), GSW_OPTIMIZE_BY: 2, GSW_OPTIMIZE_GOAL: 3 });
  await tell('odd', '903', { ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
  await scraped();
  await tell('odd', '905', {
    ...changed,
    ...FIGURES,
    ...ofList(0.05, 1200),
    GSW_OPTIMIZE_BY: 3,
    GSW_OPTIMIZE_GOAL: 20,
  });
  for (const number of [1, 2, 3])
    await tellOfCallback(aFinal({ _CB_SERVICE_ID: `ended-${String(number)}`, _CB_T_SERVICE_END: seconds() }));
  await tellOfCallback(aFinal({ _CB_SERVICE_ID: 'second', ...RARE }), 'odd-2');
  expect(await tellOfCallback(aFinal({ _CB_SERVICE_ID: 'lacks', _CB_T_SERVICE_START: undefined }))).toBe(422);
  for (const body of ['no JSON', '{}'])
    await fetch(`${program.url}/ocs/odd/campaign-group-state`, { method: 'POST', body });
  const unreadable = connect(Number(new URL(program.url).port), '127.0.0.1').resume();
  unreadable.end('POST /ocs/my source/campaign-group-state HTTP/1.1\r\n\r\n');
  await once(unreadable, 'close');
  await scraped();
}

beforeAll(async () => {
  if (!prometheusIsHere()) return;
  const folder = mkdtempSync(join(tmpdir(), 'ocm-dashboards-'));
  cleanUp.push(() => {
    removeFolder(folder);
  });
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `periodic_interval: 1s\nsilence_after: 1h\nread_tokens: [${TOKEN}]\ntenants: '1=Environment'\nsources: {quiet: {silence_after: 2s}}\n`,
  );
  const database = join(folder, 'test.db');
  const start = Math.floor(new Date().getTime() / 1000) - 1;
  program = await Program.start(await freePort(), database, ['--config', config]);
  cleanUp.push(() => program.end('SIGINT'));
  const rules = readdirSync(RULES).filter((name) => name.endsWith('.rules.yaml'));
  prometheus = await Prometheus.scraping(
    program.url,
    rules.map((name) => join(RULES, name)),
  );
  cleanUp.push(() => prometheus.stop());
  calm = await eventually(async () => {
    const scrape = await prometheus.number('timestamp(ocs_monitor_build_info)');
    expect(scrape).toBeGreaterThan(0);
    return scrape;
  });
  const simulated = runSimulation(
    {
      ...DEFAULT_OPTIONS,
      ...{ url: program.url, groups: 14, sources: 2, intervalMs: 1000, speed: 120, durationMs: 20_000, seed: 11 },
      ...{ callbacksPerMinute: 300, loss: 0.05, duplicate: 0.05, reorder: 0.05, drift: 0.05 },
    },
    { clock: systemClock },
  );
  const [account] = await Promise.all([simulated, tellOfTrouble()]);
  expect(account.failed).toBe(0);
  db = new Database(database, { readonly: true });
  cleanUp.push(() => db.close());
  await eventually(async () => {
    expect(await prometheus.query('ocs_campaign_group_silent{source="quiet"} == 1')).toHaveLength(1);
    expect(await prometheus.query('ALERTS{alertstate="firing"}')).not.toHaveLength(0);
  });
  await scraped();
  const end = Math.floor(new Date().getTime() / 1000);
  grafana = new Grafana(prometheus, { url: program.url, token: TOKEN }, { from: start, to: end, step: 1 });
}, 120_000);

/** What the one group of its dashboard is, in this test. */
const CHOSEN: Readonly<Record<string, Values>> = { 'ocs-campaign-group': { source: 'odd', dbid: '905' } };

interface Asked {
  readonly where: string;
  /** Series with a number, or rows. */
  readonly count: number;
}

const withNumbers = (found: readonly Sample[]) => found.filter(({ samples }) => samples > 0).length;

/** Every query of a dashboard, and how many series or rows came. */
async function askAll(dashboard: Dashboard): Promise<Asked[]> {
  const values = await grafana.resolve(dashboard, CHOSEN[dashboard.uid]);
  const asked: Asked[] = [];
  const ask = async (where: string, target: Target): Promise<readonly Sample[]> => {
    const found = isProm(target) ? await grafana.ask(target, values) : [];
    if (isProm(target)) legendLabelsIn(target, found);
    asked.push({ where, count: isProm(target) ? withNumbers(found) : (await grafana.rows(target, values)).length });
    return found;
  };
  for (const panel of shownPanels(dashboard)) {
    const labels = new Set<string>();
    for (const target of panel.targets ?? []) {
      const found = await ask(`${dashboard.uid} / ${panel.title ?? ''} / ${target.refId}`, target);
      labels.add('Time').add(`Value #${target.refId}`);
      for (const name of found.flatMap((one) => Object.keys(one.labels))) labels.add(name);
    }
    columnsFilled(panel, labels);
  }
  for (const { name, expr = '', titleFormat = '', target } of dashboard.annotations.list) {
    const mark: PromTarget = { refId: 'A', expr, legendFormat: titleFormat, range: true };
    await ask(`${dashboard.uid} / annotation ${name}`, target ?? mark);
  }
  return asked;
}

/** A column of a table made of queries is one of their labels or values. */
function columnsFilled({ title = '', transformations = [] }: Panel, labels: ReadonlySet<string>): void {
  const renamed = transformations.find(({ id }) => id === 'organize')?.options['renameByName'] ?? {};
  for (const name of Object.keys(renamed)) {
    if (!labels.has(name) && !(`${title} / ${name}` in EMPTY_COLUMNS)) throw new Error(`${title}: nothing has ${name}`);
  }
}

/** What a legend speaks of is in every series. */
function legendLabelsIn({ legendFormat = '', expr }: PromTarget, found: readonly Sample[]): void {
  for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
    for (const { labels } of found) if (!(label in labels)) throw new Error(`${expr}: a series without ${label}`);
  }
}

describe.runIf(prometheusIsHere())('every query', () => {
  it.each([...dashboards.keys()])('of %s is answered, with something to show', async (uid) => {
    const asked = await askAll(named(uid));
    const targets = shownPanels(named(uid)).flatMap(({ targets: all = [] }) => all);
    expect(asked.length).toBe(targets.length + named(uid).annotations.list.length);
    const empty = asked.filter(({ count, where }) => count === 0 && !(where in MAY_BE_EMPTY)).map(({ where }) => where);
    expect(empty).toEqual([]);
  });
});

/** Stats that have no figure while nothing has happened. All others are counts: 0 then. */
const FIGURES_OF_SOMETHING = [
  /^ocs-campaign-group \//,
  /^ocs-calling-lists \/ Last list done in$/,
  /^gms-callbacks \/ (Longest waiting|Accepted of offered|Left or timed out|Last record ago)$/,
];

/** Numbers of every stat as they were at a moment, all sources and groups chosen. */
async function statsAt(moment: number): Promise<[where: string, numbers: (number | undefined)[]][]> {
  const at = new Grafana(prometheus, { url: program.url, token: TOKEN }, { from: moment - 60, to: moment, step: 1 });
  const asked = [...dashboards.values()].flatMap((dashboard) => {
    const all = dashboard.templating.list.map(({ name, query = '' }) => [name, /^[\d.]+$/.test(query) ? query : '.+']);
    const values = Object.fromEntries(all) as Values;
    return shownPanels(dashboard)
      .filter(({ type }) => type === 'stat')
      .map(async ({ title = '', targets = [] }): Promise<[string, (number | undefined)[]]> => {
        const found = await Promise.all(targets.filter(isProm).map((target) => at.ask(target, values)));
        return [`${dashboard.uid} / ${title}`, found.flat().map(({ value }) => value)];
      });
  });
  return Promise.all(asked);
}

describe.runIf(prometheusIsHere())('every stat', () => {
  it('shows nothing where nothing was scraped', async () => {
    const stats = await statsAt(calm - 3600);
    expect(stats.length).toBeGreaterThan(30);
    expect(stats.filter(([, numbers]) => numbers.length > 0)).toEqual([]);
  });

  it('shows 0, or that there is no such figure, where a receiver has heard of nothing', async () => {
    const counts = (await statsAt(calm)).filter(([where]) => !FIGURES_OF_SOMETHING.some((some) => some.test(where)));
    expect(counts.length).toBeGreaterThan(20);
    const version = 'ocs-monitor / Version';
    const odd = counts.filter(([where, numbers]) => numbers.join() !== (where === version ? '1' : '0'));
    expect(odd).toEqual([]);
  });
});

/** Of a chart of groups or lists each step reads every one of them once, or 2,000 groups take seconds. */
describe.runIf(prometheusIsHere())('each step of a chart', () => {
  /** Without a ranking at the end of the range: that is done once, though Prometheus counts its samples at each step. */
  const ofEachStep = (expr: string) => {
    const [each = '', ranking] = expr.split(/ and (?=(?:top|bottom)k\()/);
    if (ranking === undefined) return expr;
    expect(ranking.split('@ end()').length - 1).toBe(metricsIn(withoutVariables(ranking)).length);
    return each;
  };
  const ABOUT_GROUPS = /campaign_group|calling_list/;

  it('reads no more samples than there are groups and lists', async () => {
    const groups = await prometheus.number('count(count by (source, dbid) (ocs_campaign_group_state_code))');
    const lists = await prometheus.number('max(count by (__name__) ({__name__=~"calling_list:.*:max"}))');
    const read = new Map<string, number>();
    for (const dashboard of dashboards.values()) {
      const values = await grafana.resolve(dashboard, CHOSEN[dashboard.uid]);
      for (const { title = '', targets = [] } of shownPanels(dashboard)) {
        for (const target of targets
          .filter(isProm)
          .filter(({ range, expr }) => range === true && ABOUT_GROUPS.test(expr)))
          read.set(
            `${dashboard.uid} / ${title} / ${target.refId}`,
            await grafana.samplesPerStep(ofEachStep(target.expr), values, 5),
          );
      }
    }
    const bound = (where: string) =>
      where.startsWith('ocs-campaign-group') ? 3 : where.startsWith('ocs-calling-lists') ? lists : groups;
    expect(read.size).toBeGreaterThan(8);
    expect(Math.max(...read.values())).toBeGreaterThan(groups / 2);
    expect([...read].filter(([where, samples]) => samples > bound(where))).toEqual([]);
  });
});

function targetOf(uid: string, title: string, refId = 'A') {
  const panel = shownPanels(named(uid)).find((one) => one.title === title) ?? expect.fail(`${uid} has no ${title}`);
  return panel.targets?.find((one) => one.refId === refId) ?? expect.fail(`${title} has no ${refId}`);
}

async function series(uid: string, title: string, refId = 'A', chosen: Values = {}): Promise<readonly Sample[]> {
  const target = targetOf(uid, title, refId);
  if (!isProm(target)) throw new Error(`${title} is of the API`);
  return grafana.ask(target, await grafana.resolve(named(uid), { ...CHOSEN[uid], ...chosen }));
}

async function shown(uid: string, title: string, chosen: Values = {}, refId = 'A'): Promise<number> {
  const [only, ...more] = await series(uid, title, refId, chosen);
  expect([title, more]).toEqual([title, []]);
  return only?.value ?? NaN;
}

async function fromApi(path: string): Promise<readonly Row[]> {
  const response = await fetch(`${program.url}/api/v1${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return ((await response.json()) as { items: readonly Row[] }).items;
}

const held = (sql: string, ...values: unknown[]) =>
  db
    .prepare(sql)
    .pluck()
    .get(...values) as number;
const keyOf = ({ source, dbid }: { readonly source?: unknown; readonly dbid?: unknown }) =>
  `${String(source)}/${String(dbid)}`;

describe.runIf(prometheusIsHere())('the numbers', () => {
  it('of the overview are those of the groups', async () => {
    const groups = await fromApi('/campaign-groups?limit=1000');
    const counted = (test: (group: Row) => boolean) => groups.filter(test).length;
    expect(await shown('ocs-overview', 'Running')).toBe(counted(({ state }) => state === 'running'));
    expect(await shown('ocs-overview', 'Active')).toBe(counted(({ state }) => state === 'active'));
    expect(await shown('ocs-overview', 'Silent')).toBe(1);
    expect(await shown('ocs-overview', 'Groups')).toBe(groups.length);
    const overdial = (group: Row) => Number((group['statistics'] as Row)['overdial_ratio'] ?? 0);
    expect(await shown('ocs-overview', 'Over-dialing')).toBe(counted((group) => overdial(group) > 0.03));
    const odd = { source: 'odd' };
    expect(await shown('ocs-overview', 'Over-dialing', odd)).toBe(1);
    expect(await shown('ocs-overview', 'Stuck in unload', odd)).toBe(1);
    expect(await shown('ocs-overview', 'Stopped by themselves', odd)).toBe(1);
    expect(await shown('ocs-overview', 'Stopped by themselves')).toBe(counted(({ ended }) => ended === 'by_itself'));
    expect(await shown('ocs-overview', 'Completed')).toBe(counted(({ ended }) => ended === 'completed'));
  });

  it('of the table are every group’s own, the worst first', async () => {
    const title = 'Campaign groups, worst first';
    const groups = await fromApi('/campaign-groups?limit=1000');
    const column = async (refId: string) =>
      new Map((await series('ocs-overview', title, refId)).map(({ labels, value }) => [keyOf(labels), value]));
    const [rank, code, busy, mode] = [
      await column('A'),
      await column('B'),
      await column('D'),
      await series('ocs-overview', title, 'I'),
    ];
    expect(code.size).toBe(groups.length);
    for (const group of groups) {
      const key = keyOf(group);
      expect([key, code.get(key)]).toEqual([key, Number(group['state_code']) + (group['silent'] === true ? 100 : 0)]);
      expect([key, busy.get(key) ?? null]).toEqual([key, (group['statistics'] as Row)['busy_ratio']]);
      const dialing = mode.find(({ labels }) => keyOf(labels) === key)?.labels['dial_mode'];
      if (
        group['state'] === 'running' &&
        group['dial_mode'] !== null &&
        !JSON.stringify(group['dial_mode']).includes('unknown')
      )
        expect([key, dialing]).toEqual([key, group['dial_mode']]);
    }
    const worst = [...rank].filter(([key]) => /^(odd|quiet)/.test(key)).sort(([, a], [, b]) => b - a);
    expect(worst.map(([key, value]) => [key, Number(value.toFixed(3))])).toEqual([
      ['odd/901', 8],
      ['odd/903', 4.1],
      ['odd/902', 2.2],
      ['quiet/904', 1.2],
      ['odd/905', 0.2],
    ]);
  });

  it('of one group are what was last told of it', async () => {
    const [group] = await fromApi('/campaign-groups?source=odd&q=905');
    const statistics = group?.['statistics'] as Row;
    const uid = 'ocs-campaign-group';
    expect(await shown(uid, 'Busy factor against its goal')).toBe(statistics['busy_ratio']);
    expect(await shown(uid, 'Hit ratio')).toBe(statistics['hit_ratio']);
    expect(await shown(uid, 'Overdial rate')).toBe(statistics['overdial_ratio']);
    expect(await shown(uid, 'Complete in')).toBe(statistics['time_to_complete_seconds']);
    const [goal] = await series(uid, 'Busy factor against its goal', 'B');
    expect(goal?.value).toBe(0.85);
    const [limit] = await series(uid, 'Overdial rate against its goal and limit', 'B');
    expect(limit?.value).toBe(0.03);
    const [wait] = await series(uid, 'Time to complete, and the goal in seconds', 'B');
    expect(wait?.value).toBe(20);
    const [mode] = await series(uid, 'Mode, optimised by');
    expect(mode?.labels).toMatchObject({ dial_mode: group?.['dial_mode'], optimize_by: group?.['optimize_by'] });
    expect(await shown(uid, 'State')).toBe(5);
    const age = await shown(uid, 'In this state for');
    const since = new Date(String(group?.['state_seen_since'])).getTime() / 1000;
    expect(Math.abs(new Date().getTime() / 1000 - since - age)).toBeLessThan(60);
    const history = targetOf(uid, 'History');
    if (isProm(history)) throw new Error('the history comes from the API');
    const rows = await grafana.rows(history, await grafana.resolve(named(uid), CHOSEN[uid]));
    expect(rows.length).toBe(held("SELECT count(*) FROM transitions WHERE source = 'odd' AND dbid = '905'"));
  });

  it('of actions by actor, group and day are those of the transitions', async () => {
    const title = 'Actions by actor, group and day';
    const target = targetOf('ocs-overview', title);
    if (isProm(target)) throw new Error('actions come from the API');
    const rows = await grafana.rows(target, await grafana.resolve(named('ocs-overview')));
    const counts = (row: Row | undefined) =>
      ['Client', 'Automatic', 'Not attributed', 'Inferred'].map((name) => row?.[name]);
    // It was loaded, started, and stopped by OCS.
    expect(rows.filter(({ Source, DBID }) => Source === 'odd' && DBID === '903').map(counts)).toEqual([[2, 1, 0, 0]]);
    const ofOdd = rows.filter(({ Source }) => Source === 'odd');
    const inferred = ofOdd.reduce((sum, row) => sum + Number(row['Inferred']), 0);
    // 901 unloads since before the range.
    const sql = "SELECT count(*) FROM transitions WHERE inferred = 1 AND source = 'odd' AND dbid <> '901'";
    expect(inferred).toBe(held(sql));
    const own = targetOf('ocs-campaign-group', title);
    if (isProm(own)) throw new Error('actions come from the API');
    const ofGroup = await grafana.rows(
      own,
      await grafana.resolve(named('ocs-campaign-group'), CHOSEN['ocs-campaign-group']),
    );
    expect(ofGroup).toEqual(rows.filter(({ Source, DBID }) => Source === 'odd' && DBID === '905'));
  });

  it('of callbacks are those of the records', async () => {
    const uid = 'gms-callbacks';
    const open = await fromApi('/callbacks?open=true&limit=1000');
    expect(open.length).toBeGreaterThan(1);
    expect(await shown(uid, 'Waiting now')).toBe(open.length);
    const odd = { source: 'odd' };
    expect(await shown(uid, 'Waiting now', odd)).toBe(1);
    expect(await shown(uid, 'Ended', odd)).toBe(3);
    expect(await shown(uid, 'Records without a key', odd)).toBe(1);
    const funnel = targetOf(uid, 'Funnel');
    if (isProm(funnel)) throw new Error('the funnel comes from the API');
    const rows = await grafana.rows(funnel, { ...(await grafana.resolve(named(uid))), table_queue: 'VQ_Odd' });
    const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
    expect([sum('offered'), sum('successful')]).toEqual([3, 3]);
    const ended = await series(uid, 'How they ended', 'A', odd);
    expect(await shown(uid, 'Transfers failed', { source: 'odd-2' })).toBe(1);
    expect(await shown(uid, 'Left or timed out', { source: 'odd-2' })).toBeCloseTo(1);
    const [wait] = await series(uid, 'Queues, longest waits first', 'D', { source: 'odd-2' });
    expect(wait?.value).toBeGreaterThan(120);
    expect(wait?.value).toBeLessThanOrEqual(300);
    expect(ended.map(({ labels, value }) => [labels['state'], labels['sub_state'], value])).toEqual([
      ['COMPLETED', 'AGENT', 3],
    ]);
  });

  it('of lists are those last told', async () => {
    const uid = 'ocs-calling-lists';
    const odd = { source: 'odd', dbid: '905' };
    expect(await shown(uid, 'Lists told of', odd)).toBe(2);
    expect(await shown(uid, 'Hit ratio halved', odd)).toBe(1);
    expect(await shown(uid, 'End moves away', odd)).toBe(1);
    expect(await shown(uid, 'Last list done in', odd)).toBe(1800);
  });

  it('of the monitor are those of the quarantine and the silence', async () => {
    const uid = 'ocs-monitor';
    expect(await shown(uid, 'In quarantine')).toBe((await fromApi('/quarantine?limit=1000')).length);
    expect(await shown(uid, 'In quarantine', { source: 'odd' })).toBe(3);
    expect(await shown(uid, 'Silent sources')).toBe(1);
    const told = await series(uid, 'Sources, least delivery first', 'A');
    expect(told.length).toBeGreaterThan(1);
    const [version] = await series(uid, 'Version');
    expect(version?.labels['node_version']).toBe(process.version);
  });
});

/** The rows of a table as Grafana's own transformations make them of what Prometheus answers. */
async function tableRows(uid: string, title: string, chosen: Values = {}): Promise<Row[]> {
  const panel = shownPanels(named(uid)).find((one) => one.title === title) ?? expect.fail(`${uid} has no ${title}`);
  const values = await grafana.resolve(named(uid), { ...CHOSEN[uid], ...chosen });
  const answers = new Map<string, readonly Sample[]>();
  for (const target of (panel.targets ?? []).filter(isProm))
    answers.set(target.refId, await grafana.ask(target, values));
  return tableOf(panel, answers, Math.floor(new Date().getTime() / 1000));
}

describe.runIf(prometheusIsHere())('the cells of a table, by Grafana’s own transformations,', () => {
  it('are those of the campaign groups, a row each', async () => {
    const rows = await tableRows('ocs-overview', 'Campaign groups, worst first');
    const groups = await fromApi('/campaign-groups?limit=1000');
    const cells = (key: string, cells: Row) => ({ key, ...cells });
    const limit = 0.03;
    const expected = groups.map((group) => {
      const {
        busy_ratio: busy,
        overdial_ratio: overdial,
        hit_ratio: hit,
        time_to_complete_seconds: toGo,
      } = group['statistics'] as Row;
      return cells(keyOf(group), {
        Group: group['name'],
        Tenant: group['tenant'],
        State: Number(group['state_code']) + (group['silent'] === true ? 100 : 0),
        Busy: busy,
        Overdial: overdial,
        'Over limit': Number(overdial ?? 0) > limit ? overdial : null,
        'Hit ratio': hit,
        'Complete in': toGo,
      });
    });
    const shown = rows.map((row) => {
      const named = ['Group', 'Tenant', 'State', 'Busy', 'Overdial', 'Over limit', 'Hit ratio', 'Complete in'];
      const own = Object.fromEntries(named.map((name) => [name, row[name]]));
      return cells(`${String(row['Source'])}/${String(row['DBID'])}`, own);
    });
    const byKey = (one: { key: string }, other: { key: string }) => one.key.localeCompare(other.key);
    expect(shown.sort(byKey)).toEqual(expected.sort(byKey));
    const heard = rows.find(({ DBID }) => DBID === '905')?.['Heard ago'];
    expect(Number(heard)).toBeLessThan(120);
  });

  it('are those of the calling lists of a group', async () => {
    const title = 'Lists, the 500 with most to go';
    const rows = await tableRows('ocs-calling-lists', title, { source: 'odd', dbid: '905' });
    const [group] = await fromApi('/campaign-groups?source=odd&q=905');
    const lists = await fromApi(`/campaign-groups/${String(group?.['id'])}/calling-lists`);
    const shown = rows.map((row) => [row['List'], row['Complete in'], row['Hit ratio'], row['Group']]);
    expect(shown.sort()).toEqual(
      lists.map((list) => [list['name'], list['time_to_complete_seconds'], list['hit_ratio'], group?.['name']]).sort(),
    );
  });

  it('are those of the sources', async () => {
    const rows = await tableRows('ocs-monitor', 'Sources, least delivery first');
    const sources = (await fromApi('/sources')).filter((source) => source['interval_origin'] !== 'none');
    const groups = await fromApi('/campaign-groups?limit=1000');
    const silent = (name: unknown) => groups.filter((one) => one['source'] === name && one['silent'] === true).length;
    const shown = rows.map((row) => [row['Source'], row['Interval'], row['Interval is'], row['Silent groups'] ?? 0]);
    expect(shown.sort()).toEqual(
      sources
        .map(({ source, interval_seconds: interval, interval_origin: origin }) => [
          source,
          interval,
          origin,
          silent(source),
        ])
        .sort(),
    );
  });

  it('are those of the queues', async () => {
    const rows = await tableRows('gms-callbacks', 'Queues, longest waits first');
    const open = await fromApi('/callbacks?open=true&limit=1000');
    const nameOf = (row: Row) => [row['Queue'], row['Tenant'], row['Source']].join();
    const waiting = (row: Row) =>
      open.filter((one) => [one['queue'], one['tenant'], one['source']].join() === nameOf(row)).length;
    expect(new Set(rows.map(nameOf)).size).toBe(rows.length);
    expect(rows.map((row) => row['Open'] ?? 0)).toEqual(rows.map(waiting));
    expect(rows.find(({ Source }) => Source === 'odd')).toMatchObject({ Queue: 'VQ_Odd', Ended: 3 });
  });

  it('are those of the alerts that fire', async () => {
    const rows = await tableRows('ocs-overview', 'Alerts that fire');
    const firing = await series('ocs-overview', 'Alerts that fire');
    expect(rows.map((row) => [row['Alert'], row['Severity']].join()).sort()).toEqual(
      firing.map(({ labels }) => [labels['alertname'], labels['severity']].join()).sort(),
    );
  });
});
