/** How the lists of the API are asked: which parameters each takes, pages that bear what comes meanwhile, time zones. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type SharedApp, sharedApps, testApps, type TestApp } from '../support/app.js';
import { aFinal, anEvent, EVENTS, get, type Item, type List, list, send } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED, UNLOADED } from '../support/posts.js';

const start = testApps();
const share = sharedApps();
/** Where a test posts that shares its service. */
const own = ({ source }: SharedApp) => `/ocs/${source}/campaign-group-state`;
const OCS = '/ocs/campaign-group-state';

/** The detail of a refusal. */
async function refusalOf(app: TestApp, path: string): Promise<string> {
  const response = await fetch(`${app.url}/api/v1${path}`);
  const problem = (await response.json()) as { detail?: string };
  return `${response.status} ${String(problem.detail)}`;
}

const valuesOf = (items: readonly Item[], name: string) => items.map((item) => item[name]);

/** All pages of one item each; `between` happens after every one of them. */
async function walk(app: TestApp, path: string, between: () => Promise<unknown>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page = await list(app, `${path}${path.includes('?') ? '&' : '?'}limit=1${cursor ? `&cursor=${cursor}` : ''}`);
    items.push(...page.items);
    cursor = page.next_cursor;
    await between();
  } while (cursor !== null);
  return items;
}

async function ownGroup(app: SharedApp): Promise<string> {
  return String((await list(app, `/campaign-groups?source=${app.source}`)).items[0]?.['id']);
}

describe('a parameter', () => {
  interface Document {
    paths: Record<string, Record<string, { parameters?: { $ref: string }[] }>>;
    components: { parameters: Record<string, { in: string; name: string }> };
  }
  const document = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Document;
  const questions = Object.entries(document.paths)
    .filter(([path, { get }]) => path.startsWith('/api/v1/') && get && !/session$|stream$/.test(path))
    .map(([path, { get }]) => {
      const all = (get?.parameters ?? []).map(
        ({ $ref }) => document.components.parameters[$ref.split('/').at(-1) ?? ''],
      );
      const names = all.flatMap((one) => (one?.in === 'query' ? [one.name] : []));
      return { path: path.slice('/api/v1'.length).replace(/\{\w+\}/, 'anything'), names };
    });

  it('that a path does not take is refused there, whoever else takes it, with those it takes', async () => {
    const app = await share();
    expect(questions.length).toBeGreaterThan(15);
    const everyName = new Set(questions.flatMap(({ names }) => names));
    for (const { path, names } of questions) {
      const others = [...everyName, 'sate'].filter((one) => !names.includes(one));
      const taken = names.length === 0 ? 'this takes none' : `this takes ${names.join(', ')}`;
      expect(await refusalOf(app, `${path}?${others.map((name) => `${name}=1`).join('&')}`)).toBe(
        `400 ${others.join(', ')} should be left out: ${taken}`,
      );
    }
  });

  it('is taken by every path that its document lists it for', async () => {
    const app = await share();
    for (const { path, names } of questions) {
      const query = names.map((name) => `${name}=`).join('&');
      expect(await refusalOf(app, `${path}?${query}`)).not.toMatch(/left out/);
    }
  });

  it('that nobody can read names itself and what it should be', async () => {
    const app = await share();
    const refused = {
      '/transitions?tz=Mars/Olympus': 'tz should be an IANA time zone like Europe/Berlin',
      '/transitions?tz=UTC&tz=UTC': 'tz should be given once',
      '/callbacks?tz=CETCET': 'tz should be an IANA time zone like Europe/Berlin',
      '/callbacks/missing-keys?from=2026-W60':
        'from should be a time like 2026-11-20T08:00:00Z, 2026-11-20 or 2026-W47, or epoch seconds; in a URL a + is written %2B',
      '/callbacks/details?from=2026-11-20&to=2026-W47': 'from should be before `to`',
      '/callbacks/summary?cursor=WzFd&by=day,queue':
        'cursor is not one that this list returned; leave it out to start over',
    };
    for (const [path, detail] of Object.entries(refused)) expect(await refusalOf(app, path)).toBe(`400 ${detail}`);
    // What stands for "not said" would be passed over, and the answer only look filtered.
    for (const said of ['null', 'undefined', 'NULL', '%20', '%20null']) {
      for (const path of ['/callbacks', '/callbacks/summary', '/callbacks/details'])
        expect(await refusalOf(app, `${path}?channel=${said}`)).toMatch(/^400 channel should be a channel/);
    }
    expect((await send(app, own(app), aPost())).status).toBe(200);
    const group = await ownGroup(app);
    const values: Record<string, readonly string[]> = {
      limit: ['0', '1001', '-1', '1e3', '%205', '5%20', '0x10', '5.0', '+5', 'NaN', '٥', 'null', '1&limit=2'],
      from: ['2026-11-20T08:00%2B99:99', '2026-11-20T08:00%2B24:00', '1e3', '%205', '0x10', '-5', 'null', '1&from=2'],
      to: ['2026-11-20T08:00-10:60', '2026-11-20T08:00-99:00', 'now', 'null', '1&to=2'],
      format: ['CSV', 'xml', 'null', 'csv&format=csv'],
      cursor: ['null', '0', 'x'],
    };
    for (const [name, all] of Object.entries(values)) {
      for (const value of all) {
        for (const path of [
          '/transitions',
          '/transitions/summary',
          '/callbacks',
          '/callbacks/details',
          '/callbacks/summary',
        ])
          expect([path, name, value, await refusalOf(app, `${path}?${name}=${value}`)]).toEqual([
            ...[path, name, value],
            expect.stringMatching(new RegExp(`^400 ${name}`)),
          ]);
      }
    }
    for (const query of ['open=1', 'open=null', 'due=soon', 'state=null', 'phone_hash=%2B4915112345678', 'tz=%2B01:00'])
      expect(await refusalOf(app, `/callbacks?${query}`)).toMatch(/^400 (open|due|state|phone_hash|tz) should be /);
    for (const step of ['0', '1', '%205m', '5m%20', '1e3s', '0x10s', '-5m', '32d', 'null', '5m&step=5m'])
      expect(await refusalOf(app, `/campaign-groups/${group}/statistics?step=${step}`)).toMatch(/^400 step should be /);
  });
});

