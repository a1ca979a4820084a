import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedApps, testApps, type TestApp } from '../support/app.js';
import {
  aFinal,
  anEvent,
  answerTo,
  ATTACHED,
  EVENTS,
  get,
  type Item,
  type Keys,
  list,
  seconds,
  send,
  STATUS,
  textOf,
} from '../support/callback-posts.js';

const start = testApps();
const share = sharedApps();

const idsOf = async (app: TestApp, path: string) =>
  (await list(app, path)).items.map(({ service_id: id }) => String(id)).sort();

/** Follows `Link: rel="next"` to the end; the items of all pages. */
async function walk(app: TestApp, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let at: string | undefined = `/api/v1${path}`; at !== undefined;) {
    const response: Response = await fetch(app.url + at);
    expect([at, response.status]).toEqual([at, 200]);
    const page = (await response.json()) as { items: Item[]; next_cursor: string | null };
    items.push(...page.items);
    at = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    expect(at !== undefined).toBe(page.next_cursor !== null);
  }
  return items;
}

/** The cells of CSV without line breaks in them. */
function cellsOf(csv: string): string[][] {
  const lines = csv.trimEnd().split('\r\n');
  return lines.map((line) =>
    Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
      quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
    ),
  );
}

const EVERYTHING = 'from=2000-01-01&to=2099-01-01';
const LISTS = ['/callbacks', '/callbacks/summary', '/callbacks/details', '/callbacks/missing-keys'];

describe('the list of callbacks', () => {
  it('is narrowed by each of its filters', async () => {
    const app = await start();
    const soon = seconds() + 7200;
    const events: Keys[] = [
      anEvent({ _CB_SERVICE_ID: 'queued', _CB_DISPOSITION: 'QUEUED', _CB_DIM_VQ: 'A & B', _CB_DIM_CHANNEL: 'WEB' }),
      anEvent({
        _CB_SERVICE_ID: 'booked',
        _CB_DISPOSITION: 'SCHEDULED',
        _CB_DIM_TYPE: 'SCHEDULED',
        _CB_T_SERVICE_START: soon,
      }),
      anEvent({ _CB_SERVICE_ID: 'redial', _CB_DISPOSITION: 'QUEUED', _CB_T_NEXT_REDIAL_ATTEMPT: seconds() - 60 }),
      anEvent({ _CB_SERVICE_ID: 'snoozed', _CB_N_IS_SNOOZED: 1, _CB_T_NEXT_REDIAL_ATTEMPT: soon }),
      aFinal({ _CB_SERVICE_ID: 'ended', _CB_ORS_SESSION_ID: 'session 1', _CB_FIRST_OUT_IXN_ID: 'out-1' }),
    ];
    expect((await send(app, EVENTS, events)).status).toBe(200);
    await send(
      app,
      '/gms/eu-1/callback-events',
      anEvent({ _CB_SERVICE_ID: 'abroad', _originating_interaction_id: 'in-1' }),
    );
    await send(app, ATTACHED, { interaction_id: 'ivr-1', _CB_SERVICE_ID: 'queued' });
    await send(app, STATUS, { event: '_cbe_on_callback_queued', _service_id: 'announced' });
    // One that is only announced has no record yet: it is listed, and counted nowhere.
    const open = ['abroad', 'booked', 'queued', 'redial', 'snoozed'];
    const asked: Record<string, string[]> = {
      '': [...open, 'announced', 'ended'].sort(),
      'open=true': open,
      'open=false': ['announced', 'ended'],
      'state=queued': ['queued', 'redial'],
      'state=COMPLETED': ['ended'],
      'state=unknown': ['abroad', 'announced', 'snoozed'],
      'state=abandoned-record': [],
      'queue=A+%26+B': ['queued'],
      'channel=WEB': ['queued'],
      'source=eu-1': ['abroad'],
      'interaction=ivr-1': ['queued'],
      'interaction=in-1': ['abroad'],
      'interaction=out-1': ['ended'],
      'ors_session=session%201': ['ended'],
      'due=scheduled': ['booked'],
      'due=redial': ['redial'],
      'due=snoozed': ['snoozed'],
      'due=overdue': ['redial'],
      'due=any': ['booked', 'redial', 'snoozed'],
      'due=true': ['booked', 'redial', 'snoozed'],
      'open=true&queue=A+%26+B&channel=WEB&state=QUEUED&source=default': ['queued'],
      'open=false&due=any': [],
      [`from=${String(seconds() - 600)}`]: [...open, 'announced', 'ended'].sort(),
      [`to=${String(seconds() - 600)}`]: [],
    };
    for (const [query, ids] of Object.entries(asked))
      expect([query, await idsOf(app, `/callbacks?${query}`)]).toEqual([query, ids]);
  });

  it('shows a callback whose session died as nothing else, and never as open', async () => {
    const app = await start({ callback_ttl: '1h' });
    await send(app, EVENTS, anEvent({ _CB_DISPOSITION: 'QUEUED' }));
    app.clock.setMs(new Date().getTime() + 2 * 3_600_000);
    expect((await list(app, '/callbacks?state=abandoned-record')).items).toMatchObject([{ state: 'abandoned-record' }]);
    for (const query of ['state=queued', 'open=true', 'due=any'])
      expect(await idsOf(app, `/callbacks?${query}`)).toEqual([]);
    expect(await idsOf(app, '/callbacks?open=false')).toEqual(['service-1']);
  });
});

