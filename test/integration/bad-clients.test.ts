/** Clients as bad as they come, beside good ones: what each is answered, and that the good ones are answered all the same. */
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
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

  constructor(options: { allowHalfOpen?: boolean } = {}) {
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
  it('holds its connection for a while, and no longer', { timeout: 60_000 }, async () => {
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

describe('thousands of idle connections', () => {
  it('are borne: good clients are answered meanwhile', { timeout: 60_000 }, async () => {
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
