/**
 * The day bench: simulated days through the service, the shipped rules over them, and the simulator's account of what
 * really happened as the judge.
 */
import { fileURLToPath } from 'node:url';
import { play, type Day } from './alerts/day.js';
import { CALM, clockChange } from './alerts/calm-days.js';
import { groupTroubles } from './alerts/group-troubles.js';
import { callbackTroubles, monitorTroubles, postTroubles } from './alerts/other-troubles.js';
import { evaluate, type Firing, readRules, type RuleSet } from './alerts/evaluate.js';
import { judge, type Verdict } from './alerts/judge.js';
import type { ScrapedSeries } from './alerts/samples.js';

const RULES = fileURLToPath(new URL('../grafana/prometheus/', import.meta.url));
const TROUBLED = [groupTroubles, postTroubles, monitorTroubles, callbackTroubles];
/** Calm days in all; what differs is the seed. */
const CALM_DAYS = 20;

/** Plays one day, and judges what the rules say of it. */
export async function judged(day: Day, rules: RuleSet): Promise<Verdict> {
  return judgedFrom(day, await play(day, rules.metrics), rules);
}

async function judgedFrom(day: Day, scraped: ScrapedSeries, rules: RuleSet): Promise<Verdict> {
  const { scrapeSeconds, evaluationSeconds, durationMs } = day;
  const firings = await evaluate(rules, scraped, { scrapeSeconds, evaluationSeconds, totalSeconds: durationMs / 1000 });
  return judge(firings, day);
}

/** `OCM_BENCH_RULES`: a folder with other rules, to compare with. `OCM_BENCH_DAY`: only days whose name matches. */
export async function benchAlerts(): Promise<boolean> {
  const rules = readRules(process.env['OCM_BENCH_RULES'] ?? RULES);
  const wanted = new RegExp(process.env['OCM_BENCH_DAY'] ?? '');
  let held = true;
  /** While promtool evaluates one day, the next is played. */
  let evaluated: Promise<void> = Promise.resolve();
  for (const day of allDays().filter(({ name }) => wanted.test(name))) {
    const startedMs = performance.now();
    const scraped = await play(day, rules.metrics);
    await evaluated;
    evaluated = judgedFrom(day, scraped, rules).then((verdict) => {
      held = say(day, verdict, (performance.now() - startedMs) / 1000) && held;
    });
  }
  await evaluated;
  return held;
}

function allDays(): Day[] {
  const calm = Array.from({ length: CALM_DAYS }, (_, index) => CALM[index % CALM.length]?.(index + 1));
  const troubled = TROUBLED.map((make) => make(7));
  return [...calm, clockChange(1, 'ahead'), clockChange(2, 'back'), ...troubled].filter((day) => day !== undefined);
}

function say(day: Day, { falseAlarms, troubles }: Verdict, seconds: number): boolean {
  const faulty = troubles.filter(({ faults }) => faults.length > 0);
  const days = day.durationMs / 86_400_000;
  process.stdout.write(
    `${day.name} (seed ${String(day.centre.seed)}, ${String(days)} d, took ${seconds.toFixed(0)} s): ` +
      `${String(falseAlarms.length)} false alarms, ${String(troubles.length - faulty.length)} of ${String(troubles.length)} troubles told as stated\n`,
  );
  for (const firing of falseAlarms) process.stdout.write(`  FALSE  ${firingLine(firing)}\n`);
  for (const { trouble, toldAfterSeconds, endedAfterSeconds, faults } of troubles) {
    const told = toldAfterSeconds === null ? 'never' : minutesText(toldAfterSeconds);
    const ended = endedAfterSeconds === null ? '-' : minutesText(endedAfterSeconds);
    process.stdout.write(
      `  ${faults.length === 0 ? 'told ' : 'WRONG'}  ${trouble.alert}: ${trouble.what}: told after ${told} ` +
        `(${minutesText(trouble.toldWithinMs / 1000)}), ended after ${ended} (${minutesText(trouble.endsWithinMs / 1000)})` +
        `${faults.map((fault) => `, ${fault}`).join('')}\n`,
    );
  }
  return falseAlarms.length === 0 && faulty.length === 0;
}

function firingLine({ alert, labels, fromSeconds, toSeconds }: Firing): string {
  const {
    source = '',
    campaign_group = '',
    instance = '',
    virtual_queue = '',
    reason = '',
    rule = '',
    calling_list = '',
  } = labels;
  const where = [source, campaign_group, calling_list, instance, virtual_queue, reason, rule]
    .filter((text) => text !== '')
    .join(' ');
  return `${alert} ${where} ${clockText(fromSeconds)}–${toSeconds === null ? '' : clockText(toSeconds)}`;
}

function clockText(seconds: number): string {
  const part = (count: number) => String(Math.floor(count)).padStart(2, '0');
  return `${seconds >= 86_400 ? `${String(Math.floor(seconds / 86_400))}d ` : ''}${part((seconds % 86_400) / 3600)}:${part((seconds % 3600) / 60)}`;
}

function minutesText(seconds: number): string {
  return `${(seconds / 60).toFixed(1)} min`;
}