describe('a faulty parameter', () => {
  const faulty: [path: string, parameter: string][] = [
    ...['state=asleep', 'open=maybe', 'due=never', 'queue=a&queue=b', 'open=1'].map((query): [string, string] => [
      `/callbacks?${query}`,
      query,
    ]),
    ...['by=colour', 'by=day,day', 'by=day,hour', 'by=', 'by=,', 'tz=Mars/Base', 'tz=+01:00x'].map(
      (query): [string, string] => [`/callbacks/summary?${query}`, query],
    ),
    ...LISTS.flatMap((path) =>
      [
        'limit=0',
        'limit=1001',
        'limit=ten',
        'limit=1.5',
        'limit=-1',
        'from=yesterday',
        'to=2026-02-30',
        'from=2026-01-02&to=2026-01-02',
        'format=xml',
        'cursor=x',
        'cursor=W10',
        'limit=1&limit=2',
      ].map((query): [string, string] => [`${path}?${query}`, query]),
    ),
  ];

  it('is answered 400 and named, on every list', async () => {
    const app = await start();
    await send(app, EVENTS, aFinal());
    const wrong: unknown[] = [];
    for (const [path, query] of faulty) {
      const response = await fetch(`${app.url}/api/v1${path}`);
      const { detail = '' } = (await response.json()) as { detail?: string };
      const named = (query.split('=')[0] ?? '') === detail.split(/[ :]/)[0];
      // An empty parameter is as good as none.
      if (query === 'by=' ? response.status !== 200 : response.status !== 400 || !named)
        wrong.push([path, response.status, detail]);
    }
    expect(wrong).toEqual([]);
  });

  it('is a cursor of another list, or one that somebody made up', async () => {
    const app = await start();
    await send(app, EVENTS, [aFinal(), aFinal({ _CB_SERVICE_ID: 'b' }), { _CB_SERVICE_ID: 'c' }]);
    const made = [[-1], [0.5], [1e300], [null], ['1'], [1, 2, 3], [{}], []].map((place) =>
      Buffer.from(JSON.stringify(place)).toString('base64url'),
    );
    const given = await Promise.all(LISTS.map(async (path) => (await list(app, `${path}?limit=1`)).next_cursor));
    for (const path of LISTS) {
      for (const cursor of [...made, ...given]) {
        if (cursor === null) continue;
        const response = await fetch(`${app.url}/api/v1${path}?cursor=${cursor}`);
        expect([path, cursor, response.status < 500]).toEqual([path, cursor, true]);
      }
      for (const cursor of made)
        expect([path, cursor, (await fetch(`${app.url}/api/v1${path}?cursor=${cursor}`)).status]).toEqual([
          path,
          cursor,
          400,
        ]);
    }
  });
});

