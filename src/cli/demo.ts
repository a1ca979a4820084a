import type { Config } from '../config.js';
import { MonitorError } from '../domain/errors.js';
import { openLog } from '../log.js';
import { DEFAULT_OPTIONS, runSimulation, sendCallbackHistory } from '../simulation.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';
import { startService } from '../service-process.js';
import { readUrlOf, urlOf } from './serve.js';

export const DEMO_HELP = `ocs-monitor demo [settings]

The service on ./data/demo.db and port 8080 (or the next free one), and a simulated contact centre that posts to it:
three Outbound Contact Servers, thirty campaign groups whose days pass in minutes, and callbacks: a day of finished
ones at the start, then twenty a minute, over within seconds or a few minutes. Ends with Ctrl-C.
`;

/** Ports tried after the wanted one. */
const PORTS_TRIED = 20;

/** Lively enough that something moves within ten seconds, slow enough to follow. */
const CENTRE = {
  ...DEFAULT_OPTIONS,
  groups: 30,
  sources: 3,
  intervalMs: 2000,
  speed: 60,
  durationMs: Infinity,
  callbacksPerMinute: 20,
};

export async function demo(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args);
  const store = parsed.flags.store ?? 'sqlite:./data/demo.db';
  const config = configOf({ ...parsed, flags: { periodic_interval: '2s', log_level: 'warn', ...parsed.flags, store } });
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  const app = await startOnFreePort(config, fail);
  const url = urlOf(config, app.port);
  io.out(greeting(url, readUrlOf(config, app.readPort), config.sqlitePath));
  const centre = { ...CENTRE, url, token: config.ingestTokens[0] ?? null };
  const ending = new AbortController();
  const { clock } = io;
  const signal = AbortSignal.any([io.signal, ending.signal]);
  const playing = Promise.all([
    runSimulation(centre, { clock, signal }),
    sendCallbackHistory(centre, { clock, signal }),
  ]);
  const error = await Promise.race([playing.then(() => null), failed]);
  ending.abort();
  const [account, history] = await playing;
  await app.stop('now');
  const [sent, answered] = [account.sent + history.sent, account.answered + history.answered];
  io.err(`${sent} posts sent, ${answered} answered, ${account.transitions} changes told.\n`);
  if (error) io.err(`The service failed: ${error.message}\n`);
  return error || answered < sent ? 1 : 0;
}

function greeting(url: string, readUrl: string, database: string): string {
  return `
  Open ${readUrl}/ in a browser: a simulated contact centre, live.

  It posts to ${url}/ocs/{source}/campaign-group-state
  and to ${url}/gms/{source}/callback-events. More to look at:

    ${readUrl}/docs                      what can be asked
    ${readUrl}/api/v1/campaign-groups    campaign groups as they stand
    ${readUrl}/api/v1/transitions        what happened, newest first
    ${readUrl}/api/v1/callbacks          callbacks, newest first
    ${readUrl}/api/v1/callbacks/summary?by=hour,queue
    ${readUrl}/metrics                   for Prometheus

    sqlite3 ${database} 'SELECT * FROM CALLBACK_FACT'

  Everything lives ${CENTRE.speed} times as fast as in a real centre; callbacks of the day before have real durations.
  Ctrl-C ends it. Records stay in ${database}.

`;
}

async function startOnFreePort(config: Config, onFatal: (error: Error) => void) {
  const log = openLog(config.logLevel);
  for (let port = config.port; ; port++) {
    try {
      return await startService({ ...config, port }, log, onFatal);
    } catch (error) {
      const taken = error instanceof MonitorError && error.code === 'OCM_CANNOT_LISTEN';
      if (!taken || port >= config.port + PORTS_TRIED) throw error;
    }
  }
}
