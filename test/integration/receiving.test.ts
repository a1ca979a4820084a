import { once } from 'node:events';
import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { type SharedApp, sharedApps, testApps, type TestApp } from '../support/app.js';
import { removeFolder } from '../support/folders.js';
import { heldEvidence } from '../support/held-evidence.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { valueOf } from '../support/exposition.js';
import { freePort, Program } from '../support/program.js';
import { RANDOM_BODIES } from '../support/random-bodies.js';

const start = testApps();
const share = sharedApps();

const PATH = '/ocs/campaign-group-state';
/** Where a test posts that shares its service. */
const own = ({ source }: SharedApp) => `/ocs/${source}/campaign-group-state`;
const post = (app: TestApp, body: unknown, path = PATH) =>
  request(app.url)
    .post(path)
    .set('Content-Type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

interface Answer {
  outcome: string;
  id: string;
  status: number;
  quarantine_id: string;
  violations: { field: string; rule: string; found: string }[];
  warnings: { field: string; rule: string; found: string }[];
}
const answerOf = (response: { body: unknown }) => response.body as Answer;

describe('a post', () => {
  it('is answered 200 with its outcome after it is in the database, and shows on /metrics and in the API', async () => {
    const app = await start();
    const response = await post(app, aPost({ ...LOADED, ...FIGURES }));
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ outcome: 'transition', id: expect.stringMatching(/^[\w-]{22}$/) as string });
    const db = new Database(app.database, { readonly: true });
    expect(heldEvidence(db).length).toBe(1);
    expect(db.prepare('SELECT count(*) FROM transitions').pluck().get()).toBe(1);
    db.close();
    const metrics = (await request(app.url).get('/metrics')).text;
    expect(valueOf(metrics, 'ocs_campaign_group_state', { state: 'active' })).toBe(1);
    expect(valueOf(metrics, 'ocs_monitor_notifications_total', { outcome: 'transition' })).toBe(1);
    expect(valueOf(metrics, 'ocs_monitor_ack_duration_seconds_count')).toBe(1);
    const groups = (await request(app.url).get('/api/v1/campaign-groups')).body as { items: { state: string }[] };
    expect(groups.items[0]?.state).toBe('active');
  });

  it('goes through transition, refresh, duplicate and late in the contract’s precedence', async () => {
    const app = await share();
    const now = new Date().getTime();
    const outcome = async (fields: object) =>
      answerOf(await post(app, aPost(fields as Record<string, unknown>), own(app)));
    const loaded = await outcome({ ...LOADED, GSW_DATE_TIME: dateTime(now - 9000) });
    expect(loaded.outcome).toBe('transition');
    expect((await outcome({ ...STARTED, GSW_DATE_TIME: dateTime(now - 5000) })).outcome).toBe('transition');
    expect((await outcome({ ...STARTED, GSW_DATE_TIME: dateTime(now - 1000) })).outcome).toBe('refresh');
    expect(await outcome({ ...LOADED, GSW_DATE_TIME: dateTime(now - 9000) })).toEqual({
      ...loaded,
      outcome: 'duplicate',
    });
    expect((await outcome({ ...STOPPED, GSW_DATE_TIME: dateTime(now - 3000) })).outcome).toBe('late');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'application/json; charset=utf-16'])(
    'is read as JSON under Content-Type %s',
    async (type) => {
      const app = await share();
      const response = await request(app.url).post(own(app)).set('Content-Type', type).send(JSON.stringify(aPost()));
      expect(response.status).toBe(200);
    },
  );

  it('with a non-ASCII name in the source’s own encoding is read in it', async () => {
    const { mkdtempSync, writeFileSync } = await import('node:fs');
    const file = `${mkdtempSync('/tmp/ocm-config-')}/config.yaml`;
    writeFileSync(file, 'sources:\n  eu-1:\n    encoding: windows-1252\n');
    const app = await start({}, { configFile: file });
    const bytes = Buffer.from(JSON.stringify(aPost({ GSW_CAMPAIGN_GROUP_NAME: 'Müller' })), 'latin1');
    for (const path of ['/ocs/eu-1/campaign-group-state', PATH]) {
      expect((await fetch(app.url + path, { method: 'POST', body: bytes })).status).toBe(200);
    }
    const groups = (await request(app.url).get('/api/v1/campaign-groups')).body as { items: { name: string }[] };
    expect(groups.items.map(({ name }) => name).sort()).toEqual(['Müller', 'M\uFFFDller'].sort());
  });

  it('carries warnings when something was odd, and is applied all the same', async () => {
    const app = await share();
    const { source } = app;
    const odd = aPost({ GSW_CAMPAIGN_GROUP_STATE: 6, GSW_STAT_HIT_RATIO: -1, GSW_NEW: 'x' });
    const response = await post(app, odd, own(app));
    expect(response.status).toBe(200);
    const fields = answerOf(response).warnings.map(({ field }) => field);
    expect(fields.sort()).toEqual(['GSW_CAMPAIGN_GROUP_STATE', 'GSW_NEW', 'GSW_STAT_HIT_RATIO']);
    const groups = (await request(app.url).get(`/api/v1/campaign-groups?source=${source}`)).body as {
      items: { state: string; state_code: number }[];
    };
    expect(groups.items[0]).toMatchObject({ state: 'unknown(6)', state_code: 6 });
    const metrics = (await request(app.url).get('/metrics')).text;
    expect(valueOf(metrics, 'ocs_campaign_group_state', { state: 'unknown', source })).toBe(1);
    expect(valueOf(metrics, 'ocs_monitor_warnings_total', { rule: 'unknown_number', source })).toBe(1);
  });
});

