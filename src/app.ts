/** The composition root: the only place where adapters meet. `startApp` starts in order, `stop` ends in reverse. */
import { realpathSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Config, DEFAULT_INTERVAL_MS, drainMsOf } from './config.js';
import type { AuditEntry, Audited } from './domain/audit.js';
import type { Clock } from './domain/clock.js';
import type { Ending } from './domain/ending.js';
import { MonitorError } from './domain/errors.js';
import { LIMITS } from './domain/limits.js';
import type { Logger } from './domain/log.js';
import { MaintenanceCalendar } from './domain/maintenance.js';
import type { RejectionReason } from './domain/quarantine.js';
import type { Pids, Reload } from './domain/reload.js';
import type {
  CommitReport,
  Delivery,
  ForgetCounts,
  ForgetRequest,
  ForgetSlice,
  Receipt,
  ReplayReport,
  ReplayRequest,
  ReportReader,
} from './domain/store.js';
import { type Growth, StoreGrowth } from './domain/store-growth.js';
import { buildApplication, type MonitorService, type Serves } from './http/application.js';
import { LiveFeed } from './http/live-feed.js';
import { HttpServer, type ListenAt } from './http/server.js';
import { RecentArrivals } from './http/recent-arrivals.js';
import { type Listener, RefusedSecrets } from './http/refused-secrets.js';
import { CallbackBoard } from './ingest/callback-board.js';
import { GroupCommit } from './ingest/group-commit.js';
import { Reception } from './ingest/reception.js';
import { Roster } from './ingest/roster.js';
import { LiveAccess, type ReloadReport } from './live-access.js';
import { writerThreadData } from './maintenance.js';
import { CallbackMetrics } from './prometheus/callback-metrics.js';
import { DomainMetrics } from './prometheus/domain-metrics.js';
import { EventCounters } from './prometheus/event-counters.js';
import { ServiceMetrics } from './prometheus/service-metrics.js';
import { type Page, SharedPages } from './prometheus/shared-pages.js';
import type { CallbackReader } from './reports/callback-reader.js';
import { readSchema } from './schemas.js';
import { listAside } from './sqlite/damage.js';
import { ReaderClient } from './sqlite/reader-client.js';
import { fileSizes, freeBytes } from './sqlite/file-sizes.js';
import { WriterClient } from './sqlite/writer-client.js';

/** Posts that may wait for a commit, and their bytes: a second's worth at full rate. Beyond either: 503. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Open callbacks counted on `/metrics`; further ones are left out and counted. */
const MAX_OPEN_CALLBACKS = 50_000;
/** Bytes of last bodies kept in memory; those of groups not heard of for longest go. */
const MAX_LAST_BODIES_BYTES = 16 * 1024 * 1024;
/** How long a start waits for a predecessor to let go of the database. */
const LOCK_WAIT_MS = 5000;
/** Requests in flight are finished within this at the end. */
const GRACE_MS = 1500;
/** … and within this when nobody waits for the end: whoever starts the service anew wants the database. */
const ORPHANS_GRACE_MS = 500;
/** A probe's answer is good for so long, so that health checks do not become load. */
const PROBE_MS = 1000;
/** How often is looked whether certificates were renewed. */
const LOOK_MS = 60_000;

export interface AppDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  readonly version: string;
  /** Compiled entry points of the store's threads. */
  readonly threads: { readonly writer: URL; readonly reader: URL };
  /** Where the built page lies. */
  readonly pageFolder: URL;
  /** Told when the service cannot go on: the process must end, so that somebody starts it anew. */
  readonly onFatal: (error: Error) => void;
  /** The process's own metrics hold timers; tests leave them out. */
  readonly processMetrics: boolean;
  /** Descriptors of sockets that somebody else opened and listens on, instead of addresses of our own. */
  readonly sockets?: InheritedSockets;
  /**
   * For a successor: resolves when the predecessor has let go of the database. All that can be read is read before;
   * `pending` is the longer work that has to wait until then.
   */
  readonly predecessorGone?: (pending: readonly string[]) => Promise<void>;
  readonly pids?: Pids;
  /** Without it there is nothing to reload. Throws OCM_RELOAD_FAILED. */
  readonly reload?: () => Promise<Reload>;
  /** Does something again and again until what it returns is called; a timer, unless a test says when. */
  readonly every?: (ms: number, work: () => void) => () => void;
  /** Bytes free on the disk of a database; asked of the system, unless a test says. */
  readonly freeBytes?: (path: string) => number | null;
}

