/** `ocs-monitor doctor`: the first ten minutes of an installation. */
import { type Config, DEFAULT_INTERVAL_MS } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { parseDurationMs } from '../domain/duration.js';
import { MonitorError } from '../domain/errors.js';
import { isSourceName } from '../domain/source.js';
import { visibleLine } from '../domain/visible-text.js';
import { firstSteps, type Installation, type Task } from '../reports/first-steps.js';
import {
  ADD_NAME,
  type Check,
  checkClocks,
  checkInstallation,
  checkReach,
  checkService,
  installationOf,
  originsOf,
  type Service,
  serviceAt,
} from './doctor-checks.js';
import { ask, senderClocks, watch, type Watched } from './doctor-watch.js';
import type { CliIo } from './io.js';
import { configOf, type Parsed, parseCommand } from './options.js';
import { answerOf } from './service-call.js';

export const DOCTOR_HELP = `ocs-monitor doctor [--url URL] [--token TOKEN] [--source NAME] [--groups N] [--callbacks] [--wait 10m] [settings] [--json]

Checks this installation, prints the options with which Outbound Contact Server and Callback post here, waits for the first
post, and says what is wrong with those that arrive. Run it on the service's machine, with the service's settings.

  --url URL       the service as its senders reach it; default: the address in the settings
  --token TOKEN   for reading; default: the read token in the settings
  --source NAME   the name of the sending OCS or environment, as in the path; default: any
  --groups N      campaign groups that run at once; default: the known ones
  --callbacks     also say what to set for Callback, and wait for a callback record
  --wait 10m      how long to wait for a post; 0: do not wait
  --json          print everything as one JSON document at the end

Marks of what was checked: ok, WARNING (may be meant), FAULT (mend it first). Of posts: GOOD, OTHER (good, but under another
source), WRONG (refused).
Exit: 0 a good post arrived, 1 none arrived or the service does not answer, 2 usage.
`;

const OF_CALLBACKS: ReadonlySet<Task['key']> = new Set(['callback-events', 'status-notifications', 'reporting']);
const MORE_FOR_CALLBACKS = 'With --callbacks it says what to set for Callback, too.\n\n';
const MEND_FIRST = 'Mend what is marked FAULT, and run doctor again: what to set in OCS follows from it.\n';
const DEFAULT_WAIT_MS = 600_000;
/** A post that came within so many intervals before counts: OCS posts already. */
const INTERVALS_BACK = 3;

interface Asked {
  readonly url: string | null;
  readonly source: string | null;
  readonly groups: number | null;
  readonly waitMs: number;
  readonly endpoints: readonly string[];
  /** Whether Callback is to be set up, too. */
  readonly withCallbacks: boolean;
  readonly json: boolean;
}

export async function doctor(args: readonly string[], io: CliIo): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const own = { url: text, token: text, source: text, groups: text, callbacks: flag, wait: text, json: flag };
  const parsed = parseCommand(args, own);
  const asked = askedOf(parsed);
  const say = asked.json ? () => undefined : io.out;
  const config = configOrFault(parsed);
  if (typeof config === 'string') {
    const check: Check = {
      name: 'settings',
      result: 'fault',
      found: config,
      next: 'Mend them; see ocs-monitor check-config',
    };
    say(checkLines([check]));
    if (asked.json) io.out(`${JSON.stringify(document([check], [], null))}\n`);
    return 1;
  }
  const { token } = parsed.own;
  const service = serviceAt(config, asked.url, typeof token === 'string' ? token : undefined);
  const { checks, installation, isAnswering, serviceNowMs } = await examine(config, service, asked, io.clock);
  say(`${checkLines(checks)}\n`);
  // What to set follows from what the service says; told without it, it would be a guess.
  const isFaulty = checks.some(({ result }) => result === 'fault');
  const steps = isFaulty
    ? []
    : firstSteps(installation).filter(({ key }) => asked.withCallbacks || !OF_CALLBACKS.has(key));
  if (isFaulty) say(MEND_FIRST);
  else say(`${steps.map(stepLines).join('\n')}\n${asked.withCallbacks ? '' : MORE_FOR_CALLBACKS}`);
  let watched: Watched | null = null;
  let clocks: readonly Check[] = [];
  if (isAnswering && !isFaulty) {
    const backMs = INTERVALS_BACK * (installation.intervalSeconds ?? 0) * 1000;
    watched = await watch(service, { ...asked, sinceMs: serviceNowMs - backMs }, io, say);
    if (watched.missing.length > 0) say(nothingLines(watched, asked));
    clocks = await senderClocks(service, watched.good);
    say(checkLines(clocks));
  }
  if (asked.json) io.out(`${JSON.stringify(document([...checks, ...clocks], steps, watched))}\n`);
  return watched?.missing.length === 0 ? 0 : 1;
}

