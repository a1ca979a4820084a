import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { sharedApps, testApps, type TestApp } from '../support/app.js';
import { rawAsk } from '../support/raw-http.js';

const start = testApps();
const share = sharedApps();
const TOKENS = { read_tokens: 'read-token-1,read-token-2', admin_tokens: 'admin-token' };

const signIn = (app: TestApp, token: unknown) => request(app.url).post('/api/v1/session').send({ token });
const read = (app: TestApp, cookie: string) => request(app.url).get('/api/v1/campaign-groups').set('Cookie', cookie);

/** The cookie as a browser sends it back. */
async function cookieOf(app: TestApp, token: string): Promise<string> {
  const { headers, status } = await signIn(app, token);
  expect(status).toBe(200);
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

describe('signing in', () => {
  it('sets a cookie that admits to reading and holds nothing of the token', async () => {
    const app = await start({ ...TOKENS, base_path: '/monitor' });
    const { status, headers } = await request(app.url).post('/monitor/api/v1/session').send({ token: 'read-token-1' });
    expect(status).toBe(200);
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(
      /^ocm_session=[\w.-]+; Max-Age=2592000; Path=\/monitor\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
    expect(Buffer.from(cookie, 'base64').toString('latin1') + cookie).not.toContain('read-token');
    const list = await request(app.url)
      .get('/monitor/api/v1/campaign-groups')
      .set('Cookie', cookie.split(';')[0] ?? '');
    expect(list.status).toBe(200);
  });

  it('is refused for a wrong or empty token, an ingest token, and from another origin', async () => {
    const app = await start({ ...TOKENS, ingest_tokens: 'post-token' });
    for (const token of ['wrong', 'post-token', 'read-token-1,read-token-2']) {
      const { status, headers } = await signIn(app, token);
      expect([token, status, headers['set-cookie']]).toEqual([token, 401, undefined]);
    }
    for (const token of ['', 7, null, undefined]) expect((await signIn(app, token)).status).toBe(400);
    expect((await signIn(app, 'read-token-1').set('Origin', 'https://evil.example')).status).toBe(403);
    expect((await signIn(app, 'read-token-1').set('Sec-Fetch-Site', 'cross-site')).status).toBe(403);
  });

  it('lives on over a restart, and ends with its token, with its time, and with signing out', async () => {
    const first = await start(TOKENS);
    const [one, two] = [await cookieOf(first, 'read-token-1'), await cookieOf(first, 'read-token-2')];
    await first.stop();
    const second = await start({ ...TOKENS, read_tokens: 'read-token-2,read-token-3' }, { database: first.database });
    expect((await read(second, one)).status).toBe(401);
    expect((await read(second, two)).status).toBe(200);
    second.clock.setMs(new Date().getTime() + 31 * 86_400_000);
    expect((await read(second, two)).status).toBe(401);
    second.clock.setMs(null);
    const out = await request(second.url).delete('/api/v1/session').set('Cookie', two);
    expect([out.status, String(out.headers['set-cookie'])]).toEqual([204, expect.stringContaining('ocm_session=;')]);
    expect((await read(second, two)).status).toBe(401);
  });

  it('that was ended stays ended over a restart; another one of its token goes on', async () => {
    const first = await start(TOKENS);
    const [one, two, admin] = [
      ...[await cookieOf(first, 'read-token-1'), await cookieOf(first, 'read-token-1')],
      await cookieOf(first, 'admin-token'),
    ];
    for (const cookie of [one, admin])
      await request(first.url)
        .delete('/api/v1/session')
        .set('Cookie', cookie ?? '');
    // Whoever has no session ends none, and makes nothing be forgotten.
    for (const made of ['ocm_session=x', `ocm_session=${String(new Date().getTime() * 2)}.a.b`, `${two ?? ''}x`])
      expect((await request(first.url).delete('/api/v1/session').set('Cookie', made)).status).toBe(204);
    const file = `${first.database}.signed-out`;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((JSON.parse(readFileSync(file, 'utf8')) as { sessions: string[] }).sessions).toHaveLength(2);
    await first.stop();
    const second = await start(TOKENS, { database: first.database });
    const statuses = async (app: TestApp) =>
      Promise.all([one, two, admin].map(async (cookie) => (await read(app, cookie ?? '')).status));
    expect(await statuses(second)).toEqual([401, 200, 401]);
    await second.stop();
    writeFileSync(file, '{"sessions":');
    const third = await start(TOKENS, { database: first.database });
    expect(await statuses(third)).toEqual([401, 401, 401]);
    expect(third.log.filter(({ message }) => message.includes('sign in again'))).toHaveLength(1);
    expect((await read(third, await cookieOf(third, 'read-token-1'))).status).toBe(200);
  });

  it('that cannot be ended durably is told so, and has ended here', async () => {
    const app = await start(TOKENS);
    const cookie = await cookieOf(app, 'read-token-1');
    mkdirSync(`${app.database}.signed-out`);
    const out = await request(app.url).delete('/api/v1/session').set('Cookie', cookie);
    expect([out.status, String(out.headers['set-cookie'])]).toEqual([503, expect.stringContaining('ocm_session=;')]);
    expect((await read(app, cookie)).status).toBe(401);
  });

  it('cannot be made up, nor prolonged', async () => {
    const app = await share(TOKENS);
    const cookie = await cookieOf(app, 'read-token-1');
    const [, expiry = '', nonce = '', mark = ''] = /=(\d+)\.([^.]+)\.(.+)$/.exec(cookie) ?? [];
    for (const forged of [
      `${Number(expiry) + 1}.${nonce}.${mark}`,
      `${expiry}.${nonce}x.${mark}`,
      `${expiry}.${nonce}.`,
      `${expiry}.${nonce}`,
      `${expiry}.${nonce}.${mark}.x`,
      `${expiry}.${nonce}.${'é'.repeat(mark.length)}`,
      'x'.repeat(5000),
    ]) {
      expect([forged, (await read(app, `ocm_session=${encodeURIComponent(forged)}`)).status]).toEqual([forged, 401]);
    }
    expect((await read(app, `other=1; ${cookie}; last=2`)).status).toBe(200);
  });

  it('administers with an admin token only, and from its own origin only', async () => {
    const app = await share(TOKENS);
    const replay = (cookie: string) =>
      request(app.url).post('/api/v1/quarantine/replay').set('Cookie', cookie).send({});
    const [reader, admin] = [await cookieOf(app, 'read-token-1'), await cookieOf(app, 'admin-token')];
    expect((await replay(reader)).status).toBe(401);
    expect((await replay(admin)).status).toBe(200);
    expect((await replay(admin).set('Origin', 'https://evil.example')).status).toBe(403);
    const asked = async (cookie: string) =>
      (await request(app.url).get('/api/v1/session').set('Cookie', cookie)).body as object;
    expect(await asked('')).toEqual({ anonymous: false, reader: false, admin: false });
    expect(await asked(reader)).toEqual({ anonymous: false, reader: true, admin: false });
    expect(await asked(admin)).toEqual({ anonymous: false, reader: true, admin: true });
  });

  it('with an admin token administers where everybody may read; no other text signs in', async () => {
    const app = await start({ admin_tokens: 'admin-token' });
    for (const text of ['anything', 'admin', 'admin-token ']) expect((await signIn(app, text)).status).toBe(401);
    const replay = (cookie: string) =>
      request(app.url).post('/api/v1/quarantine/replay').set('Cookie', cookie).send({});
    expect((await replay('')).status).toBe(401);
    const cookie = await cookieOf(app, 'admin-token');
    expect((await replay(cookie)).status).toBe(200);
    const rights = (await request(app.url).get('/api/v1/session').set('Cookie', cookie)).body as object;
    expect(rights).toEqual({ anonymous: true, reader: true, admin: true });
    await request(app.url).delete('/api/v1/session').set('Cookie', cookie);
    expect((await replay(cookie)).status).toBe(401);
  });

  it.each(['ocm_session', 'other'])('asked for by a cookie of odd bytes is none: %s', async (name) => {
    const app = await share(TOKENS);
    const good = (await cookieOf(app, 'read-token-1')).replace('ocm_session=', '');
    const mark = good.split('.')[2] ?? '';
    for (const value of [
      good.slice(0, -1) + 'é',
      good.replace(mark, 'é'.repeat(mark.length)),
      '%',
      '%zz',
      '\u00ff\u0080',
      '"',
    ]) {
      const headers = { Host: 'localhost', Cookie: `${name}=${value}` };
      const { status } = await rawAsk(app.app.port, { target: '/api/v1/campaign-groups', headers });
      expect([value, status]).toEqual([value, 401]);
    }
    expect(app.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('needs no token where everybody may read', async () => {
    const app = await start();
    const response = await signIn(app, 'anything');
    const body = response.body as object;
    expect([response.status, body, response.headers['set-cookie']]).toEqual([
      200,
      { anonymous: true, expires_at: null },
      undefined,
    ]);
  });
});