export interface InheritedSockets {
  readonly ingest?: number;
  readonly read?: number;
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
  /** Writes an administrative action down: in the log and, durably, in the database. Never rejects. */
  audit(entry: Audited): Promise<void>;
  stop(how: Ending): Promise<void>;
}

export async function startApp(config: Config, dependencies: AppDependencies): Promise<App> {
  const { log, clock, sockets = {}, every = everyTimer } = dependencies;
  const live = new LiveAccess(config, log, clock);
  const store = await openStore(config, dependencies);
  const service = new Service(config, dependencies, store, live);
  noteStart(store, dependencies);
  const drain = new AbortController();
  let draining = false;
  const isDraining = () => draining;
  const arrivals = new RecentArrivals(live.access, clock, config.basePath);
  // With a port of its own for reading, posts go to another than the one that is asked.
  const receiving = { tls: config.tls !== null, port: config.readPort === null ? null : config.port };
  const serverOf = (serves: Serves) => {
    const clients = serves === 'reading' ? null : live.clients;
    const options = {
      ...config,
      ...dependencies,
      serves,
      access: live.access,
      clients,
      arrivals,
      receiving,
      hasClients: live.clients !== null,
      callbacks: callbackSettings(config),
      limits: { ...LIMITS, overdialRatio: config.overdialLimit },
      pids: dependencies.pids ?? { parent: null, child: process.pid },
      reload: dependencies.reload ?? (() => Promise.reject(new MonitorError('OCM_RELOAD_FAILED', 'nobody can'))),
      notificationSchema: readSchema('campaign-group-state.schema.json'),
      service,
      isDraining,
    };
    return live.serve(new HttpServer(buildApplication(options), { tls: live.tls, clients }));
  };
  const hasReading = config.readPort !== null || sockets.read !== undefined;
  const servers = hasReading ? [serverOf('receiving'), serverOf('reading')] : [serverOf('all')];
  const ports = await listenAll(servers, config, sockets).catch(async (error: unknown) => {
    await Promise.all(servers.map((server) => server.close(0)));
    await store.close();
    throw error;
  });
  const stopLooking = every(LOOK_MS, () => {
    service.lookAround();
  });
  let ended: Promise<void> | null = null;
  const end = async (how: Ending): Promise<void> => {
    draining = true;
    service.feed.close();
    stopLooking();
    const drains = how === 'drain' || how === 'hand-over';
    // Whoever reads is asked to go when the last sender is gone.
    await servers[0]?.drain(drains ? drainMsOf(config) : 0, how === 'hand-over', drain.signal);
    const graceMs = how === 'orphaned' ? ORPHANS_GRACE_MS : GRACE_MS;
    await Promise.all(servers.map((server) => server.close(graceMs)));
    await service.groupCommit.drained();
    await store.close();
  };
  const [port = 0, readPort = port] = ports;
  return {
    port,
    readPort,
    reload: (read, by) => service.reload(read, by),
    audit: (entry) => service.audit({ address: null, ...entry }),
    stop: (how) => {
      if (how === 'now' || how === 'orphaned') drain.abort();
      ended ??= end(how);
      return ended;
    },
  };
}

/** Does something again and again, without keeping the process alive for it; call what it returns to end that. */
function everyTimer(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms).unref();
  return () => {
    clearInterval(timer);
  };
}

