/**
 * Whatever fails, at whatever statement of a commit: what is acknowledged is there once, and the world ends as if nothing had
 * happened. A receiver's own lane and wire, over a wire that fails; whoever is refused posts again.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { MonitorError } from '../../../src/domain/errors.js';
import type { Delivery } from '../../../src/domain/store.js';
import { LaneAtOnce } from '../../../src/postgres/at-once.js';
import type { BlockingWire } from '../../../src/postgres/blocking/blocking-wire.js';
import { judgedOf } from '../../../src/postgres/lane-commit.js';
import { aBody } from '../../support/bodies.js';
import { blockingWire } from '../../support/blocking.js';
import { aDelivery, eventPost, finalPost, outcomesOf } from '../../support/callback-writer.js';
import { eventually } from '../../support/eventually.js';
import { FaultyServer } from '../../support/faulty-server.js';
import { T0 } from '../../support/notifications.js';
import { openPostgresWriter } from '../../support/postgres-writer.js';
import { laneOptions } from '../../support/postgres-store.js';
import { emptyDatabase, newDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { dateTime, FIGURES, LOADED, STARTED, STOPPED } from '../../support/posts.js';
import { judges, memoryStore } from '../../support/stores.js';
import { FAULTS } from '../../support/wire-faults.js';

const NOW_MS = T0 + 60_000;
const DEADLINE_MS = 20_000;
const SETTINGS = { maxHeads: 100, quarantineLimitBytes: 1_000_000, nowMs: () => NOW_MS };
/** Of one post that is refused time and again. */
const TRIES = 4;

const post = (seconds: number, parts: object) => {
  const atMs = T0 + seconds * 1000;
  return aDelivery('campaign-group-state', aBody({ GSW_DATE_TIME: dateTime(atMs), ...parts }), { receivedAtMs: atMs });
};
const OTHER = { GSW_CAMPAIGN_GROUP_DBID: '102', GSW_CAMPAIGN_GROUP_NAME: 'Autumn@Agents' };
const lists = (...dbids: string[]) => ({
  GSW_CALLING_LISTS: dbids.map((dbid) => {
    return { GSW_CALLING_LIST_NAME: `List ${dbid}`, GSW_CALLING_LIST_DBID: dbid, GSW_STAT_HIT_RATIO: 0.5 };
  }),
});

/** Several groups and callbacks, evidence that comes late, lists, and a body that is refused. */
const WORLD: readonly (readonly Delivery[])[] = [
  [
    post(0, LOADED),
    post(10, { ...STARTED, ...FIGURES, ...lists('7', '8') }),
    post(2, { ...LOADED, ...OTHER }),
    eventPost(),
    aDelivery('campaign-group-state', { no: 'state' }),
  ],
  [
    post(30, { ...STOPPED }),
    post(20, { ...STARTED, ...FIGURES, ...lists('8', '9') }),
    post(10, { ...STARTED, ...FIGURES, ...lists('7', '8') }),
    finalPost(),
    eventPost({ _CB_SERVICE_ID: 'service-2' }),
    post(25, { ...STARTED, ...OTHER }),
  ],
];

let server: Server;
let faulty: FaultyServer;
let database: string;
let admin: pg.Client;
let wire: BlockingWire;
let lane: LaneAtOnce;
let ids = 0;
beforeAll(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
  admin = new pg.Client({ ...server, database });
  await admin.connect();
  faulty = await FaultyServer.start(server);
  wire = blockingWire(faulty.database(database), DEADLINE_MS);
});
afterAll(async () => {
  wire.close();
  await admin.end();
  await faulty.stop();
});

/** An empty database, and a lane that knows nothing of what was in it. */
async function beginAnew(): Promise<void> {
  await emptyDatabase(server, database);
  lane = new LaneAtOnce(wire, { ...laneOptions(SETTINGS, 20), newId: () => `lane ${String(++ids)}` });
}

/** Statements at which a fault is played: all, or every fourth and the last ones, where it is committed. */
function placesIn(statements: number, no: number): readonly number[] {
  const all = Array.from({ length: statements }, (_, n) => n + 1);
  if (process.env['OCM_TEST_LONG'] !== undefined) return all;
  return all.filter((at) => at === 1 || at % 4 === no % 4 || at > statements - 2);
}

interface Told {
  readonly outcomes: string[];
  readonly made: number;
  readonly withdrawn: number;
}

/** What is acknowledged in the end, and how often it was refused before. */
function send(deliveries: readonly Delivery[]): Told & { readonly refusals: number } {
  for (let refusals = 0; ; refusals++) {
    try {
      const report = lane.commit(judgedOf(judges, deliveries, NOW_MS));
      return {
        outcomes: outcomesOf(report),
        made: report.made.length,
        withdrawn: report.withdrawn.length,
        refusals,
      };
    } catch (error) {
      const isRefusal = error instanceof MonitorError && error.code === 'OCM_UNAVAILABLE';
      if (!isRefusal || refusals >= TRIES) throw error;
    }
  }
}

function sendAll(world: readonly (readonly Delivery[])[]) {
  const all = world.map(send);
  const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
  const told = {
    outcomes: all.flatMap(({ outcomes }) => outcomes),
    made: sum(({ made }) => made),
    withdrawn: sum(({ withdrawn }) => withdrawn),
  };
  return { told, refusals: sum(({ refusals }) => refusals) };
}

