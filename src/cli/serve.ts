import { type App, startApp } from '../app.js';
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
`;

/** The service with the entry points of its threads as they lie beside this program. */
export async function startService(config: Config, log: Logger, onFatal: (error: Error) => void): Promise<App> {
  const threads = {
    writer: new URL('../writer-thread.js', import.meta.url),
    reader: new URL('../reader-thread.js', import.meta.url),
  };
  const pageFolder = new URL('../page/', import.meta.url);
  return startApp(config, { log, clock: systemClock, version, threads, pageFolder, onFatal, processMetrics: true });
}

export async function serve(args: readonly string[], io: CliIo): Promise<number> {
  const config = configOf(parseCommand(args, { unsupervised: { type: 'boolean' } }));
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
  app = await startService(config, log, end);
  const url = urlOf(config, app.port);
  log.info({ url, store: config.sqlitePath, version, pid: process.pid }, 'receiving');
  if (io.isTerminal) io.err(greeting(url));
  const how = await ended;
  if (how instanceof Error) {
    log.error({ err: how }, 'the store is lost; ending so that somebody starts the service anew');
    return 1;
  }
  await app.stop(how);
  log.info({}, 'stopped');
  return 0;
}

export function urlOf({ host, basePath }: Config, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}${basePath}`;
}

function greeting(url: string): string {
  return `
  Receiving on ${url}/ocs/campaign-group-state
  Campaign groups: ${url}/api/v1/campaign-groups
  For Prometheus:  ${url}/metrics

`;
}
