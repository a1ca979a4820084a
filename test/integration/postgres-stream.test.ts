/** The live stream of several receivers on one PostgreSQL: complete whichever takes the posts, and resumed on another one. */
import { afterEach, describe, expect, it } from 'vitest';
import { anEvent } from '../support/callback-posts.js';
import { eventually } from '../support/eventually.js';
import { Follower } from '../support/follower.js';
import { postgresServices } from '../support/postgres-service.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../support/posts.js';
import type { Program } from '../support/program.js';
import { items, post } from '../support/receiver-worlds.js';

const services = postgresServices();
const OCS = '/ocs/campaign-group-state';
const following: Follower[] = [];
afterEach(() => {
  for (const one of following.splice(0)) one.stop();
});

async function follow({ url }: Program, headers: Record<string, string> = {}): Promise<Follower> {
  const follower = await Follower.start(`${url}/api/v1/stream`, headers);
  following.push(follower);
  return follower;
}

async function three(): Promise<readonly [Program, Program, Program]> {
  const name = await services.database();
  return [await services.start(name), await services.start(name), await services.start(name)];
}

const atMs = Date.now() - 100_000;
const at = (seconds: number) => ({ GSW_DATE_TIME: dateTime(atMs + seconds * 1000) });
const group = (n: number, parts: object) => aPost({ GSW_CAMPAIGN_GROUP_DBID: 100 + n, ...parts });
/** A transition, and whether it was withdrawn. */
const keyOf = ({ id, withdrawn }: Readonly<Record<string, unknown>>) =>
  `${String(id)} ${withdrawn === true ? 'withdrawn' : 'made'}`;

describe('the stream of several receivers', () => {
  it('has every transition, callback and body once, in the order of its group, on each of them', async () => {
    const [a, b, c] = await three();
    const followers = [await follow(a), await follow(b), await follow(c)];
    for (let n = 0; n < 5; n++) {
      await post(a, OCS, group(n, { ...LOADED, ...at(n) }));
      // A stop that no start explains: inferred until the start turns up late, on another one.
      await post(b, OCS, group(n, { ...STOPPED, ...at(n + 30) }));
      await post(c, OCS, group(n, { ...STARTED, ...FIGURES, ...at(n + 20) }));
    }
    await post(a, '/gms/callback-events', anEvent());
    await post(b, OCS, { no: 'state' });
    const held = await items(a, '/api/v1/transitions?from=2020-01-01T00:00:00Z');
    await eventually(() => {
      for (const follower of followers) {
        const told = follower.of('transition');
        const shown = new Map(told.map((one) => [one['id'], one['withdrawn'] !== true]));
        const ids = [...shown].filter(([, isShown]) => isShown).map(([id]) => String(id));
        expect(ids.sort()).toEqual(held.map(({ id }) => String(id)).sort());
        expect(follower.of('callback').length).toBeGreaterThan(0);
        expect(follower.of('quarantine').length).toBeGreaterThan(0);
        expect(new Set(follower.of('statistics').map(({ dbid }) => dbid)).size).toBe(5);
      }
    });
    for (const follower of followers) {
      const keys = follower.of('transition').map(keyOf);
      expect(keys).toEqual([...new Set(keys)]);
      expect(follower.of('callback')).toHaveLength(1);
      expect(follower.of('quarantine')).toHaveLength(1);
    }
    const inOrder = (follower: Follower) => {
      const byGroup = new Map<unknown, string[]>();
      for (const one of follower.of('transition'))
        byGroup.set(one['dbid'], [...(byGroup.get(one['dbid']) ?? []), keyOf(one)]);
      return byGroup;
    };
    const [first, ...others] = followers.map(inOrder);
    for (const other of others) expect(other).toEqual(first);
  });

  it('goes on without a gap on another one than that which broke off', async () => {
    const [a, b, c] = await three();
    const first = await follow(a);
    const seen = () => [...first.of('transition'), ...(second?.of('transition') ?? [])];
    let second: Follower | null = null;
    for (let n = 0; n < 40; n++) {
      if (n === 15) {
        void a.end('SIGKILL');
        await eventually(() => {
          expect(first.ended).toBe(true);
        });
      }
      if (n === 25) second = await follow(b, { 'Last-Event-ID': first.lastId ?? '' });
      const taker = [a, b, c][(n % (n < 15 ? 3 : 2)) + (n < 15 ? 0 : 1)] ?? c;
      expect(await post(taker, OCS, group(n, { ...LOADED, ...at(n) }))).toMatchObject({ outcome: 'transition' });
    }
    const held = await items(c, '/api/v1/transitions?from=2020-01-01T00:00:00Z');
    expect(held).toHaveLength(40);
    await eventually(() => {
      expect(new Set(seen().map(keyOf)).size).toBe(40);
    });
    expect(second?.of('reset')).toEqual([]);
  });

  it('starts over who was away for longer than changes are kept', async () => {
    const [a, b] = await three();
    await post(a, OCS, group(1, { ...LOADED, ...at(0) }));
    const away = await follow(b, { 'Last-Event-ID': String(Date.now() - 3_600_000) });
    await eventually(() => {
      expect(away.of('reset')).toHaveLength(1);
    });
  });
});
