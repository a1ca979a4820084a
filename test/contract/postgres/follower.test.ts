/** A follower beside real lanes: it has what they commit, in their order, and knows when it has missed something. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitReport, Delivery } from '../../../src/domain/store.js';
import type { BlockingConnection } from '../../../src/postgres/blocking/blocking-connection.js';
import { Follower } from '../../../src/postgres/follow/follower.js';
import { commitThrough, judgedOf } from '../../../src/postgres/lane-commit.js';
import { blockingConnection } from '../../support/blocking.js';
import { aBody } from '../../support/bodies.js';
import { aDelivery, eventPost, finalPost } from '../../support/callback-writer.js';
import { type RunningLane, runningLane } from '../../support/lanes.js';
import { T0 } from '../../support/notifications.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../../support/posts.js';
import { newDatabase, postgresServer, urlOf } from '../../support/postgres-server.js';
import { judges } from '../../support/stores.js';

const NOW = T0 + 60_000;
let lanes: readonly [RunningLane, RunningLane];
let db: BlockingConnection;
const clock = { ms: 0 };
beforeEach(async () => {
  const server = await postgresServer();
  const database = await newDatabase(server);
  lanes = [await runningLane(server, database), await runningLane(server, database)];
  db = blockingConnection(urlOf(server, database));
  clock.ms = 0;
});
afterEach(async () => {
  await Promise.all(lanes.map(({ wire }) => wire.close().catch(() => undefined)));
  await db.close();
});

const aFollower = (ownLanes = 'nobody') =>
  new Follower(db, {
    ...{ places: [], receiver: 'a', runNo: 1, ownLanes },
    ...{ nowMs: () => NOW, elapsedMs: () => clock.ms },
  });

const post = (seconds: number, parts: object) => {
  const atMs = T0 + seconds * 1000;
  return aDelivery('campaign-group-state', aBody({ GSW_DATE_TIME: dateTime(atMs), ...parts }), { receivedAtMs: atMs });
};

async function commit(
  lane: RunningLane,
  ...deliveries: readonly Delivery[]
): Promise<CommitReport & { moment: number }> {
  const judged = judgedOf(judges, deliveries, NOW);
  const report = await lane.run(commitThrough(lane.lane, lane.transactions, judged));
  return { ...report, moment: lane.lane.moment };
}

describe('a follower', () => {
  it('has what lanes have committed as they told it themselves, in their order, and once', async () => {
    const [a, b] = lanes;
    const follower = aFollower();
    const reports = [
      await commit(a, post(0, LOADED)),
      await commit(b, post(10, { ...STARTED, ...FIGURES })),
      await commit(a, post(20, { ...STARTED, ...FIGURES })),
      await commit(b, post(30, STOPPED), post(5, STARTED)),
    ];
    const { commits, isWhole, isBehind } = follower.poll();
    expect({ isWhole, isBehind }).toEqual({ isWhole: true, isBehind: false });
    const told = ({
      heard,
      snapshots,
      made,
      withdrawn,
    }: Pick<CommitReport, 'heard' | 'snapshots' | 'made' | 'withdrawn'>) => {
      return JSON.parse(JSON.stringify({ heard, snapshots, made, withdrawn })) as object;
    };
    expect(commits.map(told)).toEqual(reports.map(told));
    expect(commits.map(({ no }) => no)).toEqual(reports.map(({ moment }) => moment));
    expect(follower.poll().commits).toEqual([]);
  });

  it('gives commits that held the same group moments in the order in which they did', async () => {
    const moments: number[] = [];
    for (let n = 0; n < 20; n++) {
      const lane = lanes[n % 2 === 0 ? 0 : 1];
      moments.push((await commit(lane, post(n, { ...STARTED, GSW_STAT_HIT_RATIO: n / 100 }))).moment);
    }
    expect(moments).toEqual([...new Set(moments)].sort((x, y) => x - y));
    expect(moments).toHaveLength(20);
  });

  it('does so when the clock of the database was set back', async () => {
    const [a, b] = lanes;
    const { moment } = await commit(a, post(0, LOADED));
    const aheadUs = 3_600_000_000;
    db.query('UPDATE lane_log SET moment = moment + $1::bigint', [aheadUs]);
    expect((await commit(b, post(10, STARTED))).moment).toBe(moment + aheadUs + 1);
  });

  it('has callbacks and what the quarantine holds as they stand', async () => {
    const [a, b] = lanes;
    const follower = aFollower();
    await commit(a, eventPost());
    await commit(b, finalPost());
    await commit(a, aDelivery('campaign-group-state', { no: 'state' }));
    const { commits } = follower.poll();
    expect(commits.map(({ callbacks }) => callbacks.map(({ callback }) => callback.isFinal))).toEqual([
      [true],
      [true],
      [],
    ]);
    expect(commits.map(({ quarantine }) => quarantine)).toEqual([
      null,
      null,
      [{ source: 'default', reason: 'missing_key', rows: 1 }],
    ]);
    expect(commits.at(-1)?.bodies).toHaveLength(1);
  });

  it('leaves out what lanes of its own process have committed', async () => {
    const [a] = lanes;
    await commit(a, post(0, LOADED));
    const [row] = db.query<{ lane: string }>('SELECT lane FROM lane_log');
    expect(aFollower(row?.lane.slice(0, -1)).poll().commits).toEqual([]);
  });

  it('knows others that are at work', async () => {
    const follower = aFollower();
    expect(follower.poll().hasOthers).toBe(false);
    const alive = 'INSERT INTO uptime (receiver, run_no, started_ms, alive_ms) VALUES ($1, $2, $3, $3)';
    db.query(alive, ['a', 1, NOW]);
    db.query(alive, ['c', 1, NOW - 61_000]);
    expect(follower.poll().hasOthers).toBe(false);
    db.query(alive, ['b', 1, NOW - 59_000]);
    expect(follower.poll().hasOthers).toBe(true);
    db.query('DELETE FROM uptime');
    await commit(lanes[0], post(0, LOADED));
    expect(follower.poll().hasOthers).toBe(true);
    clock.ms += 60_001;
    expect(follower.poll().hasOthers).toBe(false);
  });

  it('is behind when something went that it has not read, and goes on from where it is told', async () => {
    const [a] = lanes;
    const follower = aFollower();
    await commit(a, post(0, LOADED));
    follower.poll();
    await commit(a, post(10, STARTED));
    await commit(a, post(20, STOPPED));
    db.query('DELETE FROM lane_log WHERE seq = 2');
    expect(follower.poll().isBehind).toBe(true);
    follower.startFrom(follower.places());
    expect(follower.poll()).toMatchObject({ isBehind: false, commits: [] });
    await commit(a, post(30, LOADED));
    expect(follower.poll().commits).toHaveLength(1);
  });

  it('is behind when it was away for longer than commits are surely kept', () => {
    const follower = aFollower();
    clock.ms += 480_000;
    expect(follower.poll().isBehind).toBe(false);
    clock.ms += 480_001;
    expect(follower.poll().isBehind).toBe(true);
  });

  it('reads some at a time', async () => {
    const [a] = lanes;
    const follower = aFollower();
    for (let n = 0; n < 101; n++) await commit(a, post(n, { ...STARTED, GSW_STAT_HIT_RATIO: n / 1000 }));
    const first = follower.poll();
    expect([first.commits.length, first.isWhole]).toEqual([100, false]);
    const second = follower.poll();
    expect([second.commits.length, second.isWhole]).toEqual([1, true]);
  });
});
