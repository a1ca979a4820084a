/** Metrics whose value is looked up when a scrape asks. */
import { Counter, Gauge, type Registry } from 'prom-client';
import {
  type KeptClass,
  RETENTION_CLASSES,
  type RetentionReport,
  type RetentionSettings,
} from '../domain/retention.js';
import { UPKEEP_TASKS, type UpkeepTask } from '../domain/store-upkeep.js';
import type { SpoolStatus } from '../domain/spool.js';
import type { RuleProfile } from '../domain/compliance.js';
import type { Shifts } from '../domain/shifts.js';
import type { Roster } from '../live/roster.js';

export interface ComputedMetricsOptions {
  readonly roster: Roster;
  /** Series and changes left out for a bound. */
  readonly leftOut: () => number;
  readonly waiting: () => number;
  /** Lines dropped from the log. */
  readonly logDropped: () => number;
  /** Whether this process took over from another, by a reload; else it was started. */
  readonly isSuccessor: boolean;
  readonly maxWaiting: number;
  readonly nowMs: () => number;
  /** The shifts of the sources that have some. */
  readonly shifts: ReadonlyMap<string, Pick<Shifts, 'endMs'>>;
  readonly ruleProfiles: readonly RuleProfile[];
  readonly version: string;
  /** Bytes of the store's files, by name, null for one that may not be looked at; asked for at every scrape. */
  readonly storeSizes: () => Readonly<Record<string, number | null>>;
  /** How it stands among several receivers on one database; null: no other writes to it. */
  readonly receivers: { readonly isLeading: boolean; readonly lagSeconds: number } | null;
  /** Those who follow over `/api/v1/stream`. */
  readonly stream: { readonly clients: number; readonly dropped: number };
  /** Null: plain HTTP. */
  readonly certificateExpiresMs: () => number | null;
  /** How many damaged databases lie aside; null: their folder may not be read. */
  readonly asideFiles: () => number | null;
  /** How many notes of what was done to the database lie beside it; null: their folder may not be read. */
  readonly storeNotes: () => number | null;
  /** Attempts to write the write-ahead log back that failed. */
  readonly checkpointFailures: () => number;
  /** Chunks that could not be read, and how often work beside posts has failed. */
  readonly upkeep: { readonly damagedChunks: number; readonly failures: Readonly<Record<UpkeepTask, number>> };
  /** Null: its store has no database that may be away. */
  readonly spool: { readonly status: SpoolStatus | null };
  /** Bytes free on the store's disk; null: not known. */
  readonly storeFree: () => number | null;
  /** What became of exports by OTLP; null: there are none. */
  readonly otlp: () => { readonly exports: number; readonly failures: number; readonly seconds: number | null } | null;
  /** How long what is kept is kept, and what the last run of retention found. */
  readonly retention: { readonly settings: RetentionSettings; readonly report: RetentionReport | null };
}

/** Name, help and registry of a metric of the service's own. */
export type Named = (name: string, help: string) => { name: string; help: string; registers: Registry[] };

export function addComputedMetrics(named: Named, options: ComputedMetricsOptions): void {
  addProgram(named, options);
  addStream(named, options);
  addReceivers(named, options);
  addStore(named, options);
  addCheckpoints(named, options);
  addUpkeep(named, options);
  addSpool(named, options);
  addRetention(named, options);
  addExports(named, options);
  addSources(named, options);
  addShifts(named, options);
  addRules(named, options);
}

/** The program, and what it holds in memory. */
function addProgram(named: Named, options: ComputedMetricsOptions): void {
  const { roster, leftOut, waiting, maxWaiting, version, logDropped, isSuccessor } = options;
  const build = new Gauge({
    ...named('build_info', 'Version of this program and of its runtime; always 1.'),
    labelNames: ['version', 'node_version'],
  });
  build.set({ version, node_version: process.version }, 1);
  new Gauge(
    named('successor', '1 in a process that took over from its predecessor, by a reload; 0 in one that was started.'),
  ).set(isSuccessor ? 1 : 0);
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
      this.inc(leftOut());
    },
  });
  new Counter({
    ...named(
      'log_dropped_total',
      'Lines dropped from the logs of the service and its supervisor, because they could not be written: the disk is full, the terminal gone, or nobody reads them.',
    ),
    collect() {
      this.reset();
      this.inc(logDropped());
    },
  });
}

