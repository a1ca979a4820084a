/**
 * Counters and histograms whose label values are free text: our own, because prom-client can merge such series. Series are
 * dropped when what they tell of is forgotten (`service/metrics-pages.ts` says so to every family), and left out at a bound.
 * The gauges of campaign groups are no series of a table: `domain-metrics.ts` renders the groups that are shown.
 */
import type { Family, HistogramFamily } from './catalogue.js';
import {
  boundedLabel,
  type PageFormat,
  renderBound,
  renderCreated,
  renderFamily,
  renderLabels,
  renderValue,
  withLabels,
} from './exposition.js';

type Labels = Readonly<Record<string, string>>;

/**
 * Series of one family; further ones are left out and counted.
 * @bound series per family of callbacks
 * @beyond further ones are left out
 * @seen `ocs_monitor_series_dropped_total`
 */
const MAX_SERIES = 10_000;

export interface SeriesOptions {
  readonly nowMs: () => number;
  /** Told when a series had to be left out. */
  readonly onLeftOut: () => void;
}

interface Counted {
  /** When it first counted something; null before. */
  sinceMs: number | null;
}

/** Label sets to something counted, within a bound. */
class SeriesTable<T extends Counted> {
  readonly family: Family;
  readonly #fresh: () => T;
  readonly #byLabels = new Map<string, T>();
  readonly #options: SeriesOptions;

  constructor(family: Family, fresh: () => T, options: SeriesOptions) {
    this.family = family;
    this.#fresh = fresh;
    this.#options = options;
  }

  /** Something is counted of it. */
  count(item: T): void {
    item.sinceMs ??= this.#options.nowMs();
  }

  /** The clock was set. */
  move(byMs: number): void {
    for (const item of this.#byLabels.values()) if (item.sinceMs !== null) item.sinceMs += byMs;
  }

  /** Null beyond the bound. */
  get(labels: Labels): T | null {
    const rendered = renderLabels(
      Object.fromEntries(this.family.labels.map((name) => [name, boundedLabel(labels[name] ?? '')])),
    );
    const known = this.#byLabels.get(rendered);
    if (known !== undefined) return known;
    if (this.#byLabels.size >= MAX_SERIES) {
      this.#options.onLeftOut();
      return null;
    }
    const made = this.#fresh();
    this.#byLabels.set(rendered, made);
    return made;
  }

  /** Drops the series of these labels, if they are the first of the family. */
  dropSeries(labels: Labels): void {
    if (!Object.keys(labels).every((name, at) => this.family.labels[at] === name)) return;
    const bounded = Object.entries(labels).map(([name, value]) => [name, boundedLabel(value)] as const);
    const start = renderLabels(Object.fromEntries(bounded)).slice(0, -1);
    for (const rendered of this.#byLabels.keys()) if (rendered.startsWith(start)) this.#byLabels.delete(rendered);
  }

  /** `lines`: of one series. */
  render(format: PageFormat, lines: (rendered: string, item: T) => string): string {
    let text = renderFamily(this.family, format);
    for (const [rendered, item] of this.#byLabels) {
      text += lines(rendered, item);
      if (format === 'openmetrics' && item.sinceMs !== null) text += renderCreated(this.family, rendered, item.sinceMs);
    }
    return text;
  }
}

export class LabelledCounter {
  readonly #table: SeriesTable<Counted & { count: number }>;

  constructor(family: Family, options: SeriesOptions) {
    this.#table = new SeriesTable(family, () => ({ count: 0, sinceMs: null }), options);
  }

  /** Adding 0 makes the series known: one that is born at 1 shows no increase. */
  add(labels: Labels, count: number): void {
    const series = this.#table.get(labels);
    if (!series) return;
    series.count += count;
    if (count > 0) this.#table.count(series);
  }

  dropSeries(labels: Labels): void {
    this.#table.dropSeries(labels);
  }

  move(byMs: number): void {
    this.#table.move(byMs);
  }

  render(format: PageFormat): string {
    const { name } = this.#table.family;
    return this.#table.render(format, (rendered, { count }) => `${name}${rendered} ${renderValue(count)}\n`);
  }
}

export class LabelledHistogram {
  readonly #buckets: readonly number[];
  readonly #table: SeriesTable<Counted & { readonly counts: number[]; sum: number; count: number }>;

  constructor(family: HistogramFamily, options: SeriesOptions) {
    this.#buckets = family.buckets;
    const fresh = () => ({ counts: family.buckets.map(() => 0), sum: 0, count: 0, sinceMs: null });
    this.#table = new SeriesTable(family, fresh, options);
  }

  observe(labels: Labels, value: number): void {
    const series = this.#table.get(labels);
    if (!series) return;
    series.sum += value;
    series.count++;
    this.#table.count(series);
    this.#buckets.forEach((bound, index) => {
      if (value <= bound) series.counts[index] = (series.counts[index] ?? 0) + 1;
    });
  }

  dropSeries(labels: Labels): void {
    this.#table.dropSeries(labels);
  }

  move(byMs: number): void {
    this.#table.move(byMs);
  }

  render(format: PageFormat): string {
    const { name } = this.#table.family;
    const bucket = (rendered: string, bound: number, count: number) =>
      `${name}_bucket${withLabels(rendered, { le: renderBound(bound, format) })} ${count}\n`;
    return this.#table.render(format, (rendered, { counts, sum, count }) => {
      const buckets = this.#buckets.map((bound, index) => bucket(rendered, bound, counts[index] ?? 0));
      const all = bucket(rendered, Infinity, count);
      return `${buckets.join('')}${all}${name}_sum${rendered} ${renderValue(sum)}\n${name}_count${rendered} ${count}\n`;
    });
  }
}