describe('paging', () => {
  it('by one and by a thousand shows everything once, at equal times too', async () => {
    const app = await start();
    const end = seconds() - 60;
    const events = Array.from({ length: 23 }, (_, n) =>
      aFinal({ _CB_SERVICE_ID: `s${String(n)}`, _CB_T_SERVICE_END: end - (n % 3), _CB_DIM_VQ: `q${String(n)}` }),
    );
    await send(app, EVENTS, events);
    await send(
      app,
      EVENTS,
      Array.from({ length: 7 }, (_, n) => ({ _CB_SERVICE_ID: `x${String(n)}`, _service_name: `svc${String(n)}` })),
    );
    const sizes: Record<string, number> = {
      '/callbacks?': 23,
      '/callbacks?due=any&': 0,
      '/callbacks/details?': 23,
      '/callbacks/summary?by=hour,queue&': 23,
      '/callbacks/missing-keys?': 28,
      '/quarantine?': 7,
    };
    for (const [path, size] of Object.entries(sizes)) {
      const single = await walk(app, `${path}limit=1`);
      expect([path, single.length, new Set(single.map((item) => JSON.stringify(item))).size]).toEqual([
        path,
        size,
        size,
      ]);
      expect(await walk(app, `${path}limit=1000`)).toEqual(single);
    }
    const due = events.map(({ _CB_SERVICE_ID: id }, n) =>
      anEvent({ _CB_SERVICE_ID: `due ${String(id)}`, _CB_T_NEXT_REDIAL_ATTEMPT: end + n * 10 }),
    );
    await send(app, EVENTS, due);
    expect(await walk(app, '/callbacks?due=any&limit=1')).toHaveLength(23);
  });
});

describe('CSV', () => {
  const FORMULAS = ['=1+1', '+1-1', '-1+1', '@SUM(1)', '=cmd|"/c calc"!A0', '+4915112345678'];

  it('has the columns of JSON, and no cell that a spreadsheet would run', async () => {
    const app = await start();
    const texts = (n: number) => {
      const text = FORMULAS[n] ?? '';
      return Object.fromEntries(
        [
          '_CB_DIM_VQ',
          '_CB_DIM_CHANNEL',
          '_CB_DISPOSITION',
          '_CB_DIM_FINAL_TARGET',
          '_CB_ORS_SESSION_ID',
          '_CB_DIM_TYPE',
          '_CB_DIM_DIAL_DIALOG_RESULT',
        ]
          .concat([
            '_CB_DIM_FINAL_DIAL_RESULT',
            '_CB_DIM_CALL_DIRECTION',
            '_CB_DIM_CONNECT_ORDER',
            '_CB_DIM_OFFER_TIMING',
            '_CB_DIM_CALLBACK_OFFER_TYPE',
          ])
          .concat([
            '_CB_FIRST_OUT_IXN_ID',
            '_CB_LAST_OUT_IXN_ID',
            '_CB_ORIGINATION_IXN_ID',
            '_CB_DIAL_1_RESULT',
            '_CB_CUSTOMER_ANI',
            '_service_name',
          ])
          .map((key) => [key, text]),
      );
    };
    for (const n of FORMULAS.keys()) {
      await send(app, EVENTS, [
        aFinal({ ...texts(n), _CB_SERVICE_ID: `${FORMULAS[n] ?? ''}${String(n)}` }),
        { ...texts(n), _CB_SERVICE_ID: FORMULAS[n] },
      ]);
      await send(app, STATUS, { event: `_cbe_on_callback_queued`, _service_id: FORMULAS[n] });
    }
    for (const path of [
      ...LISTS,
      '/callbacks/summary?by=queue,channel,disposition,target,final_dial_result',
      '/quarantine',
    ]) {
      const both = path + (path.includes('?') ? '&' : '?');
      const { items } = await list(app, path);
      expect([path, items.length > 0]).toEqual([path, true]);
      const response = await fetch(`${app.url}/api/v1${both}format=csv`);
      expect(response.headers.get('content-type')).toContain('text/csv');
      const [header = [], ...lines] = cellsOf(await response.text());
      expect(header).toEqual(Object.keys(items[0] ?? {}));
      expect(lines).toHaveLength(items.length);
      for (const cells of lines) {
        expect(cells).toHaveLength(header.length);
        expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell) && !/^-\d+(\.\d+)?$/.test(cell))).toEqual([]);
      }
      const next = await fetch(`${app.url}/api/v1${both}format=csv&limit=1`);
      if (items.length > 1) expect(next.headers.get('link')).toMatch(/[?&]format=csv.*cursor=.*>; rel="next"$/);
    }
  });

  it('is the whole range, however many rows that are', async () => {
    const app = await start();
    for (const batch of [0, 1]) {
      const events = Array.from({ length: 600 }, (_, n) => aFinal({ _CB_SERVICE_ID: `s${batch} ${n}` }));
      expect((await send(app, EVENTS, events)).status).toBe(200);
    }
    for (const path of ['/callbacks?', '/callbacks/details?', `/callbacks/details?${EVERYTHING}&`]) {
      const response = await fetch(`${app.url}/api/v1${path}format=csv&bom=true`);
      expect(response.headers.get('content-disposition')).toMatch(
        /^attachment; filename="callbacks(-details_[\dT-]+_[\dT-]+)?\.csv"$/,
      );
      const [, ...lines] = cellsOf(await response.text());
      expect(new Set(lines.map(([, id]) => id)).size).toBe(1200);
      expect(lines).toHaveLength(1200);
    }
    expect(cellsOf(await textOf(app, '/api/v1/callbacks?format=csv&limit=7'))).toHaveLength(8);
  });
});

