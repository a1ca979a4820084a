/** Good posts beside what the store does to itself: compaction and retention. */
import { OURS, type Running, withRunning } from '../program.js';
import { atMost, type Bench, counted, type Findings, type Settings } from '../row.js';
import { steady, type Window } from '../steady.js';
import { load, loadAllGroups } from '../wrk.js';
import { halfOfGreatest } from './ack.js';
import { besideOutcome } from './beside.js';
import { withStoredCopy } from './stored.js';

const GROUPS = 10_000;
/** Of each group: more than a journal holds before compaction takes from it at the rate at which posts come. */
const POSTS_OF_GROUP = 100;
const CEILING = 1.5;

const rowOf = (what: string) => ({
  ...{ key: 'p99', what: `ack p99 beside ${what}`, comparison: 'without', unit: '×', floor: atMost(CEILING) },
});

/**
 * Compaction cannot be held back, so a journal that is still filling is compared with one that is full. The database is
 * larger by then.
 */
export const BESIDE_COMPACTION: Bench = {
  name: 'beside-compaction',
  rows: [rowOf('compaction')],
  run: async ({ rounds, seconds, say }) => {
    const window = (port: number, perSecond: number) => steady({ port, perSecond, seconds, groups: GROUPS });
    const half = await withRunning(OURS, {}, ({ port }) => halfOfGreatest(port, seconds, GROUPS));
    const alone: Window[] = [];
    for (let round = 1; round <= rounds; round++)
      alone.push(
        await withRunning(OURS, {}, async ({ port }) => {
          // Every group is known before it counts.
          await loadAllGroups(port, 2, GROUPS);
          return window(port, half);
        }),
      );
    const beside = await withRunning(OURS, {}, async ({ port }) => {
      await load(port, { seconds: Math.ceil((GROUPS * POSTS_OF_GROUP) / (2 * half)), groups: GROUPS });
      const windows: Window[] = [];
      for (let round = 1; round <= rounds; round++) {
        windows.push(await window(port, half));
        say(`round ${round}, p99 ${windows.at(-1)?.p99Ms.toFixed(1)} ms beside compaction`);
      }
      return windows;
    });
    const how = `${half} posts/s, 10,000 groups, ${counted(rounds, 'round')} of ${seconds} s, empty journals beside a full one`;
    return { outcomes: { p99: besideOutcome(alone, beside, how) } };
  },
};

/** A database in which nearly all is older than it may be, beside one in which nothing is removed. */
export const BESIDE_RETENTION: Bench = {
  name: 'beside-retention',
  rows: [rowOf('retention')],
  run: async (settings) => {
    const half = await withRetention(settings, '0', ({ port }) => halfOfGreatest(port, settings.seconds, 1000));
    return besideRetention(half, settings);
  },
};

async function besideRetention(half: number, settings: Settings): Promise<Findings> {
  const { rounds, seconds, say } = settings;
  const windowWith = (retention: string) =>
    withRetention(settings, retention, async ({ port }) => {
      await load(port, { seconds: 2, groups: 1000 });
      return steady({ port, perSecond: half, seconds, groups: 1000 });
    });
  const alone: Window[] = [];
  const beside: Window[] = [];
  for (let round = 1; round <= rounds; round++) {
    alone.push(await windowWith('0'));
    beside.push(await windowWith('1d'));
    say(`round ${round}, p99 ${beside.at(-1)?.p99Ms.toFixed(1)} ms beside retention`);
  }
  const how = `${half} posts/s, middle of ${counted(rounds, 'round')} of ${seconds} s, a copy of the stored database each`;
  return { outcomes: { p99: besideOutcome(alone, beside, how) } };
}

function withRetention<T>(settings: Settings, retention: string, use: (running: Running) => Promise<T>): Promise<T> {
  const environmentOf = () => ({ OCM_RETENTION_NOTIFICATIONS: retention });
  return withStoredCopy(settings, (database) => withRunning(OURS, { database, environmentOf }, use));
}
