/** With a standby that the server waits for and that is not there: nothing is acknowledged that it does not have. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { LaneAtOnce } from '../../../src/postgres/at-once.js';
import type { BlockingWire } from '../../../src/postgres/blocking/blocking-wire.js';
import { judgedOf } from '../../../src/postgres/lane-commit.js';
import { SpoolingStore } from '../../../src/service/postgres/spooling-store.js';
import { Spool } from '../../../src/sqlite/spool/spool.js';
import { aBody } from '../../support/bodies.js';
import { blockingWire } from '../../support/blocking.js';
import { aDelivery, outcomesOf } from '../../support/callback-writer.js';
import { eventually } from '../../support/eventually.js';
import { removeFolder } from '../../support/folders.js';
import { digest, T0 } from '../../support/notifications.js';
import { laneOptions } from '../../support/postgres-store.js';
import { newDatabase, onDatabase, postgresServer, type Server } from '../../support/postgres-server.js';
import { openPostgresWriter, serverWith } from '../../support/postgres-writer.js';
import { dateTime, STARTED } from '../../support/posts.js';
import { judges } from '../../support/stores.js';

const NOW_MS = T0 + 60_000;
const DEADLINE_MS = 2000;
const SETTINGS = { maxHeads: 100, quarantineLimitBytes: 1_000_000, nowMs: () => NOW_MS };

/** Does something to the first session that waits for the standby, while the thread of the test waits for that session. */
const MEDDLER = `
  const { workerData } = require('node:worker_threads');
  const pg = require('pg');
  (async () => {
    const client = new pg.Client(workerData.server);
    await client.connect();
    await client.query("SET synchronous_commit = off");
    for (let rows = []; rows.length === 0; await new Promise((resolve) => setTimeout(resolve, 10)))
      ({ rows } = await client.query("SELECT " + workerData.does + "(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"));
    for (const sql of workerData.then) await client.query(sql);
    await client.end();
  })();
`;
const WAIT = ["ALTER SYSTEM SET synchronous_standby_names = 'elsewhere'", 'SELECT pg_reload_conf()'];
const GO_ON = ['ALTER SYSTEM RESET synchronous_standby_names', 'SELECT pg_reload_conf()'];

let server: Server;
let database: string;
let wire: BlockingWire;
let lane: LaneAtOnce;
let lanes = 0;
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(async () => {
  await tell(GO_ON);
});
beforeEach(async () => {
  await tell(GO_ON);
  database = await newDatabase(server);
  // Only here: other tests go on.
  await tell([`ALTER DATABASE ${database} SET synchronous_commit = on`]);
  wire = blockingWire(
    {
      hosts: [{ host: server.host, port: server.port }],
      database,
      user: server.user,
      password: null,
      tls: 'disable',
      authorities: null,
      applicationName: 'ocs-monitor',
    },
    DEADLINE_MS,
  );
  lane = new LaneAtOnce(wire, { ...laneOptions(SETTINGS, 20), newId: () => `receiver ${String(++lanes)}` });
  return () => {
    wire.close();
  };
});

async function tell(statements: readonly string[]): Promise<void> {
  await onDatabase(server, 'postgres', async (client) => {
    for (const sql of statements) await client.query(sql);
  });
}

/** From now on commits wait; the process that has to know it, too, is told of a new setting later than sessions are. */
async function waitFromNowOn(): Promise<void> {
  await tell(WAIT);
  await eventually(async () =>
    onDatabase(server, database, async (client) => {
      const { rows: told } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const writing = client.query(`SELECT pg_logical_emit_message(true, 'test', '')`);
      if (await Promise.race([writing.then(() => true), pause(100).then(() => false)]))
        throw new Error('commits do not wait yet');
      await tell([`SELECT pg_cancel_backend(${String(told[0]?.pid)})`]);
      await writing;
    }),
  );
}

function meddle(does: 'pg_cancel_backend' | 'pg_terminate_backend', then: readonly string[] = []): void {
  const { host, port, user } = server;
  const workerData = { does, then, server: { host, port, user, database: 'postgres' } };
  new Worker(MEDDLER, { eval: true, workerData }).unref();
}

