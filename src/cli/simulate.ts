/** `ocs-monitor simulate`: behaves as OCS and Callback do towards a receiver, and gives account of it. */
import { parseArgs } from 'node:util';
import { parseDurationMs } from '../domain/duration.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import type { Account } from '../simulator/account.js';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../simulator/options.js';
import { receivingUrl } from '../simulator/receiving-url.js';
import { runSimulation } from '../simulator/run.js';
import type { CliIo } from './io.js';
import { timeProgress } from './progress.js';

export const SIMULATE_HELP = `ocs-monitor simulate --url URL [options]

Plays the campaign groups of an Outbound Contact Server (OCS) and posts each CampaignGroupState notification once, without
a retry; on request also callbacks of Genesys Mobile Services with their records. Durations are written 500ms, 10s, 5m, 1h,
1d; probabilities are numbers from 0 to 1.

  --url URL                 receiver: base URL (http://127.0.0.1:8080, http://host/t/secret/) or the full path; required
  --groups N                campaign groups; default 20
  --sources N               OCS installations; with more than 1 they post as ocs-1, ocs-2, ...; default 1
  --interval DURATION       between two periodic posts of a running group; default 10s
  --rate R                  posts per second over all groups, evenly in turn, instead of the interval; default: none
  --callbacks N             callbacks that begin per minute, besides the groups; with several sources they come from
                            gms-1, gms-2, ...; some are faulty, as real ones are; default 0
  --speed X                 campaigns and callbacks live X times as fast; the interval stays the same; default 1
  --duration DURATION       how long to post (wall time); default 60s
  --seed N                  equal seeds give equal campaigns; default 1
  --connections N           persistent connections at most; default 16
  --token T                 sent as Authorization: Bearer T; default: none
  --loss P                  probability that a post is not sent; default 0
  --duplicate P             probability that a post is sent once more, a little later; default 0
  --reorder P               probability that a post is sent after the next one of its group or callback; default 0
  --drift P                 probability, in posts about groups, of an unknown field, an unknown number or a bad statistic; default 0
  --frozen-time             periodic posts repeat the date-time of the last action; default off
  --periodic-when-active    periodic posts of loaded but stopped groups too; default off
  --periodic-action HABIT   action in periodic posts: repeats (the last one), zero or omits; default repeats
  --without-statistics      an OCS older than 8.1.517.04: no statistics; default off
  --old-spellings           ..._STATUS, ..._UUID, ..._ACTOR_TYPE and GSW_CAMPAIGN_TEMPLATE as keys; default off
  --ocs-log FILE            writes what such an OCS logs at level Trace, lost posts too, for ocs-monitor audit; one source
  --icon-export FOLDER      writes what ICON and Info Mart would have of it as CSV, of lost posts too, for ocs-monitor
                            import icon and audit callbacks, and what the T-Server and ICON log of callbacks
                            (tserver.log, icon.log) for import tserver-log and audit icon-log; one source
  --json                    the account as one line of JSON; default off
  --help                    this text

The account goes to standard output: posts sent, answered, lost by choice and failed, the answers by outcome (of each
item, where there are several) and by status, and the changes of state, dialing mode or goal that were told. Answered
is a post with 200, and one with 422 whose records lack mandatory keys on purpose: to refuse it is right.
Exit status: 0; 1 when a post failed; 2 when the command line is faulty.

Examples:
  ocs-monitor simulate --url http://127.0.0.1:8080 --groups 50 --speed 30 --duration 5m
  ocs-monitor simulate --url http://127.0.0.1:8080 --callbacks 30 --speed 60 --duration 10m
  ocs-monitor simulate --url https://monitor.example/t/secret/ --rate 500 --duplicate 0.05 --reorder 0.05 --json
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  url: text,
  groups: text,
  sources: text,
  interval: text,
  rate: text,
  callbacks: text,
  speed: text,
  duration: text,
  seed: text,
  connections: text,
  token: text,
  'ocs-log': text,
  'icon-export': text,
  loss: text,
  duplicate: text,
  reorder: text,
  drift: text,
  'periodic-action': text,
  'frozen-time': flag,
  'periodic-when-active': flag,
  'without-statistics': flag,
  'old-spellings': flag,
  json: flag,
  help: flag,
} as const;

type Values = ReturnType<typeof parse>;

/** Resolves with the exit status: 1 when a post failed, else 0. Rejects with OCM_USAGE on a faulty command line. */
export async function simulate(args: readonly string[], io: CliIo): Promise<number> {
  const values = parse(args);
  if (values.help) {
    io.out(SIMULATE_HELP);
    return 0;
  }
  const options = optionsOf(values);
  const progress = timeProgress(io, options.durationMs);
  const { clock, signal } = io;
  const account = await runSimulation(options, { clock, signal, onProgress: progress.show }).finally(progress.stop);
  io.out(values.json ? `${JSON.stringify(account)}\n` : tableOf(account));
  return account.failed > 0 ? 1 : 0;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new MonitorError('OCM_USAGE', messageOf(cause), { cause });
  }
}

function optionsOf(values: Values): SimulationOptions {
  const { url } = values;
  if (url === undefined) throw usage('--url is required: where the receiver listens');
  receivingUrl(url, null);
  const probability = (name: 'loss' | 'duplicate' | 'reorder' | 'drift') =>
    numberOf(values[name], `--${name}`, { otherwise: 0, from: 0, to: 1 });
  const count = (name: 'groups' | 'sources' | 'connections', to: number) =>
    numberOf(values[name], `--${name}`, { otherwise: DEFAULT_OPTIONS[name], from: 1, to, whole: true });
  return {
    url,
    groups: count('groups', 1_000_000),
    sources: count('sources', 10_000),
    connections: count('connections', 10_000),
    intervalMs: durationOf(values.interval, '--interval', DEFAULT_OPTIONS.intervalMs),
    durationMs: durationOf(values.duration, '--duration', DEFAULT_OPTIONS.durationMs),
    rate: values.rate === undefined ? null : numberOf(values.rate, '--rate', { otherwise: 1, from: 0.001, to: 1e6 }),
    callbacksPerMinute: numberOf(values.callbacks, '--callbacks', { otherwise: 0, from: 0, to: 60_000 }),
    speed: numberOf(values.speed, '--speed', { otherwise: DEFAULT_OPTIONS.speed, from: 0.001, to: 1e6 }),
    seed: numberOf(values.seed, '--seed', { otherwise: DEFAULT_OPTIONS.seed, from: 0, to: 2 ** 32 - 1, whole: true }),
    loss: probability('loss'),
    duplicate: probability('duplicate'),
    reorder: probability('reorder'),
    drift: probability('drift'),
    token: values.token ?? null,
    ocsLog: ocsLogOf(values),
    iconExport: iconExportOf(values),
    frozenTime: values['frozen-time'],
    periodicWhenActive: values['periodic-when-active'],
    withoutStatistics: values['without-statistics'],
    oldSpellings: values['old-spellings'],
    periodicAction: habitOf(values['periodic-action']),
  };
}

/** By this machine's clock. */
function ocsLogOf({ 'ocs-log': path, sources }: Values): SimulationOptions['ocsLog'] {
  if (path === undefined) return null;
  if (path === '') throw usage('--ocs-log takes the name of a file');
  if (sources !== undefined && sources !== '1') throw usage('--ocs-log is the log of one OCS: leave --sources out');
  return { path, timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone };
}

function iconExportOf({ 'icon-export': path, sources }: Values): string | null {
  if (path === undefined) return null;
  if (path === '') throw usage('--icon-export takes the name of a folder');
  if (sources !== undefined && sources !== '1') throw usage('--icon-export is that of one site: leave --sources out');
  return path;
}

interface Range {
  readonly otherwise: number;
  readonly from: number;
  readonly to: number;
  readonly whole?: true;
}

function numberOf(said: string | undefined, option: string, { otherwise, from, to, whole }: Range): number {
  if (said === undefined) return otherwise;
  const number = said.trim() === '' ? NaN : Number(said);
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) return number;
  throw usage(`${option} takes a ${whole ? 'whole ' : ''}number from ${from} to ${to}, not "${said}"`);
}

function durationOf(said: string | undefined, option: string, otherwise: number): number {
  const durationMs = said === undefined ? otherwise : parseDurationMs(said);
  if (durationMs !== null && durationMs > 0) return durationMs;
  throw usage(`${option} takes a duration like 500ms, 10s, 5m or 1h, not "${said ?? ''}"`);
}

function habitOf(said: string | undefined): SimulationOptions['periodicAction'] {
  switch (said) {
    case undefined:
      return DEFAULT_OPTIONS.periodicAction;
    case 'repeats':
    case 'zero':
    case 'omits':
      return said;
    default:
      throw usage(`--periodic-action is repeats, zero or omits, not "${said}"`);
  }
}

function usage(message: string): MonitorError {
  return new MonitorError('OCM_USAGE', `${message} (simulate --help tells more)`);
}

function tableOf(account: Account): string {
  const rows: (readonly [string, number])[] = [
    ['sent', account.sent],
    ['answered', account.answered],
    ['lost by choice', account.lost_by_choice],
    ['failed', account.failed],
    ['transitions', account.transitions],
    ...counts('outcome', account.by_outcome),
    ...counts('status', account.by_status),
  ];
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const countWidth = Math.max(...rows.map(([, count]) => String(count).length));
  return rows.map(([name, count]) => `${name.padEnd(nameWidth)}  ${String(count).padStart(countWidth)}\n`).join('');
}

function counts(kind: string, by: Readonly<Record<string, number>>): (readonly [string, number])[] {
  return Object.entries(by).map(([name, count]) => [`${kind} ${name}`, count]);
}
