/** The service's own metrics. The only user of prom-client; its label values are all from closed or bounded sets. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { QuarantineCount, RejectionReason } from '../domain/quarantine.js';
import { REJECTION_REASONS } from '../domain/quarantine.js';
import {
  type BatchReceipt,
  CALLBACK_OUTCOMES,
  type CommitReport,
  type Delivery,
  OUTCOMES,
  type Receipt,
} from '../domain/store.js';
import type { Violation } from '../domain/notification.js';
import { OTHER_SOURCES, type Roster } from '../ingest/roster.js';
import { PlainHistogram } from './plain-histogram.js';

export interface ServiceMetricsOptions {
  readonly roster: Roster;
  /** Changes of campaign groups and callbacks left out of memory for a bound. */
  readonly leftOut: () => number;
  readonly maxSources: number;
  readonly waiting: () => number;
  readonly maxWaiting: number;
  readonly nowMs: () => number;
  readonly version: string;
  /** Bytes of the store's files, by name; asked for at every scrape. */
  readonly storeSizes: () => Readonly<Record<string, number>>;
  /** Those who follow over `/api/v1/stream`. */
  readonly stream: { readonly clients: number; readonly dropped: number };
  /** Null: plain HTTP. */
  readonly certificateExpiresMs: () => number | null;
  /** How many damaged databases lie aside. */
  readonly asideFiles: () => number;
  /** Bytes free on the store's disk; null: not known. */
  readonly storeFree: () => number | null;
  /** prom-client's collectors hold timers; tests leave them out. */
  readonly processMetrics: boolean;
}

/** Warnings are counted by what kind of thing was odd. */
const WARNING_RULES = [
  'absent',
  'unknown_number',
  'unknown_word',
  'unknown_field',
  'duplicate_key',
  'bad_value',
] as const;

const EVERY_OUTCOME: ReadonlySet<string> = new Set([...OUTCOMES, ...CALLBACK_OUTCOMES, 'quarantined']);

