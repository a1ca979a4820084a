/** Clients as bad as they come, beside good ones: what each is answered, and that the good ones are answered all the same. */
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnparsedRequest } from '../../src/domain/unparsed.js';
import { connectionsWithin } from '../../src/http/descriptors.js';
import { HttpServer } from '../../src/http/server.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { aPost, dateTime } from '../support/posts.js';

const PATH = '/ocs/campaign-group-state';
let app: TestApp;
let port: number;
beforeAll(async () => {
  app = await startTestApp();
  port = app.app.port;
});
afterAll(() => app.remove());

const body = (parts = {}) => JSON.stringify(aPost(parts));
const postOf = (text: string, headers: readonly string[] = []) =>
  [
    `POST ${PATH} HTTP/1.1`,
    'Host: monitor',
    `Content-Length: ${String(Buffer.byteLength(text))}`,
    ...headers,
    '',
    text,
  ].join('\r\n');

/** A raw connection: what came back, and when the other side ended it. */
class Raw {
  readonly socket: Socket;
  readonly #startedMs = performance.now();
  received = '';
  endedAfterMs: number | null = null;

  constructor(options: { allowHalfOpen?: boolean; port?: number } = {}) {
    this.socket = connect({ port, host: '127.0.0.1', ...options });
    this.socket.on('data', (data: Buffer) => (this.received += data.toString('latin1')));
    this.socket.on('error', () => undefined);
    const end = () => (this.endedAfterMs ??= performance.now() - this.#startedMs);
    this.socket.on('end', end);
    this.socket.on('close', end);
  }

  /** The status lines received, once there are so many. */
  async statuses(count = 1): Promise<number[]> {
    await eventually(() => {
      const found = this.#statuses();
      if (found.length < count) throw new Error(`only ${String(found.length)} answers`);
      return Promise.resolve();
    }, 20_000);
    return this.#statuses();
  }

  #statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  async ended(): Promise<number> {
    await eventually(() => {
      if (this.endedAfterMs === null) throw new Error('still open');
      return Promise.resolve();
    }, 25_000);
    return this.endedAfterMs ?? NaN;
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
afterAll(() => {
  agent.destroy();
});

/** A good client's post; resolves with its status. */
function goodPost(dbid: string, atMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const text = body({ GSW_CAMPAIGN_GROUP_DBID: dbid, GSW_DATE_TIME: dateTime(atMs) });
    const headers = { 'content-length': Buffer.byteLength(text) };
    const sent = request({ port, host: '127.0.0.1', path: PATH, method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

let serial = 0;
async function goodPosts(count: number): Promise<Set<number>> {
  const statuses = new Set<number>();
  const nowMs = new Date().getTime() - 600_000;
  for (let n = 0; n < count; n++) statuses.add(await goodPost('900', nowMs + serial++));
  return statuses;
}

describe('a slow client', () => {
  it('holds its connection for a while, and no longer', async () => {
    const slowHeaders = new Raw();
    slowHeaders.socket.write(`POST ${PATH} HTTP/1.1\r\nHost: mon`);
    const slowBody = new Raw();
    slowBody.socket.write(`POST ${PATH} HTTP/1.1\r\nHost: monitor\r\nContent-Length: 1000\r\n\r\n{"GSW_`);
    const dripping = new Raw();
    dripping.socket.write(`POST ${PATH} HTTP/1.1\r\nHost: monitor\r\n`);
    const drip = setInterval(() => dripping.socket.write('X-Drip: drop\r\n'), 1000);

    const [headersMs, bodyMs, dripMs] = await Promise.all([slowHeaders.ended(), slowBody.ended(), dripping.ended()]);
    clearInterval(drip);

    // Headers within 10 s, the whole request within 15 s, looked for every second.
    expect([headersMs > 9000 && headersMs < 14_000, dripMs > 9000 && dripMs < 14_000]).toEqual([true, true]);
    expect(bodyMs > 14_000 && bodyMs < 19_000).toBe(true);
    expect(await goodPosts(5)).toEqual(new Set([200]));
  });

  it('that closes its side after its post still gets its answer', async () => {
    const half = new Raw({ allowHalfOpen: true });
    half.socket.end(postOf(body({ GSW_CAMPAIGN_GROUP_DBID: '901' })));

    expect(await half.statuses()).toEqual([200]);
  });

  it('that goes away in the middle of its body leaves nothing', async () => {
    const gone = new Raw();
    gone.socket.write(`POST ${PATH} HTTP/1.1\r\nHost: monitor\r\nContent-Length: 1000\r\n\r\n{"GSW_`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    gone.socket.destroy();

    expect(await goodPosts(5)).toEqual(new Set([200]));
    const held = (await (await fetch(`${app.url}/api/v1/quarantine`)).json()) as { items: unknown[] };
    expect(held.items).toEqual([]);
  });
});

describe('a client with odd requests', () => {
  it('may send the next before the answer: each is answered, in order', async () => {
    const nowMs = new Date().getTime();
    const pipelined = new Raw();
    const bodies = [1, 2, 3].map((n) => body({ GSW_CAMPAIGN_GROUP_DBID: '902', GSW_DATE_TIME: dateTime(nowMs + n) }));
    pipelined.socket.write(
      [...bodies, '{"no":"notification"}', ...bodies.slice(0, 1)].map((text) => postOf(text)).join(''),
    );

    expect(await pipelined.statuses(5)).toEqual([200, 200, 200, 422, 200]);
    pipelined.socket.destroy();
  });

  it.each([
    ['headers of more than 16 KB', postOf('{}', [`X-Absurd: ${'x'.repeat(20_000)}`]), 431],
    ['a method that is none', `HELO ${PATH} HTTP/1.1\r\nHost: monitor\r\n\r\n`, 400],
    ['two lengths', postOf('{}', ['Content-Length: 3']), 400],
    ['a length and chunks', postOf('{}', ['Transfer-Encoding: chunked']), 400],
    ['gzip', postOf(gzipSync('{}').toString('latin1'), ['Content-Encoding: gzip']), 415],
    ['a NUL in a header', postOf('{}', ['X-Bad: a\u0000b']), 400],
  ])('%s: %s is refused with %i', async (_, text, status) => {
    const odd = new Raw();
    odd.socket.write(Buffer.from(text, 'latin1'));

    expect(await odd.statuses()).toEqual([status]);
    odd.socket.destroy();
  });

  it('is counted by the bytes it sends, whatever it announces: chunked, too large is refused', async () => {
    const chunked = new Raw();
    chunked.socket.write(`POST ${PATH} HTTP/1.1\r\nHost: monitor\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let n = 0; n < 6; n++) chunked.socket.write(chunk);
    chunked.socket.write('0\r\n\r\n');

    expect(await chunked.statuses()).toEqual([413]);
  });
});

interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly outcome: string;
  readonly status: number | null;
  readonly fault: string;
  readonly remote_address: string;
}

async function refusedAt(url: string): Promise<readonly Arrival[]> {
  const answer = await fetch(`${url}/api/v1/arrivals`);
  return ((await answer.json()) as { refused: readonly Arrival[] }).refused;
}

async function unparsed(url: string, reason: string): Promise<number | undefined> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return valueOf(metrics, 'ocs_monitor_unparsed_requests_total', { reason });
}

describe('what cannot be parsed', () => {
  const lost = postOf('{}');
  const chunked = `POST ${PATH} HTTP/1.1\r\nHost: monitor\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const at = (target: string) => lost.replace(PATH, target);

  it.each<[string, string | Buffer, string, string, RegExp]>([
    [
      'a blank in the path',
      at('/ocs/my source/x'),
      'blank_in_target',
      '/ocs/my source/x',
      /a blank in campaigngroup-states-uri/,
    ],
    ['a blank in an absolute target', at('http://m/ocs/a b'), 'blank_in_target', '/ocs/a b', /a blank/],
    ['a raw ü, UTF-8', Buffer.from(at('/ocs/ü/x')), 'character_in_target', '/ocs/??/x', /raw character/],
    ['a raw ü, Latin-1', at('/ocs/ü/x'), 'character_in_target', '/ocs/?/x', /raw character/],
    ['a tab in the path', at('/ocs/a\tb'), 'character_in_target', '/ocs/a?b', /raw character/],
    ['a path without its slash', at('ocs/x'), 'relative_target', '?', /begin with \//],
    ['a TLS hello', Buffer.from('160301020001000001fc0303', 'hex'), 'tls_on_plain_port', '?', /TLS on a plain port/],
    ['an SSL 2 hello', Buffer.from('802e010301001500', 'hex'), 'tls_on_plain_port', '?', /TLS on a plain port/],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2', '?', /HTTP\/2/],
    ['HTTP/1.2', lost.replace('HTTP/1.1', 'HTTP/1.2'), 'http_version', PATH, /no version of HTTP/],
    ['http in small letters', lost.replace('HTTP/1.1', 'http/1.1'), 'http_version', PATH, /no version of HTTP/],
    ['a method that is none', lost.replace('POST', 'HELO'), 'method', PATH, /a method that HTTP does not know/],
    ['a method in small letters', lost.replace('POST', 'post'), 'method', '?', /written in capitals/],
    ['two Content-Lengths', postOf('{}', ['Content-Length: 3']), 'two_lengths', PATH, /two Content-Lengths/],
    ['a length and chunks', postOf('{}', ['Transfer-Encoding: chunked']), 'two_lengths', PATH, /two Content-Lengths/],
    ['a length that is none', lost.replace('Length: 2', 'Length: two'), 'bad_length', PATH, /no number/],
    [
      'a control character in a header',
      postOf('{}', ['X-Bad: a\u0001b']),
      'header',
      PATH,
      /a control character in a header/,
    ],
    ['a blank in the name of a header', postOf('{}', ['X Bad: a']), 'header', PATH, /a control character in a header/],
    ['a folded header', postOf('{}', ['X-Bad: a', ' b']), 'header', PATH, /a control character in a header/],
    ['a CR in a header', postOf('{}', ['X-Bad: a\rb']), 'header', PATH, /a control character in a header/],
    ['lines ended by LF', lost.replaceAll('\r\n', '\n'), 'line_ends', PATH, /lines ended by LF/],
    ['the last line ended by LF', lost.replace('\r\n\r\n', '\n\n'), 'line_ends', PATH, /lines ended by LF/],
    ['lines ended by CR', lost.replaceAll('\r\n', '\r'), 'line_ends', PATH, /lines ended by LF/],
    ['chunks without a size', `${chunked}zz\r\n{}\r\n0\r\n\r\n`, 'transfer_encoding', PATH, /chunks cannot be read/],
    ['chunks ended by LF', `${chunked}2\n{}\n0\n\n`, 'transfer_encoding', PATH, /chunks cannot be read/],
    [
      'another Transfer-Encoding',
      chunked.replace('chunked', 'gzip'),
      'transfer_encoding',
      PATH,
      /chunks cannot be read/,
    ],
    ['the PROXY protocol', `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${lost}`, 'proxy_protocol', '?', /the PROXY protocol/],
    ['JSON alone', '{"GSW_USER_EVENT":"CampaignGroupState"}\n', 'not_http', '?', /not HTTP/],
    ['SSH', 'SSH-2.0-x\r\n', 'not_http', '?', /not HTTP/],
  ])('%s is answered 400, counted, and told with its likely cause', async (_what, text, reason, path, fault) => {
    const before = (await unparsed(app.url, reason)) ?? 0;
    const odd = new Raw();
    odd.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);

    expect(await odd.statuses()).toEqual([400]);
    expect(odd.received).toMatch(
      /Connection: close\r\n.*X-Content-Type-Options|X-Content-Type-Options[^]*Connection: close/i,
    );
    await odd.ended();
    expect(await unparsed(app.url, reason)).toBe(before + 1);
    const [newest] = await refusedAt(app.url);
    expect(newest).toMatchObject({
      outcome: reason.replaceAll('_', '-'),
      path,
      status: 400,
      remote_address: '127.0.0.1',
    });
    expect(newest?.fault).toMatch(fault);
    expect(odd.received).toContain('urn:ocs-campaign-monitor:problem:');
  });

  it.each([
    ['a header', postOf('{}', [`X-Absurd: ${'x'.repeat(17_000)}`])],
    ['a URL', at(`${PATH}?x=${'x'.repeat(17_000)}`)],
  ])('is %s over 16 KB: 431', async (_what, text) => {
    const before = (await unparsed(app.url, 'headers_too_large')) ?? 0;
    const odd = new Raw();
    odd.socket.write(text);
    expect(await odd.statuses()).toEqual([431]);
    expect(await unparsed(app.url, 'headers_too_large')).toBe(before + 1);
    expect((await refusedAt(app.url))[0]).toMatchObject({ outcome: 'headers-too-large', path: PATH, status: 431 });
  });

  it('is a request that ends too soon, with its path when that was read', async () => {
    const head = new Raw();
    head.socket.end('POST /ocs/x HTTP/1.1\r\nHo');
    await head.ended();
    expect((await refusedAt(app.url))[0]).toMatchObject({ outcome: 'incomplete', path: '?' });
    const half = new Raw({ allowHalfOpen: true });
    half.socket.end(lost.replace('Length: 2', 'Length: 9'));
    expect(await half.statuses()).toEqual([400]);
    expect((await refusedAt(app.url))[0]).toMatchObject({ outcome: 'incomplete', method: 'POST', path: PATH });
  });

  it('is CONNECT: the sender takes us for a proxy', async () => {
    const odd = new Raw();
    odd.socket.write(
      `${postOf(body({ GSW_CAMPAIGN_GROUP_DBID: '903' }))}CONNECT monitor:80 HTTP/1.1\r\nHost: monitor\r\n\r\n`,
    );
    expect(await odd.statuses(2)).toEqual([200, 405]);
    await odd.ended();
    expect((await refusedAt(app.url))[0]).toMatchObject({ outcome: 'connect', method: 'CONNECT', status: 405 });
  });

  it('shows no secret, wherever it stands', async () => {
    const guarded = await startTestApp({ ingest_tokens: 'planted-4711', read_tokens: 'r' });
    const target = (text: string) => `POST ${text} HTTP/1.1\r\nAuthorization: Bearer planted-4711\r\nX: \u0001\r\n\r\n`;
    const texts = [
      ...[
        target('/t/planted-4711/ocs/x'),
        target('/T/planted 4711/ocs/x'),
        target('/ocs/planted-4711/x?token=planted-4711'),
      ],
      ...[
        'Authorization: Bearer planted-4711\r\n\r\n',
        'X-Api-Key: planted-4711 x\r\n\r\n',
        'GET http://u:planted-4711@m/a b',
      ],
    ];
    for (const text of texts) {
      const odd = new Raw({ port: guarded.app.port });
      odd.socket.write(`${text}\r\n\r\n`);
      await odd.ended();
      expect(odd.received).not.toMatch(/planted/);
    }
    const arrivals = await fetch(`${guarded.url}/api/v1/arrivals`, { headers: { Authorization: 'Bearer r' } });
    const shown = await arrivals.text();
    expect(shown).not.toMatch(/planted/);
    expect(shown).toContain('"path":"/t/***/ocs/x"');
    expect(JSON.stringify(guarded.log)).not.toMatch(/planted/);
    await guarded.remove();
  });

  it('is one line in the log a minute, however much comes, and makes nothing else be forgotten', async () => {
    const quiet = await startTestApp();
    await fetch(`${quiet.url}/ocs/nowhere`, { method: 'POST' });
    const send = async (text: string) => {
      const odd = new Raw({ port: quiet.app.port });
      odd.socket.write(text);
      await odd.ended();
    };
    quiet.clock.setMs(1_800_000_000_000);
    await send(at('/ocs/my source/x'));
    for (let n = 0; n < 60; n++) await send(`GARBAGE ${String(n)}\r\n\r\n`);
    const lines = () => quiet.log.filter(({ message }) => message.includes('could not be read'));
    expect(lines().map(({ fields }) => fields)).toEqual([
      { count: 1, reasons: { blank_in_target: 1 }, range: '127.0.0.0/24' },
    ]);
    quiet.clock.setMs(1_800_000_060_000);
    await send(`GARBAGE\r\n\r\n`);
    expect(lines()[1]?.fields).toEqual({ count: 61, reasons: { not_http: 61 }, range: '127.0.0.0/24' });
    const refused = await refusedAt(quiet.url);
    expect(refused.length).toBeLessThan(10);
    const outcomes = refused.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(expect.arrayContaining(['not-found', 'blank-in-target', 'not-http']) as string[]);
    expect(await unparsed(quiet.url, 'not_http')).toBe(61);
    for (let n = 0; n < 25; n++) await send(`GARBAGE ${String(n)}\r\n\r\n`);
    await send(at('/ocs/x').replace('HTTP/1.1', 'HTTP/1.2'));
    expect((await refusedAt(quiet.url)).map(({ outcome }) => outcome)).toContain('http-version');
    await quiet.remove();
  });
});

describe('whole requests before what cannot be parsed', () => {
  const nowMs = new Date().getTime();
  const posts = (dbid: string, count: number) =>
    Array.from({ length: count }, (_, n) =>
      postOf(body({ GSW_CAMPAIGN_GROUP_DBID: dbid, GSW_DATE_TIME: dateTime(nowMs + n) })),
    );

  it.each([
    ['a stray byte', 1, 'x', [200, 400]],
    ['a stray brace', 1, '}\r\n', [200, 400]],
    ['garbage after three posts', 3, 'garbage garbage\r\n', [200, 200, 200, 400]],
    ['a post with a blank in its path', 2, 'POST /my path HTTP/1.1\r\n\r\n', [200, 200, 400]],
    ['a post with bad chunks', 2, `POST ${PATH} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, [200, 200, 400]],
    ['too large a header', 1, `POST ${PATH} HTTP/1.1\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, [200, 431]],
    ['CR LF, which is allowed', 2, '\r\n', [200, 200]],
  ])('get their own answers, then comes that of it: %s', async (_what, count, rest, statuses) => {
    const odd = new Raw();
    const dbid = `91${String(serial++)}`;
    odd.socket.write(posts(dbid, count).join('') + rest);
    expect(await odd.statuses(statuses.length)).toEqual(statuses);
    if (statuses.at(-1) !== 200) await odd.ended();
    else odd.socket.destroy();
    expect(odd.received.match(/"outcome":"(?:transition|refresh)"/g)).toHaveLength(count);
  });

  it('get them also when the garbage comes apart, and on a connection that was asked to be closed', async () => {
    const apart = new Raw();
    apart.socket.write(posts('920', 1).join(''));
    expect(await apart.statuses()).toEqual([200]);
    apart.socket.write('}');
    expect(await apart.statuses(2)).toEqual([200, 400]);
    expect((await refusedAt(app.url))[0]).toMatchObject({ outcome: 'stray-bytes' });
    const closing = new Raw();
    closing.socket.write(postOf(body({ GSW_CAMPAIGN_GROUP_DBID: '921' }), ['Connection: close']) + 'x');
    await closing.ended();
    expect(await closing.statuses()).toEqual([200]);
  });
});

describe('a post that lacks nothing', () => {
  const good = (dbid: string) => body({ GSW_CAMPAIGN_GROUP_DBID: dbid });

  it.each<[string, (text: string) => string]>([
    ['without Host', (text) => text.replace('Host: monitor\r\n', '')],
    ['of HTTP/1.0 without Host', (text) => text.replace('Host: monitor\r\n', '').replace('HTTP/1.1', 'HTTP/1.0')],
    ['with two Hosts', (text) => text.replace('Host: monitor', 'Host: a\r\nHost: b')],
    ['to an absolute target', (text) => text.replace(PATH, `http://monitor:8080${PATH}`)],
    ['to an absolute target in capitals', (text) => text.replace(PATH, `HTTP://USER@MONITOR${PATH}`)],
    [
      'that would upgrade to HTTP/2',
      (text) =>
        text.replace('Host', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\nHost'),
    ],
    ['that expects something odd', (text) => text.replace('Host', 'Expect: the-unexpected\r\nHost')],
    ['that expects to be asked on', (text) => text.replace('Host', 'Expect: 100-continue\r\nHost')],
    ['with blanks around its target', (text) => text.replace(`${PATH} `, ` ${PATH}  `)],
    ['with a token that encodes nothing', (text) => text.replace(PATH, `/t/%zz${PATH}`)],
  ])('is taken: %s', async (_what, change) => {
    const odd = new Raw();
    odd.socket.write(change(postOf(good(`93${String(serial++)}`))));
    const statuses = await odd.statuses();
    if (statuses[0] === 100) expect((await odd.statuses(2))[1]).toBe(200);
    else expect(statuses).toEqual([200]);
    odd.socket.destroy();
  });
});

describe('too many connections', () => {
  const seen: UnparsedRequest[] = [];
  const serverOf = (maxConnections: number) =>
    new HttpServer(
      express().use((_request, response) => void response.send('served')),
      {
        ...{ tls: null, clients: null, prepare: () => undefined, maxConnections },
        onUnparsed: (request) => void seen.push(request),
      },
    );
  const connected = async (raw: Raw) => {
    await eventually(() => {
      expect(raw.socket.readyState).toBe('open');
    });
    return raw;
  };

  it('are answered and told of, beyond that closed and counted; those that were there first are served', async () => {
    const server = serverOf(1);
    const open = await server.listen({ host: '127.0.0.1', port: 0 });
    const first = await connected(new Raw({ port: open }));
    const crowd: Raw[] = [];
    for (let n = 0; n < 100; n++) crowd.push(await connected(new Raw({ port: open })));
    const [second] = crowd;
    second?.socket.write('GET /late HTTP/1.1\r\nHost: monitor\r\n\r\n');
    expect(await second?.statuses()).toEqual([503]);
    expect(second?.received).toMatch(/Retry-After: 1\r\n[^]*too many connections are open/);
    await second?.ended();
    await connected(new Raw({ port: open }));
    await new Raw({ port: open }).ended();
    const beyond = { reason: 'too_many_connections', address: '127.0.0.1' };
    expect(seen).toEqual([
      { ...beyond, status: 503, method: 'GET', target: '/late' },
      { ...beyond, status: null, method: '', target: '' },
    ]);
    first.socket.write('GET / HTTP/1.1\r\nHost: monitor\r\n\r\n');
    expect(await first.statuses()).toEqual([200]);
    for (const raw of [first, ...crowd]) raw.socket.destroy();
    await server.close(() => Promise.resolve());
  });

  it.each([
    [1_048_576, 1, 10_000],
    [1024, 1, 668],
    [1024, 2, 334],
    [256, 1, 92],
    [100, 1, 1],
    [Infinity, 2, 10_000],
  ])('with %d open files and %d listeners are more than %d per listener', (openFiles, listeners, most) => {
    expect(connectionsWithin(openFiles, listeners)).toBe(most);
  });
});

describe('unfinished bodies', () => {
  it('take no more memory than their bound: those that began longest ago are refused, and a whole one is taken', async () => {
    const rejected = async () =>
      valueOf(await (await fetch(`${app.url}/metrics`)).text(), 'ocs_monitor_rejected_total', {
        reason: 'unavailable',
      });
    const before = (await rejected()) ?? 0;
    const part = ' '.repeat(200_000);
    const head = `POST ${PATH} HTTP/1.1\r\nHost: monitor\r\nContent-Length: 250000\r\n\r\n`;
    const halves: Raw[] = [];
    // 64 MB hold 335 of them.
    for (let n = 0; n < 350; n++) {
      const half = new Raw();
      half.socket.write(head + part);
      halves.push(half);
      if (n % 25 === 0) await fetch(`${app.url}/healthz`);
    }
    expect(await halves[0]?.statuses()).toEqual([503]);
    expect(halves[0]?.received).toMatch(/Too many unfinished bodies/);
    await halves[0]?.ended();
    const good = new Raw();
    good.socket.write(postOf(body()));
    expect(await good.statuses()).toEqual([200]);
    expect(halves[349]?.received).toBe('');
    expect((await rejected()) ?? 0).toBeGreaterThan(before);
    for (const raw of [good, ...halves]) raw.socket.destroy();
  });
});

describe('thousands of idle connections', () => {
  it('are borne: good clients are answered meanwhile', async () => {
    const idle = Array.from({ length: 2000 }, () => new Raw());
    await eventually(() => {
      const open = idle.filter(({ socket }) => (socket.address() as Partial<AddressInfo>).port !== undefined).length;
      if (open < 2000) throw new Error(`only ${String(open)} connections`);
      return Promise.resolve();
    }, 20_000);
    for (const { socket } of idle.slice(0, 500))
      socket.write(`POST ${PATH} HTTP/1.1\r\nHost: monitor\r\nContent-Length: 9\r\n\r\n`);
    const statuses = await goodPosts(300);
    for (const { socket } of idle) socket.destroy();

    expect(statuses).toEqual(new Set([200]));
  });
});