describe('a customer’s number', () => {
  it('is hashed as the store hashes it, for whoever may read; it stands in a body, and in no log', async () => {
    const app = await start();
    await send(app, EVENTS, aFinal({ _CB_CUSTOMER_PHONE_NUMBER: '+49 (151) 12345678' }));
    const ask = (body: string) => fetch(`${app.url}/api/v1/phone-hash`, { method: 'POST', body });
    const answer = await ask(JSON.stringify({ number: '0049 151 12345678' }));
    const { phone_hash: hash } = (await answer.json()) as { phone_hash: string };
    const { items } = await list(app, `/callbacks?phone_hash=${hash}`);
    expect(items).toMatchObject([{ phone_hash: hash }]);
    for (const body of ['{}', '[]', '{"number":"x"}', '{"number":7}', '{', ''])
      expect([body, (await ask(body)).status]).toEqual([body, 400]);
    expect(JSON.stringify(app.log)).not.toContain('12345678');
    const shut = await start({ read_tokens: 'read' });
    expect((await fetch(`${shut.url}/api/v1/phone-hash`, { method: 'POST', body: '{"number":"12345"}' })).status).toBe(
      401,
    );
  });
});

describe('one callback', () => {
  const ODD = [
    'a/b',
    '../x',
    'ключ 🜁',
    'summary',
    'details',
    'capacity',
    'missing-keys',
    'legacy',
    '__proto__',
    'constructor',
    '%41',
    'a?b#c',
    ' x y ',
    '.',
    '"',
    'x'.repeat(255),
  ];

  it.each(ODD)('is found by its id %j', async (id) => {
    const { source, ...app } = await share();
    const events = `/gms/${source}/callback-events`;
    expect((await answerTo(app, events, anEvent({ _CB_SERVICE_ID: id }))).service_id).toBe(id.trim());
    const response = await fetch(`${app.url}/api/v1/callbacks/${encodeURIComponent(id.trim()).replace(/^\.$/, '%2E')}`);
    const known = ['summary', 'details', 'capacity', 'missing-keys', 'legacy', '.'].includes(id);
    // A report's name, or a dot, which every client takes out of a URL: by the list only.
    if (!known) expect(await response.json()).toMatchObject({ service_id: id.trim() });
    expect(await idsOf(app, `/callbacks?source=${source}`)).toEqual([id.trim()]);
  });

  it('of a name that two sources have is shown with the other named, and by its source', async () => {
    const app = await start();
    await send(app, EVENTS, anEvent());
    await send(app, '/gms/eu-1/callback-events', anEvent({ _CB_DIM_VQ: 'q' }));
    expect(await get(app, '/callbacks/service-1')).toMatchObject({ source: 'default', other_sources: ['eu-1'] });
    expect(await get(app, '/callbacks/service-1?source=eu-1')).toMatchObject({
      source: 'eu-1',
      queue: 'q',
      other_sources: [],
    });
    for (const path of [
      '/callbacks/service-1?source=us',
      '/callbacks/SERVICE-1',
      '/callbacks/nobody',
      '/callbacks/a%00b',
    ]) {
      expect((await fetch(`${app.url}/api/v1${path}`)).status).toBe(404);
    }
    expect((await fetch(`${app.url}/api/v1/callbacks/%ff`)).status).toBe(400);
  });

  it('shows all 70 keys, what was received, and what contradicts itself', async () => {
    const app = await start();
    await send(app, EVENTS, anEvent({ _CB_DISPOSITION: 'QUEUED', mine: 'x' }));
    await send(
      app,
      EVENTS,
      aFinal({
        _CB_N_CALLBACK_ACCEPTED: 1,
        _CB_N_CALLBACK_MEDIA_ATTEMPTS: 2,
        _CB_DIAL_1_RESULT: 'BUSY',
        _CB_T_DIAL_1: seconds() - 300,
      }),
    );
    await send(app, STATUS, { event: '_cbe_on_service_exit', _service_id: 'service-1' });
    const told = await get(app, '/callbacks/service-1');
    expect(Object.keys(told['keys'] as Item)).toHaveLength(70);
    expect(told).toMatchObject({
      state: 'COMPLETED',
      sub_state: 'AGENT',
      events: [
        { sequence: 1, counts: false, keys: { mine: 'x' } },
        { sequence: 2, final: true, counts: true },
      ],
      dials: [{ n: 1, result: 'BUSY' }],
      state_changes: [{ event: '_cbe_on_service_exit', state: 'COMPLETED' }],
    });
    expect((told['findings'] as Item[]).length).toBeGreaterThan(0);
  });
});

