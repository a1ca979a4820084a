/** What is shown of what is stored: everything in memory that commits feed, and nothing else does. */
import { DEFAULT_INTERVAL_MS } from '../config/config.js';
import type { SourceSettings } from '../config/config-file.js';
import type { Clock } from '../domain/clock.js';
import type { RuleProfile } from '../domain/compliance.js';
import type { FollowedCommit, HeldAnew } from '../domain/followed.js';
import { NOTHING_FORGOTTEN } from '../domain/forget-counts.js';
import type { Logger } from '../domain/log.js';
import { MaintenanceCalendar } from '../domain/maintenance.js';
import { Shifts } from '../domain/shifts.js';
import type { CommitReport, Delivery, ForgetSlice } from '../domain/store.js';
import { LiveFeed } from '../http/live-feed.js';
import { AbandonmentBoard } from '../live/abandonment-board.js';
import { CallbackBoard } from '../live/callback-board.js';
import { Received } from '../live/received.js';
import { Roster } from '../live/roster.js';
import type { PersonalData } from '../reports/callback-rows.js';
import { CommitOrder } from './commit-order.js';
import { MetricsPages, type MetricsPagesOptions, type MetricsSettings } from './metrics-pages.js';
import type { Following, Store } from './store.js';
import type { WriterState } from './threads/writer-client.js';
import { TouchedGroups } from './touched-groups.js';

/**
 * Open callbacks counted on `/metrics`; further ones are left out and counted.
 * @bound open callbacks counted on `/metrics`
 * @beyond further ones wait for room
 * @seen `ocs_monitor_series_dropped_total`
 */
const MAX_OPEN_CALLBACKS = 50_000;
/**
 * Bytes of last bodies kept in memory; those of groups not heard of for longest go.
 * @bound last bodies of campaign groups in memory
 * @beyond those of groups that reported longest ago go
 * @seen `/api/v1/campaign-groups/{id}/last-body`
 */
const MAX_LAST_BODIES_BYTES = 16 * 1024 * 1024;

type Measured =
  | 'otlp'
  | 'waiting'
  | 'maxWaiting'
  | 'certificateExpiresMs'
  | 'version'
  | 'processMetrics'
  | 'logDropped'
  | 'isSuccessor';

/** What a site says of what is shown. */
export interface DisplaySettings extends MetricsSettings {
  readonly maxGroups: number;
  /** Null: it is learned. */
  readonly intervalMs: number | null;
  readonly silenceAfterMs: number | null;
  readonly sources: ReadonlyMap<string, SourceSettings>;
  readonly ruleProfiles: readonly RuleProfile[];
  readonly callbackTtlMs: number;
  readonly pii: PersonalData;
}

export interface DisplayDependencies extends Pick<MetricsPagesOptions, Measured> {
  readonly log: Logger;
  readonly clock: Clock;
}

export class Display implements Following {
  readonly roster: Roster;
  readonly #callbacks: CallbackBoard;
  readonly abandonment = new AbandonmentBoard();
  readonly received: Received;
  readonly feed: LiveFeed;
  readonly metrics: MetricsPages;
  readonly #clock: Clock;
  /** For a successor. */
  readonly touched = new TouchedGroups();
  /** In which commits are shown. */
  readonly order: CommitOrder;
  /** The highest commit of which it was shown what the quarantine holds. */
  #heldNo = 0;

