/** The process that owns the socket: the composition root of a supervised service. It opens no database. */
import { drainMsOf, type Environment, type Addresses } from '../config/config.js';
import type { Log } from '../node/log.js';
import { startChild } from '../supervisor/child-process.js';
import { inheritedSockets, type PassedOnSockets } from '../supervisor/inherited-sockets.js';
import { bindSocket, type BoundSocket, canPassOnSockets } from '../supervisor/listening-socket.js';
import { ORPHANS_LIFE_MS } from '../supervisor/parent-link.js';
import { type Child, type ChildListener, Supervisor } from '../supervisor/supervisor.js';

const BIND_AGAIN_MS = 100;
/** How often services hear what the log lost here. */
const TELL_MS = 1000;

export interface Supervision {
  readonly log: Log;
  readonly environment: Environment;
  /** The command line by which a service is started: Node's options, the program, the command and its settings. */
  readonly args: readonly string[];
  /** Aborted when the service was told to end before anybody here could hear it. */
  readonly signal: AbortSignal;
}

/** The sockets this process was started with; null when there are none. Throws OCM_CONFIG. */
export function socketsOf(environment: Environment): PassedOnSockets | null {
  return inheritedSockets(environment, process.pid);
}

/** Whether a service can be supervised on this system. */
export const canSupervise = canPassOnSockets;

/** Keeps a service running until it is told to end; resolves with the exit status. Throws OCM_CANNOT_LISTEN. */
export async function superviseService(
  settings: Addresses & Parameters<typeof drainMsOf>[0],
  { log, environment, args, signal }: Supervision,
): Promise<number> {
  const sockets = await bindSockets(settings);
  // Nothing is awaited from here to the handlers of signals.
  if (signal.aborted) {
    for (const socket of sockets) socket.close();
    return 0;
  }
  const ofService = [...args, '--bound', JSON.stringify(addressesOf(settings, sockets))];
  const dropped = new DroppedLines(log);
  const supervisor = new Supervisor({
    spawn: (role, listener) => {
      const ofRole = role === 'successor' ? [...ofService, '--successor'] : ofService;
      return dropped.tellOne(listener, (told) => startChild({ args: ofRole, environment, sockets }, told));
    },
    after: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => {
        clearTimeout(timer);
      };
    },
    nowMs: () => performance.now(),
    log,
    drainMs: drainMsOf(settings),
  });
  obeySignals(supervisor);
  const ports = Object.fromEntries(sockets.map(({ name, port }) => [name, port]));
  log.info({ ports, pid: process.pid }, 'supervising');
  const status = await supervisor.ended();
  for (const socket of sockets) socket.close();
  return status;
}

/** Keeps every service told how many lines of this process's log were dropped; only a service has metrics. */
class DroppedLines {
  /** Those that were told before a service began are counted by its predecessor. */
  readonly #countsFrom = new Map<Child, number>();
  #told = 0;

  constructor(log: Log) {
    setInterval(() => {
      if (this.#countsFrom.size === 0 || this.#told === log.dropped) return;
      this.#told = log.dropped;
      for (const [child, from] of this.#countsFrom) child.send({ kind: 'log-dropped', count: this.#told - from });
    }, TELL_MS).unref();
  }

  /** Starts one by `start`, which is told whom to tell of its end. */
  tellOne(listener: ChildListener, start: (listener: ChildListener) => Child): Child {
    const child = start({
      ...listener,
      onExit: (exit) => {
        this.#countsFrom.delete(child);
        listener.onExit(exit);
      },
    });
    this.#countsFrom.set(child, this.#told);
    return child;
  }
}

/** One for posts, and one for reading when it has a port of its own. Throws OCM_CANNOT_LISTEN. */
async function bindSockets({ host, port, readHost, readPort }: Addresses) {
  const ingest = { name: 'ingest', ...(await bindWhenFree(host, port)) };
  if (readPort === null) return [ingest];
  return [ingest, { name: 'read', ...(await bindWhenFree(readHost, readPort, 'OCM_READ_HOST and OCM_READ_PORT')) }];
}

/** Where the sockets are bound: a service judges by it what its settings may leave open. */
function addressesOf({ host, port, readHost, readPort }: Addresses, [ingest, read]: readonly BoundSocket[]): Addresses {
  return { host, port: ingest?.port ?? port, readHost, readPort: read?.port ?? readPort };
}

/** The service of a supervisor that was killed may hold the address until it has noticed. Throws OCM_CANNOT_LISTEN. */
async function bindWhenFree(host: string, port: number, settings?: string): Promise<BoundSocket> {
  const until = performance.now() + ORPHANS_LIFE_MS;
  for (;;) {
    try {
      return await bindSocket(host, port, settings);
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, BIND_AGAIN_MS));
    }
  }
}

function obeySignals(supervisor: Supervisor): void {
  let terminated = false;
  process.on('SIGTERM', () => {
    supervisor.stop(terminated ? 'now' : 'drain');
    terminated = true;
  });
  process.on('SIGINT', () => {
    supervisor.stop('now');
  });
  process.on('SIGHUP', () => {
    supervisor.replaceOnSignal();
  });
}
