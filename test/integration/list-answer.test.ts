/** CSV is the whole of a list: streamed, as fast as it is read, and broken off rather than cut short. */
import express from 'express';
import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Page, PageRequest } from '../../src/domain/store.js';
import { type List, sendList } from '../../src/http/list-answer.js';
import { eventually } from '../support/eventually.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Item {
  readonly n: number;
  readonly text: string;
}

interface Options extends Partial<Pick<List<Item>, 'file'>> {
  readonly failsAt?: number;
  readonly width?: number;
}

/** Midnight in Berlin. */
const NOVEMBER_MS = Date.UTC(2026, 9, 31, 23);

/** A list of numbers that counts its questions; `failsAt` is a page that cannot be read. */
async function serve(size: number, { failsAt = Infinity, width = 0, ...more }: Options = {}) {
  const asked: PageRequest[] = [];
  const ask = (page: PageRequest): Promise<Page<Item>> => {
    asked.push(page);
    if (asked.length >= failsAt) return Promise.reject(new Error('the disk is gone'));
    const from = Number(page.cursor ?? 0);
    const items = Array.from({ length: Math.max(0, Math.min(page.limit, size - from)) }, (_, n) => ({
      n: from + n,
      text: 'x'.repeat(width),
    }));
    const end = from + items.length;
    return Promise.resolve({ items, nextCursor: end < size ? String(end) : null });
  };
  const app = express();
  app.set('env', 'test');
  const columns = () => ({
    n: (one: Item) => one.n,
    text: (one: Item) => one.text,
    seen_at: (one: Item) => new Date(NOVEMBER_MS + one.n).toISOString(),
  });
  app.get('/numbers/all', (request, response) => sendList(request, response, { ask, columns, ...more }));
  const server = createServer(app).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return { asked, port, url: `http://127.0.0.1:${String(port)}/numbers/all` };
}

const numbersIn = (csv: string) =>
  csv
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));

describe('a list as CSV', () => {
  it('is all of it, from a cursor on too, with the name of a file', async () => {
    const { url, asked } = await serve(1234);
    const response = await fetch(`${url}?format=csv`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="numbers-all.csv"');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('link')).toBeNull();
    expect(numbersIn(await response.text())).toEqual(Array.from({ length: 1234 }, (_, n) => n));
    expect(asked.length).toBeGreaterThan(1);
    expect(numbersIn(await (await fetch(`${url}?format=csv&cursor=1200`)).text())).toHaveLength(34);
  });

  it('is a page where a limit is said, and leads to the next', async () => {
    const { url } = await serve(1234);
    const response = await fetch(`${url}?format=csv&limit=3`);
    expect(response.headers.get('link')).toMatch(/limit=3&cursor=3>; rel="next"/);
    expect(numbersIn(await response.text())).toEqual([0, 1, 2]);
  });

  it.each([
    ['text/csv', 'csv'],
    ['text/csv, */*;q=0.1', 'csv'],
    ['application/json, text/csv', 'json'],
    ['application/json;q=0.5, text/csv', 'csv'],
    ['*/*', 'json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['image/png', 'json'],
  ])('is chosen by the Accept header %s: %s', async (accept, form) => {
    const { url } = await serve(1);
    const response = await fetch(url, { headers: { accept } });
    expect(response.headers.get('content-type')).toMatch(form === 'csv' ? /^text\/csv/ : /^application\/json/);
    expect(response.headers.get('vary')).toBe('Accept');
    const json = await fetch(`${url}?format=json`, { headers: { accept } });
    expect(json.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('shows times by the clock of a zone that is asked for, behind those of UTC, and is named after that clock', async () => {
    const range = { fromMs: NOVEMBER_MS, toMs: Date.UTC(2026, 10, 30, 23) };
    const { url } = await serve(2, { file: { subject: 'Häuser / Süd;', range, nowMs: Infinity } });
    const response = await fetch(`${url}?format=csv&tz=Europe/Berlin`);
    const [head, first] = (await response.text()).split('\r\n');
    expect(head).toBe('n,text,seen_at,seen_at_local');
    expect(first).toBe('0,,2026-10-31T23:00:00.000Z,2026-11-01 00:00:00');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="all_Hauser-Sud_2026-11-01_2026-12-01.csv"; filename*=UTF-8''all_H%C3%A4user-S%C3%BCd_2026-11-01_2026-12-01.csv`,
    );
    expect(await (await fetch(`${url}?tz=Europe/Berlin`)).text()).not.toContain('_local');
    expect((await fetch(`${url}?tz=Mars/Phobos`)).status).toBe(500);
  });

  it('begins with a byte order mark where one is asked for', async () => {
    const { url } = await serve(1);
    const bytes = async (query: string) => [...new Uint8Array(await (await fetch(url + query)).arrayBuffer())];
    expect((await bytes('?format=csv&bom=true')).slice(0, 4)).toEqual([0xef, 0xbb, 0xbf, 0x6e]);
    expect((await bytes('?format=csv&bom=false')).slice(0, 1)).toEqual([0x6e]);
    expect((await bytes('?bom=true')).slice(0, 1)).toEqual([0x7b]);
  });

  it('is broken off where it cannot be read to its end, and refused where it cannot be begun', async () => {
    const { url } = await serve(5000, { failsAt: 3 });
    const response = await fetch(`${url}?format=csv`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    const { url: other } = await serve(5000, { failsAt: 1 });
    expect((await fetch(`${other}?format=csv`)).status).toBe(500);
  });

  it('is read as fast as it is taken, and no further once the client has gone', async () => {
    const pages = 400;
    const { port, asked } = await serve(pages * 500, { width: 1000 });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /numbers/all?format=csv HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', resolve));
    // What waits is what the system holds for a connection: some megabytes, of two hundred.
    let before = -1;
    await eventually(() => {
      const isStill = asked.length === before;
      before = asked.length;
      expect(isStill).toBe(true);
    });
    expect(asked.length).toBeLessThan(pages / 2);
    socket.destroy();
    const { url } = { url: `http://127.0.0.1:${String(port)}/numbers/all?format=csv` };
    await new Promise<void>((resolve, reject) => {
      get(url, { method: 'HEAD' }, (response) => {
        response.resume().on('end', resolve);
      }).on('error', reject);
    });
    expect(asked.length).toBeLessThan(pages / 2 + 1);
  });
});
