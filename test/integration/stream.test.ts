import { connect } from 'node:net';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { aFinal } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { valueOf } from '../support/exposition.js';
import { Follower } from '../support/follower.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED } from '../support/posts.js';

const start = testApps();

const postOcs = async (app: TestApp, fields: Record<string, unknown>) => {
  expect((await request(app.url).post('/ocs/campaign-group-state').send(aPost(fields))).status).toBe(200);
};
const get = async (app: TestApp, path: string) =>
  (await request(app.url).get(`/api/v1${path}`)).body as { items: object[] };
const follow = (app: TestApp, query = '', headers: Record<string, string> = {}) =>
  Follower.start(`${app.url}/api/v1/stream${query}`, headers);

describe('the stream', () => {
  it('says at once what the lists say: the group, its transition, a callback, a quarantined body', async () => {
    const app = await start();
    const follower = await follow(app);
    expect(follower.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await postOcs(app, { ...STARTED, ...FIGURES });
    await request(app.url).post('/gms/callback-events').send(aFinal());
    await request(app.url).post('/ocs/campaign-group-state').send('{"a":1}');
    await eventually(() => {
      for (const event of ['statistics', 'transition', 'callback', 'quarantine'])
        expect([event, follower.of(event).length]).toEqual([event, 1]);
    });
    expect(follower.of('statistics')).toEqual((await get(app, '/campaign-groups')).items);
    expect(follower.of('transition')).toEqual((await get(app, '/transitions')).items);
    expect(follower.of('callback')).toEqual((await get(app, '/callbacks')).items);
    expect(follower.of('quarantine')).toEqual((await get(app, '/quarantine')).items);
    follower.stop();
  });

  it('says a transition that later evidence disproved once more, as withdrawn', async () => {
    const app = await start();
    const nowMs = new Date().getTime();
    await postOcs(app, { ...LOADED, GSW_DATE_TIME: dateTime(nowMs - 60_000) });
    await postOcs(app, {
      GSW_CAMPAIGN_GROUP_STATE: 5,
      GSW_CAMPAIGN_GROUP_ACTION: 0,
      GSW_DATE_TIME: dateTime(nowMs - 40_000),
    });
    const [inferred] = (await get(app, '/transitions')).items;
    const follower = await follow(app, '?events=transition');
    await postOcs(app, { ...STARTED, GSW_DATE_TIME: dateTime(nowMs - 50_000) });
    await eventually(() => {
      expect(follower.of('transition').length).toBe(2);
    });
    expect(follower.of('transition')).toEqual([
      { ...inferred, withdrawn: true },
      expect.objectContaining({ to_state: 'running', inferred: false }),
    ]);
    expect(follower.of('statistics')).toEqual([]);
    follower.stop();
  });

  it('says the newest figures of a group, at most once a second', async () => {
    const app = await start();
    const follower = await follow(app, '?events=statistics');
    const startedMs = performance.now();
    for (let n = 1; n <= 60; n++) await postOcs(app, { ...STARTED, ...FIGURES, GSW_STAT_TIME_TO_COMPLETE: n });
    await eventually(() => {
      expect(follower.of('statistics').at(-1)).toMatchObject({ statistics: { time_to_complete_seconds: 60 } });
    });
    const seconds = (performance.now() - startedMs) / 1000;
    expect(follower.of('statistics').length).toBeLessThanOrEqual(Math.floor(seconds) + 1);
    follower.stop();
  });

  it('says when the silence of a group begins and ends', async () => {
    const app = await start({ periodic_interval: '10s' });
    await postOcs(app, { ...STARTED, ...FIGURES });
    const follower = await follow(app);
    app.clock.setMs(new Date().getTime() + 60_000);
    await eventually(() => {
      expect(follower.of('statistics').at(-1)).toMatchObject({ silent: true, source_silent: true, state: 'running' });
    });
    expect(follower.of('statistics').length).toBe(1);
    await postOcs(app, { ...STARTED, ...FIGURES, GSW_STAT_HIT_RATIO: 0.31 });
    await eventually(() => {
      expect(follower.of('statistics').at(-1)).toMatchObject({ silent: false, source_silent: false });
    });
    follower.stop();
  });

  it('goes on where it broke, over a restart too: everything that changed since is said, withdrawn ones as such', async () => {
    const first = await start();
    const nowMs = new Date().getTime();
    await postOcs(first, { ...LOADED, GSW_DATE_TIME: dateTime(nowMs - 60_000) });
    await postOcs(first, {
      GSW_CAMPAIGN_GROUP_STATE: 5,
      GSW_CAMPAIGN_GROUP_ACTION: 0,
      GSW_DATE_TIME: dateTime(nowMs - 40_000),
    });
    const follower = await follow(first);
    const { lastId } = follower;
    follower.stop();
    await postOcs(first, { ...STARTED, GSW_DATE_TIME: dateTime(nowMs - 50_000) });
    await request(first.url).post('/gms/callback-events').send(aFinal());
    await request(first.url).post('/ocs/campaign-group-state').send('{"a":1}');
    await first.stop();
    const second = await start({}, { database: first.database });
    const resumed = await follow(second, '', { 'Last-Event-ID': String(lastId) });
    const transitions = resumed.of('transition');
    expect(transitions.slice(-2)).toMatchObject([
      { withdrawn: true, inferred: true },
      { to_state: 'running', action: 'start', inferred: false },
    ]);
    expect(resumed.of('callback')).toEqual((await get(second, '/callbacks')).items);
    expect(resumed.of('quarantine')).toEqual((await get(second, '/quarantine')).items);
    expect(resumed.of('statistics')).toEqual((await get(second, '/campaign-groups')).items);
    expect(Number(resumed.lastId)).toBeGreaterThanOrEqual(Number(lastId));
    resumed.stop();
    const byQuery = await follow(second, `?last_event_id=${String(lastId)}&events=callback`);
    expect(byQuery.frames.length).toBe(1);
    byQuery.stop();
  });

  it('tells a client to start over when it cannot be told what it missed', async () => {
    const app = await start();
    for (const id of ['nonsense', String(new Date().getTime() + 3_600_000)]) {
      const follower = await follow(app, '', { 'Last-Event-ID': id });
      expect([id, follower.frames.map(({ event }) => event)]).toEqual([id, ['reset']]);
      follower.stop();
    }
  });

  it('needs a read token when there are any, and a parameter it knows', async () => {
    const app = await start({ read_tokens: 'secret' });
    expect((await follow(app)).status).toBe(401);
    const admitted = await follow(app, '', { Authorization: 'Bearer secret' });
    expect(admitted.status).toBe(200);
    admitted.stop();
    expect((await follow(app, '?events=weather', { Authorization: 'Bearer secret' })).status).toBe(400);
  });

  it('ends at once when the service stops', async () => {
    const app = await start({ drain_timeout: '1h' });
    const follower = await follow(app);
    await app.app.stop('drain');
    await eventually(() => {
      expect(follower.ended).toBe(true);
    });
  });

  it('disconnects who does not read, and counts them; others are not held up', async () => {
    const app = await start();
    const port = Number(new URL(app.url).port);
    const idle = connect(port, '127.0.0.1');
    idle.on('error', () => undefined);
    idle.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    idle.pause();
    const reading = await follow(app, '?events=callback');
    const clients = async () =>
      valueOf((await request(app.url).get('/metrics')).text, 'ocs_monitor_stream_clients', {});
    await eventually(async () => {
      expect(await clients()).toBe(2);
    });
    const long = 'x'.repeat(200_000);
    let posted = 0;
    await eventually(async () => {
      for (let n = 0; n < 10; n++) {
        posted++;
        await postOcs(app, { ...STARTED, GSW_CAMPAIGN_GROUP_DBID: String(posted), GSW_CAMPAIGN_GROUP_NAME: long });
      }
      const metrics = (await request(app.url).get('/metrics')).text;
      expect(valueOf(metrics, 'ocs_monitor_stream_dropped_total', {})).toBe(1);
    }, 60_000);
    expect(await clients()).toBe(1);
    await request(app.url).post('/gms/callback-events').send(aFinal());
    await eventually(() => {
      expect(reading.of('callback').length).toBe(1);
    });
    reading.stop();
    idle.destroy();
    await eventually(async () => {
      expect(await clients()).toBe(0);
    });
  }, 90_000);
});
