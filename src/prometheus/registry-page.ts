/** What prom-client counts, in OpenMetrics. Its own writer of that renames the counters of the registry for good. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { type Described, renderBound, renderCreated, renderFamily, renderLabels, renderValue } from './exposition.js';

/** As prom-client hands a metric on: a histogram has its buckets, sum and count one after the other for each label set. */
type Told = MetricObjectWithValues<MetricValue<string>>;
type Value = Told['values'][number] & { readonly metricName?: string };

/** `sinceMs`: since when a counter or a histogram has counted. */
export function renderRegistry(
  metrics: readonly Told[],
  sinceMs: (family: string, labels: Readonly<Record<string, string>>) => number,
): string {
  return metrics.map((metric) => renderMetric(metric, sinceMs)).join('');
}

function renderMetric(
  { name, help, values, ...told }: Told,
  sinceMs: (family: string, labels: Readonly<Record<string, string>>) => number,
): string {
  const family: Described = { name, help, type: String(told.type) };
  let text = renderFamily(family, 'openmetrics');
  for (const { value, labels, metricName = name } of values as readonly Value[]) {
    const { le, ...rest } = labels;
    const texts = Object.fromEntries(Object.entries(rest).map(([label, said]) => [label, String(said ?? '')]));
    const rendered = renderLabels(le === undefined ? texts : { ...texts, le: boundOf(le) });
    text += `${metricName}${rendered} ${renderValue(value)}\n`;
    // Of a counter its one sample, of a histogram the last one of a label set.
    if (value > 0 && (family.type === 'counter' || metricName === `${name}_count`))
      text += renderCreated(family, rendered, sinceMs(name, texts));
  }
  return text;
}

function boundOf(le: string | number): string {
  return typeof le === 'number' ? renderBound(le, 'openmetrics') : le;
}
