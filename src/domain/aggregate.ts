import type { Statistics } from './notification.js';
import type { Aggregate, StatisticsRow } from './store.js';

/** One sample of the four statistics. */
export interface StatisticsSample extends Statistics {
  readonly atMs: number;
}

/** Statistics over steps from samples in ascending order; newest step first. `startOf` says where an instant's step begins. */
export function aggregateBySteps(
  samples: readonly StatisticsSample[],
  startOf: (atMs: number) => number,
): StatisticsRow[] {
  const rows: StatisticsRow[] = [];
  let ofStep: StatisticsSample[] = [];
  let startMs = NaN;
  for (const sample of samples) {
    const itsStartMs = startOf(sample.atMs);
    if (itsStartMs !== startMs && ofStep.length > 0) {
      rows.push(rowOf(startMs, ofStep));
      ofStep = [];
    }
    startMs = itsStartMs;
    ofStep.push(sample);
  }
  if (ofStep.length > 0) rows.push(rowOf(startMs, ofStep));
  return rows.reverse();
}

/** Single samples in the same shape. */
export function rowOf(atMs: number, samples: readonly StatisticsSample[]): StatisticsRow {
  return {
    atMs,
    count: samples.length,
    busyRatio: aggregate(samples.map((sample) => sample.busyRatio)),
    hitRatio: aggregate(samples.map((sample) => sample.hitRatio)),
    overdialRatio: aggregate(samples.map((sample) => sample.overdialRatio)),
    timeToCompleteSeconds: aggregate(samples.map((sample) => sample.timeToCompleteSeconds)),
  };
}

function aggregate(values: readonly (number | null)[]): Aggregate | null {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return null;
  let min = last;
  let max = last;
  let sum = 0;
  for (const value of known) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return { min, mean: sum / known.length, max, last };
}
