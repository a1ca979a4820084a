import type { SampleColumns, StatisticsSample } from '../../src/domain/aggregate.js';

/** Samples as charts read them. */
export function columnsOf(samples: readonly StatisticsSample[]): SampleColumns {
  return {
    atMs: samples.map(({ atMs }) => atMs),
    busyRatio: samples.map(({ busyRatio }) => busyRatio),
    hitRatio: samples.map(({ hitRatio }) => hitRatio),
    overdialRatio: samples.map(({ overdialRatio }) => overdialRatio),
    timeToCompleteSeconds: samples.map(({ timeToCompleteSeconds }) => timeToCompleteSeconds),
  };
}
