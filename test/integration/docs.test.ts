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
  it('is a viewer of the document, with nothing inline and nothing from elsewhere, open as its document is', async () => {
    const app = await start({ base_path: '/monitor', read_tokens: 'read' });
    const page = await request(app.url).get('/monitor/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.text).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|%|(?:src|href)="(?:https?:)?\/\//i);
    const links = [...page.text.matchAll(/(?:src|href|data-document)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links).toHaveLength(4);
    for (const link of links) {
      expect(link).toMatch(/^\/monitor\/(assets|docs)\//);
      expect([link, (await request(app.url).get(link)).status]).toEqual([link, 200]);
    }
    const shown = (await request(app.url).get('/monitor/docs/openapi.json')).body as Document;
    const given = await request(app.url).get('/monitor/api/v1/openapi.json').set('Authorization', 'Bearer read');
    expect(shown).toEqual(given.body);
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
