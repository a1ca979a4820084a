import { type Config, type Addresses, processEnvironment } from '../config/config.js';
import type { Logger } from '../domain/log.js';
import { type Log, openLog } from '../node/log.js';
import type { ServiceProcess } from '../service/process.js';
import { version } from '../node/version.js';
import { canSupervise, socketsOf, superviseService } from '../service/supervision.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';

export const SERVE_HELP = `ocs-monitor serve [settings]

Runs the receiver. Without any setting: http://127.0.0.1:8080, records in ./data/ocs-monitor.db.
Settings are flags (--port 9000), environment variables (OCM_PORT=9000) or keys of a file (--config FILE, YAML or
JSON); all are listed in docs/configuration.md and by: ocs-monitor check-config

  --unsupervised   run as a single process
  --config FILE    settings, per-source settings and enumeration tables

A small parent process owns the socket and runs the service as its child; it starts the child again when it dies. With
sockets passed on by systemd (LISTEN_FDS) there is no parent, because the socket outlives the service anyway.

SIGTERM   ends it without losing a post: it goes on accepting while the senders' connections close by themselves
          (OCM_DRAIN_TIMEOUT), then finishes and exits 0
SIGINT    or a second SIGTERM: the same, within two seconds
SIGHUP    replaces the child by one with the present settings and program, without losing a post; see: ocs-monitor reload
          Without a parent: takes over tokens, networks and certificates while connections go on
If the configuration is faulty, nothing changes and the log says what is wrong. Renewed certificates are found within a minute.
`;

export async function serve(args: readonly string[], io: CliIo): Promise<number> {
  // Said by the supervisor: --successor to a service that waits for the one before it, --bound where the sockets are.
  const parsed = parseCommand(args, {
    unsupervised: { type: 'boolean' },
    successor: { type: 'boolean' },
    bound: { type: 'string' },
  });
  const environment = processEnvironment();
  const sockets = socketsOf(environment);
  const wanted = configOf(parsed);
  const { bound } = parsed.own;
  const addresses = sockets !== null && typeof bound === 'string' ? (JSON.parse(bound) as Addresses) : null;
  const config = addresses === null ? wanted : configOf(parsed, addresses);
  const log = openLog(config.logLevel);
  if (sockets === null && parsed.own['unsupervised'] !== true) {
    if (canSupervise())
      return superviseService(config, { log, environment, args: [...serviceCommand(), ...args], signal: io.signal });
    log.warn({}, 'this system cannot pass on sockets: running without a supervisor');
  }
  if (addresses !== null) noteOtherAddresses(wanted, addresses, log);
  const isSuccessor = parsed.own['successor'] === true;
  return serveHere(config, io, log, { sockets, isSuccessor, readConfig: () => configOf(parsed) });
}

/** The sockets stay where they are bound; the settings may name another place by now. */
function noteOtherAddresses(wanted: Config, bound: Addresses, log: Logger): void {
  const names = Object.keys(bound) as (keyof Addresses)[];
  // Port 0 asks for any.
  const moved = names.filter((name) => wanted[name] !== 0 && wanted[name] !== bound[name]);
  if (moved.length === 0) return;
  log.warn(
    { needsRestart: moved },
    'changing the address or port takes a restart; still listening where the supervisor did',
  );
}

/** How this very program is started as a service. */
function serviceCommand(): string[] {
  return [...process.execArgv, process.argv[1] ?? '', 'serve'];
}

type Start = Pick<ServiceProcess, 'sockets' | 'isSuccessor' | 'readConfig'>;

/** The service's own code is loaded only where it serves: a supervisor stays small. */
async function serveHere(config: Config, io: CliIo, log: Log, start: Start): Promise<number> {
  const { runService } = await import('../service/process.js');
  for (const name of config.unknownVariables) log.warn({ name }, 'this version has no such setting; it has no effect');
  return runService(config, {
    ...start,
    log,
    signal: io.signal,
    onReceiving: ({ port, readPort }) => {
      const store = config.sqlitePath ?? config.postgres.shown;
      const startedInMs = Math.round(performance.now());
      if (io.isTerminal && !start.isSuccessor) io.err(greeting(urlOf(config, port), readUrlOf(config, readPort)));
      log.info({ url: urlOf(config, port), store, version, pid: process.pid, startedInMs }, 'receiving');
    },
  });
}

type Origin = Pick<Config, 'host' | 'basePath' | 'tls'>;

/** Where posts go. */
export function urlOf({ host, basePath, tls }: Origin, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${tls === null ? 'http' : 'https'}://${name}:${port}${basePath}`;
}

/** Where reading is answered. */
export function readUrlOf(place: Origin & Addresses, port: number): string {
  return urlOf(place.readPort === null ? place : { ...place, host: place.readHost }, port);
}

function greeting(url: string, readUrl: string): string {
  return `
  Open ${readUrl}/ in a browser.

  OCS posts to        ${url}/ocs/campaign-group-state
  Prometheus scrapes  ${readUrl}/metrics
  Ctrl-C stops it.

`;
}