function askedOf({ own }: Parsed): Asked {
  const text = (name: string) => (typeof own[name] === 'string' ? own[name] : null);
  const usage = (rule: string) => new MonitorError('OCM_USAGE', rule);
  const [url, source, groups, wait] = [text('url'), text('source'), text('groups'), text('wait')];
  // What it may hold is not repeated: a token, a password.
  if (url !== null && !isBaseUrl(url)) throw usage('--url should be like http://monitor:8080, without token or user');
  if (source !== null && !isSourceName(source)) throw usage('--source should be 1 to 64 of A-Z a-z 0-9 . _ -');
  if (groups !== null && !/^[1-9]\d{0,5}$/.test(groups)) throw usage('--groups should be a whole number from 1');
  const waitMs = wait === null ? DEFAULT_WAIT_MS : parseDurationMs(wait);
  if (waitMs === null) throw usage('--wait should be a duration like 30s or 10m');
  const endpoints = ['campaign-group-state', ...(own['callbacks'] ? ['callback-events'] : [])];
  return {
    url,
    source,
    groups: groups === null ? null : Number(groups),
    waitMs,
    endpoints,
    withCallbacks: own['callbacks'] === true,
    json: own['json'] === true,
  };
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search } = new URL(text);
  return (
    /^https?:$/.test(protocol) && username + password + search === '' && !/\/(?:t|ocs|gms)(?:\/|$)/i.test(pathname)
  );
}

/** The settings, or every fault in them. */
function configOrFault(parsed: Parsed): Config | string {
  try {
    return configOf(parsed);
  } catch (error) {
    if (error instanceof MonitorError && error.code === 'OCM_CONFIG') return error.message;
    throw error;
  }
}

interface Examined {
  readonly checks: readonly Check[];
  readonly installation: Installation;
  /** Whether it can be asked what comes. */
  readonly isAnswering: boolean;
  readonly serviceNowMs: number;
}

async function examine(config: Config, service: Service, asked: Asked, clock: Clock): Promise<Examined> {
  const nowMs = clock.nowMs();
  // With an address of its own it may be another machine's service: its settings are not these.
  const here = asked.url === null ? await checkInstallation(config, clock) : [];
  const there = await checkService(service);
  const source = asked.source ?? 'default';
  const isThere = there.every(({ result }) => result !== 'fault');
  const told = isThere ? await tell(service, source) : null;
  const reach = isThere && asked.url === null ? [await checkReach(config, service.ingest)] : [];
  const access: Check[] = told?.fault ? [told.fault] : [];
  const clocks = told?.installation ? [checkClocks(told.nowMs, nowMs)] : [];
  const found = told?.installation ?? installationOf(config, source, DEFAULT_INTERVAL_MS);
  const origins = asked.url === null ? originsOf(config, config.port) : [new URL(asked.url).origin];
  const basePath = asked.url === null ? found.basePath : new URL(asked.url).pathname.replace(/\/+$/, '');
  return {
    checks: [...here, ...there, ...reach, ...access, ...clocks],
    installation: { ...found, origins, basePath, groups: asked.groups ?? found.groups },
    isAnswering: told?.installation !== null && told !== null,
    serviceNowMs: told?.nowMs ?? nowMs,
  };
}