/** Listens with each server in turn, the receiving one first; resolves with their ports. Throws OCM_CANNOT_LISTEN. */
async function listenAll(servers: readonly HttpServer[], config: Config, sockets: InheritedSockets) {
  const { host, port, readHost, readPort } = config;
  const places: { at: ListenAt; mend: string }[] = [
    {
      at: sockets.ingest === undefined ? { host, port } : { fd: sockets.ingest },
      mend: 'choose another with OCM_HOST and OCM_PORT',
    },
    {
      at: sockets.read === undefined ? { host: readHost, port: readPort ?? 0 } : { fd: sockets.read },
      mend: 'choose another with OCM_READ_HOST and OCM_READ_PORT',
    },
  ];
  const ports: number[] = [];
  for (const [index, { at, mend }] of places.slice(0, servers.length).entries()) {
    const listening = servers[index]?.listen(at).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      const where = 'fd' in at ? `the inherited socket ${at.fd}` : `${at.host}:${at.port}`;
      throw new MonitorError('OCM_CANNOT_LISTEN', `cannot listen on ${where} (${why}); ${mend}`, { cause });
    });
    ports.push((await listening) ?? 0);
  }
  return ports;
}

type Store = Awaited<ReturnType<typeof openStore>>;

async function openStore(config: Config, { threads, log, onFatal, predecessorGone }: AppDependencies) {
  const path = config.sqlitePath;
  const isSuccessor = predecessorGone !== undefined;
  const workerData = writerThreadData(config, { lockWaitMs: LOCK_WAIT_MS, keepsLedger: true, isSuccessor });
  const thread = new Worker(threads.writer, { workerData });
  const { client: writer, state } = await WriterClient.start(thread, onFatal, predecessorGone);
  const readerClient = new ReaderClient(() => new Worker(threads.reader, { workerData: { path } }), {
    onDeath: (error) => {
      log.error({ err: error }, 'the reading thread died; the next query starts it again');
    },
    onDamage: ({ message }) => {
      writer.condemn(message).catch((error: unknown) => {
        log.error({ err: error as Error }, 'a query met damage in the database');
        onFatal(error as Error);
      });
    },
  });
  // Looked up once: the name leads nowhere while a damaged file has just been moved.
  const whole = realpathSync(path);
  const asideFiles = () => listAside(whole);
  const close = async () => {
    await readerClient.close();
    await writer.close();
  };
  return {
    writer,
    state,
    reader: readerClient.reader(),
    callbackReader: readerClient.callbackReader(),
    asideFiles,
    close,
  };
}

/** What somebody who reads the log afterwards will ask about this start. */
function noteStart(store: Store, { log, clock, predecessorGone }: AppDependencies): void {
  const { previousAliveMs, retoldGroups, setAside } = store.state;
  if (setAside !== null) {
    const { file, why, how } = setAside;
    const what =
      how === 'moved'
        ? 'the database was damaged: it was moved aside whole, and a new one takes its place'
        : 'the log of the database had lost commits: a copy of both was kept';
    log.error({ file, why }, what);
  }
  const aside = store.asideFiles();
  const next = 'stop the service and run: ocs-monitor salvage FILE; then move FILE and its -wal elsewhere';
  if (aside.length > 0) log.error({ files: aside, next }, 'a damaged database lies aside');
  if (previousAliveMs !== null && predecessorGone === undefined) {
    const seconds = Math.round((clock.nowMs() - previousAliveMs) / 1000);
    log.info(
      { since: new Date(previousAliveMs).toISOString(), seconds },
      'nobody listened since the run before this one',
    );
  }
  if (retoldGroups > 0) log.info({ groups: retoldGroups }, 'enumeration tables changed: history was told again');
}