function delivery(seconds: number) {
  const body = aBody({ ...STARTED, GSW_DATE_TIME: dateTime(T0 + seconds * 1000), GSW_STAT_HIT_RATIO: seconds / 100 });
  return aDelivery('campaign-group-state', body, { receivedAtMs: T0 + seconds * 1000 });
}

const post = (seconds: number) => outcomesOf(lane.commit(judgedOf(judges, [delivery(seconds)], NOW_MS)));

/** Sessions that wait for the standby. */
async function waiting(): Promise<number> {
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = '${database}'`;
  return onDatabase(server, 'postgres', async (client) => {
    const { rows: found } = await client.query<{ n: number }>(sql);
    return found[0]?.n ?? 0;
  });
}

const rows = async () =>
  onDatabase(server, database, async (client) => {
    const { rows: found } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM journal');
    return found[0]?.n;
  });

it('a commit whose wait was cancelled is not acknowledged, and is known when it is posted again', async () => {
  expect(post(1)).toEqual(['transition']);
  await waitFromNowOn();
  meddle('pg_cancel_backend');
  expect(() => post(2)).toThrow('no standby has confirmed the commit');
  await tell(GO_ON);
  expect(post(2)).toEqual(['duplicate']);
  expect(post(3)).toEqual(['refresh']);
  expect(await rows()).toBe(3);
});

it('a commit whose session was ended is not acknowledged, though its row is there, as long as no standby has it', async () => {
  expect(post(1)).toEqual(['transition']);
  await waitFromNowOn();
  meddle('pg_terminate_backend');
  expect(() => post(2)).toThrow('may be stored or not');
  expect(await rows()).toBe(2);
  await tell(GO_ON);
  expect(post(2)).toEqual(['duplicate']);
  expect(await rows()).toBe(2);
});

it('a commit whose session was ended is acknowledged once a standby has it', async () => {
  expect(post(1)).toEqual(['transition']);
  await waitFromNowOn();
  meddle('pg_terminate_backend', GO_ON);
  expect(post(2)).toEqual(['refresh']);
  expect(post(2)).toEqual(['duplicate']);
  expect(await rows()).toBe(2);
});

it('a commit that waits longer than the deadline is not acknowledged', async () => {
  await waitFromNowOn();
  expect(() => post(1)).toThrow('may be stored or not');
  await tell(GO_ON);
  expect(post(1)).toEqual(['duplicate']);
  expect(await rows()).toBe(1);
});

it('nobody waits for a primary that is back before its standby: posts are spooled until something is confirmed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-standby-'));
  const clock = { nowMs: () => NOW_MS };
  const address = serverWith(server, database);
  const store = new SpoolingStore({
    ...{ wire, judges, digest, clock, elapsedMs: () => performance.now() },
    spool: new Spool({ path: join(folder, 'spool'), limitBytes: 1e9, nowMs: clock.nowMs, onAside: () => undefined }),
    openWriter: () => openPostgresWriter(address, { wire, clock }),
    onOpened: () => undefined,
    onDrained: () => undefined,
    onUnconfirmed: () => undefined,
    onStatus: () => undefined,
  });
  store.begin();
  const sent = (seconds: number) => outcomesOf(store.commit([delivery(seconds)]));
  expect(sent(1)).toEqual(['transition']);
  wire.shutFor('it is away');
  await waitFromNowOn();
  const looking = { isOver: false };
  const looked = store.look().then(() => (looking.isOver = true));
  await eventually(async () => {
    if ((await waiting()) === 0) throw new Error('nothing waits for the standby');
  });
  expect([sent(2), sent(3), looking.isOver]).toEqual([['spooled'], ['spooled'], false]);
  await tell(GO_ON);
  await looked;
  expect([sent(3), sent(4)]).toEqual([['duplicate'], ['refresh']]);
  store.close();
  removeFolder(folder);
});
