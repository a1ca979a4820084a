/** What a database costs by what is stored in it: bytes, start, charts. Of 100 million only that of `--stored`. */
import { statSync } from 'node:fs';
import { withGenerated } from '../generated.js';
import { OURS, withRunning } from '../program.js';
import { type Bench, NotMeasured, type Settings } from '../row.js';
import { figureText } from '../table.js';
import { KINDS, measureCharts } from './charts.js';
import { isReady, withStoredCopy } from './stored.js';

const MILLION = 1e6;
const NOTIFICATIONS = [MILLION, 10 * MILLION];
const GROUPS = [100, 1000, 10_000];
const STORED_GROUPS = 1000;

interface Cost {
  readonly notifications: number;
  readonly groups: number;
  readonly bytes: number;
  readonly startMs: number;
  readonly dayMs: number;
  readonly weekMs: number;
}

export const COST: Bench = {
  name: 'cost',
  rows: [
    {
      ...{ key: 'start', what: 'start to ready, 1,000 groups, 10 million stored', comparison: '1 million stored' },
      ...{ unit: '×', floor: null },
    },
  ],
  run: async (settings) => {
    const costs: Cost[] = [];
    const note = (cost: Cost) => {
      costs.push(cost);
      settings.say(`${cost.notifications / MILLION} million, ${cost.groups} groups: ${figureText(cost.startMs, 'ms')}`);
    };
    for (const notifications of settings.quick ? NOTIFICATIONS.slice(0, 1) : NOTIFICATIONS)
      for (const groups of GROUPS) {
        const size = { notifications, groups };
        note(await withGenerated(size, (database) => costOf(database, size, settings)));
      }
    await withStoredCopy(settings, async (database) => {
      note(await costOf(database, { notifications: 100 * MILLION, groups: STORED_GROUPS }, settings));
    }).catch((error: unknown) => {
      if (!(error instanceof NotMeasured)) throw error;
    });
    const [less, more] = NOTIFICATIONS.map((n) =>
      costs.find(({ notifications, groups }) => notifications === n && groups === STORED_GROUPS),
    );
    if (!less || !more) throw new NotMeasured('a quick run stores one million only');
    return {
      outcomes: { start: { value: more.startMs / less.startMs, how: 'second start of each', loadCore: null } },
      tables: [{ title: 'Cost by what is stored', heads: HEADS, lines: costs.map(lineOf) }],
    };
  },
};

const HEADS = [
  ...['notifications', 'groups', 'file', 'bytes per notification'],
  ...['start to ready', '24 h by minute, p99', '7 d by hour, p99'],
];

function lineOf({ notifications, groups, bytes, startMs, dayMs, weekMs }: Cost): string[] {
  const size = [`${(bytes / 1e6).toFixed(0)} MB`, figureText(bytes / notifications, 'B')];
  const times = [startMs, dayMs, weekMs].map((ms) => figureText(ms, 'ms'));
  return [`${notifications / MILLION} million`, groups.toLocaleString('en'), ...size, ...times];
}

/** Its first start may migrate it, and is not counted. */
async function costOf(
  database: string,
  size: Pick<Cost, 'notifications' | 'groups'>,
  settings: Settings,
): Promise<Cost> {
  const bytes = statSync(database).size;
  await withRunning({ ...OURS, isReady }, { database }, () => Promise.resolve());
  const beganMs = performance.now();
  return withRunning({ ...OURS, isReady }, { database }, async ({ port }) => {
    const startMs = performance.now() - beganMs;
    const { day, week } = KINDS;
    const charts = await measureCharts(port, { day, week }, { ...settings, say: () => undefined });
    const at = (name: string) => {
      const outcome = charts[name];
      return outcome && 'value' in outcome ? outcome.value : NaN;
    };
    return { ...size, bytes, startMs, dayMs: at('day'), weekMs: at('week') };
  });
}
