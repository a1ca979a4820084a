/** Columns of statistics by time, as charts want them. Pure. */
import type { Statistic, Statistics } from './api-types.js';

export type ChartData = { readonly at: readonly number[] } & Readonly<Record<Statistic, readonly (number | null)[]>>;

/** With the newest figures in the step they belong to; earlier steps stay as they were. */
export function extendChart(data: ChartData, statistics: Statistics, eventMs: number, stepSeconds: number): ChartData {
  const at = Math.floor(eventMs / 1000 / stepSeconds) * stepSeconds;
  const last = data.at.at(-1) ?? -Infinity;
  if (at < last || Object.values(statistics).every((value) => value === null)) return data;
  const kept = at === last ? data.at.length - 1 : data.at.length;
  const next = <T>(list: readonly T[], value: T) => [...list.slice(0, kept), value];
  return {
    at: next(data.at, at),
    busy_ratio: next(data.busy_ratio, statistics.busy_ratio),
    hit_ratio: next(data.hit_ratio, statistics.hit_ratio),
    overdial_ratio: next(data.overdial_ratio, statistics.overdial_ratio),
    time_to_complete_seconds: next(data.time_to_complete_seconds, statistics.time_to_complete_seconds),
  };
}

/** Holes longer than three steps become gaps: nothing was heard in them. */
export function withGaps(data: ChartData, name: Statistic, stepSeconds: number): [number[], (number | null)[]] {
  const times: number[] = [];
  const values: (number | null)[] = [];
  data.at.forEach((at, index) => {
    const before = times.at(-1);
    if (before !== undefined && at - before > 3 * stepSeconds) {
      times.push(before + stepSeconds);
      values.push(null);
    }
    times.push(at);
    values.push(data[name][index] ?? null);
  });
  return [times, values];
}
