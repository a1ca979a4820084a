import express, { type RequestHandler } from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type MetricsPage, routeMetrics } from '../../src/http/service-routes.js';
import { eventually } from '../support/eventually.js';

const PIECE = Buffer.alloc(256 * 1024, 'a');
/** More than any socket takes before somebody reads. */
const PIECES = 256;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Serves one page, and says how often it was given back. */
async function serve() {
  let released = 0;
  const page: MetricsPage = { pieces: Array<Buffer>(PIECES).fill(PIECE), release: () => released++ };
  const app = express();
  const metrics = () => Promise.resolve(page);
  const metricsAccess: RequestHandler = (_request, _response, next) => {
    next();
  };
  routeMetrics(app, { basePath: '', metrics, domainMetrics: metrics, metricsAccess });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, released: () => released };
}

async function ask(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET /metrics HTTP/1.1\r\nHost: monitor\r\nConnection: close\r\n\r\n');
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
});
