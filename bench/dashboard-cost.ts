/**
 * How long a real Prometheus takes for every panel with 2,000 campaign groups of three lists, over 6 hours and over 7 days.
 * Writes the series itself, as OpenMetrics in blocks of two hours, recorded ones included: those of the last 6 hours every
 * minute, of the days before every 5 minutes and of groups only, and only what charts read over a range.
 * Usage: npx tsx bench/dashboard-cost.ts [--days 7] [FOLDER OF DASHBOARDS]...
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Dashboard, isProm, type PromTarget, shownPanels } from '../grafana/lint/dashboard-model.js';
import { Prometheus } from '../test/support/prometheus.js';

const { values: OPTIONS, positionals: FOLDERS } = parseArgs({
  options: { days: { type: 'string', default: '7' } },
  allowPositionals: true,
});
const DAYS = Number(OPTIONS.days);
const GROUPS = 2000;
const LISTS = 3;
const BLOCK_SECONDS = 7200;
/** Blocks that end now and are as dense as scrapes. */
const DENSE = 3;
const STATES = ['not_loaded', 'waiting_unload', 'unload_in_progress', 'inactive', 'active', 'running'];
const ACTIONS = ['load', 'start', 'stop', 'unload', 'set_dial_mode', 'force_unload'];

const group = (n: number) =>
  `instance="a:8080",job="ocs-monitor",site="main",source="s${String(n % 4)}",tenant="T${String(n % 10)}",campaign_group="Campaign group ${String(n)}",dbid="${String(n)}"`;

interface Series {
  readonly labels: string;
  readonly value: (at: number) => number;
}
interface Family {
  readonly name: string;
  readonly type?: 'counter';
  /** Written for the last twenty minutes, or the last hours only. */
  readonly since?: 'minutes' | 'hours';
  readonly series: readonly Series[];
}

/** An hour running, an hour stopped. */
const runs = (n: number, at: number) => (Math.floor(at / 3600) + n) % 2 === 0;
const all = <T>(count: number, of: (n: number) => T) => Array.from({ length: count }, (_, n) => of(n));
const perGroup = (value: (n: number, at: number) => number, more = '') =>
  all(GROUPS, (n) => ({ labels: group(n) + more, value: (at: number) => value(n, at) }));
const merged = (series: readonly Series[]) =>
  series.map(({ labels, value }) => ({ labels: labels.replace('instance="a:8080",', ''), value }));
const perList = (value: (n: number, at: number) => number) =>
  all(GROUPS * LISTS, (n) => ({
    labels: `${group(n % GROUPS)},calling_list="List ${String(n)}"`,
    value: (at: number) => value(n, at),
  }));

function families(): Family[] {
  const cg = 'ocs_campaign_group_';
  const code = perGroup((n, at) => (runs(n, at) ? 5 : 4));
  const hit = perList((n, at) => 0.2 + ((n + at) % 50) / 1000);
  const toGo = perList((n, at) => 3600 + ((n * 37 - at) % 3600));
  const recent = (name: string, series: readonly Series[]): Family => ({ name: cg + name, since: 'minutes', series });
  return [
    { name: `${cg}state_code`, series: code },
    { name: `${cg}silent`, series: perGroup((n) => (n % 100 === 0 ? 1 : 0)) },
    { name: `campaign_group:${cg}state_code:shown`, series: merged(code) },
    { name: 'ocs_calling_list_hit_ratio', since: 'hours', series: hit },
    { name: 'ocs_calling_list_time_to_complete_seconds', since: 'hours', series: toGo },
    { name: 'calling_list:ocs_calling_list_hit_ratio:max', since: 'hours', series: merged(hit) },
    { name: 'calling_list:ocs_calling_list_time_to_complete_seconds:max', since: 'hours', series: merged(toGo) },
    recent(
      'state',
      STATES.flatMap((state) =>
        perGroup((n, at) => Number(state === (runs(n, at) ? 'running' : 'active')), `,state="${state}"`),
      ),
    ),
    recent(
      'state_since_timestamp_seconds',
      perGroup((_, at) => at - (at % 3600)),
    ),
    recent(
      'last_notification_timestamp_seconds',
      perGroup((_, at) => at),
    ),
    ...['busy_ratio', 'hit_ratio', 'overdial_ratio'].map((name) =>
      recent(
        name,
        perGroup((n) => (n % 100) / 1000),
      ),
    ),
    recent(
      'time_to_complete_seconds',
      perGroup((n) => n),
    ),
    recent(
      'end_info',
      perGroup(() => 1, ',how="by_client"'),
    ),
    recent(
      'dialing_info',
      perGroup(() => 1, ',dial_mode="predictive",optimize_by="busy_factor"'),
    ),
    {
      name: `${cg}transitions`,
      type: 'counter',
      since: 'minutes',
      series: ACTIONS.flatMap((action) =>
        ['client', 'automatic'].flatMap((actor) =>
          perGroup((n, at) => Math.floor((at + n) / 3600), `,action="${action}",actor="${actor}",inferred="false"`),
        ),
      ),
    },
  ];
}