describe('a filter', () => {
  it('of states and actions takes the words of the site, unknown for numbers without one, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-test-'));
    const configFile = join(folder, 'ocm.yaml');
    writeFileSync(configFile, 'enumerations:\n  state:\n    6: Paused\n');
    const app = await start({}, { configFile });
    const nowMs = new Date().getTime();
    for (const [n, state] of [5, 6, 42].entries()) {
      const at = { GSW_DATE_TIME: dateTime(nowMs - 60_000 + n * 1000) };
      const body = aPost({ ...at, GSW_CAMPAIGN_GROUP_STATE: state, GSW_CAMPAIGN_GROUP_ACTION: 0 });
      expect((await send(app, OCS, body)).status).toBe(200);
    }
    const states = async (query: string) => valuesOf((await list(app, `/transitions?${query}`)).items, 'to_state');
    expect(await states('state=paused')).toEqual(['paused']);
    expect(await states('state=unknown')).toEqual(['unknown(42)']);
    expect(await states('state=unknown(42)')).toEqual(['unknown(42)']);
    expect(await states('state=unknown(43)')).toEqual([]);
    expect((await states('action=none')).length).toBeGreaterThan(0);
    expect(await states('action=unknown')).toEqual([]);
    expect((await list(app, '/campaign-groups?state=unknown')).items.length).toBe(1);
    for (const path of ['/transitions?state=RUNNING', '/campaign-groups?state=bogus', '/transitions?action=9'])
      expect(await refusalOf(app, path)).toMatch(/^400 (state|action) should be one of /);
  });

  it('by name or DBID finds a DBID in any case', async () => {
    const app = await share();
    expect((await send(app, own(app), aPost({ GSW_CAMPAIGN_GROUP_DBID: 'DbA' }))).status).toBe(200);
    for (const q of ['DbA', 'dba', 'DB'])
      expect((await list(app, `/campaign-groups?source=${app.source}&q=${q}`)).items.length).toBe(1);
  });

  it('by name, DBID or tenant of a group finds its transitions, as CSV too', async () => {
    const app = await share();
    for (const [dbid, name, tenant] of [
      ['118', 'Spring@North', 'Sales'],
      ['119', 'Fall@South', 'Service'],
    ]) {
      const of = { GSW_CAMPAIGN_GROUP_DBID: dbid, GSW_CAMPAIGN_GROUP_NAME: name, GSW_TENANT_NAME: tenant };
      expect((await send(app, own(app), aPost(of))).status).toBe(200);
    }
    const found = async (query: string) => {
      const dbids = valuesOf((await list(app, `/transitions?source=${app.source}&${query}`)).items, 'dbid');
      const csv = await (await fetch(`${app.url}/api/v1/transitions?format=csv&source=${app.source}&${query}`)).text();
      expect(csv.trim().split('\n').length - 1).toBe(dbids.length);
      return dbids.sort();
    };
    expect(await found('')).toEqual(['118', '119']);
    expect(await found('tenant=Sales')).toEqual(['118']);
    expect(await found('q=spring')).toEqual(['118']);
    expect(await found('q=119')).toEqual(['119']);
    expect(await found('tenant=Sales&q=fall')).toEqual([]);
    expect(await found('tenant=Nobody')).toEqual([]);
  });

  it('by tenant finds all DBIDs of that name, and a DBID that looks like a name', async () => {
    const app = await start({ tenants: '1=Acme,102=Acme,103=1' });
    for (const dbid of [1, 102, 103, 104]) {
      const event = aFinal({ _CB_SERVICE_ID: `of ${dbid}`, _CB_TENANT_DBID: dbid });
      expect((await send(app, EVENTS, event)).status).toBe(200);
    }
    const found = async (tenant: string) => {
      const ids = await Promise.all(
        ['/callbacks', '/callbacks/details'].map(async (path) =>
          valuesOf((await list(app, `${path}?tenant=${tenant}`)).items, 'service_id').sort(),
        ),
      );
      expect(ids[1]).toEqual(ids[0]);
      const { items } = await list(app, `/callbacks/summary?by=month&tenant=${tenant}`);
      expect(items[0]?.['callbacks'] ?? 0).toBe(ids[0]?.length);
      return ids[0];
    };
    expect(await found('Acme')).toEqual(['of 1', 'of 102']);
    expect(await found('1')).toEqual(['of 1', 'of 103']);
    expect(await found('104')).toEqual(['of 104']);
    expect(await found('Nobody')).toEqual([]);
  });
});

