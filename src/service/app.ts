/** The composition root: how the service is put together. `startApp` starts in order, `stop` ends in reverse. */
import { type Config, drainMsOf } from '../config/config.js';
import { Display, type DisplayDependencies } from './display.js';
import type { Audited } from '../domain/audit.js';
import { type ClockSteps, steadyClock } from '../domain/clock.js';
import type { Ending, EndingStage } from '../domain/ending.js';
import type { CommitReport, Delivery, Receipt } from '../domain/store.js';
import type { Touched } from '../domain/hand-over.js';
import type { ServicePorts } from '../http/ports.js';
import { GroupCommit } from '../ingest/group-commit.js';
import { otlpExporter } from './otlp-export.js';
import type { OtlpExporter } from '../otlp/exporter.js';
import { type ApplicationDependencies, sharedOptions } from './application.js';
import { type InheritedSockets, Listeners } from './listeners.js';
import { AccessInForce, type ReloadReport } from './access-in-force.js';
import { noteStart, type Store, type StoreDependencies } from './store.js';
import { StoreHealth } from './store-health.js';
import { openStore } from './open-store.js';
import { TurnedAwayRequests } from './turned-away.js';
import { Upkeep } from './upkeep.js';

/**
 * Posts that may wait for a commit, and their bytes: a second's worth at full rate. Beyond either: 503.
 * @bound posts waiting for a commit
 * @beyond 503
 * @seen `ocs_monitor_queue_items`, `ocs_monitor_queue_capacity_items`
 */
const MAX_WAITING = 20_000;
/**
 * @bound bodies of posts waiting for a commit
 * @beyond 503
 * @seen `ocs_monitor_queue_items`
 */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** How often the service looks after itself, and whether certificates were renewed. */
const LOOK_MS = 60_000;

export interface AppDependencies extends StoreDependencies, Omit<ApplicationDependencies, 'numberHash'> {
  /** Tells when the clock was set; without it nobody is told. */
  readonly clockSteps?: ClockSteps;
  /** Descriptors of sockets that somebody else opened and listens on, instead of addresses of our own. */
  readonly sockets?: InheritedSockets;
  /** The process's own metrics hold timers; tests leave them out. */
  readonly processMetrics: boolean;
  /** Lines dropped from the log, here and in the supervisor. */
  readonly logDropped?: () => number;
  /** Whether a hand-over is to a process that has the database open already. */
  readonly successorWaits?: boolean;
  /** Told how far the end has come. */
  readonly onStage?: (stage: EndingStage) => void;
  /** Does something again and again until what it returns is called; a timer, unless a test says when. */
  readonly every?: (ms: number, work: () => void) => () => void;
}

export interface App {
  readonly port: number;
  /** Where reading is answered: `port`, unless reading has a listener of its own. */
  readonly readPort: number;
  /**
   * Takes over tokens, networks and certificates of the configuration that `read` gives, all or nothing; connections go on.
   * What is faulty changes nothing, is logged and counted, and is the answer. `by` is who wanted it, for the audit log;
   * null when that is written down elsewhere.
   */
  reload(read: () => Config, by: string | null): Promise<ReloadReport>;
  /** Counts a reload that failed because the successor did not come up. `by`: as for `reload`. Never rejects. */
  noteNotReplaced(why: string, by: string | null): Promise<void>;
  /** Writes an administrative action down: in the log and, durably, in the database. Never rejects. */
  audit(entry: Audited): Promise<void>;
  /** Takes a post that came by another way than HTTP; resolves after its commit. Those of a group stay in order. */
  take(delivery: Delivery): Promise<Receipt>;
  /** Notes from now on which groups commits touch, for a successor that is about to read. */
  noteTouched(): void;
  /** Those; null: not known. */
  touched(): Touched | null;
  stop(how: Ending): Promise<void>;
}

/**
 * Puts a service together: the one place that knows all settings. What it is made of takes its own. `opening`: its store,
 * where somebody opens it already.
 */
