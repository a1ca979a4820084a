import type { Statistics } from './notification.js';
import type { Aggregate, StatisticsRow } from './store.js';

/** One sample of the four statistics. */
export interface StatisticsSample extends Statistics {
  readonly atMs: number;
}

/** Samples in ascending order, column by column: a day of them costs less than as objects. */
export interface SampleColumns extends Readonly<Record<keyof Statistics, readonly (number | null)[]>> {
  readonly atMs: readonly number[];
}

/** Statistics over steps, newest step first. `startOf` says where an instant's step begins. */
export function aggregateBySteps(samples: SampleColumns, startOf: (atMs: number) => number): StatisticsRow[] {
  const { atMs } = samples;
  const rows: StatisticsRow[] = [];
  let [first, startMs] = [0, NaN];
  const endStep = (end: number) => {
    if (end > first) rows.push(stepOf(samples, startMs, first, end));
    first = end;
  };
  for (let n = 0; n < atMs.length; n++) {
    const itsStartMs = startOf(atMs[n] ?? NaN);
    if (itsStartMs !== startMs) endStep(n);
    startMs = itsStartMs;
  }
  endStep(atMs.length);
  return rows.reverse();
}

/** Of the samples from one place to another. */
function stepOf(samples: SampleColumns, startMs: number, first: number, end: number): StatisticsRow {
  return {
    atMs: startMs,
    count: end - first,
    busyRatio: aggregate(samples.busyRatio, first, end),
    hitRatio: aggregate(samples.hitRatio, first, end),
    overdialRatio: aggregate(samples.overdialRatio, first, end),
    timeToCompleteSeconds: aggregate(samples.timeToCompleteSeconds, first, end),
  };
}

/** A single sample in the same shape. */
export function rowOf({ atMs, ...figures }: StatisticsSample): StatisticsRow {
  const only = (value: number | null) => (value === null ? null : { min: value, mean: value, max: value, last: value });
  return {
    atMs,
    count: 1,
    busyRatio: only(figures.busyRatio),
    hitRatio: only(figures.hitRatio),
    overdialRatio: only(figures.overdialRatio),
    timeToCompleteSeconds: only(figures.timeToCompleteSeconds),
  };
}

function aggregate(values: readonly (number | null)[], first: number, end: number): Aggregate | null {
  let [count, min, max, sum, last] = [0, Infinity, -Infinity, 0, NaN];
  for (let n = first; n < end; n++) {
    const value = values[n] ?? null;
    if (value === null) continue;
    count++;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    last = value;
  }
  return count === 0 ? null : { min, mean: sum / count, max, last };
}