describe('a range', () => {
  it('that begins in the future is empty', async () => {
    const app = await start();
    expect((await send(app, EVENTS, anEvent({ _CB_T_SERVICE_START: 0 }))).status).toBe(422);
    expect((await send(app, EVENTS, aFinal())).status).toBe(200);
    for (const path of [
      '/transitions',
      '/callbacks',
      '/callbacks/details',
      '/callbacks/summary',
      '/callbacks/missing-keys',
    ])
      for (const from of ['2100-01-01', '9999-12-31T24:00Z', '253402300800'])
        expect([path, (await list(app, `${path}?from=${from}`)).items]).toEqual([path, []]);
  });
});

describe('a cursor', () => {
  it('of another list, or changed, is refused', async () => {
    const app = await start();
    for (const id of ['a', 'b']) await send(app, EVENTS, aFinal({ _CB_SERVICE_ID: id }));
    const cursor = String((await list(app, '/callbacks?limit=1')).next_cursor);
    expect((await list(app, `/callbacks?cursor=${cursor}`)).items.length).toBe(1);
    for (const path of [
      `/callbacks/details?cursor=${cursor}`,
      '/campaign-groups?cursor=AAAA',
      '/callbacks?cursor=WzFd',
    ])
      expect(await refusalOf(app, path)).toBe(
        '400 cursor is not one that this list returned; leave it out to start over',
      );
  });
});

