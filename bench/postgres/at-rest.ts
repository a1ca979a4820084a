/** Bytes that a post takes once it is in a chunk, in both stores: the same posts, compacted as they come. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numberHasher, randomKey, sha256Digest } from '../../src/node/digest.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { compactSome } from '../../src/postgres/compaction.js';
import { commitThrough, judgedOf } from '../../src/postgres/lane-commit.js';
import { converse } from '../../src/postgres/lane-driver.js';
import { migrating } from '../../src/postgres/migrate.js';
import { openLane } from '../../src/postgres/open-lane.js';
import { Wire } from '../../src/postgres/wire.js';
import { judging } from '../../src/service/judging.js';
import { HeldStore } from '../../src/sqlite/held-store.js';
import type { Outcome, Settings, Table } from '../row.js';
import { figureText } from '../table.js';
import { PostSource } from './post-source.js';
import { type Postgres, type PostgresDatabase, withDatabase } from './server.js';
import { mustBeTaken, withSqliteWriter } from './writers.js';

/** So few that each has whole hours. */
const GROUPS = 20;
const POSTS = 200_000;
const QUICK_POSTS = 20_000;
const INTERVAL_MS = 10_000;
const BATCH = 500;
const DEADLINE_MS = 60_000;
/** So long after its last post everything of a group is due. */
const LATER_MS = 3_600_000;
const MAX_HEADS = 1000;
/** What follows only lasts for minutes. */
const PASSING = ['lane_log'];

interface TableBytes {
  readonly name: string;
  readonly bytes: number;
}

export async function bytesAtRest(
  postgres: Postgres,
  { quick, say }: Settings,
): Promise<{ readonly outcome: Outcome; readonly table: Table }> {
  const posts = quick ? QUICK_POSTS : POSTS;
  const tables = await withDatabase(postgres, (database) => ofPostgres(postgres, database, posts));
  const each = (bytes: number) => figureText(bytes / posts, 'B');
  const sum = tables.reduce((total, { bytes }) => total + bytes, 0);
  const sqlite = await ofSqlite(posts);
  say(`at rest: ${each(sum)}, SQLite ${each(sqlite)}`);
  const how = `${posts.toLocaleString('en')} posts of ${GROUPS} groups, all in chunks, after VACUUM`;
  const found = [...tables].filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  return {
    outcome: { value: sum / posts, how: `${each(sqlite)} in SQLite; ${how}`, loadCore: null },
    table: {
      title: `PostgreSQL at rest: bytes per post by table, indexes and all else included, ${how}`,
      heads: ['table', 'bytes per post'],
      lines: found.map(({ name, bytes }) => [name, each(bytes)]),
    },
  };
}

/** In the past, each group every ten seconds. */
function postsUntilNow(posts: number): { readonly source: PostSource; readonly nowMs: () => number } {
  const startMs = Date.now() - Math.ceil(posts / GROUPS) * INTERVAL_MS;
  const timeMs = (sent: number) => startMs + Math.floor((sent * INTERVAL_MS) / GROUPS);
  const source = new PostSource(GROUPS, timeMs);
  return { source, nowMs: () => timeMs(source.sent) };
}

async function ofPostgres({ server }: Postgres, database: PostgresDatabase, posts: number): Promise<TableBytes[]> {
  await database.work(async (client) => {
    for (const { text, values } of migrating(null)) await client.query(text, [...values]);
  });
  const empty = await tableBytes(database);
  const { host, port, user } = server;
  const wire = await Wire.open({ host, port, user, database: database.name, deadlineMs: DEADLINE_MS });
  try {
    await fill(wire, posts);
  } finally {
    await wire.close();
  }
  await database.work((client) => client.query('VACUUM'));
  const before = new Map(empty.map(({ name, bytes }) => [name, bytes]));
  return (await tableBytes(database)).map(({ name, bytes }) => ({ name, bytes: bytes - (before.get(name) ?? 0) }));
}

async function fill(wire: Wire, posts: number): Promise<void> {
  const { source, nowMs } = postsUntilNow(posts);
  const judges = judging({ enumerations: {}, encodings: {}, maxClockAheadMs: LATER_MS });
  const { enumerations, digest, schemaVersionOf } = judges;
  const lane = openLane({
    ...{ id: 'bench', enumerations, digest, schemaVersionOf, nowMs, hashNumber: (number) => number, numberMark: null },
    ...{ maxHeads: MAX_HEADS, quarantineLimitBytes: 1, rowsAtOnce: 20 },
  });
  const compact = async (atMs: number) => {
    while ((await converse(wire, compactSome(lane, atMs))) > 0);
  };
  while (source.sent < posts) {
    const judged = judgedOf(judges, source.take(BATCH), nowMs());
    mustBeTaken(await converse(wire, commitThrough(lane.lane, lane.transactions, judged)));
    await compact(nowMs());
  }
  await compact(nowMs() + LATER_MS);
}

async function tableBytes({ work }: PostgresDatabase): Promise<TableBytes[]> {
  const sql = `SELECT relname AS name, pg_total_relation_size(oid)::float8 AS bytes FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL ($1)`;
  const { rows } = await work((client) => client.query<TableBytes>(sql, [PASSING]));
  return rows;
}

/** By its own thread; then what the journal still has is compacted, too. Free pages do not count. */
async function ofSqlite(posts: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-'));
  const path = join(folder, 'bench.db');
  try {
    await withSqliteWriter(path, () => Promise.resolve());
    const before = compactedBytes(path);
    const { source } = postsUntilNow(posts);
    await withSqliteWriter(path, async (writer) => {
      while (source.sent < posts) mustBeTaken(await writer.commit(source.take(BATCH)));
    });
    return compactedBytes(path) - before;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compactedBytes(path: string): number {
  const held = new HeldStore({
    ...{ path, maxHeads: MAX_HEADS, quarantineLimitBytes: 1, enumerations: ENUMERATIONS, digest: sha256Digest },
    ...{ numberKey: null, keys: { random: randomKey, hasher: numberHasher } },
    ...{ lockWaitMs: 0, keepsLedger: false, clock: { nowMs: () => Date.now() } },
  });
  try {
    const { db, stores } = held.store;
    db.transaction(() => {
      stores.compaction.all(Date.now());
    })();
    const number = (name: string) => Number(db.pragma(name, { simple: true }));
    return number('page_size') * (number('page_count') - number('freelist_count'));
  } finally {
    held.release();
  }
}
