/**
 * Counters and histograms whose label values are free text: our own, because prom-client can merge such series. Series are
 * dropped when what they tell of is forgotten (`service/metrics-pages.ts` says so to every family), and left out at a bound.
 * The gauges of campaign groups are no series of a table: `domain-metrics.ts` renders the groups that are shown.
 */
import type { Family, HistogramFamily } from './catalogue.js';
import { boundedLabel, renderFamily, renderLabels, renderValue, withLabels } from './exposition.js';

type Labels = Readonly<Record<string, string>>;

/**
 * Series of one family; further ones are left out and counted.
 * @bound series per family of callbacks
 * @beyond further ones are left out
 * @seen `ocs_monitor_series_dropped_total`
 */
const MAX_SERIES = 10_000;

/** Label sets to something counted, within a bound. */
class SeriesTable<T> {
  readonly family: Family;
  readonly #fresh: () => T;
  readonly #byLabels = new Map<string, T>();
  readonly #onLeftOut: () => void;

  constructor(family: Family, fresh: () => T, onLeftOut: () => void) {
    this.family = family;
    this.#fresh = fresh;
    this.#onLeftOut = onLeftOut;
  }

  /** Null beyond the bound. */
  get(labels: Labels): T | null {
    const rendered = renderLabels(
      Object.fromEntries(this.family.labels.map((name) => [name, boundedLabel(labels[name] ?? '')])),
    );
    const known = this.#byLabels.get(rendered);
    if (known !== undefined) return known;
    if (this.#byLabels.size >= MAX_SERIES) {
      this.#onLeftOut();
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

  render(lines: (rendered: string, item: T) => string): string {
    const { name, type, help } = this.family;
    let text = renderFamily(name, type, help);
    for (const [rendered, item] of this.#byLabels) text += lines(rendered, item);
    return text;
  }
}

export class LabelledCounter {
  readonly #table: SeriesTable<{ count: number }>;

  constructor(family: Family, onLeftOut: () => void) {
    this.#table = new SeriesTable(family, () => ({ count: 0 }), onLeftOut);
  }

  /** Adding 0 makes the series known: one that is born at 1 shows no increase. */
  add(labels: Labels, count: number): void {
    const series = this.#table.get(labels);
    if (series) series.count += count;
  }

  dropSeries(labels: Labels): void {
    this.#table.dropSeries(labels);
  }

  render(): string {
    const { name } = this.#table.family;
    return this.#table.render((rendered, { count }) => `${name}${rendered} ${renderValue(count)}\n`);
  }
}

export class LabelledHistogram {
  readonly #buckets: readonly number[];
  readonly #table: SeriesTable<{ readonly counts: number[]; sum: number; count: number }>;

  constructor(family: HistogramFamily, onLeftOut: () => void) {
    this.#buckets = family.buckets;
    const fresh = () => ({ counts: family.buckets.map(() => 0), sum: 0, count: 0 });
    this.#table = new SeriesTable(family, fresh, onLeftOut);
  }

  observe(labels: Labels, value: number): void {
    const series = this.#table.get(labels);
    if (!series) return;
    series.sum += value;
    series.count++;
    this.#buckets.forEach((bound, index) => {
      if (value <= bound) series.counts[index] = (series.counts[index] ?? 0) + 1;
    });
  }

  dropSeries(labels: Labels): void {
    this.#table.dropSeries(labels);
  }

  render(): string {
    const { name } = this.#table.family;
    return this.#table.render((rendered, { counts, sum, count }) => {
      const buckets = this.#buckets.map(
        (bound, index) => `${name}_bucket${withLabels(rendered, { le: String(bound) })} ${counts[index] ?? 0}\n`,
      );
      const total = `${name}_bucket${withLabels(rendered, { le: '+Inf' })} ${count}\n`;
      return `${buckets.join('')}${total}${name}_sum${rendered} ${renderValue(sum)}\n${name}_count${rendered} ${count}\n`;
    });
  }
}
