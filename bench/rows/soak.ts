/** A week of posts in an hour or two: nothing may grow but what is stored. */
import { statSync } from 'node:fs';
import { get } from 'node:http';
import { openHandles, residentBytes } from '../process-tree.js';
import { OURS, withRunning } from '../program.js';
import { type Bench, type Findings, NotMeasured, type Outcome, type Settings } from '../row.js';
import { steadyWindows } from '../steady.js';
import { trendOf } from '../trend.js';
import { halfOfGreatest } from './ack.js';

const GROUPS = 1000;
/** A week of fewer says little of many. */
const FEWEST_GROUPS = 50;
const WEEK_SECONDS = 7 * 86_400;
/** As OCS does when nothing else is configured. */
const POST_EACH_SECONDS = 10;
const WINDOW_SECONDS = 30;
const WARM_UP_SECONDS = 3;
const SCRAPE_MS = 10_000;
/** What is learnt once, such as groups and compiled code, is no trend. */
const WARM_SHARE = 0.1;

const FIGURES = { memory: 'resident memory', wal: 'write-ahead log', handles: 'open handles', p99: 'ack p99' } as const;
type Figure = keyof typeof FIGURES;
const keys = Object.keys(FIGURES) as Figure[];

export const SOAK: Bench = {
  name: 'soak',
  rows: keys.map((key) => ({
    ...{ key, what: `soak equal to a week, growth of the ${FIGURES[key]}`, comparison: null, unit: '%' },
    // A growth that is no trend counts as none.
    floor: { kind: 'at_most', value: 0 },
  })),
  run: (settings) => {
    if (settings.soakHours === null) throw new NotMeasured('needs --hours');
    return soak(settings, settings.soakHours);
  },
};

async function soak({ quick, say }: Settings, hours: number): Promise<Findings> {
  const seconds = hours * 3600;
  const { groups, perSecond } = await loadOf(seconds, quick);
  const windowSeconds = quick ? 1 : WINDOW_SECONDS;
  const samples: Record<Figure, number[]> = { memory: [], wal: [], handles: [], p99: [] };
  let core = 0;
  await withRunning(OURS, {}, async ({ port, database, serverPid }) => {
    const scrape = setInterval(() => {
      get({ port, host: '127.0.0.1', path: '/metrics/domain' }, (answer) => answer.resume());
    }, SCRAPE_MS);
    const spanMs = ((1000 * perSecond * seconds) / groups) * POST_EACH_SECONDS;
    await steadyWindows({ port, perSecond, seconds, groups, windowSeconds, spanMs }, (window) => {
      samples.memory.push(residentBytes(serverPid));
      samples.wal.push(statSync(`${database}-wal`).size);
      samples.handles.push(openHandles(serverPid));
      samples.p99.push(window.p99Ms);
      core = Math.max(core, window.core);
      const memory = `${(residentBytes(serverPid) / 1e6).toFixed(0)} MB`;
      say(`${samples.p99.length * windowSeconds} s, ${memory}, p99 ${window.p99Ms.toFixed(1)} ms`);
    }).finally(() => {
      clearInterval(scrape);
    });
  });
  const how = `${hours} h, ${perSecond} posts/s of ${groups} groups, a sample each ${windowSeconds} s`;
  return { outcomes: Object.fromEntries(keys.map((key) => [key, grown(samples[key], core, how)])) };
}

/** A week of as many groups as half of what is taken has time for; in a quick run part of one. */
async function loadOf(
  seconds: number,
  quick: boolean,
): Promise<{ readonly groups: number; readonly perSecond: number }> {
  const ofGroup = WEEK_SECONDS / POST_EACH_SECONDS / seconds;
  const half = await withRunning(OURS, {}, ({ port }) => halfOfGreatest(port, WARM_UP_SECONDS, GROUPS));
  if (quick) return { groups: GROUPS, perSecond: Math.min(Math.round(ofGroup * GROUPS), half) };
  const groups = Math.min(GROUPS, Math.floor(half / ofGroup));
  if (groups >= FEWEST_GROUPS) return { groups, perSecond: Math.round(ofGroup * groups) };
  const inTime = `in ${(seconds / 3600).toFixed(1)} h`;
  throw new NotMeasured(`a week ${inTime} is one of ${groups} groups, at half of what is taken: give it more hours`);
}

function grown(all: readonly number[], loadCore: number, how: string): Outcome {
  const warm = all.slice(Math.ceil(all.length * WARM_SHARE));
  if (warm.length < 3) return { why: 'too short for a trend' };
  const { share, errors, isTrend } = trendOf(warm);
  const line = `the line adds ${(100 * share).toFixed(1)} %, ${errors.toFixed(1)} standard errors from none`;
  return { value: isTrend ? 100 * share : 0, how: `${line}; ${how}`, loadCore };
}