function addStream(named: Named, { stream }: ComputedMetricsOptions): void {
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

/** Of one that is alone on its database there is nothing to say. */
function addReceivers(named: Named, { receivers }: ComputedMetricsOptions): void {
  const add = (name: string, help: string, valueOf: (its: NonNullable<typeof receivers>) => number) => {
    new Gauge({
      ...named(name, help),
      collect() {
        if (receivers === null) this.remove();
        else this.set(valueOf(receivers));
      },
    });
  };
  add(
    'leader',
    '1 in the one receiver on a PostgreSQL database that compacts, and removes what is older than it is kept; 0 in the others. Absent with SQLite.',
    ({ isLeading }) => (isLeading ? 1 : 0),
  );
  add(
    'follow_lag_seconds',
    'What other receivers on the same PostgreSQL database committed before so many seconds is shown by this one. Absent with SQLite.',
    ({ lagSeconds }) => lagSeconds,
  );
}

/** The store's files, and the certificate. */
function addStore(named: Named, options: ComputedMetricsOptions): void {
  const { storeSizes, storeFree, certificateExpiresMs, asideFiles, storeNotes } = options;
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
      const files = asideFiles();
      if (files === null) this.remove();
      else this.set(files);
    },
  });
  new Gauge({
    ...named(
      'store_notes',
      'Notes beside the database that somebody must read and remove: it had vanished and was begun anew, or another program has changed its files; 0 is well.',
    ),
    collect() {
      const notes = storeNotes();
      if (notes === null) this.remove();
      else this.set(notes);
    },
  });
  new Gauge({
    ...named('store_size_bytes', 'Size of the database (main) and of its write-ahead log (wal).'),
    labelNames: ['file'],
    collect() {
      this.reset();
      for (const [file, bytes] of Object.entries(storeSizes())) if (bytes !== null) this.set({ file }, bytes);
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
}

function addCheckpoints(named: Named, { checkpointFailures }: ComputedMetricsOptions): void {
  new Counter({
    ...named(
      'store_checkpoint_failures_total',
      'Attempts to write the write-ahead log back into the database that failed; posts are stored in the log meanwhile.',
    ),
    collect() {
      this.reset();
      this.inc(checkpointFailures());
    },
  });
}

function addUpkeep(named: Named, { upkeep }: ComputedMetricsOptions): void {
  new Gauge({
    ...named(
      'store_damaged_chunks',
      'Chunks set aside because their block could not be read: the samples of a group and hour each; 0 is well.',
    ),
    collect() {
      this.set(upkeep.damagedChunks);
    },
  });
  new Counter({
    ...named(
      'store_upkeep_failures_total',
      'Attempts at what the store does beside taking posts that failed: to bring notifications into chunks (compaction), to set damaged chunks aside, to remove what is older than it is kept (retention), to finish a removal (forgetting).',
    ),
    labelNames: ['task'],
    collect() {
      this.reset();
      for (const task of UPKEEP_TASKS) this.inc({ task }, upkeep.failures[task]);
    },
  });
}

/** Absent with SQLite, whose file is not away. */
function addSpool(named: Named, { spool }: ComputedMetricsOptions): void {
  const ofStatus = (name: string, help: string, valueOf: (status: SpoolStatus) => number | null) => {
    new Gauge({
      ...named(name, `${help} Absent with SQLite.`),
      collect() {
        const value = spool.status && valueOf(spool.status);
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  };
  ofStatus('store_up', '1 while the PostgreSQL server takes posts; 0 while they are kept in the spool.', ({ away }) =>
    away === null ? 1 : 0,
  );
  ofStatus('spool_items', 'Posts that wait in the spool for the PostgreSQL server.', ({ items }) => items);
  ofStatus('spool_bytes', 'Bytes that they take, of OCM_SPOOL_LIMIT.', ({ bytes }) => bytes);
  ofStatus(
    'spool_limit_bytes',
    'Bytes that may wait in the spool (OCM_SPOOL_LIMIT); beyond it posts get 503.',
    (status) => status.limitBytes,
  );
  ofStatus(
    'spool_oldest_timestamp_seconds',
    'When the oldest post was received that waits in the spool; absent where none does.',
    ({ oldestMs }) => (oldestMs === null ? null : oldestMs / 1000),
  );
}

/** As the last run found it, once an hour: a scrape reads no table. */
function addRetention(named: Named, { retention }: ComputedMetricsOptions): void {
  const byClass = (name: string, help: string, valueOf: (kept: KeptClass, keptForMs: number) => number | null) => {
    new Gauge({
      ...named(name, help),
      labelNames: ['class'],
      collect() {
        this.reset();
        const { report, settings } = retention;
        if (report === null) return;
        for (const name of RETENTION_CLASSES) {
          const value = valueOf(report.kept[name], settings.retentionMs[name]);
          if (value !== null) this.set({ class: name }, value);
        }
      },
    });
  };
  byClass(
    'store_oldest_timestamp_seconds',
    'When the oldest row of a class that nothing holds is of, as the last run of retention found it; absent where there is none.',
    ({ oldestMs }) => (oldestMs === null ? null : oldestMs / 1000),
  );
  byClass(
    'store_class_bytes',
    'Bytes that a class takes in the database, estimated of some rows by the last run of retention.',
    ({ bytes }) => bytes,
  );
  byClass(
    'store_retention_seconds',
    'How long rows of a class are kept (OCM_RETENTION_...); absent where it is for ever.',
    (_, keptForMs) => (keptForMs === 0 ? null : keptForMs / 1000),
  );
  new Gauge({
    ...named(
      'retention_last_run_timestamp_seconds',
      'When retention last came to its end, which it does every hour; absent before.',
    ),
    collect() {
      this.reset();
      if (retention.report === null) this.remove();
      else this.set(retention.report.atMs / 1000);
    },
  });
  new Gauge({
    ...named('store_limit_reached', '1 while samples go before their time for OCM_STORE_LIMIT; else 0.'),
    collect() {
      this.set(retention.report?.isLimited === true ? 1 : 0);
    },
  });
}

/** Absent where nothing is exported, but for counters at 0. */
function addExports(named: Named, { otlp }: ComputedMetricsOptions): void {
  new Counter({
    ...named('otlp_exports_total', 'Exports of the metrics by OTLP that arrived whole (OCM_OTLP_ENDPOINT).'),
    collect() {
      this.reset();
      this.inc(otlp()?.exports ?? 0);
    },
  });
  new Counter({
    ...named(
      'otlp_export_failures_total',
      'Exports of the metrics by OTLP that did not arrive, or not whole; the next says all anew.',
    ),
    collect() {
      this.reset();
      this.inc(otlp()?.failures ?? 0);
    },
  });
  new Gauge({
    ...named('otlp_export_duration_seconds', 'Time the last export by OTLP took; absent before the first.'),
    collect() {
      this.reset();
      const seconds = otlp()?.seconds ?? null;
      if (seconds === null) this.remove();
      else this.set(seconds);
    },
  });
}

/** What the periodic notifications of each source say of it. */
function addSources(named: Named, { roster, nowMs }: ComputedMetricsOptions): void {
  new Gauge({
    ...named(
      'delivery_ratio',
      'Periodic notifications received of those expected in the last hour, by receive time, late ones included and copies not. A gap longer than silence counts where the share that is lost makes it likely, and other groups were heard meanwhile. Absent while none is expected.',
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
      'delivery_expected_posts',
      'Periodic notifications expected in the last hour: of few, a lost one more or less makes another ratio.',
    ),
    labelNames: ['source'],
    collect() {
      this.reset();
      for (const [source, rhythm] of roster.sources()) this.set({ source }, rhythm.expectedPosts(nowMs()));
    },
  });
  new Gauge({
    ...named(
      'source_silent',
      '1 while the source as a whole is silent, or the way from it, and no single group: no running group is heard, and more fell silent with its last post than told shortly before that they stopped; else 0. (other): of all sources beyond OCM_MAX_SOURCES.',
    ),
    labelNames: ['source'],
    collect() {
      this.reset();
      const silent = roster.silentLabels(nowMs());
      for (const [source] of roster.sources()) this.set({ source }, silent.has(source) ? 1 : 0);
    },
  });
  new Gauge({
    ...named('source_sends_statistics', '1 when the source has ever sent statistics; else 0.'),
    labelNames: ['source'],
    collect() {
      this.reset();
      for (const [source] of roster.sources()) this.set({ source }, roster.sendsStatistics(source) ? 1 : 0);
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

function addShifts(named: Named, { shifts, nowMs }: ComputedMetricsOptions): void {
  new Gauge({
    ...named(
      'shift_end_timestamp_seconds',
      'When the shift that goes on at the source ends, by `shifts` of the configuration file; absent between shifts and without any.',
    ),
    labelNames: ['source'],
    collect() {
      this.reset();
      for (const [source, its] of shifts) {
        const endMs = its.endMs(nowMs());
        if (endMs !== null) this.set({ source }, endMs / 1000);
      }
    },
  });
}

function addRules(named: Named, { ruleProfiles }: ComputedMetricsOptions): void {
  const limits = new Gauge({
    ...named(
      'abandonment_limit_ratio',
      'So many of the calls that people answer may be abandoned, by the rule: tsr, 24h, and those of `compliance` in the configuration file.',
    ),
    labelNames: ['profile'],
  });
  for (const { name, limitRatio } of ruleProfiles) limits.set({ profile: name }, limitRatio);
}