  /** Shows what the store held when it was opened. */
  constructor(settings: DisplaySettings, store: Store, dependencies: DisplayDependencies) {
    const { clock } = dependencies;
    const { state } = store;
    this.#clock = clock;
    const keptIntervals = new Map(state.keptIntervals);
    this.order = new CommitOrder(() => performance.now());
    this.roster = openRoster(settings, clock.nowMs(), keptIntervals);
    this.roster.load(state.snapshots, { leftOut: state.leftOut, nowMs: clock.nowMs() });
    this.#callbacks = new CallbackBoard({ maxOpen: MAX_OPEN_CALLBACKS, ttlMs: settings.callbackTtlMs });
    this.#callbacks.load(state.openCallbacks, state.lastCallbackEvents);
    this.received = new Received(MAX_LAST_BODIES_BYTES, state.quarantine, state.lastCallbackEvents);
    this.feed = openFeed(settings, store, this.roster, dependencies);
    this.metrics = new MetricsPages(settings, {
      ...dependencies,
      roster: this.roster,
      callbacks: this.#callbacks,
      abandonment: this.abandonment,
      ruleProfiles: settings.ruleProfiles,
      stream: this.feed,
      nowMs: () => clock.nowMs(),
      shifts: shiftsOf(settings.sources),
      storeSizes: () => store.sizes(),
      storeFree: () => store.freeBytes(),
      asideFiles: () => store.asideFiles()?.length ?? null,
      storeNotes: () => store.notes()?.length ?? null,
      checkpointFailures: () => store.checkpoints.failures,
      retention: store.retention,
      upkeep: store.upkeep,
      spool: store.spool,
      receivers: store.receivers,
    });
    this.metrics.own.holds(state.quarantine);
    store.retention.onSlice = (slice) => {
      this.noteQuarantine(slice);
    };
    store.spool.onOpened = (opened) => {
      for (const [source, intervalMs] of opened.keptIntervals) keptIntervals.set(source, intervalMs);
      this.#load(opened);
    };
    store.spool.onAway = (isAway) => {
      if (isAway) this.roster.suspend();
      else this.roster.resume(clock.nowMs());
    };
    if (store.spool.isAway) this.roster.suspend();
  }

