/** The callback summary: final callbacks counted by interval and dimensions, one callback at a time. */
import type { CallbackRecord } from '../domain/callback-record.js';
import { MonitorError } from '../domain/errors.js';
import { type Dimension, type Grouping, groupingOf, type TenantName, valueOf } from './callback-dimensions.js';
import { type Measure, MEASURES, REPORTED_KEYS, type SiteFigures } from './callback-measures.js';
import { isRefused, outcomeOf, type ReportedCallback } from './callback-outcome.js';
import { LocalTime } from '../domain/local-time.js';
import { isoTime, type Row } from './rows.js';

export interface SummaryOptions extends SiteFigures {
  readonly by: readonly Dimension[];
  /** An IANA name: whose clock the intervals go by. */
  readonly timeZone: string;
  readonly tenantName: TenantName;
  /** Start of the range asked for: where the one interval begins when `by` has none. */
  readonly fromMs: number;
  /**
   * Sources known to report offers nobody took. Without it a source does when one of the callbacks added is such; say
   * it when refused offers were left out by a filter.
   */
  readonly refusingSources?: Iterable<string>;
  /** Likewise the keys that sources are known to report, of `REPORTED_KEYS`. */
  readonly reportedKeys?: ReadonlyMap<string, readonly (keyof CallbackRecord)[]>;
  readonly maxGroups?: number;
}

export interface SummaryRows {
  readonly rows: readonly Row[];
  /** The place of the last row when more follow. */
  readonly next: SummaryPlace | null;
}

/**
 * Rows of a summary; beyond it the question is to be narrowed.
 * @bound rows of a callback summary
 * @beyond 400: narrow the range
 * @seen the answer
 */
export const MAX_SUMMARY_ROWS = 10_000;

/** Where a row stands: its interval, then its dimensions. */
export interface SummaryPlace {
  /** 0 when there is one interval only. */
  readonly startMs: number;
  readonly values: readonly string[];
}

interface Group extends SummaryPlace {
  /** What the callbacks of each source add up to. */
  readonly sources: Map<string, Tally>;
}

/** Per measure: the sum of what callbacks added, and how many had a say. */
interface Tally {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

export class CallbackSummary {
  readonly #options: SummaryOptions;
  readonly #grouping: Grouping;
  readonly #time: LocalTime;
  readonly #groups = new Map<string, Group>();
  /** Sources that report offers nobody took, over all that was added: one refusal anywhere shows it for every group. */
  readonly #refusing: Set<string>;
  /** Keys each source reports, likewise. */
  readonly #reported = new Map<string, Set<keyof CallbackRecord>>();

  /** @throws MonitorError OCM_BAD_PARAMETER for an unknown zone or two intervals. */
  constructor(options: SummaryOptions) {
    this.#options = options;
    this.#grouping = groupingOf(options.by);
    this.#time = new LocalTime(options.timeZone);
    this.#refusing = new Set(options.refusingSources ?? []);
    for (const [source, keys] of options.reportedKeys ?? []) this.#reported.set(source, new Set(keys));
  }

  /** Those in columns of their own. */
  get dimensions(): readonly string[] {
    return this.#grouping.dimensions;
  }

  /** Names of a row's members, in the order of CSV. */
  get columns(): readonly string[] {
    return ['interval_start', ...this.dimensions, ...MEASURES.map(({ name }) => name)];
  }

  /**
   * Counts a callback where it ended; an open one not at all. The caller keeps to the range.
   * @throws MonitorError OCM_BAD_PARAMETER when there would be more groups than allowed.
   */
  add(callback: ReportedCallback): void {
    if (!callback.isFinal || callback.endedMs === null) return;
    const outcome = outcomeOf(callback);
    const group = this.#groupOf(callback, callback.endedMs);
    const { sums, counts } = tallyIn(group.sources, callback.source);
    this.#noteReported(callback);
    if (isRefused(outcome)) this.#refusing.add(callback.source);
    MEASURES.forEach((measure, at) => {
      const value = measure.of(outcome, this.#options);
      if (value === null) return;
      sums[at] = (sums[at] ?? 0) + value;
      counts[at] = (counts[at] ?? 0) + 1;
    });
  }

  /** The newest interval first, within it by dimension; without a place from the first on. */
  rows(after: SummaryPlace | null = null, limit = Infinity): SummaryRows {
    const groups = [...this.#groups.values()]
      .filter((group) => after === null || newestFirst(group, after) > 0)
      .sort(newestFirst);
    const shown = groups.slice(0, limit);
    return {
      rows: shown.map((group) => this.#row(group)),
      next: groups.length > limit ? (shown.at(-1) ?? null) : null,
    };
  }

  #groupOf(callback: ReportedCallback, endedMs: number): Group {
    const { interval, dimensions } = this.#grouping;
    const startMs = interval === null ? 0 : this.#time.startOf(interval, endedMs);
    const values = dimensions.map((dimension) => valueOf(dimension, callback, this.#options.tenantName));
    const key = `${startMs}${values.map((value) => `|${value.length}:${value}`).join('')}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const maxGroups = this.#options.maxGroups ?? MAX_SUMMARY_ROWS;
    if (this.#groups.size >= maxGroups) {
      throw new MonitorError(
        'OCM_BAD_PARAMETER',
        `by makes more than ${maxGroups} rows: narrow the range with from and to, or use fewer dimensions`,
      );
    }
    const group: Group = { startMs, values, sources: new Map() };
    this.#groups.set(key, group);
    return group;
  }

  /** Whether a source says anything of a measure; one that does not has no part in it. */
  #isReportedBy(source: string, { reportedBy }: Measure): boolean {
    const reported = this.#reported.get(source);
    return reportedBy.length === 0 || reportedBy.some((key) => reported?.has(key));
  }

  #noteReported({ source, record }: ReportedCallback): void {
    const known = this.#reported.get(source) ?? new Set();
    this.#reported.set(source, known);
    if (known.size === REPORTED_KEYS.length) return;
    for (const key of REPORTED_KEYS) if (record[key] !== null) known.add(key);
  }

  #row(group: Group): Row {
    const reportsRefusals = [...group.sources.keys()].every((source) => this.#refusing.has(source));
    const figures = MEASURES.map((measure, at) => {
      const { name, kind, needsRefusals } = measure;
      let [sum, count] = [0, 0];
      for (const [source, tally] of group.sources) {
        if (!this.#isReportedBy(source, measure)) continue;
        sum += tally.sums[at] ?? 0;
        count += tally.counts[at] ?? 0;
      }
      const value = kind === 'mean' ? sum / count : sum;
      const isReported = (kind === 'count' || count > 0) && (!needsRefusals || reportsRefusals);
      return [name, isReported ? value : null];
    });
    const values = this.#grouping.dimensions.map((dimension, at) => [dimension, group.values[at]]);
    const startMs = this.#grouping.interval === null ? this.#options.fromMs : group.startMs;
    return Object.fromEntries([['interval_start', isoTime(startMs)], ...values, ...figures]) as Row;
  }
}

function tallyIn(sources: Group['sources'], source: string): Tally {
  const known = sources.get(source);
  if (known !== undefined) return known;
  const tally = { sums: new Float64Array(MEASURES.length), counts: new Float64Array(MEASURES.length) };
  sources.set(source, tally);
  return tally;
}

function newestFirst(a: SummaryPlace, b: SummaryPlace): number {
  if (a.startMs !== b.startMs) return b.startMs - a.startMs;
  for (const [at, value] of a.values.entries()) {
    const other = b.values[at] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
