/** Each event of the stream is described in the OpenAPI document (3.2, `itemSchema`), and real ones are what it says. */
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import { aFinal } from '../support/callback-posts.js';
import { documentedEvents, faultInStream } from '../support/documented.js';
import { eventually } from '../support/eventually.js';
import { Follower } from '../support/follower.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED } from '../support/posts.js';

const start = testApps();
const follow = (app: TestApp, headers: Record<string, string> = {}) =>
  Follower.start(`${app.url}/api/v1/stream`, headers);

describe('the stream', () => {
  it('says events of every kind that is described, and nothing that is not', async () => {
    const app = await start({ periodic_interval: '10s' });
    const post = (fields: object) =>
      request(app.url)
        .post('/ocs/campaign-group-state')
        .send(aPost({ ...fields }));
    const follower = await follow(app);
    const nowMs = new Date().getTime();
    // A gap: the start between them is inferred, and withdrawn when it is told after all.
    await post({ ...LOADED, GSW_DATE_TIME: dateTime(nowMs - 60_000) });
    await post({ ...STARTED, GSW_CAMPAIGN_GROUP_ACTION: 0, GSW_DATE_TIME: dateTime(nowMs - 40_000) });
    await post({ ...STARTED, GSW_DATE_TIME: dateTime(nowMs - 50_000) });
    await post({ ...STARTED, ...FIGURES });
    await request(app.url).post('/gms/callback-events').send(aFinal());
    await request(app.url).post('/ocs/campaign-group-state').send('{"a":1}');
    await eventually(() => {
      expect(follower.of('transition').filter(({ withdrawn }) => withdrawn === true)).toHaveLength(1);
      for (const event of ['statistics', 'callback', 'quarantine']) expect(follower.of(event)).not.toEqual([]);
    });
    app.clock.setMs(new Date().getTime() + 60_000);
    await eventually(() => {
      expect(follower.of('statistics').at(-1)).toMatchObject({ silent: true });
    });
    const lost = await follow(app, { 'Last-Event-ID': 'of another service' });
    const text = `${follower.text}${lost.text}: heartbeat\nid: 5\n\n`;
    follower.stop();
    lost.stop();
    const seen = new Set([...follower.frames, ...lost.frames].map(({ event }) => event));
    expect([...seen].toSorted()).toEqual(documentedEvents().toSorted());
    expect(text).toMatch(/^retry: \d+$/m);
    expect(faultInStream(text)).toBeNull();
  });

  it('would be seen to say what is not described', () => {
    expect(faultInStream('id: 1\nevent: reset\ndata: {}\n\n')).toBeNull();
    for (const faulty of [
      'id: 1\nevent: weather\ndata: {}\n\n',
      'id: 1\nevent: reset\ndata: {"why":"so"}\n\n',
      'id: now\nevent: reset\ndata: {}\n\n',
      'event: reset\ndata: {}\n\n',
      'id: 1\nevent: transition\ndata: {"id":"1"}\n\n',
      'id: 1\nname: value\n\n',
    ])
      expect([faulty, faultInStream(faulty)]).toEqual([faulty, expect.any(String)]);
  });
});
