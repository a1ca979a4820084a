/** A process that serves: who may end it and how, whether it was started by systemd, a supervisor or somebody's hand. */
import type { App, AppDependencies } from './app.js';
import { type Config, drainMsOf } from '../config/config.js';
import type { Ending } from '../domain/ending.js';
import { MonitorError } from '../domain/errors.js';
import type { Logger } from '../domain/log.js';
import type { Log } from '../node/log.js';
import type { Reload } from '../domain/reload.js';
import { ORPHANS_REST_MS, ParentLink, type TakeOver } from '../supervisor/parent-link.js';
import type { PassedOnSockets } from '../supervisor/inherited-sockets.js';
import { systemClock, WatchedClock } from '../node/system-clock.js';
import { version } from '../node/version.js';
import { openStore } from './open-store.js';
import { readTlsFiles } from './tls-files.js';

/** Two seconds are promised: everybody has an answer by then (src/service/finishing.ts), and a disk that is slow is left. */
const HASTY_END_MS = 1750;

export interface ServiceProcess {
  readonly log: Log;
  /** Aborted when the service was told to end before anybody here could hear it. */
  readonly signal: AbortSignal;
  /** Null: it binds its own. */
  readonly sockets: PassedOnSockets | null;
  /** Whether another process serves until this one is prepared. */
  readonly isSuccessor: boolean;
  /** The configuration as it is now, for a reload in place. Throws OCM_CONFIG. */
  readonly readConfig: () => Config;
  /** Told once it listens. */
  readonly onReceiving: (app: App) => void;
}

type More = Pick<
  AppDependencies,
  'sockets' | 'predecessorGone' | 'socketOutlived' | 'successorWaits' | 'pids' | 'reload' | 'onStage' | 'logDropped'
>;

/**
 * The service with the entry points of its threads as they lie beside this program. Its store opens, in a thread of its own,
 * while the rest is loaded: that takes as long.
 */
export async function startService(
  config: Config,
  log: Log,
  onFatal: (error: Error) => void,
  more: Partial<More> = {},
): Promise<App> {
  // A faulty file of TLS is said before anything is touched.
  if (config.tls) readTlsFiles(config.tls);
  const clock = new WatchedClock();
  const opening = openStore(config, { log, clock, onFatal, ...more });
  // Whoever awaits it hears of a failure, once there is somebody.
  opening.catch(() => undefined);
  const { startApp } = await import('./app.js');
  const dependencies = {
    log,
    clock,
    clockSteps: clock.steps,
    version,
    onFatal,
    pageFolder: new URL('../page/', import.meta.url),
    processMetrics: true,
    logDropped: () => log.dropped,
    ...more,
  };
  return startApp(config, dependencies, opening);
}

const NOBODY: TakeOver = { by: null, handOver: null };

/** Serves until it is told to end; resolves with the exit status. */
export async function runService(config: Config, options: ServiceProcess): Promise<number> {
  const { log, sockets, onReceiving } = options;
  const ending = new EndOfService(log);
  const parent = sockets === null ? null : ParentLink.open(ending);
  ending.obeySignals(parent !== null, sockets !== null);
  if (options.signal.aborted) return 0;
  const reload = parent === null ? () => rereadInPlace(ending.app, options.readConfig) : () => parent.reload();
  // Before the service stands there is nothing to reload; the signal must not end it either.
  if (parent === null) process.on('SIGHUP', () => void ending.app?.reload(options.readConfig, 'signal'));
  const isSuccessor = options.isSuccessor && parent !== null;
  const wanted: { by: 'signal' | null } = { by: null };
  const predecessorGone = async (pending: readonly string[]) => {
    if (pending.length > 0) log.warn({ pending }, 'the hand-over will take longer: connections wait meanwhile');
    const { by, handOver } = (await parent?.prepared()) ?? NOBODY;
    wanted.by = by;
    ending.holdsNothing = false;
    return handOver;
  };
  ending.holdsNothing = isSuccessor;
  const starting = startService(config, log, ending.fail, {
    ...(sockets && { sockets }),
    ...(isSuccessor && { predecessorGone }),
    // Under a supervisor the first process finds a new socket, and one after a crash does not know what was in flight.
    socketOutlived: isSuccessor || (sockets !== null && parent === null),
    pids: { parent: parent?.pid ?? null, child: process.pid },
    logDropped: () => log.dropped + (parent?.logDropped ?? 0),
    reload,
    successorWaits: parent !== null,
    onStage: (stage) => parent?.ending(stage),
  });
  const app = await Promise.race([starting, ending.abandoned]);
  if (app === null) return 0;
  ending.app = app;
  onReceiving(app);
  parent?.ready(drainMsOf(config));
  if (wanted.by !== null) await noteReplacement(app, wanted.by);
  const { status, isReleased } = await ending.ended();
  if (isReleased) parent?.released(app.touched());
  return status;
}

