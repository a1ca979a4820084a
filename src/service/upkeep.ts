/** What administrators do to a service while it runs, and what it looks after itself every minute. */
import type { Config } from '../config/config.js';
import type { AuditEntry } from '../domain/audit.js';
import { wasSetBack } from '../domain/clock-watch.js';
import type { CustomerRequest } from '../domain/customer.js';
import type { ImportAbout, ImportBatch, ImportedBatch, ImportEnd, ImportItem } from '../domain/import.js';
import type { Clock, ClockSteps } from '../domain/clock.js';
import type { RuleProfile } from '../domain/compliance.js';
import { MonitorError } from '../domain/errors.js';
import type { Logger } from '../domain/log.js';
import { appliedOf } from '../domain/quarantine.js';
import type { Hold, MadeHold, NewHold, RetentionReport } from '../domain/retention.js';
import type {
  CommitReport,
  ForgetCounts,
  ForgetRequest,
  Receipt,
  ReplayedBody,
  ReplayRequest,
} from '../domain/store.js';
import { StoreGrowth } from '../domain/store-growth.js';
import { sha256Digest } from '../node/digest.js';
import { type CertificateRow, certificateRow, foundIn } from '../reports/customer-view.js';
import type { Display } from './display.js';
import type { AdministrativeWork } from '../http/ports.js';
import type { AccessInForce, ReloadReport } from './access-in-force.js';
import { AbandonmentWatch } from './abandonment-watch.js';
import { ImportRuns } from './imports.js';
import type { Store } from './store.js';
import type { StoreHealth } from './store-health.js';
import type { TurnedAwayRequests } from './turned-away.js';
import { WalWatch } from './wal-watch.js';

export interface UpkeepOptions {
  readonly log: Logger;
  readonly clock: Clock;
  readonly clockSteps: ClockSteps;
  readonly live: AccessInForce;
  readonly store: Store;
  readonly display: Display;
  readonly health: StoreHealth;
  readonly turnedAway: TurnedAwayRequests;
  readonly ruleProfiles: readonly RuleProfile[];
  /** A clock that only runs. */
  readonly steady: Clock;
  /** Told of every commit of a replay. */
  readonly publish: (report: CommitReport, deliveries: readonly []) => void;
}

export class Upkeep implements AdministrativeWork {
  readonly #options: UpkeepOptions;
  /** How fast the database grows. */
  readonly growth = new StoreGrowth();
  readonly #wal: WalWatch;
  readonly #abandonment: AbandonmentWatch;
  readonly #imports = new ImportRuns((batch) => this.#writeImported(batch));

  constructor(options: UpkeepOptions) {
    const { log, clock, clockSteps } = options;
    this.#options = options;
    this.#wal = new WalWatch(log);
    this.#abandonment = abandonmentWatch(options);
    clockSteps((byMs) => {
      this.#noteStep(byMs);
    });
    this.#noteSize();
    const { previousAliveMs } = options.store.state;
    const nowMs = clock.nowMs();
    if (previousAliveMs !== null && wasSetBack(previousAliveMs, nowMs)) this.#noteStep(nowMs - previousAliveMs);
  }

  /** Shows each slice when it is committed, whatever becomes of the next, and hands on what became of its bodies. */
  async replay(request: ReplayRequest, onItems: (items: readonly ReplayedBody[]) => Promise<void>): Promise<void> {
    const { log, store, display, publish } = this.#options;
    const done = { ...request, ids: request.ids.length, lookedAt: 0, replayed: 0 };
    try {
      await store.writer.replay(request, ({ items, report }) => {
        if (report) {
          publish(report, []);
          display.feed.replayed(items.map(({ id }) => id));
        }
        done.lookedAt += items.length;
        done.replayed += appliedOf(items, request.dryRun);
        return onItems(items);
      });
    } catch (error) {
      log.warn({ ...done, err: error as Error }, 'a replay broke off; what it did before stays done');
      this.#noteFailure(error);
      throw error;
    }
    log.info(done, 'quarantine replayed');
  }

  async forget(request: ForgetRequest): Promise<ForgetCounts> {
    const { store, display } = this.#options;
    try {
      return await store.writer.forget(request, (slice) => {
        if (!request.dryRun) display.drop(slice);
      });
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  /** What is in memory of posts goes, too: whose it is was not looked at. */
  async forgetCustomer(request: CustomerRequest): Promise<CertificateRow> {
    const { store, display, log } = this.#options;
    const forgetting = store.writer.forgetCustomer(request, (slice) => {
      display.noteQuarantine(slice);
    });
    const certificate = await this.#told(forgetting).finally(() => {
      if (request.dryRun) return;
      // Where it broke off, part of it is done.
      display.received.forgetBodies();
      display.feed.removed();
    });
    const row = certificateRow(certificate, sha256Digest);
    if (request.dryRun) return row;
    const { rewritten, log_emptied: logEmptied, digest } = row;
    log.info({ certificate: digest, found: foundIn(row), rewritten, logEmptied }, 'a customer was forgotten');
    return row;
  }

  beginImport(about: ImportAbout): string {
    return this.#imports.begin(about);
  }

  takeImported(id: string, items: readonly ImportItem[]): Promise<readonly Receipt[] | null> {
    return this.#told(this.#imports.take(id, items));
  }

  endImport(id: string): ImportEnd | null {
    return this.#imports.end(id);
  }

