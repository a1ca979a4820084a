/** Store against store: deliveries in batches to the writers' threads, as the service hands them over, without HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WriterClient } from '../../src/service/threads/writer-client.js';
import { usageOf } from '../process-tree.js';
import { counted, median, type Outcome, type Settings, type Table } from '../row.js';
import { figureText } from '../table.js';
import { PostSource } from './post-source.js';
import { type Postgres, withDatabase } from './server.js';
import { mustBeTaken, withPostgresWriter, withSqliteWriter } from './writers.js';

export const BATCH = 64;
/** As in the service: one that is written, and one that is ready behind it. */
const UNDER_WAY = 2;
const GROUPS = 1000;

interface Alone {
  readonly perSecond: number;
  readonly cpuMicros: number;
  /** Share of one core that making the posts took. */
  readonly loadCore: number;
}

export async function storesAlone(
  postgres: Postgres,
  { rounds, seconds, say }: Settings,
): Promise<{ readonly outcome: Outcome; readonly table: Table }> {
  const onSqlite = () => ofSqlite(seconds);
  const onPostgres = () => ofPostgres(postgres, seconds);
  const sqlite: Alone[] = [];
  const shared: Alone[] = [];
  for (let round = 1; round <= rounds; round++) {
    // Every other round runs backwards, so that a machine that slows down favours nobody.
    if (round % 2 === 1) sqlite.push(await onSqlite());
    shared.push(await onPostgres());
    if (round % 2 === 0) sqlite.push(await onSqlite());
    const rate = (all: readonly Alone[]) => `${all.at(-1)?.perSecond.toFixed(0)}/s`;
    say(`round ${round}, store alone: ${rate(shared)}, SQLite ${rate(sqlite)}`);
  }
  const value = median(shared.map(({ perSecond }, round) => perSecond / (sqlite[round]?.perSecond ?? NaN)));
  const loadCore = Math.max(...[sqlite, shared].map((all) => middle(all, 'loadCore')));
  const how = `middle of ${counted(rounds, 'round')} of ${seconds} s, ${GROUPS.toLocaleString('en')} groups, one receiver`;
  const lines = [lineOf('SQLite', sqlite), lineOf('PostgreSQL', shared)];
  const heads = ['store', 'posts/s', 'CPU µs per post, server included'];
  return {
    outcome: { value, how, loadCore },
    table: { title: `Store against store: batches of ${BATCH}, ${how}`, heads, lines },
  };
}

const middle = (all: readonly Alone[], what: keyof Alone) => median(all.map((one) => one[what]));

function lineOf(name: string, all: readonly Alone[]): string[] {
  return [name, ...(['perSecond', 'cpuMicros'] as const).map((what) => figureText(middle(all, what), ''))];
}

async function ofSqlite(seconds: number): Promise<Alone> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-'));
  try {
    return await withSqliteWriter(join(folder, 'bench.db'), (writer) => measured(writer, seconds, () => 0));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ofPostgres(postgres: Postgres, seconds: number): Promise<Alone> {
  return withDatabase(postgres, (database) =>
    withPostgresWriter(postgres, database, (writer) =>
      measured(writer, seconds, () => usageOf(postgres.pid).cpuSeconds),
    ),
  );
}

async function measured(writer: WriterClient, seconds: number, serverSeconds: () => number): Promise<Alone> {
  const posts = new PostSource(GROUPS, () => Date.now());
  // A group is slower to begin than to go on.
  while (posts.sent < 2 * GROUPS) mustBeTaken(await writer.commit(posts.take(BATCH)));
  const sent = posts.sent;
  const serverBefore = serverSeconds();
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const beganMs = performance.now();
  const endMs = beganMs + 1000 * seconds;
  const commit = async () => {
    while (performance.now() < endMs) mustBeTaken(await writer.commit(posts.take(BATCH)));
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, commit));
  const tookMs = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const count = posts.sent - sent;
  return {
    perSecond: (1000 * count) / tookMs,
    cpuMicros: (user + system + 1e6 * (serverSeconds() - serverBefore)) / count,
    loadCore: performance.eventLoopUtilization(loopBefore).utilization,
  };
}
