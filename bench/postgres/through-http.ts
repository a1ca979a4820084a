/** One receiver under as many posts as it takes, on PostgreSQL and on SQLite, with what the server of PostgreSQL uses. */
import { settledUsage } from '../process-tree.js';
import { OURS, type Running, serviceOnPostgres, withRunning } from '../program.js';
import { counted, median, type Outcome, type Settings, type Table } from '../row.js';
import { figureText } from '../table.js';
import { throughput, type Throughput } from '../throughput.js';
import { CONNECTIONS, loadAllGroups } from '../wrk.js';
import { checkpoint, type Postgres, walBytes, withDatabase } from './server.js';

const GROUPS = 1000;
const WARM_UP_SECONDS = 2;

/** Of the server, for each post: nothing where there is none. */
interface Served extends Throughput {
  readonly serverMicros: number;
  readonly serverBytes: number;
  readonly walBytes: number;
}

export interface HttpFindings {
  readonly outcomes: Readonly<Record<'http' | 'cpu' | 'written', Outcome>>;
  readonly table: Table;
  /** That PostgreSQL takes. */
  readonly perSecond: number;
}

export async function throughHttp(postgres: Postgres, { rounds, seconds, say }: Settings): Promise<HttpFindings> {
  const sqlite: Served[] = [];
  const shared: Served[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (round % 2 === 1) sqlite.push(await ofSqlite(seconds));
    shared.push(await ofPostgres(postgres, seconds));
    if (round % 2 === 0) sqlite.push(await ofSqlite(seconds));
    const rate = (all: readonly Served[]) => `${all.at(-1)?.perSecond.toFixed(0)}/s`;
    say(`round ${round}, through HTTP: ${rate(shared)}, SQLite ${rate(sqlite)}`);
  }
  const how = `middle of ${counted(rounds, 'round')} of ${seconds} s, 1,000 groups`;
  const loadCore = Math.max(middle(sqlite, 'loadCore'), middle(shared, 'loadCore'));
  const ratio = (of: (one: Served) => number) =>
    median(shared.map((one, round) => of(one) / (sqlite[round] ? of(sqlite[round]) : NaN)));
  const micros = `${figureText(middle(shared, 'cpuMicros'), 'µs')} of the service, ${figureText(middle(shared, 'serverMicros'), 'µs')} of the server`;
  const wal = `${figureText(middle(shared, 'walBytes'), 'B')} of it WAL, and a checkpoint at the end`;
  return {
    outcomes: {
      http: { value: ratio(({ perSecond }) => perSecond), how, loadCore },
      cpu: {
        value: ratio(({ cpuMicros, serverMicros }) => cpuMicros + serverMicros),
        how: `${micros}; ${how}`,
        loadCore,
      },
      written: { value: median(shared.map(written)), how: `${wal}; ${how}`, loadCore },
    },
    table: {
      title: `PostgreSQL beside SQLite, through HTTP: ${how}, ${CONNECTIONS} connections`,
      heads: HEADS,
      lines: [lineOf('SQLite', sqlite), lineOf('PostgreSQL', shared)],
    },
    perSecond: middle(shared, 'perSecond'),
  };
}

const middle = (all: readonly Served[], what: keyof Served) => median(all.map((one) => one[what]));
const written = ({ writtenBytes, serverBytes }: Served) => writtenBytes + serverBytes;

const HEADS = [
  ...['store', 'posts/s', 'CPU µs per post, service', 'CPU µs per post, server'],
  ...['bytes written per post', 'of them WAL', 'ack p50 ms', 'ack p99 ms', 'load core %'],
];

function lineOf(name: string, all: readonly Served[]): string[] {
  const cpu = [middle(all, 'cpuMicros'), middle(all, 'serverMicros')];
  const bytes = [median(all.map(written)), middle(all, 'walBytes')];
  const acks = [middle(all, 'p50Ms'), middle(all, 'p99Ms')];
  const figures = [middle(all, 'perSecond'), ...cpu, ...bytes, ...acks, 100 * middle(all, 'loadCore')];
  return [name, ...figures.map((figure) => figureText(figure, ''))];
}

function ofSqlite(seconds: number): Promise<Served> {
  return withRunning(OURS, {}, async (running) => {
    await loadAllGroups(running.port, WARM_UP_SECONDS, GROUPS);
    // Of SQLite, its log is no part that is told.
    return { ...(await throughput(running, { seconds })), serverMicros: 0, serverBytes: 0, walBytes: NaN };
  });
}

function ofPostgres(postgres: Postgres, seconds: number): Promise<Served> {
  return withDatabase(postgres, (database) => {
    const measured = async (running: Running): Promise<Served> => {
      await checkpoint(database);
      await loadAllGroups(running.port, WARM_UP_SECONDS, GROUPS);
      const before = await settledUsage(postgres.pid);
      const walBefore = await walBytes(database);
      const taken = await throughput(running, { seconds });
      const wal = (await walBytes(database)) - walBefore;
      await checkpoint(database);
      const after = await settledUsage(postgres.pid);
      const { posts } = taken;
      return {
        ...taken,
        serverMicros: ((after.cpuSeconds - before.cpuSeconds) / posts) * 1e6,
        serverBytes: (after.writtenBytes - before.writtenBytes) / posts,
        walBytes: wal / posts,
      };
    };
    return withRunning(serviceOnPostgres(database.url), {}, measured);
  });
}
