import express, { type RequestHandler } from 'express';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { MetricsPage } from '../../../src/http/ports.js';
import { routeMetrics } from '../../../src/http/metrics-routes.js';
import { eventually } from '../../support/eventually.js';

const PIECE = Buffer.alloc(256 * 1024, 'a');
/** More than any socket takes before somebody reads. */
const PIECES = 256;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Bytes that do not get fewer: or a compressed page fits into a socket. */
const NOISE = randomBytes(256 * 1024);

/** Serves one page, and says how often it was given back. */
async function serve({ piece = PIECE, pieces = PIECES } = {}) {
  let released = 0;
  let asked = 0;
  const page: MetricsPage = { pieces: Array<Buffer>(pieces).fill(piece), release: () => released++ };
  const app = express();
  const render = () => {
    asked++;
    return Promise.resolve(page);
  };
  const metricsAccess: RequestHandler = (_request, _response, next) => {
    next();
  };
  routeMetrics(app, { basePath: '', metrics: { render, renderDomain: render }, metricsAccess });
  const server = createServer(app).listen(0, '127.0.0.1');
  // Longer than a test: a client may ask again on a connection that it has.
  server.keepAliveTimeout = 60_000;
  await once(server, 'listening');
  ends.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, released: () => released, asked: () => asked };
}

async function ask(port: number, header = '') {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET /metrics HTTP/1.1\r\nHost: monitor\r\n${header}Connection: close\r\n\r\n`);
  return socket;
}

describe('the memory of a page', () => {
  it('is given back when all of it was sent, however slowly it is read', async () => {
    const { port, released } = await serve();
    const socket = await ask(port);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(released()).toBe(0);
    let bytes = 0;
    socket.on('data', (data) => (bytes += data.length));
    socket.resume();
    await once(socket, 'end');
    expect(bytes).toBeGreaterThan(PIECES * PIECE.length);
    await eventually(() => {
      expect(released()).toBe(1);
    });
  });

  it('is given back when the scraper went away', async () => {
    const { port, released } = await serve();
    const socket = await ask(port);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(released()).toBe(0);
    socket.destroy();
    await eventually(() => {
      expect(released()).toBe(1);
    });
  });

  it('is given back as soon as the page is compressed, before anybody has read it; and when its scraper went away', async () => {
    const header = 'Accept-Encoding: gzip\r\n';
    const slow = await serve({ piece: NOISE, pieces: 64 });
    const reader = await ask(slow.port, header);
    await eventually(() => {
      expect(slow.released()).toBe(1);
    });
    let bytes = 0;
    reader.on('data', (data) => (bytes += data.length));
    reader.resume();
    await once(reader, 'end');
    expect(bytes).toBeGreaterThan(64 * NOISE.length);
    const gone = await serve({ piece: NOISE, pieces: 64 });
    const leaver = await ask(gone.port, header);
    leaver.destroy();
    await eventually(() => {
      expect(gone.released()).toBe(gone.asked());
    });
  });
});

describe('a page', () => {
  it('is compressed for whoever asks for that, and the same for everybody', async () => {
    const pieces = 8;
    const { port } = await serve({ pieces });
    const fetched = async (encoding: string) => {
      const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`, {
        headers: { 'Accept-Encoding': encoding },
      });
      const text = await answer.text();
      return { encoding: answer.headers.get('content-encoding'), vary: answer.headers.get('vary'), text };
    };
    const [plain, small, never] = [
      await fetched('identity'),
      await fetched('gzip'),
      await fetched('gzip;q=0, deflate'),
    ];
    expect([plain.encoding, small.encoding, never.encoding]).toEqual([null, 'gzip', null]);
    expect(small.vary).toBe('Accept, Accept-Encoding');
    expect(plain.text.length).toBe(pieces * PIECE.length);
    expect(small.text === plain.text && never.text === plain.text).toBe(true);
  });

  it('is made and compressed once for all who ask for the same meanwhile', async () => {
    const { port, asked } = await serve();
    const get = async (path: string, accept: string) => {
      const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, { headers: { accept } });
      return `${answer.headers.get('content-type') ?? ''} ${String((await answer.arrayBuffer()).byteLength)}`;
    };
    const scrapers = Array.from({ length: 8 }, () => get('/metrics', 'text/plain'));
    const answers = new Set(await Promise.all(scrapers));
    expect([...answers]).toEqual([`text/plain; version=0.0.4; charset=utf-8 ${String(PIECES * PIECE.length)}`]);
    expect(asked()).toBe(1);
    const others = [get('/metrics', 'application/openmetrics-text'), get('/metrics/domain', 'text/plain')];
    expect(new Set(await Promise.all(others)).size).toBe(2);
    expect(asked()).toBe(3);
  });
});
