/** What is shown of the present, over HTTP: what was done last, how a source is heard, and what the bounds leave out. */
import { describe, expect, it } from 'vitest';
import { type TestApp, testApps } from '../support/app.js';
import { valueOf } from '../support/exposition.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED, UNLOADED } from '../support/posts.js';

const start = testApps();
/** Not before any service is up: what it did not hear itself, it does not judge. */
const T0 = new Date().getTime() + 3_600_000;

type Fields = Record<string, unknown>;

/** Posts at a second of the receive clock; the date-time is that second unless it is given. */
async function postAt(app: TestApp, seconds: number, fields: Fields = {}, source = 'default'): Promise<string> {
  app.clock.setMs(T0 + seconds * 1000);
  const body = aPost({ GSW_DATE_TIME: dateTime(T0 + seconds * 1000), ...STARTED, ...fields });
  const response = await fetch(`${app.url}/ocs/${source}/campaign-group-state`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { outcome: string }).outcome;
}

async function itemsOf(app: TestApp, path: string): Promise<Fields[]> {
  return ((await (await fetch(`${app.url}/api/v1${path}`)).json()) as { items: Fields[] }).items;
}

const metricsOf = async (app: TestApp) => (await fetch(`${app.url}/metrics`)).text();
const groups = (app: TestApp) => itemsOf(app, '/campaign-groups');
const sourceOf = async (app: TestApp) => (await itemsOf(app, '/sources'))[0];
const every = (seconds: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / seconds) + 1 }, (_, n) => from + n * seconds);

describe('what was done last', () => {
  it.each([
    ['repeat it', { ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 }],
    ['send 0', { GSW_CAMPAIGN_GROUP_STATE: 4, GSW_CAMPAIGN_GROUP_ACTION: 0, GSW_CAMPAIGN_GROUP_ACTOR: 0 }],
    ['omit it', { GSW_CAMPAIGN_GROUP_STATE: 4, GSW_CAMPAIGN_GROUP_ACTION: null, GSW_CAMPAIGN_GROUP_ACTOR: null }],
  ])('stays when periodic posts %s, over a restart, for the list and for the group', async (_, periodic) => {
    const first = await start();
    await postAt(first, 0);
    await postAt(first, 10, { ...STOPPED, GSW_CAMPAIGN_GROUP_ACTOR: 2 });
    await postAt(first, 20, periodic);
    const stopped = { last_action: 'stop', last_actor: 'automatic', last_action_in_state: true };
    expect((await groups(first))[0]).toMatchObject(stopped);
    await first.stop();
    const second = await start({}, { database: first.database });
    expect((await groups(second))[0]).toMatchObject(stopped);
    await postAt(second, 30, periodic);
    const [group] = await groups(second);
    const alone = await fetch(`${second.url}/api/v1/campaign-groups/${String(group?.['id'])}`);
    expect(await alone.json()).toMatchObject(stopped);
  });
});

describe('how a source is heard', () => {
  it('is learned, kept over a restart, and judged by', async () => {
    const first = await start();
    first.clock.setMs(T0);
    for (const seconds of every(60, 0, 300)) await postAt(first, seconds, { ...FIGURES, GSW_DATE_TIME: dateTime(T0) });
    expect(await sourceOf(first)).toMatchObject({ interval_seconds: 60, interval_origin: 'learned', silent: false });
    await first.stop();
    const second = await start({}, { database: first.database });
    second.clock.setMs(T0 + 360_000);
    expect(await sourceOf(second)).toMatchObject({ interval_seconds: 60, interval_origin: 'learned' });
    const labels = { source: 'default', origin: 'learned' };
    expect(valueOf(await metricsOf(second), 'ocs_monitor_periodic_interval_seconds', labels)).toBe(60);
  });

  it('counts late posts as received, copies as none, and lost ones as lost', async () => {
    const app = await start();
    app.clock.setMs(T0);
    const stalled = [...every(10, 0, 100), ...every(10, 130, 200)];
    for (const seconds of stalled) {
      if (seconds === 130) {
        await postAt(app, 125, { GSW_DATE_TIME: dateTime(T0 + 110_000) });
        await postAt(app, 125, { GSW_DATE_TIME: dateTime(T0 + 120_000) });
      }
      await postAt(app, seconds);
    }
    expect(await sourceOf(app)).toMatchObject({ delivery_ratio: 1 });
    for (const seconds of every(20, 220, 300)) {
      await postAt(app, seconds);
      await postAt(app, seconds, { GSW_DATE_TIME: dateTime(T0 + (seconds - 10) * 1000) });
    }
    expect(await sourceOf(app)).toMatchObject({ delivery_ratio: 1 });
    for (const seconds of every(10, 310, 500).filter((one) => one % 30 !== 0)) {
      await postAt(app, seconds);
      expect(await postAt(app, seconds + 0.02, { GSW_DATE_TIME: dateTime(T0 + seconds * 1000) })).toBe('duplicate');
    }
    expect(Number((await sourceOf(app))?.['delivery_ratio'])).toBeCloseTo(44 / 50, 2);
  });
});

