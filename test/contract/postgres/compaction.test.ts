/** What compaction moves is the same evidence, whoever moves it, and whoever posts meanwhile. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compactSome } from '../../../src/postgres/compaction.js';
import { groupEvidence } from '../../../src/postgres/readers/group-evidence.js';
import { blockingConnection } from '../../support/blocking.js';
import { type RunningLane, runningLane } from '../../support/lanes.js';
import { aNotification, T0 } from '../../support/notifications.js';
import { newDatabase, onDatabase, postgresServer, type Server, urlOf } from '../../support/postgres-server.js';

const GROUPS = ['101', '102', '103'];
const HOUR_MS = 3_600_000;

let server: Server;
let database: string;
let lanes: RunningLane[] = [];
beforeAll(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
  lanes = await Promise.all([50, 1].map(async (rows) => runningLane(server, database, rows)));
});
afterAll(async () => {
  await Promise.all(lanes.map(async ({ wire }) => wire.close()));
});

async function post({ lane, stores, run }: RunningLane, dbid: string, fromMs: number, count: number): Promise<void> {
  const work = () => {
    for (let n = 0; n < count; n++) {
      const atMs = fromMs + n * 10_000;
      stores.campaigns.apply(aNotification({ dbid, atMs, receivedAtMs: atMs + 20 }));
    }
  };
  await run(lane.perform(work, [{ kind: 'lock group', values: ['default', dbid] }]));
}

async function samplesOf({ lane, tables, stores, run }: RunningLane, dbid: string) {
  return run(
    lane.perform(() => {
      const groupNo = tables.groups.find('default', dbid)?.groupNo ?? 0;
      return stores.evidence.inOrder.placed(groupNo, 0, Number.MAX_SAFE_INTEGER);
    }),
  );
}

async function rowsIn(table: string): Promise<number> {
  return onDatabase(server, database, async (client) => {
    const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    return rows[0]?.n ?? NaN;
  });
}

describe('compaction of a database that several write to', () => {
  it('leaves young rows of groups that have few, and moves what is old, once', async () => {
    const [one, two] = lanes as [RunningLane, RunningLane];
    for (const dbid of GROUPS) await post(one, dbid, T0, 10);
    expect(await one.run(compactSome(one, T0 + 60_000))).toBe(0);
    const before = await Promise.all([samplesOf(one, '101'), samplesOf(two, '102')]);
    const done = await Promise.all(lanes.map(async (lane) => lane.run(compactSome(lane, T0 + HOUR_MS))));
    expect(Math.max(...done)).toBe(GROUPS.length);
    expect([await rowsIn('journal'), await rowsIn('chunks')]).toEqual([0, GROUPS.length]);
    expect(await Promise.all([samplesOf(two, '101'), samplesOf(one, '102')])).toEqual(before);
  });

  it('loses nothing of what is posted meanwhile, in order and late', async () => {
    const [one, two] = lanes as [RunningLane, RunningLane];
    const compacting = (async () => {
      for (let n = 0; n < 5; n++) await two.run(compactSome(two, T0 + (5 + n) * HOUR_MS));
    })();
    for (let n = 0; n < 5; n++) {
      await post(one, '101', T0 + HOUR_MS + n * 600_000, 6);
      await post(one, '101', T0 + 5000 + n * 10, 1);
    }
    await compacting;
    const samples = await samplesOf(two, '101');
    expect(samples.length).toBe(10 + 5 * 7);
    const times = samples.map(({ atMs }) => atMs);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it('hides nothing from readers that comes in an hour that has chunks, whatever the lane has numbered before', async () => {
    const [one] = lanes as [RunningLane, RunningLane];
    const minutes = (from: number) =>
      Array.from({ length: 6 }, (_, n) => T0 + 24 * HOUR_MS + from * 60_000 + n * 10_000);
    await post(one, '104', minutes(0)[0] ?? NaN, 6);
    await one.run(compactSome(one, T0 + 25 * HOUR_MS));
    await post(one, '104', minutes(1)[0] ?? NaN, 6);
    expect((await samplesOf(one, '104')).map(({ atMs }) => atMs)).toEqual([...minutes(0), ...minutes(1)]);
    const groupNo = await one.run(one.lane.perform(() => one.tables.groups.find('default', '104')?.groupNo ?? 0));
    const reader = blockingConnection(urlOf(server, database));
    const { evidence } = groupEvidence(reader, { source: 'default', groupNo });
    const read = evidence.inOrder.placed(groupNo, 0, Number.MAX_SAFE_INTEGER);
    await reader.close();
    expect(read.map(({ atMs }) => atMs)).toEqual([...minutes(0), ...minutes(1)]);
  });
});