/** Everything between the HTTP routes and the store. */
class Service implements MonitorService {
  readonly #config: Config;
  readonly #dependencies: AppDependencies;
  readonly #store: Store;
  readonly reader: ReportReader;
  readonly callbackReader: CallbackReader;
  readonly #live: LiveAccess;
  readonly #refusedSecrets: RefusedSecrets;
  readonly roster: Roster;
  readonly groupCommit: GroupCommit;
  readonly reception: Reception;
  readonly feed: LiveFeed;
  readonly #domainMetrics: DomainMetrics;
  readonly #metrics: ServiceMetrics;
  readonly #events: EventCounters;
  readonly #callbacks: CallbackBoard;
  readonly #callbackMetrics: CallbackMetrics;
  readonly #pages = new SharedPages();
  readonly #growth = new StoreGrowth();
  #storeFault: string | null = null;
  #probed: { readonly atMs: number; readonly answer: Promise<string | null> } | null = null;

  constructor(config: Config, dependencies: AppDependencies, store: Store, live: LiveAccess) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#store = store;
    this.#live = live;
    this.#refusedSecrets = new RefusedSecrets(dependencies.log, dependencies.clock);
    this.reader = store.reader;
    this.callbackReader = store.callbackReader;
    const nowMs = () => dependencies.clock.nowMs();
    this.roster = openRoster(config, nowMs());
    this.roster.load(store.state.snapshots);
    const { unloadedRetentionMs, maxListsPerGroup, maxSources } = config;
    this.#domainMetrics = new DomainMetrics({
      roster: this.roster,
      unloadedRetentionMs,
      maxListsPerGroup,
      onListsLeftOut: (count) => {
        this.#metrics.leaveOutLists(count);
      },
    });
    this.#events = new EventCounters(this.roster, (entry) => this.#domainMetrics.labelsOf(entry));
    this.#callbacks = new CallbackBoard({ maxOpen: MAX_OPEN_CALLBACKS, ttlMs: config.callbackTtlMs });
    this.#callbacks.load(store.state.openCallbacks, store.state.lastCallbackEvents);
    this.#callbackMetrics = new CallbackMetrics({
      board: this.#callbacks,
      tenantName: tenantNamer(config),
      maxSources,
      onLeftOut: () => {
        this.#metrics.leaveOutSeries();
      },
    });
    this.reception = new Reception(MAX_LAST_BODIES_BYTES, store.state.quarantine);
    this.feed = openFeed(config, dependencies, this);
    const publish = (report: CommitReport, deliveries: readonly Delivery[]) => {
      this.#publish(report, deliveries);
    };
    const bounds = { maxWaiting: MAX_WAITING, maxWaitingBytes: MAX_WAITING_BYTES };
    this.groupCommit = new GroupCommit({ writer: store.writer, ...bounds, publish });
    const { version, processMetrics } = dependencies;
    const waiting = () => this.groupCommit.waiting;
    const storeSizes = () => this.storeSizes();
    const storeFree = () => this.storeFree();
    const stream = this.feed;
    const leftOut = () => this.roster.leftOut + this.#callbacks.leftOut;
    const certificateExpiresMs = () => live.tls?.expiresMs ?? null;
    const asideFiles = () => store.asideFiles().length;
    const shared = {
      asideFiles,
      certificateExpiresMs,
      roster: this.roster,
      leftOut,
      maxSources,
      nowMs,
      version,
      storeSizes,
      storeFree,
      stream,
      processMetrics,
    };
    this.#metrics = new ServiceMetrics({ ...shared, waiting, maxWaiting: MAX_WAITING });
    this.#metrics.holds(store.state.quarantine);
    this.#growth.note(nowMs(), this.storeSizes().main);
  }

  submit(delivery: Delivery): Promise<Receipt> {
    return this.groupCommit.submit(delivery);
  }

  /** Told of every post that could not be made durable. */
  failed(error: unknown): void {
    this.#noteFault(error);
  }

  async replay(request: ReplayRequest): Promise<ReplayReport> {
    const replayed = await this.#store.writer.replay(request);
    for (const report of replayed.reports) this.#publish(report, []);
    const { items } = replayed;
    if (!request.dryRun) this.feed.replayed(items.map(({ id }) => id));
    this.#dependencies.log.info({ ...request, ids: request.ids.length, replayed: items.length }, 'quarantine replayed');
    return replayed;
  }

  async forget(request: ForgetRequest): Promise<ForgetCounts> {
    const counts = await this.#store.writer.forget(request, (slice) => {
      if (!request.dryRun) this.#drop(slice);
    });
    return counts;
  }

  /** Shows no longer what is removed. */
  #drop({ groupNos, source, quarantine }: ForgetSlice): void {
    this.roster.forget(groupNos, source);
    this.#events.forget(groupNos);
    if (source !== null) {
      this.#callbacks.forget(source);
      this.#callbackMetrics.forget(source);
      this.#metrics.forget(source);
    }
    if (quarantine) this.#metrics.holds(quarantine);
    this.feed.removed();
  }

  /** Own metrics, event counters and, unless they are served apart, the campaign groups. */
  renderMetrics(): Promise<Page> {
    return this.#pages.render('own', async () => {
      const metrics = await this.#metrics.render();
      const own = [metrics, ...(await this.#events.render()), this.#callbackMetrics.renderEvents()];
      return this.#config.metricsDomain === 'separate' ? own : [...own, ...(await this.renderDomain())];
    });
  }

  renderDomain(): Promise<Page> {
    return this.#pages.render('domain', async () => {
      const nowMs = this.#nowMs();
      return [...(await this.#domainMetrics.render(nowMs)), this.#callbackMetrics.renderGauges(nowMs)];
    });
  }

  storeSizes(): ReturnType<typeof fileSizes> {
    return fileSizes(this.#config.sqlitePath);
  }

  storeFree(): number | null {
    return (this.#dependencies.freeBytes ?? freeBytes)(this.#config.sqlitePath);
  }

  storeGrowth(): Growth {
    return this.#growth.measured();
  }

  acknowledge(seconds: number): void {
    this.#metrics.acknowledge(seconds);
  }

  ackP99Seconds(): number | null {
    return this.#metrics.ackP99Seconds();
  }

  reject(source: string, reason: RejectionReason, authenticated: boolean): void {
    this.#metrics.reject(source, reason, authenticated);
  }

  refused(listener: Listener, address: string): void {
    this.#metrics.refuse(listener);
    this.#refusedSecrets.note(listener, address);
  }

  async audit(entry: AuditEntry): Promise<void> {
    const { log } = this.#dependencies;
    const { action, actor, address, detail, result } = entry;
    log.info({ audit: true, action, actor, address, detail, result }, 'administrative action');
    await this.#store.writer.audit(entry).catch((error: unknown) => {
      log.error({ audit: true, err: error as Error }, 'an administrative action could not be written to the audit log');
    });
  }

  async reload(read: () => Config, by: string | null): Promise<ReloadReport> {
    const report = this.#live.reload(read);
    this.#noteReload(report);
    if (by === null) return report;
    const detail = report.applied ? { needs_restart: report.needsRestart } : {};
    const result = report.applied ? 'done' : report.why;
    await this.audit({ atMs: this.#nowMs(), action: 'reload', actor: by, address: null, detail, result });
    return report;
  }

  /** What is looked after every minute. */
  lookAround(): void {
    this.#refusedSecrets.sweep();
    this.#growth.note(this.#nowMs(), this.storeSizes().main);
    const report = this.#live.lookAtFiles();
    if (report) this.#noteReload(report);
  }

  #noteReload(report: ReloadReport): void {
    const { log } = this.#dependencies;
    this.#metrics.reload(report.applied ? 'applied' : 'refused');
    if (!report.applied) log.error({ why: report.why }, 'nothing was reloaded: what was in force stays in force');
    else if (report.needsRestart.length === 0) log.info({}, 'tokens, networks and certificates are reloaded');
    else log.warn({ needsRestart: report.needsRestart }, 'reloaded, but for settings that wait for the next start');
  }

  #nowMs(): number {
    return this.#dependencies.clock.nowMs();
  }

  /** Damaged databases that lie aside. */
  movedAside(): readonly string[] {
    return this.#store.asideFiles();
  }

  /** Whether the store can write, asked at most once a second. */
  whyNotReady(): Promise<string | null> {
    const nowMs = performance.now();
    if (this.#probed && nowMs - this.#probed.atMs < PROBE_MS) return this.#probed.answer;
    const answer = this.#store.writer.probe().then(
      () => null,
      (error: unknown) => {
        if (error instanceof MonitorError && error.code === 'OCM_DAMAGED') this.#noteFault(error);
        return error instanceof Error ? error.message : 'the store cannot write';
      },
    );
    this.#probed = { atMs: nowMs, answer };
    return answer;
  }

  /** Shows what a commit changed. A failure here never undoes the commit. */
  #publish(report: CommitReport, deliveries: readonly Delivery[]): void {
    try {
      this.roster.apply(report);
      this.#events.count(report);
      this.#callbacks.apply(report.callbacks);
      this.reception.note(report, deliveries);
      this.feed.publish(report);
      if (deliveries.length > 0) {
        this.#metrics.count(report, deliveries);
        this.#callbackMetrics.count(report.callbacks);
        this.#callbackMetrics.countRefused(report.receipts, deliveries);
      } else if (report.quarantine) this.#metrics.holds(report.quarantine);
      if (this.#storeFault !== null) {
        this.#dependencies.log.info({}, 'the store can write again');
        this.#storeFault = null;
      }
    } catch (error) {
      this.#dependencies.log.error({ err: error as Error }, 'a commit could not be shown; it is stored');
    }
  }

  /** Logs the first of a row of failures, not each of thousands. */
  #noteFault(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#storeFault === message) return;
    this.#storeFault = message;
    const code = error instanceof MonitorError ? error.code : null;
    // A new start opens whatever file is there now, or a new one.
    const isLost = code === 'OCM_STORE_LOST' || code === 'OCM_DAMAGED';
    if (isLost && error instanceof MonitorError) this.#dependencies.onFatal(error);
    this.#dependencies.log.error({ code, why: message }, 'posts cannot be made durable and are answered 503');
  }
}