  /** A failure to show a batch does not undo it. */
  async #writeImported(batch: ImportBatch): Promise<ImportedBatch> {
    const { log, store, display } = this.#options;
    const imported = await store.writer.importBatch(batch);
    try {
      if (imported.report !== null) display.showImported(imported.report);
    } catch (error) {
      log.error({ err: error as Error }, 'a batch of an import could not be shown; it is stored');
    }
    return imported;
  }

  retain(): Promise<RetentionReport> {
    return this.#told(this.#options.store.writer.retain());
  }

  holds(): Promise<readonly Hold[]> {
    return this.#told(this.#options.store.writer.holds());
  }

  hold(asked: NewHold): Promise<MadeHold> {
    return this.#told(this.#options.store.writer.hold(asked));
  }

  release(id: string): Promise<boolean> {
    return this.#told(this.#options.store.writer.release(id));
  }

  /** Writes down what was learned of sources since; in most cases nothing. Never rejects. */
  async keepIntervals(): Promise<void> {
    const { log, store, display } = this.#options;
    const intervals = display.roster.intervalsToKeep();
    if (intervals.size === 0) return;
    await store.writer.keepIntervals(intervals).catch((error: unknown) => {
      log.warn(
        { err: error as Error },
        'the interval learned of a source could not be kept: the next start learns it anew',
      );
    });
  }

  /** Writes an administrative action down: in the log and, durably, in the database. Never rejects. */
  async audit(entry: AuditEntry): Promise<void> {
    const { log, store } = this.#options;
    const { action, actor, address, detail, result } = entry;
    log.info({ audit: true, action, actor, address, detail, result }, 'administrative action');
    await store.writer.audit(entry).catch((error: unknown) => {
      log.error({ audit: true, err: error as Error }, 'an administrative action could not be written to the audit log');
    });
  }

  /** See `App.reload`. */
  async reload(read: () => Config, by: string | null): Promise<ReloadReport> {
    const { live, clock } = this.#options;
    const report = live.reload(read);
    this.#noteReload(report);
    if (by === null) return report;
    const detail = report.applied ? { needs_restart: report.needsRestart } : {};
    const result = report.applied ? 'done' : report.why;
    await this.audit({ atMs: clock.nowMs(), action: 'reload', actor: by, address: null, detail, result });
    return report;
  }

  /** See `App.noteNotReplaced`. */
  async noteNotReplaced(why: string, by: string | null): Promise<void> {
    const { display, clock } = this.#options;
    display.metrics.own.reload('refused');
    if (by === null) return;
    await this.audit({ atMs: clock.nowMs(), action: 'reload', actor: by, address: null, detail: {}, result: why });
  }

  /** To be called every minute: renewed certificates are taken over, what was refused summed up, the store measured. */
  lookAround(): void {
    this.#options.turnedAway.sweep();
    this.#noteSize();
    void this.#lookAtAbandonment();
    const report = this.#options.live.lookAtFiles();
    if (report) this.#noteReload(report);
  }

  /** Never rejects. What could not be asked for is asked for again in a minute. */
  async #lookAtAbandonment(): Promise<void> {
    await this.#abandonment.look().catch((error: unknown) => {
      // Others ask too much at present, or the service stops.
      if (error instanceof MonitorError && PASSING.has(error.code)) return;
      this.#options.log.warn(
        { err: error as Error },
        'the figures of abandoned calls on /metrics could not be renewed',
      );
    });
  }

  /** Said and counted: from then on the times of what was received are others. */
  #noteStep(byMs: number): void {
    const { log, display } = this.#options;
    const to = byMs > 0 ? 'ahead' : 'back';
    display.metrics.own.stepClock(to);
    const what = `the clock of this machine was set ${to}${byMs > 0 ? ', or the machine was asleep' : ''}`;
    log.warn({ seconds: Math.round(Math.abs(byMs) / 1000) }, what);
  }

  async #told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  /** A store that refuses an administrator's work is no more ready than one that refuses a post. */
  #noteFailure(error: unknown): void {
    if (error instanceof MonitorError && error.code !== 'OCM_BAD_PARAMETER') this.#options.health.failed(error);
  }

  #noteSize(): void {
    const { store, steady } = this.#options;
    const { main, wal } = store.sizes();
    if (main !== null) this.growth.note(steady.nowMs(), main);
    if (wal !== null) this.#wal.note(performance.now(), wal);
  }

  #noteReload(report: ReloadReport): void {
    const { log, display } = this.#options;
    display.metrics.own.reload(report.applied ? 'applied' : 'refused');
    if (!report.applied) log.error({ why: report.why }, 'reload failed: the previous settings stay in force');
    else if (report.needsRestart.length === 0) log.info({}, 'tokens, networks and certificates are reloaded');
    else log.warn({ needsRestart: report.needsRestart }, 'reloaded, except for settings that need a restart');
  }
}

const PASSING: ReadonlySet<string> = new Set(['OCM_OVERLOADED', 'OCM_UNAVAILABLE']);

function abandonmentWatch({ display, store, clock, ruleProfiles }: UpkeepOptions): AbandonmentWatch {
  return new AbandonmentWatch({
    ...{ roster: display.roster, board: display.abandonment, reader: store.reader, clock, ruleProfiles },
    elapsedMs: () => performance.now(),
    isShown: (entry, nowMs) => display.metrics.isShown(entry, nowMs),
  });
}
