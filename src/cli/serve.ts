import { type App, type InheritedSockets, startApp } from '../app.js';
import type { Config } from '../config.js';
import type { Logger } from '../domain/log.js';
import { openLog } from '../log.js';
import { systemClock } from '../system-clock.js';
import { version } from '../version.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';

export const SERVE_HELP = `ocs-monitor serve [settings]

Runs the receiver. Without any setting: http://127.0.0.1:8080, records in ./data/ocs-monitor.db.
Settings are flags (--port 9000), environment variables (OCM_PORT=9000) or keys of a file (--config FILE, YAML or
JSON); all are listed in docs/configuration.md and by: ocs-monitor check-config

  --unsupervised   run as a single process
  --config FILE    settings, per-source settings and enumeration tables

SIGTERM ends it without losing a post: it goes on accepting while the senders' connections close by themselves
(OCM_DRAIN_TIMEOUT), then finishes and exits 0. SIGINT or a second SIGTERM: within two seconds.
SIGHUP reads the settings again and takes over tokens, networks and certificates while connections go on; when anything
in them is faulty, nothing changes and the log says what. Renewed certificates are found within a minute by themselves.
`;

/** The service with the entry points of its threads as they lie beside this program. */
export async function startService(
  config: Config,
  log: Logger,
  onFatal: (error: Error) => void,
  sockets: InheritedSockets = {},
): Promise<App> {
  const threads = {
    writer: new URL('../writer-thread.js', import.meta.url),
    reader: new URL('../reader-thread.js', import.meta.url),
  };
  const pageFolder = new URL('../page/', import.meta.url);
  const places = { threads, pageFolder, sockets };
  return startApp(config, { log, clock: systemClock, version, onFatal, processMetrics: true, ...places });
}

export async function serve(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, { unsupervised: { type: 'boolean' } });
  const config = configOf(parsed);
  const log = openLog(config.logLevel);
  for (const name of config.unknownVariables)
    log.warn({ name }, 'this version knows no such setting; it has no effect');
  let end: (how: 'drain' | 'now' | Error) => void = () => undefined;
  const ended = new Promise<'drain' | 'now' | Error>((resolve) => (end = resolve));
  let app: App | null = null;
  // From the first moment on: a signal during the start ends the service as soon as it stands.
  const onSignal = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping');
    end(signal === 'SIGINT' ? 'now' : 'drain');
    for (const again of ['SIGTERM', 'SIGINT']) process.once(again, () => void app?.stop('now'));
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  // Before the service stands there is nothing to reload; the signal must not end it either.
  process.on('SIGHUP', () => void app?.reload(() => configOf(parsed), 'signal'));
  app = await startService(config, log, end);
  const url = urlOf(config, app.port);
  log.info({ url, store: config.sqlitePath, version, pid: process.pid }, 'receiving');
  if (io.isTerminal) io.err(greeting(url, readUrlOf(config, app.readPort)));
  const how = await ended;
  if (how instanceof Error) {
    log.error({ err: how }, 'the store is lost; ending so that somebody starts the service anew');
    return 1;
  }
  await app.stop(how);
  log.info({}, 'stopped');
  return 0;
}

/** Where posts go. */
export function urlOf({ host, basePath, tls }: Config, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${tls === null ? 'http' : 'https'}://${name}:${port}${basePath}`;
}

/** Where reading is answered. */
export function readUrlOf(config: Config, port: number): string {
  return urlOf(config.readPort === null ? config : { ...config, host: config.readHost }, port);
}

function greeting(url: string, readUrl: string): string {
  return `
  Receiving on ${url}/ocs/campaign-group-state
  Campaign groups: ${readUrl}/api/v1/campaign-groups
  For Prometheus:  ${readUrl}/metrics

`;
}