describe('a body that cannot be applied', () => {
  it.each([
    ['nothing', '', 400, 'not_json'],
    ['text that is no JSON', '{"GSW', 400, 'not_json'],
    ['nesting deeper than 32', '['.repeat(33) + ']'.repeat(33), 400, 'not_json'],
    ['an array', '[]', 422, 'schema'],
    ['another user event', JSON.stringify(aPost({ GSW_USER_EVENT: 'Other' })), 422, 'schema'],
    ['no DBID', JSON.stringify(aPost({ GSW_CAMPAIGN_GROUP_DBID: undefined })), 422, 'missing_key'],
    ['a date in words', JSON.stringify(aPost({ GSW_DATE_TIME: 'yesterday' })), 422, 'bad_timestamp'],
    [
      'a key twice, with different values',
      '{"GSW_CAMPAIGN_GROUP_STATE":4,' + JSON.stringify(aPost()).slice(1),
      422,
      'schema',
    ],
  ])('for %s is refused with a problem document and kept', async (_, body, status, reason) => {
    const app = await share();
    const { source } = app;
    const response = await post(app, body, own(app));
    expect(response.status).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    const problem = answerOf(response);
    expect(problem).toMatchObject({ status, type: expect.stringContaining('urn:') as string });
    expect(problem.violations.length).toBeGreaterThan(0);
    const kept = (await request(app.url).get(`/api/v1/quarantine/${problem.quarantine_id}`)).body as Record<
      string,
      unknown
    >;
    expect(kept).toMatchObject({ reason, body, count: 1 });
    const metrics = (await request(app.url).get('/metrics')).text;
    expect(valueOf(metrics, 'ocs_monitor_rejected_total', { reason, source })).toBe(1);
    expect(valueOf(metrics, 'ocs_monitor_quarantined', { reason, source })).toBe(1);
  });

  it('lists every violation, fatal or not', async () => {
    const app = await share();
    const body = aPost({
      GSW_DATE_TIME: 'x',
      GSW_CAMPAIGN_GROUP_DBID: '',
      GSW_STAT_HIT_RATIO: 'many',
      GSW_DIAL_MODE: 77,
    });
    const { violations } = answerOf(await post(app, body, own(app)));
    const fields = violations.map(({ field }) => field).sort();
    expect(fields).toEqual(['GSW_CAMPAIGN_GROUP_DBID', 'GSW_DATE_TIME', 'GSW_DIAL_MODE', 'GSW_STAT_HIT_RATIO']);
  });

  it('that comes again is one row with a count', async () => {
    const app = await share();
    const first = answerOf(await post(app, '{"a":1}', own(app)));
    const second = answerOf(await post(app, '{"a":1}', own(app)));
    const elsewhere = answerOf(await post(app, '{"a":1}', '/ocs/other/campaign-group-state'));
    expect(second.quarantine_id).toBe(first.quarantine_id);
    expect(elsewhere.quarantine_id).not.toBe(first.quarantine_id);
    const kept = (await request(app.url).get(`/api/v1/quarantine/${first.quarantine_id}`)).body as { count: number };
    expect(kept.count).toBe(2);
  });
});

