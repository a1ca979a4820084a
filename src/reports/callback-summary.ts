/** The callback summary: final callbacks counted by interval and dimensions, one callback at a time. */
import { MonitorError } from '../domain/errors.js';
import { type Dimension, type Grouping, groupingOf, type TenantName, valueOf } from './callback-dimensions.js';
import { MEASURES, type SiteFigures } from './callback-measures.js';
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
  readonly maxGroups?: number;
}

export interface SummaryRows {
  readonly rows: readonly Row[];
  /** The place of the last row when more follow. */
  readonly next: SummaryPlace | null;
}

/** Rows of a summary; beyond it the question is to be narrowed. */
export const MAX_SUMMARY_ROWS = 10_000;

/** Where a row stands: its interval, then its dimensions. */
export interface SummaryPlace {
  /** 0 when there is one interval only. */
  readonly startMs: number;
  readonly values: readonly string[];
}

interface Group extends SummaryPlace {
  readonly sources: Set<string>;
  /** Per measure: the sum of what callbacks added, and how many had a say. */
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

  /** @throws MonitorError OCM_BAD_PARAMETER for an unknown zone or two intervals. */
  constructor(options: SummaryOptions) {
    this.#options = options;
    this.#grouping = groupingOf(options.by);
    this.#time = new LocalTime(options.timeZone);
    this.#refusing = new Set(options.refusingSources ?? []);
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
    group.sources.add(callback.source);
    if (isRefused(outcome)) this.#refusing.add(callback.source);
    MEASURES.forEach((measure, at) => {
      const value = measure.of(outcome, this.#options);
      if (value === null) return;
      group.sums[at] = (group.sums[at] ?? 0) + value;
      group.counts[at] = (group.counts[at] ?? 0) + 1;
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
        `by makes more than ${maxGroups} rows: narrow the range with from and to, or ask by fewer dimensions`,
      );
    }
    const sums = new Float64Array(MEASURES.length);
    const counts = new Float64Array(MEASURES.length);
    const group: Group = { startMs, values, sources: new Set(), sums, counts };
    this.#groups.set(key, group);
    return group;
  }

  #row(group: Group): Row {
    const reportsRefusals = [...group.sources].every((source) => this.#refusing.has(source));
    const figures = MEASURES.map(({ name, kind, needsRefusals }, at) => {
      const [sum = 0, count = 0] = [group.sums[at], group.counts[at]];
      const value = kind === 'mean' ? sum / count : sum;
      const isReported = (kind === 'count' || count > 0) && (!needsRefusals || reportsRefusals);
      return [name, isReported ? value : null];
    });
    const values = this.#grouping.dimensions.map((dimension, at) => [dimension, group.values[at]]);
    const startMs = this.#grouping.interval === null ? this.#options.fromMs : group.startMs;
    return Object.fromEntries([['interval_start', isoTime(startMs)], ...values, ...figures]) as Row;
  }
}

function newestFirst(a: SummaryPlace, b: SummaryPlace): number {
  if (a.startMs !== b.startMs) return b.startMs - a.startMs;
  for (const [at, value] of a.values.entries()) {
    const other = b.values[at] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
