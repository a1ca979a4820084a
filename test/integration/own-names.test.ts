/** What a page of another site can make a browser do, by pointing its own name at our address or by a form. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { testApps, type TestApp } from '../support/app.js';
import { aPost } from '../support/posts.js';
import { rawAsk, type RawRequest } from '../support/raw-http.js';

const start = testApps();
const PATH = '/ocs/campaign-group-state';
const REPLAY = { method: 'POST', target: '/api/v1/quarantine/replay', body: '{"dry_run":true}' } as const;
const JSON_TYPE = { 'Content-Type': 'application/json' };

const ask = async (app: TestApp, request: RawRequest, host?: string | null) => {
  const named = host === undefined ? `127.0.0.1:${String(app.app.port)}` : host;
  const headers = { ...(named !== null && { Host: named }), ...request.headers };
  return (await rawAsk(app.app.port, { ...request, headers })).status;
};
const post = (app: TestApp, headers: Record<string, string>, host?: string | null) =>
  ask(app, { method: 'POST', target: PATH, headers, body: JSON.stringify(aPost()) }, host);
const replay = (app: TestApp, host: string | null, headers: Record<string, string> = {}) =>
  ask(app, { ...REPLAY, headers: { ...JSON_TYPE, ...headers } }, host);

const OURS = [
  'localhost',
  'LocalHost:9',
  'localhost.',
  '127.0.0.1',
  '127.0.0.2:8080',
  '[::1]:8080',
  '[0:0:0:0:0:0:0:1]',
];
const THEIRS = [
  ...['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example', '127.evil.example'],
  ...[
    'localhost@evil.example',
    'evil.example#localhost',
    'evil.example, localhost',
    '[::1].evil.example',
    '10.1.2.3',
    '',
  ],
];

describe('on loopback without read tokens', () => {
  it('everything but a post is answered under our own names only', async () => {
    const app = await start({ admin_tokens: 'admin' });
    const targets = [
      '/api/v1/campaign-groups',
      '/api/v1/stream?events=nonsense',
      '/',
      '/docs',
      '/metrics',
      '/nowhere',
      PATH,
    ];
    for (const target of targets) {
      for (const host of ['evil.example', 'localhost.evil.example'])
        expect([target, host, await ask(app, { target }, host)]).toEqual([target, host, 421]);
    }
    for (const host of OURS)
      expect([host, await ask(app, { target: '/api/v1/campaign-groups' }, host)]).toEqual([host, 200]);
    for (const host of THEIRS)
      expect([host, await ask(app, { target: '/api/v1/campaign-groups' }, host)]).toEqual([host, 421]);
    expect(await ask(app, { target: '/api/v1/campaign-groups' }, null)).toBe(421);
    expect(await ask(app, { target: `http://evil.example/api/v1/service` }, 'localhost')).toBe(421);
    expect(await ask(app, { target: `http://localhost/api/v1/service` }, 'evil.example')).toBe(200);
  });

  it('nothing can be administered under another name, whatever the browser says', async () => {
    const app = await start();
    const asIfOurs = { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'same-origin' };
    for (const target of ['/api/v1/forget', '/api/v1/reload', '/api/v1/quarantine/replay', '/api/v1/session']) {
      const request = { ...REPLAY, target, headers: { ...JSON_TYPE, ...asIfOurs } };
      expect([target, await ask(app, request, 'evil.example')]).toEqual([target, 421]);
    }
    expect(await replay(app, 'localhost', { Origin: 'http://evil.example' })).toBe(403);
    expect(await replay(app, 'localhost', { Origin: 'http://localhost:3000' })).toBe(403);
    expect(await replay(app, 'localhost', { Origin: 'null' })).toBe(403);
    expect(await replay(app, 'localhost', { 'Sec-Fetch-Site': 'same-site' })).toBe(403);
    expect(await replay(app, 'localhost:80', { Origin: 'http://localhost', 'Sec-Fetch-Site': 'same-origin' })).toBe(
      200,
    );
    expect(await replay(app, 'localhost')).toBe(200);
  });

  it('machines may ask by any address, or without a Host', async () => {
    const app = await start();
    for (const target of ['/healthz', '/readyz', '/metrics', '/metrics/domain']) {
      for (const host of ['10.1.2.3:8080', '[2001:db8::5]:8080', null])
        expect([target, host, await ask(app, { target }, host)]).toEqual([target, host, 200]);
      expect(await ask(app, { target, version: '1.0' }, null)).toBe(200);
      expect(await ask(app, { target }, 'evil.example')).toBe(421);
    }
  });

  it('OCM_PUBLIC_NAMES adds names, for one port or for any, and a reload takes them over', async () => {
    const flags = { port: '0', public_names: 'monitor.example, other.example:8443,[2001:db8::5]:99' };
    const app = await start(flags);
    const status = (host: string) => ask(app, { target: '/api/v1/service' }, host);
    for (const host of ['MONITOR.example', 'monitor.example.:1', 'other.example:8443', '[2001:DB8:0::5]:99'])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of ['other.example', 'other.example:8444', 'x.monitor.example', '[2001:db8::5]:98'])
      expect([host, await status(host)]).toEqual([host, 421]);
    await app.app.reload(() => readConfig({ ...flags, public_names: 'new.example:443' }, {}, null), 'test');
    expect([await status('monitor.example'), await status('new.example')]).toEqual([421, 200]);
    expect(() => readConfig({ public_names: 'http://monitor.example/' }, {}, null)).toThrow(
      /without http:\/\/ and path/,
    );
  });

  it('a trusted proxy has to name us too; nobody else is asked', async () => {
    const trusting = await start({ trusted_proxies: '127.0.0.1', public_names: 'monitor.example' });
    const status = (app: TestApp, host: string, forwarded: string) =>
      ask(app, { target: '/api/v1/service', headers: { 'X-Forwarded-Host': forwarded } }, host);
    expect(await status(trusting, 'localhost', 'monitor.example')).toBe(200);
    expect(await status(trusting, 'localhost', 'evil.example')).toBe(421);
    expect(await status(trusting, 'localhost', 'evil.example, monitor.example')).toBe(421);
    // What a page can say itself makes nothing good.
    expect(await status(trusting, 'evil.example', 'monitor.example')).toBe(421);
    const origin = { Origin: 'https://monitor.example', 'Sec-Fetch-Site': 'same-origin' };
    expect(await replay(trusting, '127.0.0.1:8080', origin)).toBe(200);
    const plain = await start();
    expect(await status(plain, 'localhost', 'evil.example')).toBe(200);
  });
});

describe('elsewhere', () => {
  it('with read tokens a name opens nothing: the tokens do', async () => {
    const app = await start({ read_tokens: 'r' });
    const headers = { Authorization: 'Bearer r' };
    expect(await ask(app, { target: '/api/v1/service', headers }, 'evil.example')).toBe(200);
    expect(await ask(app, { target: '/api/v1/service' }, 'evil.example')).toBe(401);
    expect(await replay(app, 'monitor.lan', { ...headers, Origin: 'http://monitor.lan' })).toBe(200);
    expect(await replay(app, 'monitor.lan', { ...headers, Origin: 'http://evil.example' })).toBe(403);
  });

  it('where anybody may administer, only administration needs our name', async () => {
    const app = await start({ host: '0.0.0.0', allow_anonymous: 'true', public_names: 'monitor.example' });
    for (const host of ['evil.example', '10.1.2.3:8080', null])
      for (const target of ['/metrics', '/api/v1/campaign-groups', '/'])
        expect([target, host, await ask(app, { target }, host)]).toEqual([target, host, 200]);
    for (const target of ['/api/v1/forget', '/api/v1/reload', '/api/v1/quarantine/replay']) {
      const request = { ...REPLAY, target, headers: { ...JSON_TYPE, Origin: 'http://evil.example' } };
      expect([target, await ask(app, request, 'evil.example')]).toEqual([target, 421]);
    }
    for (const host of ['monitor.example', 'localhost', '127.0.0.1']) expect(await replay(app, host)).toBe(200);
    expect(await replay(app, '10.1.2.3')).toBe(421);
  });
});

describe('a post', () => {
  it('is taken under any name, and without one', async () => {
    const app = await start();
    for (const host of ['evil.example', 'monitor:8080', '10.1.2.3', null]) expect(await post(app, {}, host)).toBe(200);
  });

  it('that a page made a browser send is 403, counted, told of, and not kept', async () => {
    const app = await start({ public_names: 'monitor.example' });
    const port = String(app.app.port);
    for (const headers of [
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { Origin: 'http://localhost:3000' },
      { Origin: `https://127.0.0.1` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'sec-fetch-site': 'Cross-Site', Origin: `http://127.0.0.1:${port}` },
    ] as Record<string, string>[])
      expect([headers, await post(app, headers)]).toEqual([headers, 403]);
    expect(await post(app, { Origin: 'http://evil.example' }, 'evil.example')).toBe(403);
    const groups = (await (await fetch(`${app.url}/api/v1/campaign-groups`)).json()) as { items: unknown[] };
    expect(groups.items).toEqual([]);
    const { refused } = (await (await fetch(`${app.url}/api/v1/arrivals`)).json()) as { refused: object[] };
    expect(refused).toMatchObject([{ outcome: 'cross-origin', count: 7, status: 403, fault: /a web page made/ }]);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain('ocs_monitor_rejected_total{source="default",reason="forbidden"} 7');
    for (const headers of [
      { Origin: `http://127.0.0.1:${port}` },
      { Origin: 'https://monitor.example' },
      { Origin: '' },
    ])
      expect([headers, await post(app, headers)]).toEqual([headers, 200]);
    for (const site of ['same-origin', 'same-site', 'none'])
      expect(await post(app, { 'Sec-Fetch-Site': site })).toBe(200);
  });

  it('with a good secret is no exception, and a bad secret is told first', async () => {
    const app = await start({ ingest_tokens: 'sesame' });
    const foreign = { Origin: 'http://evil.example' };
    expect(await post(app, { ...foreign, Authorization: 'Bearer sesame' })).toBe(403);
    expect(await post(app, foreign)).toBe(401);
  });
});
