import Database from 'better-sqlite3';
import express from 'express';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { MonitorError } from '../../src/domain/errors.js';
import type { Delivery, ReplayedBody } from '../../src/domain/store.js';
import { handleErrors } from '../../src/http/problem.js';
import { ReplayAnswer } from '../../src/http/replay-answer.js';
import { testApps } from '../support/app.js';
import { aFinal, anEvent } from '../support/callback-posts.js';
import { openCallbackWriter } from '../support/callback-writer.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { removeFolder } from '../support/folders.js';
import { Follower } from '../support/follower.js';
import { aPost, dateTime, LOADED, STARTED, STOPPED } from '../support/posts.js';

const start = testApps();
const folders: string[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A database in whose quarantine these bodies are held, all of which can be applied now. */
function databaseHolding(deliveries: readonly Delivery[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-replay-'));
  folders.push(folder);
  const database = join(folder, 'test.db');
  const refused = { kind: 'refused', reason: 'schema', violations: [] } as const;
  const writer = openCallbackWriter(database, {
    judge: () => refused,
    judgeCallback: () => refused,
    quarantineLimitBytes: 1e9,
  });
  for (let from = 0; from < deliveries.length; from += 1000) writer.commit(deliveries.slice(from, from + 1000));
  writer.close();
  return database;
}

const nowMs = new Date().getTime();
const held = (endpoint: Delivery['endpoint'], body: object): Delivery => ({
  ...{ endpoint, source: 'default', receivedAtMs: nowMs - 3_600_000, bytes: JSON.stringify(body) },
});
const at = (ms: number) => ({ GSW_DATE_TIME: dateTime(nowMs - 3_600_000 + ms) });
const ofGroup = (dbid: string, fields: object) =>
  held('campaign-group-state', aPost({ GSW_CAMPAIGN_GROUP_DBID: dbid, ...fields }));
const OTHERS = 3000;

describe('a long replay', () => {
  it('is shown as it goes on, and what was posted meanwhile stays shown', async () => {
    const database = databaseHolding([
      ofGroup('7', { ...LOADED, ...at(0) }),
      ofGroup('7', { ...STARTED, ...at(1000) }),
      held('callback-events', anEvent({ _CB_SERVICE_ID: 'service-7' })),
      ...Array.from({ length: OTHERS }, (_, n) => ofGroup('8', { ...(n % 2 ? STOPPED : STARTED), ...at(n) })),
    ]);
    const app = await start({}, { database });
    const follower = await Follower.start(`${app.url}/api/v1/stream?events=statistics`);
    let ended = false;
    const replaying = request(app.url)
      .post('/api/v1/quarantine/replay')
      .send({})
      .then((answer) => {
        ended = true;
        return answer;
      });
    const shown = async () =>
      ((await request(app.url).get('/api/v1/campaign-groups')).body as { items: Record<string, unknown>[] }).items.find(
        ({ dbid }) => dbid === '7',
      );
    const metrics = async () => (await request(app.url).get('/metrics')).text;
    await eventually(async () => {
      expect(await shown()).toMatchObject({ state: 'running' });
    });
    const post = (body: object) => request(app.url).post('/ocs/campaign-group-state').send(body);
    expect((await post(aPost({ GSW_CAMPAIGN_GROUP_DBID: '7', ...STOPPED }))).body).toMatchObject({
      outcome: 'transition',
    });
    expect(
      (
        await request(app.url)
          .post('/gms/callback-events')
          .send(aFinal({ _CB_SERVICE_ID: 'service-7' }))
      ).status,
    ).toBe(200);
    expect(ended).toBe(false);

    const { status, body } = (await replaying) as { status: number; body: { items: ReplayedBody[]; failed: unknown } };
    expect([status, body.items.length, body.failed]).toEqual([200, OTHERS + 3, null]);
    expect(new Set(body.items.map(({ id }) => id)).size).toBe(OTHERS + 3);
    expect(await shown()).toMatchObject({ state: 'active' });
    const text = await metrics();
    expect(valueOf(text, 'ocs_campaign_group_state', { dbid: '7', state: 'active' })).toBe(1);
    expect(valueOf(text, 'gms_callback_open', {}) ?? 0).toBe(0);
    expect(valueOf(text, 'ocs_monitor_quarantined', {}) ?? 0).toBe(0);
    await eventually(() => {
      expect(
        follower
          .of('statistics')
          .filter(({ dbid }) => dbid === '7')
          .at(-1),
      ).toMatchObject({ state: 'active' });
    });
    follower.stop();
  });
});

describe('a replay that breaks off', () => {
  it('says what it did, which is shown and stays; the next one does the rest', async () => {
    const database = databaseHolding([
      ofGroup('7', { ...STARTED, ...at(0) }),
      ...Array.from({ length: OTHERS }, (_, n) => ofGroup('8', { ...(n % 2 ? STOPPED : STARTED), ...at(n) })),
    ]);
    const app = await start({}, { database });
    const replay = () => request(app.url).post('/api/v1/quarantine/replay').send({});
    const first = replay().then((answer) => answer);
    await eventually(async () => {
      expect((await request(app.url).get('/api/v1/campaign-groups')).text).toContain('"dbid":"7"');
    });
    const other = new Database(database);
    other.exec('BEGIN IMMEDIATE');
    const { status, body } = (await first) as { status: number; body: { items: ReplayedBody[]; detail: string } };
    other.close();
    const done = body.items.length;
    expect([status, done > 0, done < OTHERS]).toEqual([503, true, true]);
    expect(body.detail).toContain(`${String(done)} bodies were looked at before`);
    expect(valueOf((await request(app.url).get('/metrics')).text, 'ocs_monitor_quarantined', {})).toBe(
      OTHERS + 1 - done,
    );
    expect(app.log.find(({ message }) => message.startsWith('a replay broke off'))?.fields).toMatchObject({
      replayed: done,
    });

    const rest = (await replay()) as { status: number; body: { items: ReplayedBody[] } };
    expect([rest.status, rest.body.items.length]).toEqual([200, OTHERS + 1 - done]);
  });
});

/** A service that only replays: these slices, and then it fails, if it does. */
async function replaying(
  slices: Iterable<readonly ReplayedBody[]>,
  error: Error | null = null,
  ids: string[] = [],
): Promise<string> {
  const app = express();
  app.post('/replay', async (_request, response) => {
    const answer = new ReplayAnswer(response, { dryRun: false, ids });
    const work = async () => {
      for (const slice of slices) await answer.add(slice);
      if (error !== null) throw error;
    };
    await work().catch((failure: unknown) => {
      answer.breakOff(failure);
    });
    answer.end();
  });
  const log = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };
  app.use(
    handleErrors(
      log,
      () => 'id',
      () => undefined,
      () => undefined,
    ),
  );
  const server = createServer(app).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const replayedBody = (n: number): ReplayedBody => ({ id: `body-${String(n)}`, outcome: 'late', violations: [] });
const slice = (from: number) => Array.from({ length: 100 }, (_, n) => replayedBody(from + n));
function* slices(count: number): Generator<ReplayedBody[]> {
  for (let n = 0; n < count; n++) yield slice(n * 100);
}
const UNAVAILABLE = new MonitorError('OCM_UNAVAILABLE', 'the disk is full');

describe('the answer to a replay', () => {
  it('lists every body, and the ids asked for that are not held', async () => {
    const url = await replaying(slices(2), null, ['body-7', 'nobody']);
    expect((await request(url).post('/replay')).body).toEqual({
      ...{ dry_run: false, items: [...slices(2)].flat() },
      ...{ not_held: ['nobody'], failed: null },
    });
  });

  it('that breaks off is 503, and lists what was done before', async () => {
    const url = await replaying(slices(3), UNAVAILABLE, ['nobody']);
    const answer = await request(url).post('/replay');
    const body = answer.body as { detail: string };
    expect([answer.status, answer.headers['content-type']]).toEqual([503, 'application/problem+json']);
    expect(body).toMatchObject({ items: [...slices(3)].flat(), status: 503 });
    expect(body.detail).toContain('the disk is full; 300 bodies were looked at before');
  });

  it('of many bodies is sent as it goes on, and its end says that it broke off', async () => {
    const url = await replaying(slices(400), UNAVAILABLE);
    const { status, body } = (await request(url).post('/replay')) as { status: number; body: { items: unknown[] } };
    expect([status, body.items.length]).toEqual([200, 40_000]);
    expect(body).toMatchObject({
      not_held: [],
      failed: { detail: expect.stringContaining('the disk is full') as string },
    });
  });

  it('waits for a client that does not read it, and goes on without one that is gone', async () => {
    let given = 0;
    function* counted(): Generator<ReplayedBody[]> {
      for (const one of slices(3000)) {
        given++;
        yield one;
      }
    }
    const url = await replaying(counted());
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.pause().on('error', () => undefined);
    client.write('POST /replay HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    let before = 0;
    // It stands still once what lies between is full.
    await eventually(() => {
      const was = before;
      before = given;
      expect([given > 0, given]).toEqual([true, was]);
    });
    expect(before).toBeLessThan(3000);
    client.destroy();
    await eventually(() => {
      expect(given).toBe(3000);
    });
  });
});