function callbackSettings({ callbackTtlMs: ttlMs, maxClockAheadMs, ...config }: Config) {
  const { pii, tenants, tollPerMinute, callbackCapacity } = config;
  return { ttlMs, maxClockAheadMs, pii, tenants, tollPerMinute, capacity: callbackCapacity };
}

/** Names of the tenants of callbacks: the one known for a DBID, else the DBID. */
function tenantNamer({ tenants }: Config): (dbid: number | null) => string {
  return (dbid) => (dbid === null ? 'UNKNOWN' : (tenants.get(dbid) ?? String(dbid)));
}

/** What happens, for those who follow it. */
function openFeed(
  config: Config,
  { clock, log }: AppDependencies,
  service: Pick<Service, 'roster' | 'reader' | 'callbackReader'>,
) {
  const { roster, reader, callbackReader } = service;
  const { callbackTtlMs: ttlMs, pii, tenants } = config;
  const tenantName = (dbid: number) => tenants.get(dbid) ?? String(dbid);
  return new LiveFeed({
    ...{ roster, reader, callbackReader, clock },
    callbackView: () => ({ nowMs: clock.nowMs(), ttlMs, tenantName, pii }),
    onFailed: (error) => {
      log.warn({ err: error as Error }, 'what happened could not be sent to those who follow; they start over');
    },
  });
}

function openRoster(config: Config, upSinceMs: number): Roster {
  return new Roster({
    maxGroups: config.maxGroups,
    maxSources: config.maxSources,
    upSinceMs,
    maintenance: new Map(
      [...config.sources].map(([name, source]) => [name, new MaintenanceCalendar(source.maintenance)]),
    ),
    rhythmOf: (source) => ({
      intervalMs: config.sources.get(source)?.intervalMs ?? config.intervalMs,
      silenceAfterMs: config.sources.get(source)?.silenceAfterMs ?? config.silenceAfterMs,
      assumedIntervalMs: DEFAULT_INTERVAL_MS,
    }),
  });
}