/** The predecessor's process could not know yet how a reload by signal would end. */
async function noteReplacement(app: App, actor: string): Promise<void> {
  const detail = { outcome: 'replacing' };
  await app.audit({ atMs: systemClock.nowMs(), action: 'reload', actor, detail, result: 'done' });
}

/** What can be read anew without another process. */
async function rereadInPlace(app: App | null, readConfig: () => Config): Promise<Reload> {
  const report = await app?.reload(readConfig, null);
  if (report?.applied) return { outcome: 'reread', needsRestart: report.needsRestart };
  throw new MonitorError('OCM_RELOAD_FAILED', report ? report.why : 'the service is still starting');
}

/** Collects who says how the service should end; the first word begins it, and haste can be added. */
class EndOfService {
  readonly #log: Logger;
  readonly #begun: Promise<Ending | Error>;
  readonly #lost: Promise<Error>;
  #begin: (how: Ending | Error) => void = () => undefined;
  #lose: (error: Error) => void = () => undefined;
  #abandon: (nothing: null) => void = () => undefined;
  readonly #outOfTime: Promise<'slow'>;
  #hasten: () => void = () => undefined;
  #asked: Ending | null = null;
  /** A successor that waits for its predecessor can simply go. */
  holdsNothing = false;
  app: App | null = null;
  /** Resolves when the service is told to end while it holds nothing, or in haste before it has taken anything. */
  readonly abandoned: Promise<null>;

  constructor(log: Logger) {
    this.#log = log;
    this.#begun = new Promise((resolve) => (this.#begin = resolve));
    this.#lost = new Promise((resolve) => (this.#lose = resolve));
    this.#outOfTime = new Promise((resolve) => {
      this.#hasten = () => {
        setTimeout(resolve, HASTY_END_MS, 'slow').unref();
      };
    });
    this.abandoned = new Promise((resolve) => (this.#abandon = resolve));
  }

  readonly onEnd = (how: Ending): void => {
    if (this.#asked === how) return;
    this.#log.info({ how, pid: process.pid }, 'stopping');
    if (this.#asked === null || how === 'now' || how === 'orphaned') this.#asked = how;
    this.#begin(how);
    const isHasty = how === 'now' || how === 'orphaned';
    if (how === 'now') this.#hasten();
    if (this.holdsNothing || (this.app === null && isHasty)) this.#abandon(null);
    else void this.app?.stop(how);
  };

  readonly onSuccessor = (): void => {
    this.app?.noteTouched();
  };

  readonly onNotReplaced = (why: string, by: 'signal' | null): void => {
    void this.app?.noteNotReplaced(why, by);
  };

  readonly onLost = (): void => {
    this.#log.warn({ pid: process.pid }, 'the supervisor is gone');
    setTimeout(() => process.exit(1), ORPHANS_REST_MS);
    this.onEnd('orphaned');
  };

  /** Nothing can be made durable any more, be it while serving or while draining. */
  readonly fail = (error: Error): void => {
    this.#lose(error);
    this.#begin(error);
  };

  /**
   * From the first moment on: SIGTERM during the start ends the service as soon as it stands and has answered who waits
   * at its socket; SIGINT ends the start itself. A group of processes may be sent a signal that the supervisor passes on
   * as well: a second SIGTERM makes haste only where nobody does.
   */
  obeySignals(supervised: boolean, socketOutlives: boolean): void {
    const first = socketOutlives && !supervised ? 'hand-over' : 'drain';
    let terminated = false;
    process.on('SIGTERM', () => {
      this.onEnd(terminated && !supervised ? 'now' : first);
      terminated = true;
    });
    process.on('SIGINT', () => {
      this.onEnd('now');
    });
    // A terminal that closes sends it to the whole group; the supervisor is the one to act on it.
    if (supervised) process.on('SIGHUP', () => undefined);
  }

  /** Resolves with the exit status, and whether the database is free: else only the end of this process frees it. */
  async ended(): Promise<{ readonly status: number; readonly isReleased: boolean }> {
    if (this.#asked !== null) this.#begin(this.#asked);
    const how = await this.#begun;
    const fault = how instanceof Error ? how : await Promise.race([this.#lost, this.#stop(how), this.#outOfTime]);
    if (fault instanceof Error) {
      this.#log.error({ err: fault }, 'the store is lost; the process ends so that it is started again');
      return { status: 1, isReleased: false };
    }
    if (fault === 'slow')
      this.#log.warn({ pid: process.pid }, 'stopped in haste on a slow disk; what is committed lies in the log');
    else this.#log.info({ pid: process.pid }, 'stopped');
    return { status: 0, isReleased: fault === null };
  }

  async #stop(how: Ending): Promise<null> {
    await this.app?.stop(this.#asked ?? how);
    return null;
  }
}
