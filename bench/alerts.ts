/**
 * The day bench: simulated days through the service, the shipped rules over them, and the simulator's account of what
 * really happened as the judge.
 */
import { fileURLToPath } from 'node:url';
import { prometheusIsHere } from '../test/support/prometheus.js';
import { CALM, clockChange } from './alerts/calm-days.js';
import { type Day, play } from './alerts/day.js';
import { evaluate, type Firing, readRules, type RuleSet } from './alerts/evaluate.js';
import { groupTroubles } from './alerts/group-troubles.js';
import { judge, type TroubleVerdict, type Verdict } from './alerts/judge.js';
import { callbackTroubles, monitorTroubles, postTroubles } from './alerts/other-troubles.js';
import type { WrittenSeries } from './alerts/samples.js';
import { atMost, type Bench, counted, NotMeasured, type Table } from './row.js';

const RULES = fileURLToPath(new URL('../grafana/prometheus/', import.meta.url));
const TROUBLED = [groupTroubles, postTroubles, monitorTroubles, callbackTroubles];
/** Calm days in all; what differs is the seed. */
const CALM_DAYS = 20;

/** Plays one day, and judges what the rules say of it. */
export async function judged(day: Day, rules: RuleSet): Promise<Verdict> {
  return judgedBy(rules, day, await play(day, rules.metrics));
}

async function judgedBy(rules: RuleSet, day: Day, scraped: readonly WrittenSeries[]): Promise<Verdict> {
  const { scrapeSeconds, evaluationSeconds, durationMs } = day;
  const firings = await evaluate(rules, scraped, { scrapeSeconds, evaluationSeconds, totalSeconds: durationMs / 1000 });
  return judge(firings, day);
}

interface Judged {
  readonly day: Day;
  /** By the shipped rules. */
  readonly now: Verdict;
  /** By others, to compare with; null: by none. */
  readonly before: Verdict | null;
}

/** `OCM_BENCH_RULES`: a folder with other rules, to compare with. `OCM_BENCH_DAY`: only days whose name matches. */
export const ALERTS: Bench = {
  name: 'alerts',
  rows: [
    { key: 'false', what: 'false alarms in simulated days', comparison: null, unit: '', floor: atMost(0) },
    { key: 'faults', what: 'troubles not told as stated', comparison: null, unit: '', floor: atMost(0) },
  ],
  run: async ({ say }) => {
    if (!prometheusIsHere()) throw new NotMeasured('the Debian package prometheus is not installed');
    const all = await judgedDays(say);
    const days = all.reduce((sum, { day }) => sum + day.durationMs / 86_400_000, 0);
    const troubles = all.flatMap(({ now }) => now.troubles);
    const falseAlarms = all.reduce((sum, { now }) => sum + now.falseAlarms.length, 0);
    const faults = troubles.filter((trouble) => trouble.faults.length > 0).length;
    return {
      outcomes: {
        false: { value: falseAlarms, how: `${days.toFixed(1)} days`, loadCore: null },
        faults: {
          value: faults,
          how: `${counted(troubles.length, 'trouble')}, ${days.toFixed(1)} days`,
          loadCore: null,
        },
      },
      tables: tablesOf(all),
    };
  },
};

async function judgedDays(say: (text: string) => void): Promise<Judged[]> {
  const rules = readRules(RULES);
  const others = process.env['OCM_BENCH_RULES'];
  const before = others === undefined ? null : readRules(others);
  const metrics = new Set([...rules.metrics, ...(before?.metrics ?? [])]);
  const wanted = new RegExp(process.env['OCM_BENCH_DAY'] ?? '');
  const all: Judged[] = [];
  /** While promtool evaluates one day, the next is played. */
  let evaluated: Promise<void> = Promise.resolve();
  for (const day of allDays().filter(({ name }) => wanted.test(name))) {
    const scraped = await play(day, metrics);
    await evaluated;
    evaluated = (async () => {
      const verdict = await judgedBy(rules, day, scraped);
      all.push({ day, now: verdict, before: before && (await judgedBy(before, day, scraped)) });
      for (const line of wordsOf(day, verdict)) say(line);
    })();
  }
  await evaluated;
  return all;
}

function allDays(): Day[] {
  const calm = Array.from({ length: CALM_DAYS }, (_, index) => CALM[index % CALM.length]?.(index + 1));
  const troubled = TROUBLED.map((make) => make(7));
  return [...troubled, ...calm, clockChange(1, 'ahead'), clockChange(2, 'back')].filter((day) => day !== undefined);
}

/** What is wrong, as soon as it is known. */
function wordsOf(day: Day, { falseAlarms, troubles }: Verdict): string[] {
  const wrong = troubles.filter(({ faults }) => faults.length > 0);
  return [
    `${day.name}: ${String(falseAlarms.length)} false alarms, ${String(wrong.length)} of ${String(troubles.length)} troubles not told as stated`,
    ...falseAlarms.map((firing) => `  false alarm: ${firingText(firing)}`),
    ...wrong.map(({ trouble, faults }) => `  ${trouble.alert}, ${trouble.what}: ${faults.join(', ')}`),
  ];
}

/** For docs/alerts.md. */
function tablesOf(all: readonly Judged[]): Table[] {
  const alarms = all.map(({ day, now, before }) => [
    ...[day.name, String(day.durationMs / 86_400_000)],
    ...[before ? String(before.falseAlarms.length) : '-', String(now.falseAlarms.length)],
  ]);
  const troubles = all.flatMap(({ now, before }) =>
    now.troubles.map((verdict, index) => {
      const { what, alert, toldWithinMs, endsWithinMs } = verdict.trouble;
      const stated = `${minutesText(toldWithinMs / 1000)}, ${minutesText(endsWithinMs / 1000)}`;
      return [what, alert, stated, verdictText(before?.troubles[index]), verdictText(verdict)];
    }),
  );
  return [
    { title: 'False alarms', heads: ['Day', 'Days', 'False alarms before', 'Now'], lines: alarms },
    {
      title: 'Troubles',
      heads: ['Trouble', 'Alert', 'To be told, to end within (min)', 'Before', 'Now'],
      lines: troubles,
    },
  ];
}

function verdictText(verdict: TroubleVerdict | undefined): string {
  if (verdict === undefined) return '-';
  const { toldAfterSeconds, endedAfterSeconds, faults } = verdict;
  if (toldAfterSeconds === null) return 'never told';
  const times = `${minutesText(toldAfterSeconds)}, ${endedAfterSeconds === null ? '-' : minutesText(endedAfterSeconds)}`;
  return faults.length === 0 ? times : `${times}: ${faults.join(', ')}`;
}

const SHOWN_LABELS = ['source', 'campaign_group', 'calling_list', 'tenant', 'virtual_queue', 'instance', 'reason'];

function firingText({ alert, labels, fromSeconds, toSeconds }: Firing): string {
  const where = SHOWN_LABELS.flatMap((label) => labels[label] ?? []).join(' ');
  return `${alert} ${where} ${clockText(fromSeconds)}–${toSeconds === null ? '' : clockText(toSeconds)}`;
}

function clockText(seconds: number): string {
  const part = (count: number) => String(Math.floor(count)).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  return `${days > 0 ? `${String(days)}d ` : ''}${part((seconds % 86_400) / 3600)}:${part((seconds % 3600) / 60)}`;
}

function minutesText(seconds: number): string {
  return (seconds / 60).toFixed(0);
}
