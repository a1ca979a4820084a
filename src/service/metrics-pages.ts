/** `/metrics` and `/metrics/domain`: what feeds them, and what stands on which. */
import type { GroupNo } from '../domain/campaign-group.js';
import type { CommitReport, Delivery, ForgetSlice } from '../domain/store.js';
import type { Metrics } from '../http/ports.js';
import type { AbandonmentBoard } from '../live/abandonment-board.js';
import type { CallbackBoard } from '../live/callback-board.js';
import type { RosterEntry } from '../live/roster.js';
import { CallbackMetrics } from '../prometheus/callback-metrics.js';
import { DomainMetrics, type DomainMetricsOptions } from '../prometheus/domain-metrics.js';
import { EventCounters } from '../prometheus/event-counters.js';
import { END_OF_OPENMETRICS, type PageFormat } from '../prometheus/exposition.js';
import { PieceMemory } from '../prometheus/page-text.js';
import { ServiceMetrics, type ServiceMetricsOptions } from '../prometheus/service-metrics.js';
import { type MetricsPage, pageOf, type RenderedFamilies, SharedPages } from '../prometheus/shared-pages.js';

/** What a site says of its metrics. */
export interface MetricsSettings {
  /** Sources with series of their own. */
  readonly maxSources: number;
  /** Whether campaign groups stand on `/metrics` or on a page of their own. */
  readonly metricsDomain: 'inline' | 'separate';
  readonly unloadedRetentionMs: number;
  readonly maxListsPerGroup: number;
  /** Tenant DBIDs of callbacks to names. */
  readonly tenants: ReadonlyMap<number, string>;
}

export interface MetricsPagesOptions extends Omit<ServiceMetricsOptions, 'leftOut' | 'maxSources'> {
  readonly callbacks: CallbackBoard;
  readonly abandonment: AbandonmentBoard;
}

export class MetricsPages implements Metrics {
  readonly #separate: boolean;
  readonly #nowMs: () => number;
  /** The service's own. */
  readonly own: ServiceMetrics;
  readonly #events: EventCounters;
  readonly #domain: DomainMetrics;
  readonly #callbacks: CallbackMetrics;
  readonly #pages = new SharedPages<MetricsPage>();
  readonly #groups = new SharedPages<RenderedFamilies>();

  constructor(settings: MetricsSettings, { callbacks: board, abandonment, ...options }: MetricsPagesOptions) {
    const { roster, nowMs } = options;
    const { maxSources, metricsDomain } = settings;
    this.#separate = metricsDomain === 'separate';
    this.#nowMs = nowMs;
    this.own = new ServiceMetrics({ ...options, maxSources, leftOut: () => roster.leftOut + board.leftOut });
    const memory = new PieceMemory();
    this.#domain = domainMetrics(settings, { roster, abandonment, memory }, this.own);
    this.#events = new EventCounters({ roster, nowMs, groups: this.#domain, memory });
    this.#callbacks = new CallbackMetrics({
      board,
      nowMs,
      maxSources,
      tenantName: tenantNamer(settings),
      onLeftOut: () => {
        this.own.leaveOutSeries();
      },
    });
    this.#callbacks.expect(nowMs());
  }

  /** Whether a group has series. */
  isShown(entry: RosterEntry, nowMs: number): boolean {
    return this.#domain.isShown(entry, nowMs);
  }

  /** A commit; without deliveries one of a replay, whose posts were counted when they came. */
  count(report: CommitReport, deliveries: readonly Delivery[]): void {
    this.#events.count(report);
    if (deliveries.length > 0) {
      this.own.count(report, deliveries);
      this.#callbacks.count(report.callbacks);
      this.#callbacks.countRefused(report.receipts, deliveries);
    } else if (report.quarantine) this.own.holds(report.quarantine);
  }

  /** Drops the series of what is removed. */
  drop({ groupNos, source, quarantine }: ForgetSlice): void {
    this.forget(groupNos);
    if (source !== null) this.forgetSource(source);
    if (quarantine) this.own.holds(quarantine);
  }

  forget(groupNos: readonly GroupNo[]): void {
    this.#events.dropSeries(groupNos);
  }

  forgetSource(source: string): void {
    this.#callbacks.dropSeries(source);
    this.own.dropSeries(source);
  }

  /**
   * The clock was set. A counter's begin that is said too early does no harm; one that lies ahead would pass for a restart
   * when its time comes, with all that was counted before as an increase.
   */
  move(byMs: number): void {
    if (byMs > 0) return;
    this.own.move(byMs);
    this.#events.move(byMs);
    this.#callbacks.move(byMs);
  }

  /** Own metrics, event counters and, unless they are served apart, the campaign groups. */
  render(format: PageFormat): Promise<MetricsPage> {
    return this.#pages.render(`own ${format}`, async () => {
      const own = await this.own.render(format);
      const nowMs = this.#nowMs();
      const events = await this.#events.render(nowMs, format);
      this.#callbacks.leave(nowMs);
      const pages = [textPage(own), events, textPage(this.#callbacks.renderEvents(format))];
      return ended(this.#separate ? pages : [...pages, ...(await this.#domainPages(format))], format);
    });
  }

  renderDomain(format: PageFormat): Promise<MetricsPage> {
    return this.#pages.render(`domain ${format}`, async () => ended(await this.#domainPages(format), format));
  }

  /** All that is exported, on one page or two; without groups where another receiver tells of them. */
  async exported(withGroups: boolean): Promise<readonly MetricsPage[]> {
    const own = await this.render('openmetrics');
    return this.#separate && withGroups ? [own, await this.renderDomain('openmetrics')] : [own];
  }

  /** The groups are rendered once for whoever asks meanwhile, on whichever page and in whichever format. */
  async #domainPages(format: PageFormat): Promise<MetricsPage[]> {
    const groups = await this.#groups.render('groups', () => this.#domain.render(this.#nowMs()));
    return [pageOf(groups, format), textPage(this.#callbacks.renderGauges(this.#nowMs(), format))];
  }
}

function textPage(text: string): MetricsPage {
  return { pieces: [text], release: () => undefined };
}

/** One after the other, and the end. */
function ended(pages: readonly MetricsPage[], format: PageFormat): MetricsPage {
  const end = format === 'openmetrics' ? [END_OF_OPENMETRICS] : [];
  return {
    pieces: [...pages.flatMap(({ pieces }) => pieces), ...end],
    release: () => {
      for (const page of pages) page.release();
    },
  };
}

function domainMetrics(
  { unloadedRetentionMs, maxListsPerGroup }: MetricsSettings,
  shown: Pick<DomainMetricsOptions, 'roster' | 'abandonment' | 'memory'>,
  own: ServiceMetrics,
) {
  const onListsLeftOut = (count: number) => {
    own.leaveOutLists(count);
  };
  return new DomainMetrics({ ...shown, unloadedRetentionMs, maxListsPerGroup, onListsLeftOut });
}

/** Names of the tenants of callbacks: the one known for a DBID, else the DBID. */
function tenantNamer({ tenants }: MetricsSettings): (dbid: number | null) => string {
  return (dbid) => (dbid === null ? 'UNKNOWN' : (tenants.get(dbid) ?? String(dbid)));
}
