/** Where the service listens, what is answered there, and how its connections come to an end. */
import type { Ending } from '../domain/ending.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import type { UnparsedRequest } from '../domain/unparsed.js';
import { buildApplication, type Serves } from '../http/application.js';
import { allowedOpenFiles, connectionsWithin } from '../http/descriptors.js';
import { targetsBelow } from '../http/request-target.js';
import { HttpServer, type ListenAt } from '../http/server.js';
import type { AccessInForce } from './access-in-force.js';
import type { SharedOptions } from './application.js';
import { type Commits, finished, type Hurry } from './finishing.js';

export interface InheritedSockets {
  readonly ingest?: number;
  readonly read?: number;
}

/** Where a site wants the service to listen, and how long it goes on accepting when it ends. */
export interface ListenSettings {
  readonly host: string;
  readonly port: number;
  readonly readHost: string;
  /** Null: reading and receiving share `host` and `port`. */
  readonly readPort: number | null;
  readonly drainMs: number;
  /** Descriptors of sockets that somebody else opened and listens on, instead of addresses of our own. */
  readonly sockets: InheritedSockets;
}

interface Door {
  readonly server: HttpServer;
  readonly at: ListenAt;
  /** What to do when the place is taken. */
  readonly mend: string;
}

/** One server for everything; or two, one for posts and one for reading. */
export class Listeners {
  readonly #drainMs: number;
  /** That which takes posts comes first. */
  readonly #doors: readonly Door[];
  readonly #haste = new AbortController();
  #hurry: Hurry = { sinceMs: null, isOrphaned: false };
  #isDraining = false;

  constructor(settings: ListenSettings, live: AccessInForce, shared: SharedOptions) {
    const { host, port, readHost, readPort, drainMs, sockets } = settings;
    const { ingest, read } = sockets;
    this.#drainMs = drainMs;
    const isDraining = () => this.#isDraining;
    const prepare = targetsBelow(shared.basePath);
    const onUnparsed = (request: UnparsedRequest) => {
      shared.turnedAway.unparsed(request);
      shared.arrivals.refuseUnparsed(request);
    };
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
    const drainMs = drains ? this.#drainMs : 0;
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
