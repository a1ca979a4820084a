/** How long a chart of one group takes with a hundred million notifications stored. */
import { OURS, withRunning } from '../program.js';
import { atMost, type Bench, NotMeasured, type Outcome, type Settings } from '../row.js';
import { figureText } from '../table.js';
import { withStoredCopy } from './stored.js';

const DAY_MS = 86_400_000;
const CHARTS = 200;
const QUICK_CHARTS = 20;
/** The first find cold code: they do not count. */
const WARM_UP = 20;
/** Not those of the same few groups, which would lie in a cache. */
const STRIDE = 7;
const PAGE = 1000;

export const KINDS = {
  day: { days: 1, step: '1m' },
  week: { days: 7, step: '1h' },
  year: { days: 400, step: '1d' },
} as const;

const rowOf = (key: keyof typeof KINDS, what: string, ceilingMs: number) => ({
  ...{ key, what: `chart of one group, ${what}, p99`, comparison: null, unit: 'ms', floor: atMost(ceilingMs) },
});

export const CHART_LATENCY: Bench = {
  name: 'charts',
  rows: [
    rowOf('day', '24 h by minute, 100 million stored', 20),
    rowOf('week', '7 d by hour, 100 million stored', 20),
    rowOf('year', '400 d by day, 100 million stored', 50),
  ],
  run: async (settings) => {
    const { year, ...short } = KINDS;
    const ofShort = await measured(settings, short, '--stored');
    const ofYear = await measured({ ...settings, stored: settings.long }, { year }, '--long');
    return { outcomes: { ...ofShort, ...ofYear } };
  },
};

type Outcomes = Record<string, Outcome>;

/** Without its database a chart is not measured, and the others are. */
async function measured(settings: Settings, kinds: Partial<typeof KINDS>, option: string): Promise<Outcomes> {
  try {
    const use = (database: string) =>
      withRunning(OURS, { database }, ({ port }) => measureCharts(port, kinds, settings));
    return await withStoredCopy(settings, use, option);
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    return Object.fromEntries(Object.keys(kinds).map((key) => [key, { why: error.message }]));
  }
}

interface StoredGroup {
  readonly id: string;
  readonly last_event_at: string;
}

export async function measureCharts(
  port: number,
  kinds: Partial<typeof KINDS>,
  { quick, say }: Settings,
): Promise<Outcomes> {
  const base = `http://127.0.0.1:${port}/api/v1/campaign-groups`;
  const { items } = JSON.parse(await asked(`${base}?limit=${PAGE}`)) as { items: readonly StoredGroup[] };
  const outcomes: Outcomes = {};
  for (const [key, { days, step }] of Object.entries(kinds)) {
    const takenMs: number[] = [];
    let rows = 0;
    for (let n = -WARM_UP; n < (quick ? QUICK_CHARTS : CHARTS); n++) {
      const group = items[((n + WARM_UP) * STRIDE) % items.length];
      if (!group) throw new Error('the stored database has no groups');
      const toMs = Date.parse(group.last_event_at);
      const range = `from=${(toMs - days * DAY_MS) / 1000}&to=${toMs / 1000}`;
      const chart = await chartOf(`${base}/${group.id}/statistics?${range}&step=${step}&limit=${PAGE}`);
      rows = chart.rows;
      if (n >= 0) takenMs.push(chart.tookMs);
    }
    takenMs.sort((a, b) => a - b);
    const at = (share: number) => takenMs[Math.floor(share * takenMs.length)] ?? NaN;
    const how = `${takenMs.length} charts of ${rows} rows, one after the other; p50 ${figureText(at(0.5), 'ms')}`;
    outcomes[key] = { value: at(0.99), how, loadCore: null };
    say(`${days} d by ${step}: p99 ${figureText(at(0.99), 'ms')}`);
  }
  return outcomes;
}

/** A chart is all pages of its rows. */
async function chartOf(url: string): Promise<{ readonly rows: number; readonly tookMs: number }> {
  let rows = 0;
  let tookMs = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const beganMs = performance.now();
    const text = await asked(cursor === '' ? url : `${url}&cursor=${encodeURIComponent(cursor)}`);
    // Until the last byte is there: what the client makes of them is its own.
    tookMs += performance.now() - beganMs;
    const page = JSON.parse(text) as { items: readonly unknown[]; next_cursor: string | null };
    rows += page.items.length;
    cursor = page.next_cursor;
  }
  return { rows, tookMs };
}

async function asked(url: string): Promise<string> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`a question was answered ${answer.status}`);
  return answer.text();
}
