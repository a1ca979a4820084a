/**
 * Two receivers on one PostgreSQL against one, under as many posts as they take. In either case two load generators post:
 * split by source, each for groups of its own; split at random, both for any group, so that both receivers write to all.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { settledUsage, usageOf } from '../process-tree.js';
import { type Running, serviceOnPostgres, withRunning } from '../program.js';
import { counted, type Findings, median, type Outcome, type Settings } from '../row.js';
import { figureText } from '../table.js';
import { CONNECTIONS, load, type Load, loadAllGroups, type LoadOptions } from '../wrk.js';
import { checkpoint, type Postgres, type PostgresDatabase, withDatabase } from './server.js';

const GROUPS = 1000;
const WARM_UP_SECONDS = 2;
const TICKS_PER_SECOND = 100;

const SPLITS = {
  source: {
    told: 'by source',
    loads: ['north', 'south'].map((source, n) => ({ source, groups: GROUPS / 2, seed: n + 1 })),
  },
  random: {
    told: 'at random',
    loads: [1, 2].map((seed) => ({ groups: GROUPS, order: 'drawn' as const, seed })),
  },
} satisfies Record<string, { readonly told: string; readonly loads: readonly Omit<LoadOptions, 'seconds'>[] }>;
type Split = keyof typeof SPLITS;

interface Taken {
  readonly perSecond: number;
  readonly receiverMicros: number;
  readonly serverMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all that the machine has, 0 to 1, while posts came. */
  readonly busyShare: number;
  /** By the server's own count. */
  readonly deadlocks: number;
  readonly loadCore: number;
}

export async function twoReceivers(postgres: Postgres, { rounds, seconds, say }: Settings): Promise<Findings> {
  const taken = new Map<string, Taken[]>();
  for (let round = 1; round <= rounds; round++)
    for (const split of ['source', 'random'] as const)
      for (const receivers of round % 2 === 1 ? [1, 2] : [2, 1]) {
        const one = await ofReceivers(postgres, receivers, split, seconds);
        taken.set(nameOf(split, receivers), [...(taken.get(nameOf(split, receivers)) ?? []), one]);
        say(`round ${round}, ${nameOf(split, receivers)}: ${one.perSecond.toFixed(0)}/s`);
      }
  const how = `middle of ${counted(rounds, 'round')} of ${seconds} s, 1,000 groups`;
  return {
    outcomes: { bySource: ratio(taken, 'source', how), atRandom: ratio(taken, 'random', how) },
    tables: [
      {
        title: `Receivers on one PostgreSQL: ${how}, two load generators of ${CONNECTIONS / 2} connections each, ${cpus().length} cores for all`,
        heads: HEADS,
        lines: [...taken].map(([name, all]) => lineOf(name, all)),
      },
    ],
  };
}

const nameOf = (split: Split, receivers: number) => `${counted(receivers, 'receiver')}, split ${SPLITS[split].told}`;
const middle = (all: readonly Taken[], what: keyof Taken) => median(all.map((one) => one[what]));

function ratio(taken: ReadonlyMap<string, readonly Taken[]>, split: Split, how: string): Outcome {
  const [one, two] = [1, 2].map((receivers) => taken.get(nameOf(split, receivers)) ?? []);
  if (!one || !two) return { why: 'no round was run' };
  const each = two.map(({ perSecond }, round) => perSecond / (one[round]?.perSecond ?? NaN));
  const rates = `${figureText(middle(two, 'perSecond'), '')} to ${figureText(middle(one, 'perSecond'), '')} posts/s`;
  const busy = `${figureText(100 * middle(two, 'busyShare'), '%')} of the machine's cores busy`;
  const loadCore = Math.max(middle(one, 'loadCore'), middle(two, 'loadCore'));
  return { value: median(each), how: `${rates}, ${busy}; ${how}`, loadCore };
}

