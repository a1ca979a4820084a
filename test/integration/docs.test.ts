import { readFileSync } from 'node:fs';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { testApps } from '../support/app.js';

const start = testApps();

interface Document {
  readonly info: { version: string };
  readonly servers: { url: string }[];
  readonly paths: Record<string, Record<string, unknown>>;
}

describe('/api/v1/openapi.json', () => {
  it('is the committed document, but for the version; unchanged it is not sent twice', async () => {
    const app = await start();
    const response = await request(app.url).get('/api/v1/openapi.json');
    const served = response.body as Document;
    const committed = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Document;
    expect({ ...served, info: { ...served.info, version: committed.info.version } }).toEqual(committed);
    const again = await request(app.url)
      .get('/api/v1/openapi.json')
      .set('If-None-Match', String(response.headers['etag']));
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('names only what is there', async () => {
    const app = await start({ base_path: '/monitor' });
    const response = await request(app.url).get('/monitor/api/v1/openapi.json');
    const { paths, servers } = response.body as Document;
    expect(servers).toEqual([{ url: '/monitor' }]);
    for (const [path, item] of Object.entries(paths)) {
      if (path.includes('{') || path.endsWith('/stream') || item['get'] === undefined) continue;
      const { status } = await request(app.url).get(`/monitor${path}`);
      const expected = /\/(ocs|gms)\//.test(path) ? 405 : path.endsWith('/capacity') ? 404 : 200;
      expect([path, status]).toEqual([path, expected]);
    }
  });
});

describe('/docs', () => {
  it('shows every operation and schema without a script, a style within, or anything from elsewhere', async () => {
    const app = await start({ base_path: '/monitor' });
    const page = await request(app.url).get('/monitor/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(String(page.headers['content-security-policy'])).toContain("default-src 'self'");
    expect(page.text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|(?:src|href)="(?:https?:)?\/\//i);
    const { paths } = (await request(app.url).get('/monitor/api/v1/openapi.json')).body as Document;
    for (const item of Object.values(paths)) {
      for (const operation of Object.values(item)) {
        const { operationId } = operation as { operationId?: string };
        if (operationId !== undefined) expect(page.text).toContain(`<details id="${operationId}">`);
      }
    }
    const links = [...page.text.matchAll(/href="#([^"]+)"/g)].map(([, id = '']) => id);
    const ids = new Set([...page.text.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
    const style = /href="(\/monitor\/docs[^"]+)"/.exec(page.text)?.[1] ?? '';
    expect((await request(app.url).get(style)).headers['content-type']).toContain('text/css');
  });
});

describe('a list that is polled', () => {
  it('is not sent again while nothing changed', async () => {
    const app = await start();
    const list = () => request(app.url).get('/api/v1/campaign-groups');
    const { headers } = await list();
    expect(headers['cache-control']).toBe('private, no-cache');
    expect((await list().set('If-None-Match', String(headers['etag']))).status).toBe(304);
    await request(app.url).post('/ocs/campaign-group-state').send('{"a":1}');
    expect((await list().set('If-None-Match', String(headers['etag']))).status).toBe(304);
    expect((await list().set('If-None-Match', '"other"')).status).toBe(200);
  });
});