export async function startApp(
  config: Config,
  dependencies: AppDependencies,
  opening: Promise<Store> = openStore(config, dependencies),
): Promise<App> {
  const { log, clock, every = everyTimer, onStage, successorWaits = false } = dependencies;
  const live = new AccessInForce(config, log, clock);
  const store = await opening;
  const exporting: { by: OtlpExporter | null } = { by: null };
  const otlp = () => exporting.by?.counts ?? null;
  const { groupCommit, display, upkeep, ports } = assemble(config, { ...dependencies, otlp }, store, live);
  noteStart(store, dependencies);
  const shared = sharedOptions(
    config,
    { ...dependencies, numberHash: (number) => store.numberHash(number) },
    live,
    ports,
  );
  dependencies.clockSteps?.((byMs) => {
    shared.arrivals.move(byMs);
  });
  const { sockets = {} } = dependencies;
  const listening = new Listeners({ ...config, drainMs: drainMsOf(config), sockets }, live, shared);
  const listensAt = await listening.open().catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const { version } = dependencies;
  exporting.by = otlpExporter(config, { metrics: display.metrics, store, version, clock, log }, listensAt.port);
  exporting.by?.start();
  const stopLooking = every(LOOK_MS, () => {
    upkeep.lookAround();
  });
  const end = async (how: Ending) => {
    display.feed.close();
    stopLooking();
    await exporting.by?.stop();
    await listening.close(how, groupCommit, () => onStage?.('answering'));
    onStage?.('answered');
    await groupCommit.drained();
    await upkeep.keepIntervals();
    await store.close(how === 'hand-over' && successorWaits);
  };
  let ended: Promise<void> | null = null;
  return {
    ...listensAt,
    reload: (read, by) => upkeep.reload(read, by),
    noteNotReplaced: (why, by) => upkeep.noteNotReplaced(why, by),
    audit: (entry) => upkeep.audit({ address: null, ...entry }),
    take: (delivery) => groupCommit.submit(delivery),
    noteTouched: () => {
      display.touched.begin();
    },
    touched: () => display.touched.all,
    stop: (how) => {
      if (how === 'now' || how === 'orphaned') listening.hurry(how === 'orphaned');
      ended ??= end(how);
      return ended;
    },
  };
}

/** Everything between the store and the HTTP routes. */
function assemble(
  config: Config,
  dependencies: AppDependencies & Pick<DisplayDependencies, 'otlp'>,
  store: Store,
  live: AccessInForce,
) {
  const { log, clock, version, processMetrics, onFatal, otlp } = dependencies;
  const { clockSteps = () => undefined, logDropped = () => 0 } = dependencies;
  const { writer } = store;
  const health = new StoreHealth({
    log,
    onFatal,
    probe: () => writer.probe(),
    elapsedMs: () => performance.now(),
    after,
  });
  const display = new Display(config, store, {
    log,
    clock,
    version,
    processMetrics,
    otlp,
    logDropped,
    maxWaiting: MAX_WAITING,
    isSuccessor: dependencies.predecessorGone !== undefined,
    waiting: () => groupCommit.waiting,
    certificateExpiresMs: () => live.tls?.expiresMs ?? null,
  });
  clockSteps((byMs) => {
    display.move(byMs);
  });
  store.receivers?.follow(display);
  /** A failure to show a commit never undoes it. */
  const shown = (show: () => void) => {
    try {
      show();
      void upkeep.keepIntervals();
    } catch (error) {
      log.error({ err: error as Error }, 'a commit could not be shown; it is stored');
    }
  };
  const publish = (report: CommitReport, deliveries: readonly Delivery[]) => {
    health.wrote();
    shown(() => {
      display.show(report, deliveries);
    });
  };
  store.spool.onDrained = (report) => {
    display.metrics.own.drain(report.receipts);
    publish({ ...report, receipts: [] }, []);
  };
  store.onUnconfirmed = (report) => {
    shown(() => {
      display.showUnconfirmed(report);
    });
  };
  const groupCommit = new GroupCommit({
    writer,
    maxWaiting: MAX_WAITING,
    maxWaitingBytes: MAX_WAITING_BYTES,
    publish,
  });
  const steady = steadyClock(clock, clockSteps);
  const turnedAway = new TurnedAwayRequests(display.metrics.own, log, steady);
  const { ruleProfiles } = config;
  const upkeep = new Upkeep({
    ...{ log, clock, clockSteps, steady, live, store, display, health, turnedAway, publish, ruleProfiles },
  });
  const ports = portsOf(store, display, { posts: groupCommit, readiness: health, turnedAway, work: upkeep });
  return { groupCommit, display, upkeep, ports };
}

type Acting = Pick<ServicePorts, 'posts' | 'readiness' | 'turnedAway'> & { readonly work: Upkeep };

/** What the HTTP routes stand on: what is stored, what is shown of it, and what acts. */
function portsOf(store: Store, { metrics, roster, received, feed }: Display, acting: Acting): ServicePorts {
  const { reader, callbackReader } = store;
  const shown = { roster, received, feed, metrics, counts: metrics.own };
  return { ...acting, ...shown, reader, callbackReader, storeFiles: store, growth: acting.work.growth };
}

/** Does something once after some time, without keeping the process alive for it; call what it returns to cancel. */
function after(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => {
    clearTimeout(timer);
  };
}

/** Does something again and again, without keeping the process alive for it; call what it returns to end that. */
function everyTimer(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms).unref();
  return () => {
    clearInterval(timer);
  };
}