describe('what is read', () => {
  it('of steps ends with the last one: no cursor leads to an empty page', async () => {
    const app = await share();
    const nowMs = new Date().getTime();
    for (let n = 0; n < 4; n++)
      await send(app, own(app), aPost({ ...FIGURES, GSW_DATE_TIME: dateTime(nowMs - 400_000 + n * 100_000) }));
    // Heard of again without figures.
    for (let n = 0; n < 3; n++)
      await send(app, own(app), aPost({ GSW_DATE_TIME: dateTime(nowMs - 500_000 - n * 100_000) }));
    const path = `/campaign-groups/${await ownGroup(app)}/statistics?step=10s`;
    const pages: number[] = [];
    for (let cursor: string | null = '', n = 0; cursor !== null && n < 10; n++) {
      const page: List = await list(app, `${path}&limit=2&cursor=${cursor}`);
      pages.push(page.items.length);
      cursor = page.next_cursor;
    }
    expect(pages).toEqual([2, 2]);
  });

  it('of sessions is a page, however often the state changed; those open at the edges of the range belong to it', async () => {
    const app = await share();
    const nowMs = new Date().getTime();
    const at = (minutes: number) => ({ GSW_DATE_TIME: dateTime(nowMs - 3_600_000 + minutes * 60_000) });
    // Five sessions of ten minutes each with a pause of two; states change in between.
    for (let n = 0; n < 5; n++) {
      await send(app, own(app), aPost({ ...LOADED, ...at(n * 12) }));
      await send(app, own(app), aPost({ ...STARTED, ...at(n * 12 + 3) }));
      await send(app, own(app), aPost({ ...STOPPED, ...at(n * 12 + 6) }));
      if (n < 4) await send(app, own(app), aPost({ ...UNLOADED, ...at(n * 12 + 10) }));
    }
    const path = `/campaign-groups/${await ownGroup(app)}/sessions`;
    const begun = (items: readonly Item[]) =>
      items.map((item) => (Date.parse(String(item['started_at'])) - nowMs + 3_600_000) / 60_000);
    expect(begun((await list(app, path)).items)).toEqual([48, 36, 24, 12, 0]);
    expect(begun(await walk(app, path, () => Promise.resolve()))).toEqual([48, 36, 24, 12, 0]);
    const between = (from: number, to: number) =>
      `${path}?from=${(nowMs - 3_600_000 + from * 60_000) / 1000}&to=${(nowMs - 3_600_000 + to * 60_000) / 1000}`;
    expect(begun((await list(app, between(14, 26))).items)).toEqual([24, 12]);
    expect(begun((await list(app, between(22, 24))).items)).toEqual([]);
    expect(begun((await list(app, between(14, 15))).items)).toEqual([12]);
    expect((await list(app, between(14, 15))).items[0]).toMatchObject({ duration_seconds: 600, active: false });
  });
});

describe('a time zone', () => {
  it('says when steps of statistics begin: days of Berlin are not those of UTC', async () => {
    const app = await share();
    // Berlin: 23:30 on the 24th, then 00:30, 02:30 summer time, 02:30 winter time and 23:30 on the 25th.
    const times = ['24T21:30', '24T22:30', '25T00:30', '25T01:30', '25T22:30'];
    for (const [n, time] of times.entries()) {
      const atMs = Date.parse(`2026-10-${time}:00Z`);
      app.clock.setMs(atMs);
      const body = aPost({ ...FIGURES, GSW_DATE_TIME: dateTime(atMs), GSW_STAT_HIT_RATIO: (n + 1) / 10 });
      expect((await send(app, own(app), body)).status).toBe(200);
    }
    const path = `/campaign-groups/${await ownGroup(app)}/statistics?from=2026-10-20&to=2026-10-27`;
    const steps = async (query: string) =>
      (await list(app, `${path}&${query}`)).items.map(({ at, hit_ratio_min: min, hit_ratio_max: max }) => [
        at,
        min,
        max,
      ]);

    expect(await steps('step=1d')).toEqual([
      ['2026-10-25T00:00:00.000Z', 0.3, 0.5],
      ['2026-10-24T00:00:00.000Z', 0.1, 0.2],
    ]);
    // The 25th of October has 25 hours there.
    expect(await steps('step=1d&tz=Europe/Berlin')).toEqual([
      ['2026-10-24T22:00:00.000Z', 0.2, 0.5],
      ['2026-10-23T22:00:00.000Z', 0.1, 0.1],
    ]);
    // Two hours that the clock calls the same are two.
    expect(valuesOf((await list(app, `${path}&step=1h&tz=Europe/Berlin`)).items, 'at')).toEqual([
      ...['2026-10-25T22:00:00.000Z', '2026-10-25T01:00:00.000Z', '2026-10-25T00:00:00.000Z'],
      ...['2026-10-24T22:00:00.000Z', '2026-10-24T21:00:00.000Z'],
    ]);
    // Weeks begin on Monday, the 19th and the 26th.
    expect(await steps('step=7d&tz=Asia/Tokyo')).toEqual([
      ['2026-10-25T15:00:00.000Z', 0.5, 0.5],
      ['2026-10-18T15:00:00.000Z', 0.1, 0.4],
    ]);
    const paged = await walk(app, `${path}&step=1d&tz=Europe/Berlin`, () => Promise.resolve());
    expect(valuesOf(paged, 'at')).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-23T22:00:00.000Z']);
  });

  it('says what a time without an offset means, an ISO week among them', async () => {
    const app = await share();
    const atMs = Date.parse('2026-11-15T23:30:00Z');
    app.clock.setMs(atMs);
    expect((await send(app, own(app), aPost({ GSW_DATE_TIME: dateTime(atMs) }))).status).toBe(200);
    const found = async (query: string) => (await list(app, `/transitions?source=${app.source}&${query}`)).items.length;
    // Week 47 begins on Monday, 16 November: half an hour before in Berlin, half an hour after in UTC.
    expect(await found('from=2026-W47&to=2026-W48&tz=Europe/Berlin')).toBe(1);
    expect(await found('from=2026-W47&to=2026-W48')).toBe(0);
    expect(await found('from=2026-W46&to=2026-W47')).toBe(1);
    expect(await found('from=2026-11-16T00:30&to=2026-11-16T00:31&tz=Europe/Berlin')).toBe(1);
    expect(await found('from=2026-11-15T23:30&to=2026-11-15T23:31')).toBe(1);
    expect(await found('from=2026-11&to=2026-11-16')).toBe(1);
  });
});