const HEADS = [
  ...['receivers', 'posts/s', 'CPU µs per post, receivers', 'CPU µs per post, server'],
  ...['ack p50 ms', 'ack p99 ms', 'cores busy %', 'deadlocks', 'load core %'],
];

function lineOf(name: string, all: readonly Taken[]): string[] {
  const rates = [middle(all, 'perSecond'), middle(all, 'receiverMicros'), middle(all, 'serverMicros')];
  const acks = [middle(all, 'p50Ms'), middle(all, 'p99Ms')];
  const figures = [...rates, ...acks, 100 * middle(all, 'busyShare')].map((figure) => figureText(figure, ''));
  return [
    name,
    ...figures,
    String(Math.max(...all.map(({ deadlocks }) => deadlocks))),
    figureText(100 * middle(all, 'loadCore'), ''),
  ];
}

function ofReceivers(postgres: Postgres, receivers: number, split: Split, seconds: number): Promise<Taken> {
  return withDatabase(postgres, (database) =>
    withReceivers(database.url, receivers, async (running) => {
      const loads = SPLITS[split].loads.map((options, n) => ({
        options,
        to: running[n % running.length] ?? running[0],
      }));
      for (const { options, to } of loads) await loadAllGroups(to.port, WARM_UP_SECONDS, options.groups, options);
      await checkpoint(database);
      return measured(postgres, database, running, () =>
        Promise.all(
          loads.map(({ options, to }) => load(to.port, { ...options, seconds, connections: CONNECTIONS / 2 })),
        ),
      );
    }),
  );
}

type Receivers = readonly [Running, ...Running[]];

function withReceivers<T>(url: string, count: number, use: (running: Receivers) => Promise<T>): Promise<T> {
  const program = serviceOnPostgres(url);
  return withRunning(program, {}, (first) =>
    count === 1 ? use([first]) : withRunning(program, {}, (second) => use([first, second])),
  );
}

async function measured(
  postgres: Postgres,
  database: PostgresDatabase,
  running: Receivers,
  posting: () => Promise<readonly Load[]>,
): Promise<Taken> {
  const receiverSeconds = async () => {
    let sum = 0;
    for (const { pid } of running) sum += (await settledUsage(pid)).cpuSeconds;
    return sum;
  };
  const before = { receivers: await receiverSeconds(), server: usageOf(postgres.pid).cpuSeconds };
  const deadlocksBefore = await deadlocksOf(database);
  const machineBefore = machineTicks();
  const beganMs = performance.now();
  const loads = await posting();
  const lastedMs = performance.now() - beganMs;
  const busyTicks = machineTicks() - machineBefore;
  const after = { receivers: await receiverSeconds(), server: usageOf(postgres.pid).cpuSeconds };
  const posts = loads.reduce((sum, one) => sum + one.posts, 0);
  return {
    perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0),
    receiverMicros: ((after.receivers - before.receivers) / posts) * 1e6,
    serverMicros: ((after.server - before.server) / posts) * 1e6,
    // Of the half that waits longer.
    p50Ms: Math.max(...loads.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...loads.map(({ p99Ms }) => p99Ms)),
    busyShare: busyTicks / TICKS_PER_SECOND / (lastedMs / 1000) / cpus().length,
    deadlocks: (await deadlocksOf(database)) - deadlocksBefore,
    loadCore: Math.max(...loads.map(({ core }) => core)),
  };
}

/** Hundredths of a second of all cores in which they did something, since the machine began. */
function machineTicks(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu .*$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[0] ?? ''
  )
    .split(/ +/)
    .map(Number);
  return user + nice + system + irq + softirq;
}

async function deadlocksOf({ name, work }: PostgresDatabase): Promise<number> {
  const sql = 'SELECT deadlocks::float8 AS deadlocks FROM pg_stat_database WHERE datname = $1';
  const { rows } = await work((client) => client.query<{ readonly deadlocks: number }>(sql, [name]));
  return rows[0]?.deadlocks ?? NaN;
}