describe('the silences of a group', () => {
  const silencesOf = async (app: TestApp, query = '') =>
    itemsOf(app, `/campaign-groups/${String((await groups(app))[0]?.['id'])}/silences${query}`);
  const iso = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
  const past = { from: iso(110), to: iso(1120), duration_seconds: 1010, at_least: false };

  it('are told while they last and ever after, heal with what comes late, and outlive a restart', async () => {
    const app = await start();
    for (const seconds of every(10, 0, 100)) await postAt(app, seconds);
    app.clock.setMs(T0 + 600_000);
    const [group] = await groups(app);
    const lasting = { from: iso(110), to: null, duration_seconds: 490, at_least: true };
    expect([group?.['silent'], group?.['silent_since'], await silencesOf(app)]).toEqual([true, iso(110), [lasting]]);
    expect(await silencesOf(app, `?from=${iso(200)}&to=${iso(300)}`)).toEqual([lasting]);
    for (const seconds of every(10, 1120, 1200)) await postAt(app, seconds);
    expect(await silencesOf(app)).toEqual([past]);
    await app.stop();
    const second = await start({}, { database: app.database });
    second.clock.setMs(T0 + 1_200_000);
    expect(await silencesOf(second)).toEqual([past]);
    await postAt(second, 1201, { GSW_DATE_TIME: dateTime(T0 + 600_000) });
    expect(await silencesOf(second)).toMatchObject([
      { from: iso(610), to: iso(1120) },
      { from: iso(110), to: iso(600) },
    ]);
    expect(await silencesOf(second, '?limit=1')).toMatchObject([{ from: iso(610) }]);
  });

  it('are CSV as well, and stand beside the length of sessions', async () => {
    const app = await start();
    await postAt(app, -10, LOADED);
    for (const seconds of [...every(10, 0, 100), ...every(10, 1120, 1200)]) await postAt(app, seconds);
    await postAt(app, 1210, UNLOADED);
    const id = String((await groups(app))[0]?.['id']);
    const [session] = await itemsOf(app, `/campaign-groups/${id}/sessions`);
    expect(session).toMatchObject({ duration_seconds: 1220, silent_seconds: 1010 });
    const response = await fetch(`${app.url}/api/v1/campaign-groups/${id}/silences?format=csv`);
    expect(response.headers.get('content-disposition')).toMatch(/"silences_.*\.csv"/);
    expect(await response.text()).toBe(`from,to,duration_seconds,at_least\r\n${iso(110)},${iso(1120)},1010,false\r\n`);
    expect((await fetch(`${app.url}/api/v1/campaign-groups/${id}/silences?step=1h`)).status).toBe(400);
    expect((await fetch(`${app.url}/api/v1/campaign-groups/none/silences`)).status).toBe(404);
  });
});

describe('what the bounds leave out', () => {
  it('comes in when there is room; sources beyond theirs are silent together', async () => {
    const app = await start({ max_groups: '2', max_sources: '1' });
    app.clock.setMs(T0);
    const group = (dbid: string) => ({ GSW_CAMPAIGN_GROUP_DBID: dbid, ...FIGURES });
    await postAt(app, 0, group('1'), 'a');
    await postAt(app, 0, group('2'), 'b');
    await postAt(app, 1, group('3'), 'c');
    const shown = async () => (await groups(app)).map((one) => one['dbid']).sort();
    expect(await shown()).toEqual(['1', '2']);
    await postAt(app, 2, { ...group('1'), ...LOADED }, 'a');
    await postAt(app, 3, { ...group('1'), ...UNLOADED }, 'a');
    expect(await shown()).toEqual(['2', '3']);
    expect(await groups(app)).toMatchObject([{ sends_statistics: true }, { sends_statistics: true }]);
    app.clock.setMs(T0 + 60_000);
    const silent = async () => {
      const text = await metricsOf(app);
      return ['b', '(other)'].map((source) => valueOf(text, 'ocs_monitor_source_silent', { source }));
    };
    expect(await silent()).toEqual([1, 1]);
    await postAt(app, 61, group('3'), 'c');
    expect(await silent()).toEqual([1, 0]);
  });
});

describe('calling lists of one name', () => {
  it('are a stable series each, whichever goes, over a restart', async () => {
    const list = (dbid: string, ratio: number) => ({
      ...{ GSW_CALLING_LIST: 'Dup', GSW_CALLING_LIST_DBID: dbid, GSW_STAT_HIT_RATIO: ratio },
    });
    const ratios = async (app: TestApp) => {
      const text = await metricsOf(app);
      return ['Dup', 'Dup (2)'].map((name) => valueOf(text, 'ocs_calling_list_hit_ratio', { calling_list: name }));
    };
    const first = await start();
    await postAt(first, 0, { LISTS: [list('1', 0.1), list('2', 0.2)] });
    expect(await ratios(first)).toEqual([0.1, 0.2]);
    await postAt(first, 10, { LISTS: [list('2', 0.3)] });
    expect(await ratios(first)).toEqual([undefined, 0.3]);
    await first.stop();
    const second = await start({}, { database: first.database });
    await postAt(second, 20, { LISTS: [list('2', 0.4)] });
    expect(await ratios(second)).toEqual([undefined, 0.4]);
    await postAt(second, 30, { LISTS: [list('1', 0.5), list('2', 0.6)] });
    expect(await ratios(second)).toEqual([0.5, 0.6]);
  });
});