describe('pages', () => {
  it('of calling lists keep their place when a list comes in before it', async () => {
    const app = await share();
    const nowMs = new Date().getTime();
    let posts = 0;
    const lists = (...names: string[]) =>
      send(app, own(app), {
        ...aPost({ ...FIGURES, GSW_DATE_TIME: dateTime(nowMs - 60_000 + posts++ * 1000) }),
        GSW_CALLING_LISTS: names.map((name) => ({ GSW_CALLING_LIST: name, GSW_STAT_HIT_RATIO: 0.5 })),
      });
    await lists('b', 'd', 'f');
    const path = `/campaign-groups/${await ownGroup(app)}/calling-lists`;
    const items = await walk(app, path, () => lists('a', 'b', 'd', 'f'));
    expect(valuesOf(items, 'name')).toEqual(['b', 'd', 'f']);
  });

  it('of the quarantine keep their place when a body comes again', async () => {
    const app = await start();
    const refuse = async (name: string) => {
      expect((await send(app, OCS, `{"${name}"`)).status).toBe(400);
    };
    for (const name of ['one', 'two', 'three']) await refuse(name);
    const items = await walk(app, '/quarantine', async () => {
      await refuse('one');
      await refuse('four');
    });
    const bodies = await Promise.all(items.map(({ id }) => get(app, `/quarantine/${String(id)}`)));
    expect(valuesOf(bodies, 'body')).toEqual(['{"three"', '{"two"', '{"one"']);
    expect(bodies[2]?.['count']).toBeGreaterThan(1);
  });

  it('of missing keys keep their place when another service lacks one', async () => {
    const app = await start();
    const lack = async (service: string) => {
      const event = anEvent({ _service_name: service, _CB_SERVICE_ID: service, _CB_T_SERVICE_START: 0 });
      expect((await send(app, EVENTS, event)).status).toBe(422);
    };
    for (const service of ['b', 'd', 'f']) await lack(service);
    const items = await walk(app, '/callbacks/missing-keys', () => lack('a'));
    expect(valuesOf(items, 'service')).toEqual(['b', 'd', 'f']);
  });

  it('of a summary keep their place when a callback ends in a row before it', async () => {
    const app = await start();
    const end = async (queue: string) => {
      const event = aFinal({ _CB_SERVICE_ID: `in ${queue}`, _CB_DIM_VQ: queue });
      expect((await send(app, EVENTS, event)).status).toBe(200);
    };
    for (const queue of ['b', 'd', 'f']) await end(queue);
    for (const by of ['queue', 'month,queue']) {
      const items = await walk(app, `/callbacks/summary?by=${by}`, () => end('a'));
      // On the second walk the row is there from the beginning.
      expect(valuesOf(items, 'queue')).toEqual(by === 'queue' ? ['b', 'd', 'f'] : ['a', 'b', 'd', 'f']);
    }
  });
});

describe('a client that asks too often', () => {
  it('is told when to come back, and counted; what is posted meanwhile is taken', async () => {
    const app = await start();
    // In one go, because the allowance grows with time.
    const socket = connect(app.app.port, '127.0.0.1').setEncoding('latin1');
    const questions = 2600;
    socket.write(`HEAD /api/v1/sources HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(questions));
    let answers = '';
    const statuses = () => Array.from(answers.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => status);
    socket.on('data', (text: string) => (answers += text));
    await eventually(() => {
      expect(statuses().length).toBe(questions);
    });
    socket.destroy();
    const refused = statuses().filter((status) => status === '429').length;
    expect(new Set(statuses())).toEqual(new Set(['200', '429']));
    expect(answers).toMatch(/HTTP\/1\.1 429 (?:.*\r\n)+?Retry-After: 1\r\n/);
    expect((await send(app, OCS, aPost())).status).toBe(200);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(valueOf(metrics, 'ocs_monitor_rate_limited_total')).toBe(refused);
  });
});
