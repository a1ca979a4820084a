import Database from 'better-sqlite3';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type SharedApp, sharedApps, testApps, type TestApp } from '../support/app.js';
import {
  aFinal,
  type Answer,
  anEvent,
  answerTo as answerAt,
  ATTACHED,
  EVENTS,
  get,
  type Item,
  list,
  send as sendTo,
  STATUS,
  textOf,
} from '../support/callback-posts.js';
import { parseExposition, valueOf } from '../support/exposition.js';

const start = testApps();
const share = sharedApps();

const ANNOUNCED = { event: '_cbe_on_callback_queued', _service_id: 'service-1' };
const CARRIED = { interaction_id: 'call-1', _CB_SERVICE_ID: 'service-1' };
const GOOD = [
  [EVENTS, anEvent()],
  [ATTACHED, CARRIED],
  [STATUS, ANNOUNCED],
] as const;

/** Where a test posts: as its own source, in a service that it shares. */
type Place = TestApp | SharedApp;
const addressOf = (app: Place, path: string) =>
  'source' in app ? path.replace(/^\/gms\/(?=[a-z-]+$)/, `/gms/${app.source}/`) : path;
const send = (app: Place, path: string, ...body: [unknown, Record<string, string>?]) =>
  sendTo(app, addressOf(app, path), ...body);
const answerTo = (app: Place, path: string, body: unknown) => answerAt(app, addressOf(app, path), body);
/** The rows of a table, of the test's own source where it has one. */
const rows = (app: Place, table: string): number => {
  const db = new Database(app.database, { readonly: true });
  const ofCallbacks = table.startsWith('callback_') ? 'JOIN callbacks USING (callback_no)' : '';
  const count = db
    .prepare(`SELECT count(*) FROM ${table} ${ofCallbacks} WHERE source = coalesce(?, source)`)
    .pluck()
    .get('source' in app ? app.source : null) as number;
  db.close();
  return count;
};
const asked = (app: Place) => ('source' in app ? `?source=${app.source}` : '');
const callbacks = async (app: Place) => (await list(app, `/callbacks${asked(app)}`)).items;
const held = async (app: SharedApp) => (await list(app, `/quarantine${asked(app)}`)).items;
const missingKeys = async (app: SharedApp) =>
  (await list(app, '/callbacks/missing-keys?limit=1000')).items.filter(({ source }) => source === app.source);
const replayOf = (app: SharedApp, dryRun: boolean) =>
  send(
    app,
    '/api/v1/quarantine/replay',
    { dry_run: dryRun, source: app.source },
    { 'Content-Type': 'application/json' },
  );
const story = (app: Place, id = 'service-1') => get(app, `/callbacks/${encodeURIComponent(id)}${asked(app)}`);
const keysOf = async (app: Place, id?: string) => (await story(app, id))['keys'] as Item;
const mandatory = [
  '_CB_D_CALLBACK_OFFER',
  '_CB_N_CALLBACK_OFFERED',
  '_CB_SERVICE_ID',
  '_CB_T_CALLBACK_OFFERED',
  '_CB_T_SERVICE_START',
];
const missingIn = ({ violations = [] }: Answer) =>
  violations.filter(({ rule }) => rule === 'present').map(({ field }) => field);
const callbackCounters = async (app: TestApp) =>
  parseExposition(await textOf(app, '/metrics'))
    .filter(({ name }) => name.startsWith('gms_callback_') && !name.includes('open') && !name.includes('last'))
    .map(({ name, labels, value }) => `${name}${JSON.stringify(labels)} ${String(value)}`);