describe('the body limit', () => {
  it('counts bytes as received: a chunked body over it is refused, a prefix and a digest are kept', async () => {
    const app = await share({ body_limit: '1kb' });
    const { source } = app;
    const big = JSON.stringify(aPost({ GSW_NOTE: 'x'.repeat(2000) }));
    const chunked = await new Promise<string>((resolve, reject) => {
      const socket = connect(app.app.port, '127.0.0.1', () => {
        socket.write(`POST ${own(app)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
        for (const part of big.match(/.{1,100}/gs) ?? []) socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
        socket.write('0\r\n\r\n');
      });
      let answer = '';
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('close', () => {
        resolve(answer);
      });
      socket.on('error', reject);
    });
    expect(chunked).toMatch(/^HTTP\/1.1 413 /);
    expect(chunked).toMatch(/connection: close/i);
    const listed = (await request(app.url).get(`/api/v1/quarantine?source=${source}`)).body as {
      items: { reason: string }[];
    };
    const found = `${Buffer.byteLength(big)} bytes`;
    expect(listed.items).toMatchObject([
      { reason: 'too_large', size_bytes: Buffer.byteLength(big), violations: [{ found }] },
    ]);
    const metrics = (await request(app.url).get('/metrics')).text;
    expect(valueOf(metrics, 'ocs_monitor_rejected_total', { reason: 'too_large', source })).toBe(1);
  });

  it('tells the size that was declared, and of an endless body what was counted', async () => {
    const app = await share({ body_limit: '1kb' });
    const sizeOf = async (head: string, ...parts: string[]) => {
      const socket = connect(app.app.port, '127.0.0.1');
      const answer = once(socket, 'data') as Promise<[Buffer]>;
      socket.write(`POST ${own(app)} HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
      for (const part of parts) socket.write(part);
      const [, found] = /"found":"([^"]+)"/.exec(String(await answer)) ?? [];
      socket.destroy();
      return found;
    };
    expect(await sizeOf('Content-Length: 5000000', 'x'.repeat(2000))).toBe('5000000 bytes');
    expect(await sizeOf('Transfer-Encoding: chunked', `7d0\r\n${'y'.repeat(2000)}\r\n`)).toBe('2000 bytes or more');
  });

  it('admits a body of exactly the limit', async () => {
    const bare = JSON.stringify(aPost({ GSW_NOTE: '' }));
    const body = bare.replace('"GSW_NOTE":""', `"GSW_NOTE":"${'x'.repeat(1024 - bare.length)}"`);
    expect(Buffer.byteLength(body)).toBe(1024);
    const app = await share({ body_limit: '1kb' });
    expect((await post(app, body, own(app))).status).toBe(200);
    expect((await post(app, body.replace('"xx', '"xxx'), own(app))).status).toBe(413);
  });
});

describe('addresses', () => {
  it('keep senders apart by source: the same DBID is two groups', async () => {
    const app = await start();
    await post(app, aPost(), '/ocs/eu-1/campaign-group-state');
    await post(app, aPost(), '/ocs/us.2/campaign-group-state');
    const groups = (await request(app.url).get('/api/v1/campaign-groups')).body as {
      items: { id: string; source: string }[];
    };
    expect(groups.items.map(({ source }) => source).sort()).toEqual(['eu-1', 'us.2']);
    expect(new Set(groups.items.map(({ id }) => id)).size).toBe(2);
  });

  it.each([
    '/ocs/../campaign-group-state',
    '/ocs/%2e/campaign-group-state',
    `/ocs/${'x'.repeat(65)}/campaign-group-state`,
    '/ocs/a%20b/campaign-group-state',
    '/ocs/x/other',
  ])('that are no source or no endpoint are 404: %s', async (path) => {
    const app = await share();
    const status = await new Promise<string>((resolve) => {
      const socket = connect(app.app.port, '127.0.0.1', () => {
        socket.end(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
      });
      socket.on('data', (data) => {
        resolve(data.toString().slice(9, 12));
      });
    });
    expect(status).toBe('404');
  });

  it('that cannot be decoded are the sender’s fault, not ours', async () => {
    const app = await share();
    app.log.length = 0;
    for (const method of ['get', 'post'] as const) {
      expect((await request(app.url)[method]('/t/%zz/ocs/campaign-group-state')).status).toBeLessThan(500);
    }
    expect(app.log).toEqual(app.log.filter(({ level }) => level !== 'error'));
  });

  it('carry helmet’s headers on every answer, refusals included', async () => {
    const app = await start({ ingest_tokens: 'sesame' });
    for (const path of [PATH, `${PATH}?token=sesame`, '/nowhere', '/readyz']) {
      for (const method of ['get', 'post'] as const) {
        const { headers } = await request(app.url)[method](path).send('{}');
        expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
        expect(headers['content-security-policy']).toContain("default-src 'self'");
      }
    }
  });

  it('answer GET with 405, Allow, and that this is the right address', async () => {
    const app = await share();
    for (const path of [PATH, '/ocs/eu-1/campaign-group-state']) {
      const response = await request(app.url).get(path);
      expect(response.status).toBe(405);
      expect(response.headers['allow']).toBe('POST');
      expect(response.text).toContain('right address');
    }
  });

  it('stand below OCM_BASE_PATH when it is set', async () => {
    const app = await start({ base_path: '/monitor', ingest_tokens: 'sesame' });
    expect((await post(app, aPost(), '/monitor/t/sesame/ocs/campaign-group-state')).status).toBe(200);
    expect((await post(app, aPost(), '/monitor/ocs/campaign-group-state')).status).toBe(401);
    expect((await request(app.url).get('/monitor/t/sesame/ocs/campaign-group-state')).status).toBe(405);
    expect((await request(app.url).get('/monitor/readyz')).status).toBe(200);
    expect((await request(app.url).get('/readyz')).status).toBe(404);
  });

  it('refuse a Content-Encoding other than identity', async () => {
    const app = await share();
    const zipped = await request(app.url).post(own(app)).set('Content-Encoding', 'gzip').send('x');
    expect(zipped.status).toBe(415);
    const plain = await request(app.url)
      .post(own(app))
      .set('Content-Encoding', 'identity')
      .send(JSON.stringify(aPost()));
    expect(plain.status).toBe(200);
  });
});

describe('secrets', () => {
  const TOKENS = 'open sesame'.split(' ').join(',');

  it.each([
    ['Bearer', (r: request.Test) => r.set('Authorization', 'Bearer sesame'), PATH],
    ['bearer in lower case', (r: request.Test) => r.set('Authorization', 'bearer sesame'), PATH],
    ['the password of Basic', (r: request.Test) => r.auth('ocs', 'sesame'), PATH],
    ['X-Api-Key', (r: request.Test) => r.set('X-Api-Key', 'sesame'), PATH],
    ['the query', (r: request.Test) => r, `${PATH}?token=sesame`],
    ['the path', (r: request.Test) => r, `/t/sesame${PATH}`],
    ['the percent-encoded path', (r: request.Test) => r, `/t/s%65same${PATH}`],
    ['the path of a source', (r: request.Test) => r, '/t/open/ocs/eu-1/campaign-group-state'],
    ['one place although another is wrong', (r: request.Test) => r.set('X-Api-Key', 'wrong'), `${PATH}?token=open`],
  ])('are taken from %s', async (_, dress, path) => {
    const app = await share({ ingest_tokens: TOKENS });
    const response = await dress(request(app.url).post(path))
      .set('Content-Type', 'application/json')
      .send(JSON.stringify(aPost()));
    expect(response.status).toBe(200);
  });

  it('with a colon match as the password of Basic, split at the first colon', async () => {
    const app = await start({ ingest_tokens: 'a:b:c' });
    const response = await request(app.url).post(PATH).auth('user', 'a:b:c').send(JSON.stringify(aPost()));
    expect(response.status).toBe(200);
  });

  it.each([
    '/ocs/campaign-group-state',
    '/ocs/no/such/thing',
    '/ocs/..%2f/campaign-group-state',
    '/gms/callback-events',
    '/t/wrong/ocs/campaign-group-state',
  ])('are asked for before anything else is said about %s', async (path) => {
    const app = await share({ ingest_tokens: TOKENS, body_limit: '10b' });
    for (const method of ['get', 'post', 'put'] as const) {
      const ask = request(app.url)[method](path);
      const response = await ask.send('x'.repeat(method === 'get' ? 0 : 100));
      expect(response.status).toBe(401);
      expect(response.headers['www-authenticate']).toContain('Bearer');
    }
    const db = new Database(app.database, { readonly: true });
    expect(db.prepare('SELECT count(*) FROM quarantine').pluck().get()).toBe(0);
    db.close();
  });

  it('that are wrong are counted, and no secret is ever in the log', async () => {
    const app = await start({ ingest_tokens: TOKENS });
    await post(app, aPost(), `${PATH}?token=planted-secret`);
    await request(app.url)
      .post('/t/planted-secret/ocs/campaign-group-state')
      .set('X-Api-Key', 'planted-secret')
      .send('{}');
    const metrics = (await request(app.url).get('/metrics')).text;
    expect(valueOf(metrics, 'ocs_monitor_rejected_total', { reason: 'unauthorized', source: 'default' })).toBe(2);
    expect(JSON.stringify(app.log)).not.toContain('planted-secret');
    expect(metrics).not.toContain('planted-secret');
  });

  it('of posting never read, and those of reading never post', async () => {
    const app = await start({ ingest_tokens: 'write', read_tokens: 'read' });
    const read = (token: string) =>
      request(app.url).get('/api/v1/campaign-groups').set('Authorization', `Bearer ${token}`);
    expect((await read('read')).status).toBe(200);
    expect((await read('write')).status).toBe(401);
    expect((await request(app.url).get('/api/v1/campaign-groups?token=read')).status).toBe(401);
    expect((await request(app.url).post(PATH).set('Authorization', 'Bearer read').send('{}')).status).toBe(401);
    expect((await request(app.url).get('/healthz')).status).toBe(200);
    expect((await request(app.url).get('/metrics')).status).toBe(200);
  });

  it('guard /metrics when asked to', async () => {
    const app = await start({ read_tokens: 'read', metrics_auth: 'true' });
    expect((await request(app.url).get('/metrics')).status).toBe(401);
    expect((await request(app.url).get('/metrics').auth('prometheus', 'read')).status).toBe(200);
  });
});

describe('the address list', () => {
  it('admits by the connection’s address, not by what a stranger writes into X-Forwarded-For', async () => {
    const app = await start({ ingest_networks: '10.0.0.0/8' });
    const spoofed = await post(app, aPost()).set('X-Forwarded-For', '10.1.2.3');
    expect(spoofed.status).toBe(403);
    const metrics = (await request(app.url).get('/metrics')).text;
    expect(valueOf(metrics, 'ocs_monitor_rejected_total', { reason: 'forbidden', source: 'default' })).toBe(1);
  });

  it('believes the last address before a trusted proxy', async () => {
    const app = await start({ ingest_networks: '10.0.0.0/8', trusted_proxies: '127.0.0.0/8' });
    expect((await post(app, aPost()).set('X-Forwarded-For', '10.1.2.3')).status).toBe(200);
    expect((await post(app, aPost()).set('X-Forwarded-For', '10.1.2.3, 192.168.1.1')).status).toBe(403);
    expect((await post(app, aPost())).status).toBe(403);
  });

  it('understands ports and brackets in what proxies write, everywhere an address is read', async () => {
    const app = await start({
      ...{ ingest_networks: '10.0.0.0/8,2001:db8::/32', trusted_proxies: '127.0.0.0/8,192.168.0.0/16' },
      read_tokens: 'r',
    });
    const from = async (address: string) => (await post(app, aPost()).set('X-Forwarded-For', address)).status;
    for (const address of [
      ...[
        '10.1.2.3:51234',
        '10.1.2.3, 192.168.1.1:8080',
        '[2001:db8::5]:4711',
        '"[2001:db8::5]:4711"',
        '[2001:db8::5]',
      ],
      ...['::ffff:10.1.2.3', ' 10.1.2.3:1 ,, ', '10.1.2.3, [::ffff:192.168.1.1]:80', '2001:db8::5%eth0'],
    ])
      expect([address, await from(address)]).toEqual([address, 200]);
    for (const address of ['192.0.2.7:51234', '10.1.2.3, 192.0.2.7:1', 'unknown', '_x, 192.168.1.1', '10.1.2.3.4'])
      expect([address, await from(address)]).toEqual([address, 403]);
    const asked = await request(app.url).get('/api/v1/arrivals').set('Authorization', 'Bearer r');
    const { refused } = asked.body as { refused: { remote_address: string; next: string }[] };
    expect(refused.map(({ remote_address: address }) => address)).toEqual([
      'unknown, behind 127.0.0.1',
      'unknown, behind 192.168.1.1',
      '192.0.2.7',
    ]);
    expect(refused.at(-1)?.next).toMatch(/^Add 192\.0\.2\.7 to OCM_INGEST_NETWORKS/);
    expect(refused[0]?.next).toMatch(/The proxy 127\.0\.0\.1 names no address in X-Forwarded-For/);
    await request(app.url).get('/api/v1/audit-log').set('X-Forwarded-For', '192.0.2.7:9');
    const ranges = app.log.flatMap(({ fields }) => ('range' in fields ? [fields.range] : []));
    expect(ranges).toEqual(['192.0.2.0/24']);
  });
});

describe('random byte strings', () => {
  it(
    `of which ${RANDOM_BODIES} come are each stored or refused by size; never a 5xx, never a crash`,
    { timeout: 900_000 },
    async () => {
      // A process of its own: the receiver and the one who posts would only wait for each other.
      const folder = mkdtempSync(join(tmpdir(), 'ocm-random-'));
      const database = join(folder, 'random.db');
      const port = await freePort();
      const program = await Program.start(port, database, ['--body-limit', '2kb']);
      const { randomBytes } = await import('node:crypto');
      const http = await import('node:http');
      const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
      const statuses = new Map<number, number>();
      const kept = new Set<string>();
      const beginMs = new Date().getTime() - 2 * RANDOM_BODIES;
      const make = (n: number): Buffer => {
        const bytes = randomBytes(1 + (n % 90));
        if (n % 4 !== 0) return bytes;
        // Every fourth is a valid body with a few bytes overwritten: reaches deeper than noise does.
        const bent = Buffer.from(JSON.stringify(aPost({ GSW_DATE_TIME: dateTime(beginMs + n) })));
        for (let k = 0; k < 3; k++)
          bent[((bytes[k % bytes.length] ?? 0) * 3) % bent.length] = bytes[(k + 1) % bytes.length] ?? 0;
        return bent;
      };
      const send = (body: Buffer) =>
        new Promise<void>((resolve, reject) => {
          const out = http.request(
            {
              agent,
              port,
              host: '127.0.0.1',
              path: PATH,
              method: 'POST',
              headers: { 'Content-Length': body.length },
            },
            (res) => {
              statuses.set(res.statusCode ?? 0, (statuses.get(res.statusCode ?? 0) ?? 0) + 1);
              if (res.statusCode === 400 || res.statusCode === 422)
                kept.add(createHash('sha1').update(body).digest('hex'));
              res.resume();
              res.on('end', resolve);
            },
          );
          out.on('error', reject);
          out.end(body);
        });
      let next = 0;
      await Promise.all(
        Array.from({ length: 64 }, async () => {
          while (next < RANDOM_BODIES) await send(make(next++));
        }),
      );
      agent.destroy();
      expect([...statuses.keys()].filter((status) => ![200, 400, 413, 422].includes(status))).toEqual([]);
      const db = new Database(database, { readonly: true });
      expect(db.prepare("SELECT count(*) FROM quarantine WHERE reason <> 'too_large'").pluck().get()).toBe(kept.size);
      expect(db.prepare("SELECT count(*) FROM quarantine WHERE reason = 'internal'").pluck().get()).toBe(0);
      db.close();
      expect(await program.end('SIGINT')).toBe(0);
      // Errors and worse (docs: pino's levels).
      expect((program.stdout + program.stderr).match(/"level":(50|60)/g)).toBeNull();
      removeFolder(folder);
    },
  );
});