describe('the reports', () => {
  const BY = [
    'hour',
    'day',
    'week',
    'month',
    'queue',
    'channel',
    'type',
    'offer_type',
    'offer_timing',
    'disposition',
    'connect_order',
    'call_direction',
    'final_dial_result',
    'dialog_result',
    'target',
    'tenant',
    'source',
  ];

  it('count the same callbacks by whatever they are asked', async () => {
    const app = await start({ tenants: '1=Sales' });
    const events = Array.from({ length: 12 }, (_, n) =>
      aFinal({
        _CB_SERVICE_ID: `s${String(n)}`,
        _CB_DIM_VQ: `q${String(n % 3)}`,
        _CB_TENANT_DBID: n % 2,
        _CB_T_SERVICE_END: seconds() - n * 60 - 1,
      }),
    );
    await send(app, EVENTS, events);
    for (const by of [
      ...BY,
      BY.slice(1)
        .filter((one) => one !== 'week' && one !== 'month')
        .join(','),
    ]) {
      const { items } = await list(app, `/callbacks/summary?by=${by}`);
      expect([by, items.reduce((sum, item) => sum + Number(item['successful']), 0)]).toEqual([by, 12]);
      expect(Object.keys(items[0] ?? {}).slice(0, 2)).toEqual([
        'interval_start',
        by.includes('day') || ['hour', 'week', 'month'].includes(by) ? (by.split(',')[1] ?? 'callbacks') : by,
      ]);
    }
    expect((await list(app, '/callbacks/summary?by=tenant')).items.map(({ tenant }) => tenant).sort()).toEqual([
      'Sales',
      'UNKNOWN',
    ]);
    expect((await list(app, '/callbacks/summary?queue=q1')).items).toMatchObject([{ successful: 4 }]);
    expect(await idsOf(app, '/callbacks/details?queue=q1')).toEqual(['s1', 's10', 's4', 's7']);
    expect((await list(app, '/callbacks/summary?source=nobody')).items).toEqual([]);
  });

  it('begin hours, days, weeks and months by the clock of the zone, where clocks change too', async () => {
    const app = await start();
    const at = (time: string) => Date.parse(time) / 1000;
    // Berlin turned its clocks back on 2025-10-26 at 03:00 summer time: 02:30 came twice.
    const ends = [
      '2025-10-25T22:30:00Z',
      '2025-10-26T00:30:00Z',
      '2025-10-26T01:30:00Z',
      '2025-10-26T22:59:59Z',
      '2025-10-26T23:00:00Z',
    ];
    const start1 = {
      _CB_T_SERVICE_START: at('2025-10-25T10:00:00Z'),
      _CB_T_CALLBACK_OFFERED: at('2025-10-25T10:00:00Z'),
    };
    await send(
      app,
      EVENTS,
      ends.map((end, n) => aFinal({ ...start1, _CB_SERVICE_ID: `s${String(n)}`, _CB_T_SERVICE_END: at(end) })),
    );
    const asked = async (by: string) =>
      (await list(app, `/callbacks/summary?${EVERYTHING}&tz=Europe/Berlin&by=${by}`)).items.map((item) => [
        item['interval_start'],
        item['successful'],
      ]);
    expect(await asked('day')).toEqual([
      ['2025-10-26T23:00:00.000Z', 1],
      ['2025-10-25T22:00:00.000Z', 4],
    ]);
    expect(await asked('hour')).toEqual([
      ['2025-10-26T23:00:00.000Z', 1],
      ['2025-10-26T22:00:00.000Z', 1],
      ['2025-10-26T01:00:00.000Z', 1],
      ['2025-10-26T00:00:00.000Z', 1],
      ['2025-10-25T22:00:00.000Z', 1],
    ]);
    expect(await asked('week')).toEqual([
      ['2025-10-26T23:00:00.000Z', 1],
      ['2025-10-19T22:00:00.000Z', 4],
    ]);
    expect(await asked('month')).toEqual([['2025-09-30T22:00:00.000Z', 5]]);
  });

  it('of capacity hold agents against who waits; without a file they say so', async () => {
    const bare = await start();
    expect((await fetch(`${bare.url}/api/v1/callbacks/capacity`)).status).toBe(404);
    const file = join(mkdtempSync(join(tmpdir(), 'ocm-capacity-')), 'agents.csv');
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `sales,${day},00:00,24:00,4`);
    writeFileSync(file, ['queue,weekday,from,to,agents', ...days].join('\n'));
    const app = await start({ callback_capacity: file });
    app.clock.setMs(Date.parse('2026-03-04T12:00:00Z'));
    const event = (id: string, keys: Keys) => {
      const early = Date.parse('2026-03-04T11:00:00Z') / 1000;
      return anEvent({
        _CB_SERVICE_ID: id,
        _CB_T_SERVICE_START: early,
        _CB_T_CALLBACK_OFFERED: early,
        _CB_DIM_VQ: 'sales',
        ...keys,
      });
    };
    const later = Date.parse('2026-03-04T15:00:00Z') / 1000;
    await send(app, EVENTS, [
      event('waiting', { _CB_T_CALLBACK_ACCEPTED: later - 4 * 3600 }),
      event('redial', { _CB_T_NEXT_REDIAL_ATTEMPT: later }),
      event('elsewhere', { _CB_DIM_VQ: 'other' }),
    ]);
    const report = await get(app, '/callbacks/capacity?from=2026-03-04&to=2026-03-05');
    expect(report).toMatchObject({
      items: [{ queue: 'sales', agents: 4, accepted: 1, due: 1, waiting: 1, open: 2, open_per_agent: 0.5 }],
      outside: { accepted: 0, due: 0, waiting: 1 },
    });
    const untilNow = await get(app, '/callbacks/capacity');
    // Yesterday's slot reaches into the last 24 hours, and today's is the one of now.
    expect(untilNow).toMatchObject({ items: [{ waiting: 0 }, { waiting: 1 }], outside: { waiting: 1 } });
    expect(await textOf(app, '/api/v1/callbacks/capacity?format=csv')).toMatch(/^slot_start,/);
    for (const query of ['tz=Mars', 'from=2000-01-01&to=2026-01-01', 'format=xml']) {
      expect((await fetch(`${app.url}/api/v1/callbacks/capacity?${query}`)).status).toBe(400);
    }
  });
});