describe.each(GOOD)('a post to %s', (path, body) => {
  it('is stored and answered 200, at each of its addresses', async () => {
    const app = await start({ ingest_tokens: 'se%cret/1,other' });
    const own = path.replace('/gms/', '/gms/eu-1/');
    for (const at of [`${path}?token=other`, `/t/se%25cret%2F1${path}`, `/t/other${own}`, `${own}?token=se%25cret/1`]) {
      const answer = await answerTo(app, at, body);
      expect([at, answer.status, answer.service_id]).toEqual([at, 200, 'service-1']);
    }
    const sources = (await callbacks(app)).map(({ source }) => source);
    expect(sources.sort()).toEqual(['default', 'eu-1']);
  });

  it('is refused without a secret, before anything else is said, and taken with one in any of the ways', async () => {
    const app = await start({ ingest_tokens: 'secret', body_limit: '1kb' });
    const big = 'x'.repeat(3000);
    const refused: [string, string, Record<string, string>][] = [
      [path, JSON.stringify(body), {}],
      [path, JSON.stringify(body), { Authorization: 'Bearer wrong' }],
      [path, JSON.stringify(body), { Authorization: `Basic ${btoa('secret:')}` }],
      [path, big, {}],
      [path, JSON.stringify(body), { 'Content-Encoding': 'gzip' }],
      [`/t/wrong${path}`, JSON.stringify(body), {}],
      [`${path}?token=wrong`, JSON.stringify(body), {}],
      [`${path}/nothing`, JSON.stringify(body), {}],
    ];
    for (const [at, text, headers] of refused) {
      const response = await send(app, at, text, headers);
      expect([at, response.status]).toEqual([at, 401]);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect((await fetch(app.url + path)).status).toBe(401);
    expect(rows(app, 'quarantine')).toBe(0);
    const admitted: Record<string, string>[] = [
      { Authorization: 'Bearer secret' },
      { Authorization: `Basic ${btoa('gms:secret')}` },
      { 'X-Api-Key': 'secret' },
    ];
    for (const headers of admitted) expect((await send(app, path, body, headers)).status).toBe(200);
    const rejected = valueOf(await textOf(app, '/metrics'), 'ocs_monitor_rejected_total', {
      source: 'default',
      reason: 'unauthorized',
    });
    expect(rejected).toBe(refused.length + 1);
  });

  it('from an address that may not post is answered 403 and not kept', async () => {
    const app = await share({ ingest_networks: '10.0.0.0/8' });
    expect((await send(app, path, body)).status).toBe(403);
    expect(rows(app, 'quarantine') + rows(app, 'callbacks')).toBe(0);
  });

  it('to a source of no valid name, or one level too deep, is answered 404', async () => {
    const app = await share();
    for (const source of ['a b', 'x'.repeat(65), '%2e%2e', 'a%2fb', 'ü', 'a/b']) {
      const at = path.replace('/gms/', `/gms/${source}/`);
      const response = await send(app, at, body);
      expect([at, response.status]).toEqual([at, 404]);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
    expect((await send(app, path.replace('/gms/', `/gms/${'x'.repeat(64)}/`), body)).status).toBe(200);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'])('with %s is answered 405 with Allow', async (method) => {
    const app = await share();
    for (const at of [path, path.replace('/gms/', '/gms/eu-1/'), `/t/x${path}`, path.toUpperCase()]) {
      const response = await fetch(app.url + at, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
      if (method !== 'HEAD') expect(await response.text()).toContain('This is the right address');
    }
  });

  it('over the limit is answered 413, sent whole or in chunks; its beginning is kept', async () => {
    const app = await share({ body_limit: '2kb' });
    const text = JSON.stringify({ ...body, note: 'x'.repeat(5000) });
    const answer = await answerTo(app, path, text);
    expect([answer.status, answer.violations?.[0]?.rule]).toEqual([413, 'within OCM_BODY_LIMIT']);
    const chunked = await new Promise<string>((resolve) => {
      const socket = connect(app.app.port, '127.0.0.1');
      let heard = '';
      socket.on('data', (data) => (heard += data.toString()));
      socket.on('close', () => {
        resolve(heard);
      });
      socket.write(`POST ${addressOf(app, path)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
      for (let at = 0; at < text.length; at += 500) {
        const piece = text.slice(at, at + 500);
        socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
      }
      socket.write('0\r\n\r\n');
    });
    expect(chunked).toMatch(/^HTTP\/1.1 413 /);
    expect(await held(app)).toMatchObject([{ reason: 'too_large', count: 2, size_bytes: text.length }]);
  });

  it('compressed is answered 415', async () => {
    const app = await share();
    expect((await send(app, path, body, { 'Content-Encoding': 'gzip' })).status).toBe(415);
    expect((await send(app, path, body, { 'Content-Encoding': 'identity' })).status).toBe(200);
  });

  it('that cannot be made durable is answered 503 with Retry-After', async () => {
    const app = await share();
    const intruder = new Database(app.database);
    intruder.exec('BEGIN IMMEDIATE');
    const response = await send(app, path, body);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    intruder.exec('ROLLBACK');
    intruder.close();
    expect((await send(app, path, body)).status).toBe(200);
  });

  it('is read whatever its Content-Type says', async () => {
    const app = await share();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'nonsense',
      'multipart/form-data',
      'text/xml',
    ]) {
      expect([type, (await send(app, path, body, { 'Content-Type': type })).status]).toEqual([type, 200]);
    }
  });

  it('sent again is a duplicate, and a row no more', async () => {
    const app = await share();
    expect((await answerTo(app, path, body)).outcome).toBe('recorded');
    expect((await answerTo(app, path, body)).outcome).toBe('duplicate');
    const table = {
      [EVENTS]: 'callback_events',
      [ATTACHED]: 'callback_attachments',
      [STATUS]: 'callback_notifications',
    };
    expect(rows(app, table[path])).toBe(1);
  });
});

describe('a body that cannot be read', () => {
  const UNREADABLE = [
    ['nothing', ''],
    ['white space', ' \r\n '],
    ['text that is no JSON', '{"_CB_SERVICE_ID"'],
    ['nesting deeper than 32', `${'['.repeat(33)}${']'.repeat(33)}`],
  ] as const;

  it.each(UNREADABLE)('(%s) is answered 400 and kept', async (_, body) => {
    const app = await share();
    for (const path of [EVENTS, ATTACHED]) {
      const answer = await answerTo(app, path, body);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(await get(app, `/quarantine/${String(answer.quarantine_id)}`)).toMatchObject({ reason: 'not_json', body });
    }
    const answer = await answerTo(app, STATUS, body);
    expect([answer.status, answer.outcome]).toEqual([200, 'quarantined']);
    expect(await get(app, `/quarantine/${String(answer.quarantine_id)}`)).toMatchObject({ body });
  });

  it.each([
    ['a text', '"x"'],
    ['a number', '5'],
    ['null', 'null'],
    ['true', 'true'],
  ])('(%s) is answered 422 where an object is wanted', async (_, body) => {
    const app = await share();
    for (const path of [EVENTS, ATTACHED]) expect((await answerTo(app, path, body)).status).toBe(422);
    expect((await answerTo(app, STATUS, body)).status).toBe(200);
    expect(await held(app)).toHaveLength(3);
  });
});

describe('an event that lacks mandatory keys', () => {
  it('is refused with every one of them, and held as it came', async () => {
    const app = await share();
    const body = '{"x":"caf\u00e9",  "_CB_T_SERVICE_START":0,"_CB_SERVICE_ID":"undefined"}';
    const answer = await answerTo(app, EVENTS, body);
    expect(answer.status).toBe(422);
    expect(missingIn(answer).sort()).toEqual(mandatory);
    const held = await get(app, `/quarantine/${String(answer.quarantine_id)}`);
    expect(held).toMatchObject({ body, reason: 'missing_key', count: 1 });
    expect(rows(app, 'callbacks')).toBe(0);
  });

  it('is counted by key, in the report and in the metrics; each arrival anew', async () => {
    const app = await share();
    const silent = { _CB_D_CALLBACK_OFFER: '', _CB_T_CALLBACK_OFFERED: null };
    const lacking = anEvent({ _service_name: 'sales', ...silent });
    for (let n = 0; n < 3; n++) await send(app, EVENTS, lacking);
    const items = await missingKeys(app);
    expect(items.map(({ service, key, events, last_service_id: id }) => [service, key, events, id])).toEqual([
      ['sales', '_CB_D_CALLBACK_OFFER', 3, 'service-1'],
      ['sales', '_CB_T_CALLBACK_OFFERED', 3, 'service-1'],
    ]);
    const metrics = await textOf(app, '/metrics');
    const { source } = app;
    const missing = (key: string) => valueOf(metrics, 'gms_callback_missing_mandatory_total', { source, key });
    expect(mandatory.map(missing)).toEqual([3, 0, 0, 3, 0]);
    expect(valueOf(metrics, 'ocs_monitor_rejected_total', { source, reason: 'missing_key' })).toBe(3);
  });

  it('may have zeros where zeros are values, but not times of 0', async () => {
    const app = await share();
    expect(
      (await answerTo(app, EVENTS, anEvent({ _CB_D_CALLBACK_OFFER: 0, _CB_N_CALLBACK_OFFERED: '0' }))).status,
    ).toBe(200);
    const late = await answerTo(app, EVENTS, anEvent({ _CB_T_SERVICE_START: '0', _CB_T_CALLBACK_OFFERED: 0 }));
    expect(missingIn(late).sort()).toEqual(['_CB_T_CALLBACK_OFFERED', '_CB_T_SERVICE_START']);
  });

  it('is after-final once its callback ended: held and shown, but not counted as lacking anything', async () => {
    const app = await share();
    const lacking = anEvent({ note: 'wrap-up', _CB_T_SERVICE_START: undefined });
    const first = await answerTo(app, EVENTS, lacking);
    expect(first.status).toBe(422);
    await send(app, EVENTS, aFinal());
    const before = await callbackCounters(app);
    const replay = async (dryRun: boolean) =>
      (await (await replayOf(app, dryRun)).json()) as { items: { id: string; outcome: string }[] };
    const made = [{ id: first.quarantine_id, outcome: 'after-final' }];
    expect((await replay(true)).items).toMatchObject(made);
    expect(rows(app, 'callback_events')).toBe(1);
    expect((await replay(false)).items).toMatchObject(made);
    expect((await replay(false)).items).toEqual([]);
    expect(await callbackCounters(app)).toEqual(before);
    expect(await answerTo(app, EVENTS, { ...lacking, note: 'again' })).toMatchObject({
      status: 200,
      outcome: 'after-final',
    });
    const told = await story(app);
    expect(told).toMatchObject({
      final: true,
      events: [{ counts: true }, { after_final: true }, { after_final: true }],
    });
    expect(
      valueOf(await textOf(app, '/metrics'), 'gms_callback_missing_mandatory_total', {
        source: app.source,
        key: '_CB_T_SERVICE_START',
      }),
    ).toBe(1);
  });

  it('can be replayed from a dry run on without moving the counters, and stays held while it lacks keys', async () => {
    const app = await share();
    await send(app, EVENTS, { _CB_SERVICE_ID: 'x' });
    const before = await callbackCounters(app);
    for (const dryRun of [true, false, false]) {
      const response = await replayOf(app, dryRun);
      const { items } = (await response.json()) as { items: Answer[] };
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({ outcome: 'quarantined' });
      expect(items[0]?.violations).toHaveLength(4);
    }
    expect(await callbackCounters(app)).toEqual(before);
    expect((await missingKeys(app)).map(({ events }) => events)).toEqual([1, 1, 1, 1]);
    expect(await held(app)).toHaveLength(1);
  });
});

describe('several events in one body', () => {
  const several = (count: number) =>
    Array.from({ length: count }, (_, n) => anEvent({ _CB_SERVICE_ID: `s-${String(n)}` }));

  it.each([0, 1001])('(%i) are refused whole', async (count) => {
    const app = await share();
    const answer = await answerTo(app, EVENTS, several(count));
    expect(answer.status).toBe(422);
    expect(answer.violations).toEqual([{ field: '', rule: '1 to 1000 events', found: String(count) }]);
    expect(rows(app, 'callbacks')).toBe(0);
  });

  it.each([1, 1000])('(%i) are answered one by one', async (count) => {
    const app = await share();
    const answer = await answerTo(app, EVENTS, several(count));
    expect(answer.status).toBe(200);
    expect(answer.items?.map(({ outcome, service_id: id }) => [outcome, id])).toEqual(
      several(count).map(({ _CB_SERVICE_ID: id }) => ['recorded', id]),
    );
    expect(rows(app, 'callbacks')).toBe(count);
  });

  it('of which some are faulty: those are held singly, byte for byte, and can be replayed', async () => {
    const app = await share();
    const faulty = '{ "_CB_SERVICE_ID" : "lame, [x] }" }';
    const known = JSON.stringify(anEvent());
    const deep = `${'['.repeat(31)}${']'.repeat(31)}`;
    const answer = await answerTo(app, EVENTS, `[${known}, ${faulty},${known},5 , null,"]",${deep}]`);
    expect(answer.status).toBe(200);
    expect(answer.items?.map(({ outcome }) => outcome)).toEqual([
      'recorded',
      'quarantined',
      'duplicate',
      ...['quarantined', 'quarantined', 'quarantined', 'quarantined'],
    ]);
    const held = await get(app, `/quarantine/${String(answer.items?.[1]?.quarantine_id)}`);
    expect(held).toMatchObject({ body: faulty, reason: 'missing_key' });
    const again = await answerTo(app, EVENTS, faulty);
    expect(again.quarantine_id).toBe(answer.items?.[1]?.quarantine_id);
    const metrics = await textOf(app, '/metrics');
    expect(
      valueOf(metrics, 'gms_callback_missing_mandatory_total', { key: '_CB_T_SERVICE_START', source: app.source }),
    ).toBe(2);
  });

  it('that are all faulty are answered 422 with every violation of each', async () => {
    const app = await share();
    const answer = await answerTo(app, EVENTS, [{ _CB_SERVICE_ID: 'a' }, {}, 7]);
    expect(answer.status).toBe(422);
    expect(answer.violations?.map(({ field }) => field).sort()).toEqual([
      ...mandatory.filter((key) => key !== '_CB_SERVICE_ID').map((key) => `0/${key}`),
      ...mandatory.map((key) => `1/${key}`),
      '2/',
    ]);
    expect(answer.items).toHaveLength(3);
    expect(rows(app, 'quarantine')).toBe(3);
  });

  it('of which one ends a callback let later ones of the same body be after-final', async () => {
    const app = await share();
    const answer = await answerTo(app, EVENTS, [aFinal(), { _CB_SERVICE_ID: 'service-1' }]);
    expect(answer.items?.map(({ outcome }) => outcome)).toEqual(['recorded', 'after-final']);
  });
});

describe('keys and values', () => {
  it('may be form-encoded, in UTF-8 where percent-encoded and in the encoding of the source elsewhere', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ocm-config-')), 'config.yaml');
    writeFileSync(file, 'sources:\n  eu-1:\n    encoding: windows-1252\n');
    const app = await start({}, { configFile: file });
    const form = Object.entries(anEvent())
      .map(([key, value]) => `${key}=${String(value)}`)
      .join('&');
    const bytes = Buffer.from(`${form}&_CB_DIM_VQ=M\u00fcller+%26+S%C3%B6hne%2B1&_CB_DIM_FINAL_TARGET=50%25`, 'latin1');
    expect((await send(app, '/gms/eu-1/callback-events', bytes)).status).toBe(200);
    expect(await keysOf(app)).toMatchObject({ _CB_DIM_VQ: 'Müller & Söhne+1', _CB_DIM_FINAL_TARGET: '50%' });
    expect((await answerTo(app, '/gms/eu-1/callback-events', `${form}&_CB_DIM_VQ=Qu%E9bec`)).warnings).toBeUndefined();
    const lost = [];
    for (const byte of ['%E9', '%E8', '%E9'])
      lost.push((await answerTo(app, '/gms/eu-2/callback-events', `${form}&_CB_DIM_VQ=Qu${byte}bec`)).outcome);
    expect(lost).toEqual(['recorded', 'recorded', 'duplicate']);
    const json = Buffer.from(
      JSON.stringify(anEvent({ _CB_SERVICE_ID: 'json', _CB_DIM_VQ: 'Z\u00fcrich \u0080' })),
      'latin1',
    );
    expect((await send(app, '/gms/eu-1/callback-events', json)).status).toBe(200);
    expect(await keysOf(app, 'json')).toMatchObject({ _CB_DIM_VQ: 'Zürich €' });
  });

  it('that are not in the encoding of the source are shown with a mark in their place', async () => {
    const app = await share();
    const bytes = Buffer.from(JSON.stringify(anEvent({ _CB_DIM_VQ: 'Z\u00fcrich' })), 'latin1');
    expect((await send(app, EVENTS, bytes)).status).toBe(200);
    expect(await keysOf(app)).toMatchObject({ _CB_DIM_VQ: 'Z\ufffdrich' });
  });

  it('may stand below UserData, as an object, as JSON in a text, and in a form', async () => {
    const app = await share();
    const inner = (id: string) => anEvent({ _CB_SERVICE_ID: id });
    const bodies = [
      { UserData: inner('a'), ConnID: '1' },
      { UserData: JSON.stringify(inner('b')) },
      [{ UserData: inner('c') }, inner('d')],
      new URLSearchParams({ UserData: JSON.stringify(inner('e')) }).toString(),
    ];
    for (const body of bodies) expect((await send(app, EVENTS, body)).status).toBe(200);
    const ids = (await callbacks(app)).map(({ service_id: id }) => id);
    expect(ids.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('may be spelled as in a start request; the registry’s spelling counts where both are there', async () => {
    const app = await share();
    const body = Object.fromEntries(Object.entries(anEvent()).map(([key, value]) => [key.toLowerCase(), value]));
    const answer = await answerTo(app, EVENTS, { ...body, _cb_dim_channel: 'web', _CB_DIM_CHANNEL: 'IVR' });
    expect(answer).toMatchObject({
      status: 200,
      warnings: [{ field: '_cb_dim_channel', rule: 'equal to _CB_DIM_CHANNEL' }],
    });
    expect(await keysOf(app)).toMatchObject({ _CB_DIM_CHANNEL: 'IVR' });
    expect((await answerTo(app, EVENTS, anEvent({ _CB_DIM_CHANNEL: 'IVR' }))).outcome).not.toBe(undefined);
  });

  it('that are no 32-bit numbers where Info Mart keeps such are kept, and count as absent', async () => {
    const app = await share();
    const odd = { _CB_N_CALLBACK_MEDIA_ATTEMPTS: '+4915112345678', _CB_TENANT_DBID: 1e20, _CB_DIM_VQ_DBID: 2 ** 31 };
    const answer = await answerTo(app, EVENTS, anEvent(odd));
    expect(answer.warnings?.map(({ field }) => field).sort()).toEqual(Object.keys(odd).sort());
    expect(await keysOf(app)).toMatchObject({ _CB_N_CALLBACK_MEDIA_ATTEMPTS: null, _CB_TENANT_DBID: null });
    const refused = await answerTo(app, EVENTS, anEvent({ _CB_D_CALLBACK_OFFER: 2 ** 31 }));
    expect([refused.status, refused.violations?.[0]?.field]).toEqual([422, '_CB_D_CALLBACK_OFFER']);
  });

  it('that nobody knows, or that cannot be read, are kept with a warning', async () => {
    const app = await share();
    const odd = { _CB_NEW: 'x', other: { a: [1] }, _CB_N_CALLBACK_MEDIA_ATTEMPTS: 'many', _CB_DIM_CHANNEL: 'PIGEON' };
    const answer = await answerTo(app, EVENTS, anEvent(odd));
    expect(answer.status).toBe(200);
    expect(answer.warnings?.map(({ field }) => field).sort()).toEqual([
      '_CB_DIM_CHANNEL',
      '_CB_NEW',
      '_CB_N_CALLBACK_MEDIA_ATTEMPTS',
    ]);
    const told = await story(app);
    expect((told['events'] as Item[])[0]).toMatchObject({ keys: odd });
    expect(told['keys']).toMatchObject({ _CB_N_CALLBACK_MEDIA_ATTEMPTS: null, _CB_DIM_CHANNEL: 'PIGEON' });
  });

  it('named like members of every object are keys like others', async () => {
    const app = await share();
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];
    const odd = names.map((name) => `${JSON.stringify(name)}:{"_CB_SERVICE_ID":"evil"}`).join(',');
    const body = `{${odd},${JSON.stringify(anEvent()).slice(1)}`;
    expect(await answerTo(app, EVENTS, body)).toMatchObject({ status: 200, service_id: 'service-1' });
    const response = await textOf(app, `/api/v1/callbacks/service-1${asked(app)}`);
    for (const name of names) expect(response).toContain(`"${name}":{"_CB_SERVICE_ID":"evil"}`);
    expect(({} as Item)['_CB_SERVICE_ID']).toBeUndefined();
  });

  it('that stand twice with differing values are refused, with equal ones warned of', async () => {
    const app = await share();
    const rest = JSON.stringify(anEvent()).slice(1);
    const refused = await answerTo(app, EVENTS, `{"_CB_SERVICE_ID":"other",${rest}`);
    expect([refused.status, refused.violations?.[0]?.field]).toEqual([422, '_CB_SERVICE_ID']);
    const odd = await answerTo(app, EVENTS, `{"_CB_SERVICE_ID":"service-1",${rest}`);
    expect([odd.status, odd.warnings?.length]).toEqual([200, 1]);
    const form = '_CB_SERVICE_ID=a&_CB_SERVICE_ID=b';
    expect((await answerTo(app, EVENTS, form)).violations?.[0]).toMatchObject({
      field: '_CB_SERVICE_ID',
      found: 'a and b',
    });
  });
});

describe('a callback of very many events', () => {
  it('holds 200 different ones, and its final one beyond', async () => {
    const app = await share();
    await send(
      app,
      EVENTS,
      Array.from({ length: 200 }, (_, n) => anEvent({ n })),
    );
    expect((await answerTo(app, EVENTS, anEvent({ n: 200 }))).status).toBe(422);
    expect((await answerTo(app, EVENTS, anEvent({ n: 7 }))).outcome).toBe('duplicate');
    expect((await answerTo(app, EVENTS, aFinal())).outcome).toBe('recorded');
    expect((await answerTo(app, EVENTS, aFinal({ n: 1 }))).status).toBe(422);
    expect(await story(app)).toMatchObject({ final: true });
  });
});

describe('attached data', () => {
  it('may come before the first event, and does not touch what the event says', async () => {
    const app = await share();
    const booked = anEvent()['_CB_T_SERVICE_START'] as number;
    const body = { ...CARRIED, _CB_T_SERVICE_START: booked + 7200, _CB_T_CALLBACK_ACCEPTED: booked + 20 };
    expect(await answerTo(app, ATTACHED, body)).toMatchObject({
      status: 200,
      outcome: 'recorded',
      service_id: 'service-1',
    });
    await send(app, EVENTS, anEvent());
    expect(await story(app)).toMatchObject({
      attachments: 1,
      interactions: [{ interaction_id: 'call-1', role: 'attached' }],
      keys: { _CB_T_SERVICE_START: booked, _CB_T_CALLBACK_ACCEPTED: null },
    });
    const metrics = await textOf(app, '/metrics');
    expect(valueOf(metrics, 'gms_callback_records_total', { final: 'false', source: app.source })).toBe(1);
  });

  it('without its interaction or its service is refused with both named', async () => {
    const app = await share();
    const answer = await answerTo(app, ATTACHED, { other: 1 });
    expect([answer.status, missingIn(answer).sort()]).toEqual([422, ['_CB_SERVICE_ID', 'interaction_id']]);
    expect((await answerTo(app, ATTACHED, 'interaction_id=c%2F1&_CB_SERVICE_ID=s')).status).toBe(200);
  });
});

describe('a status notification', () => {
  it.each([
    [
      'JSON with strange keys',
      { data: { notification: '_cbe_on_callback_scheduled' }, svc: { _service_id: 'service-1' } },
    ],
    ['a form', '_service_id=service-1&event=_cbe_on_callback_scheduled'],
    ['text', 'event: _cbe_on_callback_scheduled, service_id: service-1'],
    ['XML', '<n><e>_cbe_on_callback_scheduled</e><service_id>service-1</service_id></n>'],
    ['broken JSON', '{"event":"_cbe_on_callback_scheduled","_service_id":"service-1",'],
  ])('in %s says where its callback stands', async (_, body) => {
    const app = await share();
    expect(await answerTo(app, STATUS, body)).toMatchObject({
      status: 200,
      outcome: 'recorded',
      service_id: 'service-1',
    });
    expect(await story(app)).toMatchObject({ live_event: '_cbe_on_callback_scheduled', live_state: 'SCHEDULED' });
  });

  it('that names nothing is in quarantine and answered exactly 200', async () => {
    const app = await share();
    for (const body of ['hello', '{}', '[]', '\xff\xfe', '{"event":"_cbe_on_callback_queued"}']) {
      const response = await send(app, STATUS, body);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        outcome: 'quarantined',
        quarantine_id: expect.any(String) as string,
      });
    }
    expect(rows(app, 'quarantine')).toBe(5);
  });

  it('with a key twice and differing values is held whole, because one of them would be lost', async () => {
    const app = await share();
    const body = '{"event":"_cbe_on_callback_queued","_service_id":"a","_service_id":"b"}';
    const answer = await answerTo(app, STATUS, body);
    expect(answer).toMatchObject({ status: 200, outcome: 'quarantined', violations: [{ field: '_service_id' }] });
    expect(await get(app, `/quarantine/${String(answer.quarantine_id)}`)).toMatchObject({ body });
  });

  it('that comes late does not turn the state back', async () => {
    const app = await share();
    const now = new Date().getTime();
    app.clock.setMs(now);
    await send(app, STATUS, { ...ANNOUNCED, event: '_cbe_on_route_to_agent' });
    app.clock.setMs(now - 60_000);
    await send(app, STATUS, ANNOUNCED);
    app.clock.setMs(null);
    expect(await story(app)).toMatchObject({ live_state: 'PROCESSING' });
  });
});

describe('after a restart', () => {
  it('open callbacks, hashes and lists are what they were', async () => {
    const app = await start();
    await send(app, EVENTS, [
      anEvent({
        _CB_SERVICE_ID: 'open',
        _CB_CUSTOMER_ANI: '+49 (151) 1234567',
        _CB_DISPOSITION: 'QUEUED',
        _CB_DIM_VQ: 'VQ 1',
      }),
      aFinal({ _CB_SERVICE_ID: 'ended', _CB_CUSTOMER_PHONE_NUMBER: '491511234567' }),
      { _CB_SERVICE_ID: 'lacking' },
    ]);
    await send(app, STATUS, { ...ANNOUNCED, _service_id: 'live' });
    const look = async ({ url }: TestApp) => ({
      gauges: parseExposition(await textOf({ url }, '/metrics')).filter(({ name }) =>
        name.startsWith('gms_callback_open'),
      ),
      last: parseExposition(await textOf({ url }, '/metrics')).filter(({ name }) => name.includes('callback_last')),
      callbacks: (await list({ url }, '/callbacks')).items,
      missing: await list({ url }, '/callbacks/missing-keys'),
      summary: await list({ url }, '/callbacks/summary'),
    });
    const before = await look(app);
    expect(before.gauges.reduce((sum, { value, name }) => sum + (name === 'gms_callback_open' ? value : 0), 0)).toBe(1);
    const [{ phone_hash: hash } = {}] = before.callbacks.filter(({ service_id: id }) => id === 'ended');
    const found = await list(app, `/callbacks?phone_hash=${String(hash)}`);
    expect(found.items.map(({ service_id: id }) => id).sort()).toEqual(['ended', 'open']);
    await app.stop();
    const again = await start({}, { database: app.database });
    expect(await look(again)).toEqual(before);
    expect((await answerTo(again, EVENTS, aFinal({ _CB_SERVICE_ID: 'ended', late: 1 }))).outcome).toBe('after-final');
  });
});
