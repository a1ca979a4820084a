/** Targets and headers as strange as clients write them: secrets are asked for first, and nothing is a fault of ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { undocumented } from '../support/documented.js';
import { aPost } from '../support/posts.js';
import { rawAsk, type RawRequest } from '../support/raw-http.js';

const PATH = '/ocs/campaign-group-state';
let guarded: TestApp;
let open: TestApp;
beforeAll(async () => {
  guarded = await startTestApp({ ingest_tokens: 'sesame,se%same,100%', read_tokens: 'r', base_path: '/a.b' });
  open = await startTestApp();
});
afterAll(async () => {
  await guarded.remove();
  await open.remove();
  expect(undocumented()).toEqual([]);
});

const ask = (app: TestApp, request: RawRequest) =>
  rawAsk(app.app.port, { ...request, headers: { Host: 'localhost', ...request.headers } });
const status = async (app: TestApp, request: RawRequest) => (await ask(app, request)).status;
const post = (app: TestApp, target: string, headers: Record<string, string> = {}) =>
  status(app, { method: 'POST', target, headers, body: JSON.stringify(aPost()) });

describe('a receiving path', () => {
  it.each(['GET', 'POST', 'PUT', 'HEAD'])('that cannot be decoded asks for the secret first: %s', async (method) => {
    const targets = [
      '/t/%zz/ocs/x',
      '/T/%zz/ocs/campaign-group-state',
      '/ocs/%ff/campaign-group-state',
      '/gms/%/x',
      '/ocs/%E0%A4%A',
    ];
    for (const target of targets)
      expect([target, await status(guarded, { method, target: `/a.b${target}` })]).toEqual([target, 401]);
    for (const target of targets.slice(2))
      expect([target, await status(guarded, { method, target: `/A.B${target}?token=sesame` })]).toEqual([target, 404]);
  });

  it('with a token that encodes nothing is compared as it stands; without tokens it is taken', async () => {
    for (const token of ['sesame', 's%65same', 'se%same', 'se%25same', '100%', '100%25'])
      expect([token, await post(guarded, `/a.b/t/${token}${PATH}`)]).toEqual([token, 200]);
    for (const token of ['sesame%', '%zz', 'se%2Esame'])
      expect(await post(guarded, `/a.b/t/${token}${PATH}`)).toBe(401);
    for (const token of ['%zz', '%', '%ff']) expect(await post(open, `/t/${token}${PATH}`)).toBe(200);
    expect(await post(open, `${PATH}?x=%zz&%`)).toBe(200);
  });

  it('is the same in any case and for any method, with /t/ or in an absolute target', async () => {
    for (const t of ['t', 'T']) {
      expect(await post(guarded, `/a.b/${t}/sesame${PATH}`)).toBe(200);
      for (const method of ['GET', 'PUT', 'HEAD']) {
        for (const prefix of ['', 'http://monitor.example:8080', 'HTTP://u:p@MONITOR']) {
          const found = await ask(guarded, { method, target: `${prefix}/a.b/${t}/sesame${PATH}` });
          expect([method, t, prefix, found.status]).toEqual([method, t, prefix, 405]);
          expect(found.text).toMatch(/^Allow: POST\r$/im);
          expect(await status(guarded, { method, target: `${prefix}/a.b/${t}/wrong${PATH}` })).toBe(401);
        }
      }
    }
    expect(await post(guarded, `http://monitor/a.b/t/sesame${PATH}`)).toBe(200);
    expect(await status(open, { target: '/ocs/eu%2D1/campaign-group-state' })).toBe(405);
  });
});

describe('an absolute target', () => {
  it('is its path, whatever is asked', async () => {
    const headers = { Authorization: 'Bearer r' };
    for (const target of ['/api/v1/campaign-groups?limit=1', '/metrics', '/readyz', '/', '/docs', '/api/v1/arrivals'])
      expect([target, await status(guarded, { target: `http://monitor:8080/a.b${target}`, headers })]).toEqual([
        target,
        200,
      ]);
    expect(await status(guarded, { target: 'http://monitor', headers })).toBe(404);
    expect(await status(open, { target: 'http://localhost?x=1' })).toBe(200);
    expect(await status(open, { method: 'OPTIONS', target: '*' })).toBe(404);
  });
});

describe('a reading path', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'takes no %s: 405 with Allow, after the secret',
    async (method) => {
      const headers = { Authorization: 'Bearer r' };
      const targets = ['/', '/metrics', '/metrics/domain', '/healthz', '/readyz', '/docs', '/assets/x.js'];
      const api = [
        '/api/v1/campaign-groups',
        '/api/v1/campaign-groups/x/transitions',
        '/api/v1/stream',
        '/api/v1/service',
        '/api/v1/openapi.json',
        '/api/v1/quarantine/x',
      ];
      for (const target of [...targets, ...api]) {
        const { status: found, text } = await ask(guarded, { method, target: `/a.b${target}`, headers, body: '{}' });
        expect([target, found]).toEqual([target, 405]);
        expect(text).toMatch(/^Allow: GET, HEAD\r$/im);
      }
      for (const target of api) expect(await status(guarded, { method, target: `/a.b${target}` })).toBe(401);
      expect((await ask(guarded, { target: '/a.b/api/v1/reload', headers })).text).toMatch(
        /^HTTP\/1\.1 405 [^]*^Allow: POST\r$/im,
      );
      expect(await status(guarded, { method, target: '/a.b/nowhere', headers })).toBe(404);
    },
  );

  it('to which posts were meant to go is told of as a wrong path', async () => {
    await post(open, '/metrics');
    const { text } = await ask(open, { target: '/api/v1/arrivals' });
    expect(text).toContain('"fault":"wrong path: /metrics is there to be read and takes no POST"');
  });
});

describe('headers of odd bytes', () => {
  it.each([
    ...['Authorization', 'Cookie', 'X-Api-Key', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Origin'],
    ...[
      'Sec-Fetch-Site',
      'If-None-Match',
      'If-Modified-Since',
      'Last-Event-ID',
      'Accept',
      'Accept-Encoding',
      'Content-Type',
    ],
    ...['Content-Encoding', 'X-Requested-With', 'Range', 'Referer', 'User-Agent', 'Expect', 'Forwarded'],
  ])('are no fault of ours: %s', async (name) => {
    const trusting = guarded;
    const values = [
      '\u00e9\u00ff\u0080',
      'Bearer \u00fc',
      'Basic \u00fc',
      'Basic %%%',
      'ocm_session=1.\u00e9.\u00e9',
      '%zz',
      '"',
      ';=,',
      '[',
      ':::',
      'x'.repeat(9000),
    ];
    for (const value of values) {
      for (const target of [PATH, '/api/v1/session', '/api/v1/campaign-groups', '/metrics', '/']) {
        const found = [
          await status(trusting, { target: `/a.b${target}`, headers: { [name]: value } }),
          await status(trusting, { method: 'POST', target: `/a.b${target}`, headers: { [name]: value }, body: '{}' }),
        ];
        expect([name, value.slice(0, 20), target, found.filter((one) => !(one >= 200 && one < 500))]).toEqual([
          ...[name, value.slice(0, 20), target, []],
        ]);
      }
    }
    expect(trusting.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
