/** The service's own metrics, in prom-client's registry; the values of their labels are all from closed or bounded sets. */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { QuarantineCount, RejectionReason } from '../domain/quarantine.js';
import { CALLBACK_OUTCOMES, type CommitReport, type Delivery, OUTCOMES, type Receipt } from '../domain/store.js';
import { UNPARSED_REASONS, type UnparsedReason } from '../domain/unparsed.js';
import { addComputedMetrics, type ComputedMetricsOptions, type Named } from './computed-metrics.js';
import type { PageFormat } from './exposition.js';
import { PlainHistogram } from './plain-histogram.js';
import { renderRegistry } from './registry-page.js';
import { SourceCounters } from './source-counters.js';

export interface ServiceMetricsOptions extends ComputedMetricsOptions {
  /** Sources with series of their own. */
  readonly maxSources: number;
  /** prom-client's collectors hold timers; tests leave them out. */
  readonly processMetrics: boolean;
}

export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly #sources: SourceCounters;
  readonly #ack;
  readonly #batchRows;
  readonly #commit;
  readonly #quarantineDropped;
  readonly #drained;
  readonly #listsLeftOut;
  readonly #unauthorized;
  readonly #unparsed;
  readonly #rateLimited;
  readonly #reloads;
  readonly #clockSteps;
  #seriesLeftOut = 0;
  /** Since when this counts: a successor begins when its predecessor has counted its last. */
  #sinceMs: number;
  #processSinceMs: number;

  constructor(options: ServiceMetricsOptions) {
    this.#sinceMs = options.nowMs();
    this.#processSinceMs = Math.round(this.#sinceMs - performance.now());
    const registers = [this.#registry];
    const named: Named = (name, help) => ({ name: `ocs_monitor_${name}`, help, registers });
    this.#sources = new SourceCounters(named, options);
    this.#ack = new PlainHistogram({
      ...named('ack_duration_seconds', 'Time from the request to its answer, for posts that were made durable.'),
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    });
    this.#batchRows = new Histogram({
      ...named('store_batch_rows', 'Posts made durable by one commit.'),
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    });
    this.#commit = new Histogram({
      ...named('store_commit_duration_seconds', 'Time one commit took, from its begin until it was durable.'),
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    });
    this.#quarantineDropped = new Counter(
      named('quarantine_dropped_total', 'Quarantined bodies dropped to stay within OCM_QUARANTINE_LIMIT.'),
    );
    this.#drained = new Counter({
      ...named(
        'spool_drained_total',
        'Posts that had waited in the spool and were committed, by what they turned out to be; 0 with SQLite.',
      ),
      labelNames: ['outcome'],
    });
    for (const outcome of DRAINED_OUTCOMES) this.#drained.inc({ outcome }, 0);
    this.#listsLeftOut = new Counter(
      named(
        'calling_lists_left_out_total',
        'Calling lists left out of a scrape for OCM_MAX_LISTS_PER_GROUP, counted at each scrape.',
      ),
    );
    this.#unauthorized = new Counter({
      ...named(
        'unauthorized_total',
        'Requests without a valid secret, by what they wanted: to post (ingest), to read, or to administer.',
      ),
      labelNames: ['listener'],
    });
    for (const listener of ['ingest', 'read', 'admin']) this.#unauthorized.inc({ listener }, 0);
    this.#unparsed = unparsedCounter(named);
    this.#rateLimited = new Counter(
      named(
        'rate_limited_total',
        'Questions to the API answered 429, because a client asked too often; posts never are.',
      ),
    );
    this.#reloads = new Counter({
      ...named(
        'reloads_total',
        'Changes of tokens, networks or certificates taken over without a restart (applied), or left aside as faulty (refused); refused as well when a reload found no successor that came up.',
      ),
      labelNames: ['result'],
    });
    for (const result of ['applied', 'refused']) this.#reloads.inc({ result }, 0);
    this.#clockSteps = new Counter({
      ...named('clock_steps_total', 'How often the clock of the machine was set by more than a second, ahead or back.'),
      labelNames: ['to'],
    });
    for (const to of ['ahead', 'back']) this.#clockSteps.inc({ to }, 0);
    addComputedMetrics(named, { ...options, leftOut: () => options.leftOut() + this.#seriesLeftOut });
    if (options.processMetrics) addProcessMetrics(this.#registry);
    leaveOutFailing(this.#registry);
  }

  /** A commit: its outcomes, warnings, and size. */
  count(report: CommitReport, deliveries: readonly Delivery[]): void {
    this.#batchRows.observe(deliveries.length);
    this.#commit.observe(report.commitSeconds);
    this.#quarantineDropped.inc(report.quarantineDropped);
    if (report.quarantine) this.holds(report.quarantine);
    this.#sources.count(report.receipts, deliveries);
  }

  /** Posts that had waited for the database, as what they turned out to be. */
  drain(receipts: readonly Receipt[]): void {
    for (const receipt of receipts)
      for (const { outcome } of receipt.kind === 'batch' ? receipt.items : [receipt]) this.#drained.inc({ outcome });
  }

  /** What the quarantine holds. */
  holds(counts: readonly QuarantineCount[]): void {
    this.#sources.holds(counts);
  }

  /** A post turned away before or instead of being stored. */
  reject(source: string, reason: RejectionReason, authenticated: boolean): void {
    this.#sources.reject(source, reason, authenticated);
  }

  /** A request without a valid secret. */
  refuse(listener: 'ingest' | 'read' | 'admin'): void {
    this.#unauthorized.inc({ listener });
  }

  /** Something that never became a request. */
  refuseUnparsed(reason: UnparsedReason): void {
    this.#unparsed.inc({ reason });
  }

  /** A question that came too often. */
  limit(): void {
    this.#rateLimited.inc();
  }

  reload(result: 'applied' | 'refused'): void {
    this.#reloads.inc({ result });
  }

  /** The clock was set. */
  stepClock(to: 'ahead' | 'back'): void {
    this.#clockSteps.inc({ to });
  }

  /** Drops the series of a source. */
  dropSeries(source: string): void {
    this.#sources.dropSeries(source);
  }

  acknowledge(seconds: number): void {
    this.#ack.observe(seconds);
  }

  /** Seconds within which 99 of 100 posts were answered; null before the first, Infinity beyond what is measured. */
  ackP99Seconds(): number | null {
    return this.#ack.quantile(0.99);
  }

  leaveOutLists(count: number): void {
    this.#listsLeftOut.inc(count);
  }

  leaveOutSeries(): void {
    this.#seriesLeftOut++;
  }

  /** The clock was set. */
  move(byMs: number): void {
    this.#sinceMs += byMs;
    this.#processSinceMs += byMs;
    this.#sources.move(byMs);
  }

  async render(format: PageFormat): Promise<string> {
    if (format === 'text') return this.#registry.metrics();
    return renderRegistry(await this.#registry.getMetricsAsJSON(), (family, { source }) => {
      if (family.startsWith('process_')) return this.#processSinceMs;
      return (source === undefined ? undefined : this.#sources.sinceMs(source)) ?? this.#sinceMs;
    });
  }

  /** The names and helps of all own metrics, for docs/metrics.md. */
  async describe(): Promise<{ name: string; type: string; help: string; labels: readonly string[] }[]> {
    const metrics = await this.#registry.getMetricsAsJSON();
    return metrics.map(({ name, type, help, values }) => ({
      name,
      type: String(type),
      help,
      labels: [...new Set(values.flatMap((value) => Object.keys(value.labels)))].filter((label) => label !== 'le'),
    }));
  }
}

const DRAINED_OUTCOMES: ReadonlySet<string> = new Set([...OUTCOMES, ...CALLBACK_OUTCOMES, 'quarantined']);

function unparsedCounter(named: Named): Counter<'reason'> {
  const help =
    'What never became a request, by why it could not be read; posts among it are lost. /api/v1/arrivals says more.';
  const counter = new Counter({ ...named('unparsed_requests_total', help), labelNames: ['reason'] as const });
  for (const reason of UNPARSED_REASONS) counter.inc({ reason }, 0);
  return counter;
}

interface Collecting {
  collect?: (this: Collecting) => void | Promise<void>;
  readonly labelNames: readonly string[];
  reset(): void;
  remove(): void;
}

/** What cannot be looked up is absent; it does not take the other metrics with it. */
function leaveOutFailing(registry: Registry): void {
  for (const metric of registry.getMetricsAsArray() as unknown as Collecting[]) {
    const { collect } = metric;
    if (collect === undefined) continue;
    metric.collect = async function () {
      try {
        await collect.call(this);
      } catch {
        this.reset();
        if (this.labelNames.length === 0) this.remove();
      }
    };
  }
}

/** prom-client's own, less those whose names break Prometheus's rules (`promtool check metrics` refuses them). */
function addProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
  for (const name of ['handles', 'requests', 'resources']) register.removeSingleMetric(`nodejs_active_${name}_total`);
}
