import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../service/app.js';
import type { Config, SqliteConfig } from '../config/config.js';
import { MonitorError } from '../domain/errors.js';
import { openLog } from '../node/log.js';
import { pretendUptime } from '../service/sqlite/commands.js';
import { startService } from '../service/process.js';
import { type Past, pastAt } from '../simulator/demo/past.js';
import { Demo, type PastPost } from '../simulator/demo/run-demo.js';
import { knownGroups } from './demo-known.js';
import { greeting } from './demo-greeting.js';
import { freePortFrom } from './free-port.js';
import { type CliIo, whenAborted } from './io.js';
import { configOnFile, parseCommand } from './options.js';
import { readUrlOf, urlOf } from './serve.js';

export const DEMO_HELP = `ocs-monitor demo [settings]

The service on ./data/demo.db and port 8080 (or the next free one), and a simulated contact centre that posts to it:
three Outbound Contact Servers with 48 campaign groups, and callbacks. The day up to now is posted first; then campaigns
run for minutes at a time, and within two minutes every state and every kind of trouble has been seen. Started again on
the same database, it goes on from where that ends. Ends with Ctrl-C.
`;

/** Lively enough to watch, and slow enough to follow. */
const INTERVAL = '5s';
const DEFAULT_INTERVAL_MS = 5000;
/** The past of these is told with a post in minutes. */
const SOURCES = ['ocs-1', 'ocs-2', 'ocs-3'];
const TENANTS = '1=Environment,102=Harbour Energy,103=Larkfield Insurance';
/** Two seconds are promised for the end. */
const END_WITHIN_MS = 1700;

export async function demo(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args);
  const defaults = { store: 'sqlite:./data/demo.db', periodic_interval: INTERVAL, tenants: TENANTS, log_level: 'warn' };
  const config = configOnFile(
    { ...parsed, flags: { ...defaults, ...parsed.flags } },
    'demo',
    'leave --store and OCM_STORE out: the demo makes one of its own',
  );
  const { clock, signal } = io;
  if (signal.aborted) return 0;
  const zeroMs = clock.nowMs();
  const past = preparedPast(config, zeroMs);
  const shown = { ...config, sources: withoutPastSilence(config, zeroMs) };
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  const aborted = whenAborted(signal);
  // Nothing has been taken yet: a start that is given up ends with the process.
  const app = await Promise.race([startOnFreePort(shown, fail), aborted]);
  if (app === null) return 0;
  const url = urlOf(config, app.port);
  const readUrl = readUrlOf(config, app.readPort);
  const knownOf = await Promise.race([knownGroups(config, readUrl, past), aborted]);
  if (knownOf === null) return ended(app, io);
  const intervalMs = config.intervalMs !== null && config.intervalMs > 0 ? config.intervalMs : DEFAULT_INTERVAL_MS;
  const ending = new AbortController();
  const centre = new Demo(
    { url, token: config.ingestTokens[0] ?? null, intervalMs, zeroMs, past, knownOf, take: (post) => taken(app, post) },
    { clock, signal: AbortSignal.any([signal, ending.signal]) },
  );
  const play = async () => {
    io.err('Posting the day up to now …\n');
    await centre.tellPast();
    if (signal.aborted) return;
    io.out(greeting({ url, readUrl, database: config.sqlitePath, intervalMs }));
    await centre.play();
  };
  const playing = play();
  const limit = aborted.then(() => delay(END_WITHIN_MS / 2, null));
  const error = await Promise.race([playing.then(() => null), failed, limit]);
  const { sent, answered, failed: lost, transitions } = centre.account();
  ending.abort();
  centre.close();
  await Promise.race([playing, limit]);
  if (error) io.err(`The service failed: ${error.message}\n`);
  io.err(`${sent} posts sent, ${answered} answered, ${transitions} changes told.\n`);
  const status = await ended(app, io);
  return error || lost > 0 ? 1 : status;
}

/** What of the last day the database lacks is going to be told; from now on the ledger says that somebody heard it. */
function preparedPast(config: SqliteConfig, zeroMs: number): Past {
  let past = pastAt(zeroMs, null);
  try {
    pretendUptime(config, (known) => {
      past = pastAt(zeroMs, known);
      return past.upMs;
    });
  } catch (cause) {
    if (!(cause instanceof MonitorError) || cause.code !== 'OCM_LOCKED') throw cause;
    const message = `${config.sqlitePath} is in use: another demo, or a service, runs on it. Stop that one, or name another file: --store sqlite:./data/demo-2.db`;
    throw new MonitorError('OCM_LOCKED', message, { cause });
  }
  return past;
}

/** What was told sparsely is not to be taken for silence: until now nothing was expected. */
function withoutPastSilence({ sources }: Config, zeroMs: number): Config['sources'] {
  const maintenance = [{ kind: 'once', fromMs: 0, toMs: zeroMs } as const];
  const settings = { intervalMs: null, silenceAfterMs: null, shifts: [], encoding: 'utf-8' };
  const own = SOURCES.map((name) => [name, { ...settings, ...sources.get(name), maintenance }] as const);
  return new Map([...sources, ...own]);
}

/** What became of a post of the past. */
async function taken(app: App, { text, ...post }: PastPost): Promise<string> {
  const { outcome } = await app.take({ ...post, bytes: Buffer.from(text).toString('latin1') });
  return outcome;
}

/** Ends the service. Whoever holds a connection open does not hold up the end. */
async function ended(app: App, { signal }: CliIo): Promise<number> {
  const stopping = app.stop('now');
  await (signal.aborted ? Promise.race([stopping, delay(END_WITHIN_MS / 2)]) : stopping);
  return 0;
}

/** Where no port is free, the attempt at the wanted one says why. One may be taken between the look and the start. */
async function startOnFreePort(config: Config, onFatal: (error: Error) => void): Promise<App> {
  const log = openLog(config.logLevel);
  for (let port = await freePortFrom(config.host, config.port, config.port); ;) {
    try {
      return await startService({ ...config, port: port ?? config.port }, log, onFatal);
    } catch (error) {
      const isTaken = error instanceof MonitorError && error.code === 'OCM_CANNOT_LISTEN';
      if (!isTaken || port === null || port === 0) throw error;
      port = await freePortFrom(config.host, port + 1, config.port);
      if (port === null) throw error;
    }
  }
}