interface Told {
  readonly installation: Installation | null;
  readonly nowMs: number;
  readonly fault: Check | null;
}

/** What the service says of itself. */
async function tell(service: Service, source: string): Promise<Told> {
  const refuse = (found: string, next: string): Told => ({
    installation: null,
    nowMs: 0,
    fault: { name: 'asking the service', result: 'fault', found, next },
  });
  const { status, text } = await ask(service, `/api/v1/first-steps?source=${source}`);
  if (status === 401) return refuse('it requires another read token', 'Give one of its OCM_READ_TOKENS with --token');
  if (status === 421) return refuse('it does not know itself by this name', ADD_NAME);
  if (status !== 200) return refuse(`it answered ${status}`, 'It may be an older version: restart it with this one');
  const answer: { now?: string; installation?: InstallationRow } = answerOf(service.read, { status, text });
  const { now = '', installation: row } = answer;
  if (row === undefined)
    return refuse('it answered, but not as this service does', 'Is a proxy between? Name it with --url');
  const { base_path: basePath, interval_seconds: intervalSeconds, body_limit_bytes: bodyLimitBytes } = row;
  const ackP99Seconds = row.ack_beyond_measure ? Infinity : row.ack_p99_seconds;
  const { origins, tls, secret, groups, pii, limits_networks: limitsNetworks } = row;
  const said = { origins, tls, secret, groups, pii, source, basePath, intervalSeconds, bodyLimitBytes };
  return { installation: { ...said, ackP99Seconds, limitsNetworks }, nowMs: Date.parse(now), fault: null };
}

interface InstallationRow extends Pick<Installation, 'origins' | 'tls' | 'secret' | 'groups' | 'pii'> {
  readonly base_path: string;
  readonly interval_seconds: number | null;
  readonly ack_p99_seconds: number | null;
  readonly ack_beyond_measure: boolean;
  readonly body_limit_bytes: number;
  readonly limits_networks: boolean;
}

const MARKS = { ok: 'ok', warning: 'WARNING', fault: 'FAULT' } as const;

function checkLines(checks: readonly Check[]): string {
  return checks
    .map(({ name, result, found, next }) => {
      const more = next === null ? '' : `         → ${next}\n`;
      return `${MARKS[result].padEnd(8)} ${name}: ${found}\n${more}`;
    })
    .join('');
}

function stepLines({ title, options, checks }: Task): string {
  const lines = [title];
  let before = '';
  for (const { where, section, name, value, why } of options) {
    const place = section === null ? where : `${where}, section ${section}`;
    if (place !== before) lines.push(`  ${place}`);
    before = place;
    lines.push(`    ${name} = ${value}`, `        ${why}`);
  }
  lines.push(...checks.map((check) => `  - ${check}`));
  return lines.map((line) => `${visibleLine(line)}\n`).join('');
}

function nothingLines({ missing, refused, elsewhere }: Watched, { waitMs }: Asked): string {
  const head = `No good post to ${missing.join(' or ')} arrived within ${Math.round(waitMs / 1000)} s.\n`;
  if (refused.length > 0) return `${head}Mend what is marked WRONG above.\n`;
  if (elsewhere.length > 0)
    return `${head}Posts come for another source, marked OTHER above: name that one, or correct the URI.\n`;
  return `${head}Nothing at all arrived. Look, in this order:
  - Is a campaign group loaded, started or stopped meanwhile? OCS posts at changes, and periodically for those that run.
  - Does OCS's log have 81000 or 81001, and with the URI above? (at level Trace)
  - Does curl from OCS's host reach the address? If not: name, route, firewall, or OCM_HOST is loopback.
  - Does OCS have the options in its own application object, and was it told of them?
`;
}

function document(checks: readonly Check[], steps: readonly Task[], watched: Watched | null) {
  const { good = [], missing = [], refused = [], elsewhere = [] } = watched ?? {};
  const arrived = watched !== null && missing.length === 0;
  return { arrived, checks, steps, good, missing, refused, elsewhere };
}
