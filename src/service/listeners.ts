/** Where the service listens, what is answered there, and how its connections come to an end. */
import { type Config, drainMsOf } from '../config/config.js';
import type { Clock, ClockSteps } from '../domain/clock.js';
import type { Ending } from '../domain/ending.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import type { Logger } from '../domain/log.js';
import type { Pids, Reload } from '../domain/reload.js';
import type { UnparsedRequest } from '../domain/unparsed.js';
import { type Commits, finished, type Hurry } from './finishing.js';
import { buildApplication, type Serves } from '../http/application.js';
import type { CallbackSettings } from '../http/callbacks.js';
import type { ServicePorts } from '../http/ports.js';
import { RecentArrivals } from '../http/recent-arrivals.js';
import { targetsBelow } from '../http/request-target.js';
import { allowedOpenFiles, connectionsWithin } from '../http/descriptors.js';
import { HttpServer, type ListenAt } from '../http/server.js';
import type { LiveAccess } from './access-in-force.js';
import { enumerationsWith } from '../ocs/enumerations.js';
import { numberHashOf } from './sqlite/commands.js';
import { readSchema } from '../node/schemas.js';
import { SignedOutFile } from './signed-out-file.js';

export interface InheritedSockets {
  readonly ingest?: number;
  readonly read?: number;
}

export interface ListeningDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  /** Tells when the clock was set; without it nobody is told. */
  readonly clockSteps?: ClockSteps;
  readonly version: string;
  /** Where the built page lies. */
  readonly pageFolder: URL;
  /** Descriptors of sockets that somebody else opened and listens on, instead of addresses of our own. */
  readonly sockets?: InheritedSockets;
  readonly pids?: Pids;
  /** Without it there is nothing to reload. Throws OCM_RELOAD_FAILED. */
  readonly reload?: () => Promise<Reload>;
}

interface Door {
  readonly server: HttpServer;
  readonly at: ListenAt;
  /** What to do when the place is taken. */
  readonly mend: string;
}

/** One server for everything; or two, one for posts and one for reading. */
export class Listening {
  readonly #config: Config;
  /** That which takes posts comes first. */
  readonly #doors: readonly Door[];
  readonly #haste = new AbortController();
  #hurry: Hurry = { sinceMs: null, isOrphaned: false };
  #isDraining = false;

  constructor(config: Config, dependencies: ListeningDependencies, live: LiveAccess, ports: ServicePorts) {
    this.#config = config;
    const isDraining = () => this.#isDraining;
    const shared = applicationOptions(config, dependencies, live, ports);
    dependencies.clockSteps?.((byMs) => {
      shared.arrivals.move(byMs);
    });
    const prepare = targetsBelow(config.basePath);
    const onUnparsed = (request: UnparsedRequest) => {
      ports.turnedAway.unparsed(request);
      shared.arrivals.refuseUnparsed(request);
    };
    const { host, port, readHost, readPort } = config;
    const { ingest, read } = dependencies.sockets ?? {};
    const hasReading = readPort !== null || read !== undefined;
    const maxConnections = connectionsWithin(allowedOpenFiles(), hasReading ? 2 : 1);
    const serverOf = (serves: Serves) => {
      const clients = serves === 'reading' ? null : live.clients;
      const isOnLoopback = () => server.isOnLoopback;
      const application = buildApplication({ ...shared, serves, clients, isDraining, isOnLoopback });
      const server = new HttpServer(application, { tls: live.tls, clients, prepare, onUnparsed, maxConnections });
      return live.serve(server);
    };
    const receiving: Door = {
      server: serverOf(hasReading ? 'receiving' : 'all'),
      at: ingest === undefined ? { host, port } : { fd: ingest },
      mend: 'choose another with OCM_HOST and OCM_PORT',
    };
    const reading = (): Door => ({
      server: serverOf('reading'),
      at: read === undefined ? { host: readHost, port: readPort ?? 0 } : { fd: read },
      mend: 'choose another with OCM_READ_HOST and OCM_READ_PORT',
    });
    this.#doors = hasReading ? [receiving, reading()] : [receiving];
  }