export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly #options: ServiceMetricsOptions;
  readonly #sources = new Set<string>();
  readonly #notifications;
  readonly #rejected;
  readonly #warnings;
  readonly #ack;
  readonly #batchRows;
  readonly #commit;
  readonly #quarantined;
  readonly #quarantineDropped;
  readonly #listsLeftOut;
  readonly #unauthorized;
  readonly #reloads;
  #seriesLeftOut = 0;

  constructor(options: ServiceMetricsOptions) {
    this.#options = options;
    const registers = [this.#registry];
    const named = (name: string, help: string) => ({ name: `ocs_monitor_${name}`, help, registers });
    this.#notifications = new Counter({
      ...named(
        'notifications_total',
        'Notifications and callback records stored, by outcome; quarantined ones included.',
      ),
      labelNames: ['source', 'outcome'],
    });
    this.#rejected = new Counter({
      ...named('rejected_total', 'Posts that were not applied, by reason; those of the quarantine included.'),
      labelNames: ['source', 'reason'],
    });
    this.#warnings = new Counter({
      ...named('warnings_total', 'Oddities in notifications that were applied all the same, by kind.'),
      labelNames: ['source', 'rule'],
    });
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
    this.#quarantined = new Gauge({
      ...named('quarantined', 'Bodies held in quarantine and not replayed.'),
      labelNames: ['source', 'reason'],
    });
    this.#quarantineDropped = new Counter(
      named('quarantine_dropped_total', 'Quarantined bodies dropped to stay within OCM_QUARANTINE_LIMIT.'),
    );
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
    this.#reloads = new Counter({
      ...named(
        'reloads_total',
        'Changes of tokens, networks or certificates taken over without a restart (applied), or left aside as faulty (refused).',
      ),
      labelNames: ['result'],
    });
    for (const result of ['applied', 'refused']) this.#reloads.inc({ result }, 0);
    this.#addComputed(named);
    if (options.processMetrics) this.#addProcessMetrics();
    this.#source('default', true);
  }

  /** A commit: its outcomes, warnings, and size. */
  count(report: CommitReport, deliveries: readonly Delivery[]): void {
    this.#batchRows.observe(deliveries.length);
    this.#commit.observe(report.commitSeconds);
    this.#quarantineDropped.inc(report.quarantineDropped);
    if (report.quarantine) this.holds(report.quarantine);
    // prom-client looks a label set up at every call: one call a label set and commit, not one a post.
    const outcomes = new Map<string, Map<string, number>>();
    const add = (source: string, outcome: string, posts: number) => {
      const bySource = outcomes.get(source) ?? new Map<string, number>();
      outcomes.set(source, bySource.set(outcome, (bySource.get(outcome) ?? 0) + posts));
    };
    const note = (source: string, receipt: Exclude<Receipt, BatchReceipt>) => {
      add(source, receipt.outcome, 1);
      if (receipt.outcome === 'quarantined') this.#rejected.inc({ source, reason: receipt.reason });
      else for (const warning of receipt.warnings) this.#warnings.inc({ source, rule: ruleOf(warning) });
    };
    report.receipts.forEach((receipt, index) => {
      const source = this.#source(deliveries[index]?.source ?? 'default', true);
      if (receipt.outcome === 'batch') for (const item of receipt.items) note(source, item);
      else note(source, receipt);
      const { coalesced } = deliveries[index] ?? {};
      if (coalesced && receipt.outcome !== 'quarantined') add(source, 'coalesced', coalesced.length);
    });
    for (const [source, counts] of outcomes) {
      for (const [outcome, posts] of counts) this.#notifications.inc({ source, outcome }, posts);
    }
  }

  /** What the quarantine holds. */
  holds(counts: readonly QuarantineCount[]): void {
    this.#quarantined.reset();
    this.#quarantined.set({ source: 'default', reason: 'schema' }, 0);
    for (const { source, reason, rows } of counts)
      this.#quarantined.inc({ source: this.#source(source, true), reason }, rows);
  }

  /** A post turned away before or instead of being stored. Strangers do not get series of their own. */
  reject(source: string, reason: RejectionReason, authenticated: boolean): void {
    this.#rejected.inc({ source: this.#source(source, authenticated), reason });
  }

  /** A request without a valid secret. */
  refuse(listener: 'ingest' | 'read' | 'admin'): void {
    this.#unauthorized.inc({ listener });
  }

  reload(result: 'applied' | 'refused'): void {
    this.#reloads.inc({ result });
  }

  /** Drops the series of a source. */
  forget(source: string): void {
    if (!this.#sources.delete(source)) return;
    for (const outcome of EVERY_OUTCOME) this.#notifications.remove({ source, outcome });
    for (const reason of REJECTION_REASONS) this.#rejected.remove({ source, reason });
    for (const rule of WARNING_RULES) this.#warnings.remove({ source, rule });
    this.#source('default', true);
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

  render(): Promise<string> {
    return this.#registry.metrics();
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

  /** Gauges whose value is looked up when a scrape asks. */
  #addComputed(named: (name: string, help: string) => { name: string; help: string; registers: Registry[] }): void {
    const { roster, leftOut, waiting, maxWaiting, nowMs, version } = this.#options;
    const seriesLeftOut = () => this.#seriesLeftOut;
    const build = new Gauge({
      ...named('build_info', 'Version of this program and of its runtime; always 1.'),
      labelNames: ['version', 'node_version'],
    });
    build.set({ version, node_version: process.version }, 1);
    new Gauge({
      ...named('queue_items', 'Posts waiting for a commit.'),
      collect() {
        this.set(waiting());
      },
    });
    new Gauge(named('queue_capacity_items', 'Posts that may wait for a commit; beyond it posts get 503.')).set(
      maxWaiting,
    );
    new Gauge({
      ...named('tracked_campaign_groups', 'Campaign groups in memory, at most OCM_MAX_GROUPS.'),
      collect() {
        this.set(roster.size);
      },
    });
    new Counter({
      ...named(
        'series_dropped_total',
        'Series and changes left out of metrics and lists for a bound (OCM_MAX_GROUPS, open callbacks, label sets); their posts are kept.',
      ),
      collect() {
        this.reset();
        this.inc(leftOut() + seriesLeftOut());
      },
    });
    this.#addStream(named);
    const { storeSizes, storeFree, certificateExpiresMs, asideFiles } = this.#options;
    new Gauge({
      ...named(
        'tls_certificate_expiry_timestamp_seconds',
        'When the certificate in use expires; absent without OCM_TLS_CERT.',
      ),
      collect() {
        const expiresMs = certificateExpiresMs();
        if (expiresMs === null) this.remove();
        else this.set(expiresMs / 1000);
      },
    });
    new Gauge({
      ...named(
        'store_moved_aside',
        'Damaged databases that lie beside the present one until somebody salvages them and moves them elsewhere; 0 is well.',
      ),
      collect() {
        this.set(asideFiles());
      },
    });
    new Gauge({
      ...named('store_size_bytes', 'Size of the database (main) and of its write-ahead log (wal).'),
      labelNames: ['file'],
      collect() {
        for (const [file, bytes] of Object.entries(storeSizes())) this.set({ file }, bytes);
      },
    });
    new Gauge({
      ...named('store_free_bytes', 'Bytes free on the disk of the database; absent where the system does not say.'),
      collect() {
        this.reset();
        const free = storeFree();
        if (free === null) this.remove();
        else this.set(free);
      },
    });
    new Gauge({
      ...named(
        'delivery_ratio',
        'Periodic notifications received of those expected in the last hour, by receive time; absent while none is expected.',
      ),
      labelNames: ['source'],
      collect() {
        this.reset();
        for (const [source, rhythm] of roster.sources()) {
          const ratio = rhythm.deliveryRatio(nowMs());
          if (ratio !== null) this.set({ source }, ratio);
        }
      },
    });
    new Gauge({
      ...named(
        'source_silent',
        '1 while every running group of the source is silent: the source or the way from it is, and no single group; else 0.',
      ),
      labelNames: ['source'],
      collect() {
        this.reset();
        const silent = roster.silentSources(nowMs());
        for (const [source] of roster.sources()) this.set({ source }, silent.has(source) ? 1 : 0);
      },
    });
    new Gauge({
      ...named(
        'periodic_interval_seconds',
        'Interval at which the periodic notifications of a running group are expected; origin: configured, learned or assumed.',
      ),
      labelNames: ['source', 'origin'],
      collect() {
        this.reset();
        for (const [source, rhythm] of roster.sources()) {
          if (rhythm.intervalMs !== null) this.set({ source, origin: rhythm.origin }, rhythm.intervalMs / 1000);
        }
      },
    });
  }

  #addStream(named: (name: string, help: string) => { name: string; help: string; registers: Registry[] }): void {
    const { stream } = this.#options;
    new Gauge({
      ...named('stream_clients', 'Clients that follow over /api/v1/stream.'),
      collect() {
        this.set(stream.clients);
      },
    });
    new Counter({
      ...named(
        'stream_dropped_total',
        'Stream clients that were disconnected because they read too slowly; they resume.',
      ),
      collect() {
        this.reset();
        this.inc(stream.dropped);
      },
    });
  }

  /** prom-client's own, less those whose names break Prometheus's rules (`promtool check metrics` refuses them). */
  #addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of ['handles', 'requests', 'resources']) {
      this.#registry.removeSingleMetric(`nodejs_active_${name}_total`);
    }
  }

  /** The label of a source; counters of a new one start at 0. */
  #source(source: string, mayBeNew: boolean): string {
    if (this.#sources.has(source)) return source;
    if (!mayBeNew || this.#sources.size >= this.#options.maxSources) return OTHER_SOURCES;
    this.#sources.add(source);
    for (const outcome of EVERY_OUTCOME) this.#notifications.inc({ source, outcome }, 0);
    for (const reason of REJECTION_REASONS) this.#rejected.inc({ source, reason }, 0);
    for (const rule of WARNING_RULES) this.#warnings.inc({ source, rule }, 0);
    return source;
  }
}

function ruleOf({ rule }: Violation): (typeof WARNING_RULES)[number] {
  if (rule === 'present') return 'absent';
  if (rule === 'a known number') return 'unknown_number';
  if (rule === 'a known word') return 'unknown_word';
  if (rule === 'a known field') return 'unknown_field';
  return rule.startsWith('a key stands') ? 'duplicate_key' : 'bad_value';
}