/** All that is stored, by table. What a lane has logged is told by which transitions, in how many commits is its own affair. */
async function stored(): Promise<Readonly<Record<string, unknown>>> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'lane_log' ORDER BY 1`,
  );
  const each = tables.map(({ name }) => `SELECT '${name}', array_agg(t::text ORDER BY t::text) FROM ${name} AS t`);
  const logged = `SELECT 'transitions logged', array_agg(said ORDER BY said) FROM lane_log AS l, LATERAL (
      SELECT concat(c ->> 'isWithdrawn', ' ', c ->> 'transition') AS said FROM json_array_elements(CASE WHEN changes = '' THEN '[]' ELSE changes::json -> 'transitions' END) AS c) AS c`;
  const { rows } = await admin.query<[string, unknown]>({
    text: [...each, logged].join(' UNION ALL '),
    rowMode: 'array',
  });
  return Object.fromEntries(rows);
}

async function undisturbed(world: readonly (readonly Delivery[])[]) {
  await beginAnew();
  faulty.rest();
  const { told } = sendAll(world);
  return { told, statements: faulty.count, rows: await stored() };
}

describe('a world of posts', () => {
  let right: Awaited<ReturnType<typeof undisturbed>>;
  beforeAll(async () => {
    // The first is over a connection that is opened for it.
    await undisturbed(WORLD);
    right = await undisturbed(WORLD);
  });

  it('ends as in memory when nothing happens', () => {
    const store = memoryStore(SETTINGS);
    const reports = WORLD.map((batch) => store.commit(...batch));
    expect(right.told).toEqual({
      outcomes: reports.flatMap(outcomesOf),
      made: reports.flatMap(({ made }) => made).length,
      withdrawn: reports.flatMap(({ withdrawn }) => withdrawn).length,
    });
    expect(new Set(right.told.outcomes)).toEqual(
      new Set(['transition', 'recorded', 'quarantined', 'late', 'duplicate']),
    );
  });

  const kinds = FAULTS.flatMap(({ name, fault }, no) => (fault.kind === 'hidden' ? [] : [{ name, fault, no }]));

  it.each(kinds)('ends in the same way after $name, at whatever statement', async ({ fault, no }) => {
    // A refusal of which it is clear that nothing was done is the lane's own affair, and a value's is one body's.
    const isTriedAgain = fault.kind === 'refused' && fault.sqlState !== '40003';
    for (const at of placesIn(right.statements, no)) {
      await beginAnew();
      faulty.play(no, at);
      const { told, refusals } = sendAll(WORLD);
      expect(faulty.played, `at ${String(at)}`).toBe(1);
      expect(told, `at ${String(at)}`).toEqual(right.told);
      expect(refusals, `at ${String(at)}`).toBeLessThanOrEqual(isTriedAgain ? 0 : 1);
      expect(await stored(), `at ${String(at)}`).toEqual(right.rows);
    }
  });

  const numberOf = (kind: string) => FAULTS.findIndex(({ fault }) => fault.kind === kind);

  it('is not acknowledged where COMMIT was answered by ROLLBACK', async () => {
    await beginAnew();
    faulty.play(numberOf('hidden'), right.statements - 1);
    const { told, refusals } = sendAll(WORLD);
    expect([faulty.played, refusals]).toEqual([1, 1]);
    expect(told).toEqual(right.told);
    expect(await stored()).toEqual(right.rows);
  });

  it('is told once it is known, of a removal that failed for whoever asked for it', async () => {
    await emptyDatabase(server, database);
    const writer = openPostgresWriter(faulty.database(database), { clock: { nowMs: () => NOW_MS } });
    const [one, other] = writer.commit([post(0, STARTED), post(0, { ...STARTED, ...OTHER })]).snapshots;
    const hide = (group = '') => writer.forget({ group, source: null, dryRun: false }).next();
    faulty.rest();
    hide(one?.id);
    faulty.play(numberOf('broken after'), faulty.count, 2);
    expect(() => hide(other?.id)).toThrow(MonitorError);
    expect(faulty.played).toBe(2);
    const told = await eventually(() => [...writer.settled()]);
    expect(told).toMatchObject([{ receipts: [], removed: { groupNos: [other?.groupNo], source: null } }]);
    expect([...writer.settled()]).toEqual([]);
    writer.close();
  });

  it('is refused while nobody can tell whether a commit was done, and is stored once when it is posted again', async () => {
    await beginAnew();
    const [first = [], second = []] = WORLD;
    faulty.rest();
    const acknowledged = send(first).outcomes;
    // COMMIT is done, and the connection is lost with which it would be looked up.
    faulty.play(numberOf('broken after'), right.statements - faulty.count, 2);
    expect(() => send(second)).toThrow(MonitorError);
    expect(faulty.played).toBe(2);
    await eventually(() => {
      const { outcomes } = send(second);
      expect(new Set(outcomes)).toEqual(new Set(['duplicate']));
      expect(acknowledged.length + outcomes.length).toBe(right.told.outcomes.length);
    });
    expect(await stored()).toEqual(right.rows);
  });
});