  /** Resolves with the ports, which may be one and the same. Throws OCM_CANNOT_LISTEN, and then listens nowhere. */
  async open(): Promise<{ readonly port: number; readonly readPort: number }> {
    const ports: number[] = [];
    try {
      for (const door of this.#doors) ports.push(await open(door));
    } catch (error) {
      await Promise.all(this.#doors.map(({ server }) => server.close(() => Promise.resolve())));
      throw error;
    }
    const [port = 0, readPort = port] = ports;
    return { port, readPort };
  }

  /**
   * Goes on accepting while it drains, then answers what is in flight; resolves when no connection is left. `onClosed` is
   * told when nobody accepts any more.
   */
  async close(how: Ending, commits: Commits, onClosed: () => void): Promise<void> {
    this.#isDraining = true;
    const drains = how === 'drain' || how === 'hand-over';
    const drainMs = drains ? drainMsOf(this.#config) : 0;
    // Whoever reads is asked to go when the last sender is gone.
    await this.#doors[0]?.server.drain(drainMs, how === 'hand-over', this.#haste.signal);
    onClosed();
    const patience = (isClosed: () => boolean) => finished(commits, () => this.#hurry, isClosed);
    await Promise.all(this.#doors.map(({ server }) => server.close(patience)));
  }

  /** Waits no longer for senders to go by themselves, and for a slow disk not much longer. */
  hurry(isOrphaned: boolean): void {
    this.#hurry = { sinceMs: this.#hurry.sinceMs ?? performance.now(), isOrphaned };
    this.#haste.abort();
  }
}

/** Resolves with the port. Throws OCM_CANNOT_LISTEN. */
async function open({ server, at, mend }: Door): Promise<number> {
  try {
    return await server.listen(at);
  } catch (cause) {
    const where = 'fd' in at ? `the inherited socket ${at.fd}` : `${at.host}:${at.port}`;
    throw new MonitorError('OCM_CANNOT_LISTEN', `cannot listen on ${where} (${messageOf(cause)}); ${mend}`, { cause });
  }
}

/** What the application of every server stands on. */
function applicationOptions(
  config: Config,
  dependencies: ListeningDependencies,
  live: LiveAccess,
  ports: ServicePorts,
) {
  const { log, clock, version, pageFolder } = dependencies;
  const { basePath } = config;
  return {
    ...ports,
    log,
    clock,
    version,
    pageFolder,
    basePath,
    bodyLimitBytes: config.bodyLimitBytes,
    instanceName: config.instanceName,
    pii: config.pii,
    access: live.access,
    numberHash: (number: string) => numberHashOf(config, number),
    arrivals: new RecentArrivals(live.access, clock, basePath),
    // With a port of its own for reading, posts go to another than the one that is asked.
    receiving: { tls: config.tls !== null, port: config.readPort === null ? null : config.port },
    hasClients: live.clients !== null,
    signedOut: new SignedOutFile(`${config.sqlitePath}.signed-out`, log, clock),
    callbacks: callbackSettings(config),
    words: enumerationsWith(config.enumerations),
    limits: { ...LIMITS, overdialRatio: config.overdialLimit },
    pids: dependencies.pids ?? { parent: null, child: process.pid },
    reload:
      dependencies.reload ??
      (() => Promise.reject(new MonitorError('OCM_RELOAD_FAILED', 'this process cannot be reloaded'))),
    notificationSchema: readSchema('campaign-group-state.schema.json'),
  };
}

function callbackSettings(config: Config): CallbackSettings {
  const { maxClockAheadMs, tenants, tollPerMinute } = config;
  return { ttlMs: config.callbackTtlMs, maxClockAheadMs, tenants, tollPerMinute, capacity: config.callbackCapacity };
}
