/** Two and four receivers at work on the same few groups and callbacks: none waits for another in a ring, and history is right. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Judged } from '../../../src/apply/commit.js';
import { commitThrough, judgedOf } from '../../../src/postgres/lane-commit.js';
import { aDelivery, eventPost } from '../../support/callback-writer.js';
import { definition, withoutId } from '../../support/histories.js';
import { type RunningLane, runningLane } from '../../support/lanes.js';
import { type Delivered, deliveredLife } from '../../support/lives.js';
import { T0 } from '../../support/notifications.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { judges } from '../../support/stores.js';

const SECONDS = process.env['OCM_TEST_LONG'] === undefined ? 3 : 600;
const DBIDS = ['101', '102', '103'];
const CALLBACKS = 3;
/** Some load so little at once that they begin anew with more locks. */
const ROWS_AT_ONCE = [50, 1, 50, 2];

let server: Server;
let database: string;
let lanes: RunningLane[] = [];
beforeAll(async () => {
  server = await postgresServer();
  database = await newDatabase(server);
  lanes = await Promise.all(ROWS_AT_ONCE.map(async (rows) => runningLane(server, database, rows)));
});
afterAll(async () => {
  await Promise.all(lanes.map(async ({ wire }) => wire.close().catch(() => undefined)));
});

/** What came of a life in one batch, and an event of each callback, in an order that differs from batch to batch. */
function judgedIn(batch: Delivered['batches'][number], source: string, no: number): readonly Judged[] {
  const notifications = batch.map((one): Judged => {
    const delivery = aDelivery('campaign-group-state', {}, { source, receivedAtMs: one.receivedAtMs });
    return { delivery, judgement: { kind: 'notification', notification: { ...one, source }, warnings: [] } };
  });
  const events = Array.from({ length: CALLBACKS }, (_, n) => {
    const serviceId = `service-${String((n + no) % CALLBACKS)}`;
    return eventPost({ _CB_SERVICE_ID: serviceId, _CB_D_CALLBACK_OFFER: no }, { source });
  });
  const judged = [...notifications, ...judgedOf(judges, events, T0 + 60_000)];
  return no % 2 === 0 ? judged : judged.reverse();
}

/** Whoever is free takes the next batch. */
async function deliver({ batches }: Delivered, source: string, receivers: number): Promise<void> {
  let next = 0;
  const work = lanes.slice(0, receivers).map(async ({ run, lane, transactions }) => {
    for (let no = next++; no < batches.length; no = next++)
      await run(commitThrough(lane, transactions, judgedIn(batches[no] ?? [], source, no)));
  });
  await Promise.all(work);
}

async function transitionsOf({ run, lane, tables }: RunningLane, source: string, dbid: string) {
  return run(
    lane.perform(() => {
      const groupNo = tables.groups.find(source, dbid)?.groupNo;
      const steps = groupNo === undefined ? [] : [...tables.steps.newestFirst(groupNo, Infinity)].reverse();
      return steps.flatMap(({ transition }) => transition ?? []);
    }),
  );
}

async function ask(name: string, sql: string): Promise<unknown[][]> {
  return onDatabase(server, name, async (client) => {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows;
  });
}

it('under load for a while', { timeout: SECONDS * 1000 + 120_000 }, async () => {
  const [reader] = lanes;
  if (reader === undefined) throw new Error('no lane is open');
  const endMs = performance.now() + SECONDS * 1000;
  for (let round = 0; performance.now() < endMs; round++) {
    const source = `load-${String(round)}`;
    const [delivered] = fc.sample(deliveredLife(DBIDS), { numRuns: 1, seed: round });
    if (delivered === undefined) throw new Error('there is no life');
    await deliver(delivered, source, round % 2 === 0 ? 4 : 2);
    expect(await ask(database, 'SELECT reason, violations FROM quarantine'), `round ${String(round)}`).toEqual([]);
    for (const dbid of DBIDS) {
      const told = await transitionsOf(reader, source, dbid);
      expect(told.map(withoutId), `round ${String(round)}`).toEqual(definition(delivered.survivors, dbid).transitions);
    }
    const events = await ask(database, `SELECT count(*)::int FROM callback_events WHERE source = '${source}'`);
    expect(events, `round ${String(round)}`).toEqual([[delivered.batches.length * CALLBACKS]]);
  }
  // A session tells what it has counted when it ends.
  await Promise.all(lanes.map(async ({ wire }) => wire.close()));
  const counted = `SELECT deadlocks::int FROM pg_stat_database WHERE datname = '${database}'`;
  expect(await ask('postgres', counted)).toEqual([[0]]);
});