/** Writes the samples of one block; how many they were. */
function writeBlock(file: string, from: number, seconds: number, wanted: readonly Family[]): number {
  const out = openSync(file, 'w');
  let lines: string[] = [];
  let written = 0;
  const flush = () => {
    written += lines.length;
    writeSync(out, lines.join(''));
    lines = [];
  };
  for (const { name, type = 'gauge', since, series } of wanted) {
    writeSync(out, `# TYPE ${name} ${type}\n`);
    const sample = type === 'counter' ? `${name}_total` : name;
    const begin = since === 'minutes' ? from + BLOCK_SECONDS - 1200 : from;
    for (const { labels, value } of series) {
      for (let at = begin; at < from + BLOCK_SECONDS; at += seconds)
        lines.push(`${sample}{${labels}} ${String(value(at))} ${String(at)}\n`);
      if (lines.length > 100_000) flush();
    }
  }
  flush();
  writeSync(out, '# EOF\n');
  closeSync(out);
  return written;
}

function fill(folder: string, end: number): void {
  const blocks = (DAYS * 86_400) / BLOCK_SECONDS;
  const file = join(folder, 'block.om');
  const known = families();
  let samples = 0;
  for (let back = blocks; back >= 1; back--) {
    const from = end - back * BLOCK_SECONDS;
    const wanted = known.filter(({ since }) => since === undefined || back <= (since === 'hours' ? DENSE : 1));
    samples += writeBlock(file, from, back <= DENSE ? 60 : 300, wanted);
    const { status, stderr } = spawnSync(
      'promtool',
      ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
  }
  rmSync(file);
  process.stdout.write(`${(samples / 1e6).toFixed(1)} million samples\n`);
}

const FIXED: Readonly<Record<string, string>> = { overdial_limit: '0.03', lanes: '40', zone: 'UTC', table_queue: '' };

function expanded(uid: string, { expr }: PromTarget, range: number, step: number, end: number): string {
  const one: Record<string, string> = uid === 'ocs-campaign-group' ? { source: 's1', dbid: '1' } : {};
  const own: Record<string, string> = {
    ...{ __range: `${String(range)}s`, __interval: `${String(step)}s`, '__to:date:seconds': String(end) },
    __rate_interval: `${String(Math.max(step + 15, 60))}s`,
  };
  return expr.replace(/\$(?:\{([\w:]+)\}|(\w+))/g, (_, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    return own[name] ?? one[name] ?? FIXED[name] ?? '.+';
  });
}

const HOURS_6 = 21_600;
const SPANS: readonly (readonly [name: string, seconds: number])[] = [
  ['6 h', HOURS_6],
  ...(DAYS > 1 ? [[`${String(DAYS)} d`, DAYS * 86_400] as const] : []),
];
const STEPS = 1500;

/** Seconds that the queries of each panel take together, slowest first. */
async function timed(prometheus: Prometheus, folder: string, end: number): Promise<void> {
  const found: { where: string; seconds: number[] }[] = [];
  for (const name of readdirSync(folder)) {
    const dashboard = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dashboard;
    for (const panel of shownPanels(dashboard)) {
      const targets = (panel.targets ?? []).filter(isProm);
      if (targets.length === 0) continue;
      const seconds: number[] = [];
      for (const [, range] of SPANS) {
        const points = (panel as { maxDataPoints?: number }).maxDataPoints ?? STEPS;
        const step = Math.max(15, Math.ceil(range / points / 15) * 15);
        const begin = performance.now();
        for (const target of targets) {
          const expr = expanded(dashboard.uid, target, range, step, end);
          const span = { from: end - range, to: end, step };
          // One that times out took its two minutes.
          await (target.range === true ? prometheus.range(expr, span) : prometheus.query(expr, end)).catch(() => null);
        }
        seconds.push((performance.now() - begin) / 1000);
      }
      found.push({ where: `${dashboard.uid} / ${panel.title ?? ''}`, seconds });
    }
  }
  found.sort((a, b) => Math.max(...b.seconds) - Math.max(...a.seconds));
  process.stdout.write(`\n${folder}\n${SPANS.map(([name]) => name.padStart(6)).join('')}  seconds\n`);
  for (const { where, seconds } of found.slice(0, 15))
    process.stdout.write(`${seconds.map((one) => one.toFixed(2).padStart(6)).join('')}  ${where}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'ocm-dashboard-cost-'));
const end = Math.floor(new Date().getTime() / 1000 / BLOCK_SECONDS) * BLOCK_SECONDS;
try {
  fill(folder, end);
  const prometheus = await Prometheus.holding(join(folder, 'data'));
  try {
    for (const one of FOLDERS.length === 0 ? ['grafana/dashboards'] : FOLDERS) await timed(prometheus, one, end - 15);
  } finally {
    await prometheus.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
