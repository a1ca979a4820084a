/**
 * The shipped rules over scraped days, by promtool: Prometheus's own rule engine, with `for`, `keep_firing_for` and stale
 * markers, at many times real speed. (Rules that go by what they recorded before cannot be evaluated after the fact by
 * `promtool tsdb create-blocks-from rules`.)
 */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { parse } from 'yaml';
import { metricsIn } from '../../grafana/lint/promql.js';
import { removeFolder } from '../../test/support/folders.js';
import type { WrittenSeries } from './samples.js';

export interface RuleSet {
  readonly files: readonly string[];
  /** Names of groups, in the order in which they have to be evaluated. */
  readonly groups: readonly string[];
  /** Metrics that the rules look at. */
  readonly metrics: ReadonlySet<string>;
  readonly alerts: readonly string[];
}

/** Labels of an alert that fired, and when; seconds since the first scrape. */
export interface Firing {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fromSeconds: number;
  /** Evaluation at which it fired no more; null: it fires at the end. */
  readonly toSeconds: number | null;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}
interface Rule {
  readonly alert?: string;
  readonly expr: string;
}

/** Thresholds first, then what is recorded, then the alerts, as they need one another. */
const ORDER = ['thresholds.rules.yaml', 'series.rules.yaml'];

export function readRules(folder: string): RuleSet {
  const names = readdirSync(folder).filter((name) => name.endsWith('.rules.yaml'));
  const ordered = [...ORDER, ...names.filter((name) => !ORDER.includes(name)).sort()];
  const read = ordered.map((name) => parse(readFileSync(join(folder, name), 'utf8')) as RuleFile);
  const groups = read.flatMap((file) => file.groups);
  const rules = groups.flatMap((group) => group.rules);
  return {
    files: ordered.map((name) => join(folder, name)),
    groups: groups.map(({ name }) => name),
    metrics: new Set(rules.flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name))),
    alerts: rules.flatMap(({ alert }) => alert ?? []),
  };
}

export interface Timing {
  readonly scrapeSeconds: number;
  readonly evaluationSeconds: number;
  readonly totalSeconds: number;
}

export async function evaluate(
  rules: RuleSet,
  scraped: readonly WrittenSeries[],
  timing: Timing,
): Promise<readonly Firing[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-rules-'));
  try {
    const file = join(folder, 'day.yaml');
    await writeTest(file, rules, scraped, timing);
    return firings(await promtool(file), timing);
  } finally {
    removeFolder(folder);
  }
}

/** A test of no expectation: what fires is told as what was not expected. */
async function writeTest(
  file: string,
  rules: RuleSet,
  scraped: readonly WrittenSeries[],
  timing: Timing,
): Promise<void> {
  const out = createWriteStream(file);
  const write = async (text: string) => {
    if (!out.write(text)) await once(out, 'drain');
  };
  await write(`rule_files: ${JSON.stringify(rules.files)}\n`);
  await write(`group_eval_order: ${JSON.stringify(rules.groups)}\n`);
  await write(`evaluation_interval: ${String(timing.evaluationSeconds)}s\n`);
  await write(`tests:\n  - interval: ${String(timing.scrapeSeconds)}s\n    input_series:\n`);
  for (const { series, values } of scraped) {
    if (!rules.metrics.has(series.slice(0, series.indexOf('{')))) continue;
    await write(`      - series: '${series.replaceAll("'", "''")}'\n        values: '${values}'\n`);
  }
  await write('    promql_expr_test:\n');
  for (let at = 0; at <= timing.totalSeconds; at += timing.evaluationSeconds) {
    await write(`      - { expr: 'ALERTS{alertstate="firing"}', eval_time: ${String(at)}s, exp_samples: [] }\n`);
  }
  out.end();
  await once(out, 'finish');
}

async function promtool(file: string): Promise<string> {
  const child = spawn('promtool', ['test', 'rules', file]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  if (!/^ {2}(SUCCESS|FAILED)/m.test(said) || /error|parse/i.test(said.split('expr:')[0] ?? '')) {
    throw new Error(`promtool could not play the day: ${said.slice(0, 2000)}`);
  }
  return said;
}

/** Each alert's spans, from what promtool found at each evaluation. */
function firings(said: string, { evaluationSeconds, totalSeconds }: Timing): Firing[] {
  const open = new Map<string, Firing & { lastSeconds: number }>();
  const done: Firing[] = [];
  const close = (key: string, firing: Firing & { lastSeconds: number }) => {
    const { alert, labels, fromSeconds, lastSeconds } = firing;
    done.push({ alert, labels, fromSeconds, toSeconds: lastSeconds + evaluationSeconds });
    open.delete(key);
  };
  for (const { atSeconds, found } of foundIn(said)) {
    for (const [key, firing] of open) if (firing.lastSeconds < atSeconds - evaluationSeconds) close(key, firing);
    for (const labels of found) {
      const key = JSON.stringify(labels);
      const known = open.get(key);
      if (known) known.lastSeconds = atSeconds;
      else {
        const { alertname = '' } = labels;
        open.set(key, { alert: alertname, labels, fromSeconds: atSeconds, toSeconds: null, lastSeconds: atSeconds });
      }
    }
  }
  for (const { lastSeconds, ...firing } of open.values()) {
    const lasts = lastSeconds + evaluationSeconds > totalSeconds;
    done.push({ ...firing, toSeconds: lasts ? null : lastSeconds + evaluationSeconds });
  }
  return done.sort((a, b) => a.fromSeconds - b.fromSeconds);
}

function* foundIn(said: string): Generator<{ atSeconds: number; found: Record<string, string>[] }> {
  for (const [, time = '', got = ''] of said.matchAll(/time: (\w+),\s+exp: nil\s+got: (.*)/g)) {
    const found = [...got.matchAll(/\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}/g)].map(([, labels = '']) =>
      Object.fromEntries(
        [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value]),
      ),
    );
    yield { atSeconds: secondsOf(time), found };
  }
}

/** `1d2h3m4s`. */
function secondsOf(text: string): number {
  const UNITS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };
  let seconds = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(w|d|h|m|s)/g)) seconds += Number(count) * (UNITS[unit] ?? 0);
  return seconds;
}