  /** What a database holds that was away at the start. Nothing else was shown before. */
  #load({ snapshots, leftOut, openCallbacks, lastCallbackEvents, quarantine }: WriterState): void {
    this.roster.load(snapshots, { leftOut, nowMs: this.#clock.nowMs() });
    this.#callbacks.load(openCallbacks, lastCallbackEvents);
    this.received.heardBefore(lastCallbackEvents);
    this.#hold(quarantine);
    this.feed.removed();
  }

  /**
   * What a commit changed; without deliveries one of a replay. Commits come in their order; should one come after a later
   * one, nothing that is shown already goes back to what it was.
   */
  show(committed: CommitReport, deliveries: readonly Delivery[]): void {
    this.touched.note(committed);
    const report = this.#newest(committed);
    this.received.note(report, deliveries);
    const show = () => {
      this.#take(report);
      this.feed.publish(report);
      this.metrics.count(report, deliveries);
      // Whoever makes room is shown once more before.
      this.roster.admit();
    };
    // What was put into the spool has no place among commits.
    if (report.no === 0) show();
    else this.order.add(report.no, show);
  }

  #take({ callbacks, ...report }: Pick<CommitReport, 'no' | 'heard' | 'snapshots' | 'callbacks'>): void {
    this.roster.apply(report, this.#clock.nowMs());
    this.#callbacks.apply(callbacks, report.no);
  }

  /** What a commit changed that whoever asked for it takes for failed. */
  showUnconfirmed(report: CommitReport): void {
    this.show(report, []);
    if (report.removed !== null)
      this.drop({ ...report.removed, no: report.no, counts: NOTHING_FORGOTTEN, quarantine: null });
  }

  /** What another receiver has committed: shown as if it were committed here, and counted there. */
  follow(commit: FollowedCommit): void {
    const { callbacks, bodies, gone, forgotten, startsOver } = commit;
    this.#take(commit);
    for (const { callback } of callbacks) this.received.hearCallbacks(callback);
    this.#hold(this.#newest(commit).quarantine);
    this.feed.follow(commit);
    this.feed.replayed(bodies);
    for (const source of forgotten) this.#forget(source);
    this.roster.forget(gone, null);
    this.metrics.forget(gone);
    if (startsOver) this.received.forgetBodies();
    if (startsOver || gone.length + forgotten.length > 0) this.feed.removed();
    this.roster.admit();
  }

  /** Everything as it is held; what was shown and is not held any more goes. Whoever follows starts over. */
  showAnew({ no, snapshots, leftOut, openCallbacks, lastCallbackEvents, quarantine }: HeldAnew): void {
    const gone = this.roster.loadAnew(snapshots, { no, leftOut, nowMs: this.#clock.nowMs() });
    this.metrics.forget(gone);
    this.#callbacks.loadAnew(openCallbacks, lastCallbackEvents, no);
    for (const { source, receivedMs: lastEventMs } of lastCallbackEvents)
      this.received.hearCallbacks({ source, lastEventMs });
    this.#hold(this.#newest({ no, quarantine }).quarantine);
    this.feed.removed();
  }

  /**
   * What a batch of an import changed: how things stand now. Nobody was heard and nothing happened, so nothing is counted
   * but what the quarantine holds; whoever follows starts over.
   */
  showImported(committed: CommitReport): void {
    this.touched.note(committed);
    const { snapshots, callbacks, quarantine, no } = this.#newest(committed);
    this.#hold(quarantine);
    this.order.add(no, () => {
      this.#take({ no, heard: [], snapshots, callbacks });
      if (snapshots.length + callbacks.length > 0) this.feed.removed();
      this.roster.admit();
    });
  }

  /** What the quarantine holds after a commit that changed nothing else that is shown. */
  noteQuarantine(slice: Pick<ForgetSlice, 'no' | 'quarantine'>): void {
    this.#hold(this.#newest(slice).quarantine);
  }

  #hold(quarantine: CommitReport['quarantine']): void {
    if (quarantine === null) return;
    this.metrics.own.holds(quarantine);
    this.received.holds(quarantine);
  }

  /** The clock was set: what was heard moves with it. */
  move(byMs: number): void {
    const sinceMs = this.roster.upSinceMs;
    this.roster.move(byMs);
    this.abandonment.move(byMs);
    this.metrics.move(byMs);
    this.#callbacks.move(byMs, sinceMs);
    this.received.move(byMs, sinceMs);
  }

  /** Shows no longer what is removed. */
  drop(removed: ForgetSlice): void {
    this.touched.noteRemoved(removed);
    // What was committed before comes before it.
    this.order.flush();
    const slice = this.#newest(removed);
    if (slice.source !== null) this.#forget(slice.source);
    this.roster.forget(slice.groupNos, null);
    this.metrics.drop(slice);
    this.feed.removed();
  }

  #forget(source: string): void {
    this.roster.forget([], source);
    this.#callbacks.forget(source);
    this.received.forget(source);
    this.metrics.forgetSource(source);
  }

  /** Without the counts of the quarantine when later ones are shown: they are no sums, but what is held after a commit. */
  #newest<T extends Pick<CommitReport, 'no' | 'quarantine'>>(change: T): T {
    if (change.quarantine === null) return change;
    if (change.no < this.#heldNo) return { ...change, quarantine: null };
    this.#heldNo = change.no;
    return change;
  }
}

function openRoster(
  { sources, ...settings }: DisplaySettings,
  upSinceMs: number,
  keptIntervals: ReadonlyMap<string, number>,
): Roster {
  return new Roster({
    maxGroups: settings.maxGroups,
    maxSources: settings.maxSources,
    upSinceMs,
    keptIntervals,
    named: new Set(sources.keys()),
    maintenance: new Map([...sources].map(([name, source]) => [name, new MaintenanceCalendar(source.maintenance)])),
    rhythmOf: (source) => ({
      intervalMs: sources.get(source)?.intervalMs ?? settings.intervalMs,
      silenceAfterMs: sources.get(source)?.silenceAfterMs ?? settings.silenceAfterMs,
      assumedIntervalMs: DEFAULT_INTERVAL_MS,
    }),
  });
}

function shiftsOf(sources: DisplaySettings['sources']): ReadonlyMap<string, Shifts> {
  const some = [...sources].filter(([, { shifts }]) => shifts.length > 0);
  return new Map(some.map(([name, { shifts }]) => [name, new Shifts(shifts)]));
}

/** What happens, for those who follow it. */
function openFeed(
  { callbackTtlMs: ttlMs, pii, tenants }: DisplaySettings,
  store: Store,
  roster: Roster,
  { clock, log }: DisplayDependencies,
): LiveFeed {
  const { reader, callbackReader } = store;
  const tenantName = (dbid: number) => tenants.get(dbid) ?? String(dbid);
  return new LiveFeed({
    roster,
    reader,
    callbackReader,
    clock,
    behindMs: () => 1000 * (store.receivers?.lagSeconds ?? 0),
    callbackView: () => ({ nowMs: clock.nowMs(), ttlMs, tenantName, pii }),
    onFailed: (error) => {
      log.warn({ err: error as Error }, 'changes could not be sent to stream clients; they start over');
    },
  });
}
