/** Waits of finished callbacks by length, expected and real side by side. Pure. */
import type { CallbackWaits } from './callback-types.js';

export interface WaitBucket {
  readonly label: string;
  readonly expected: number;
  readonly waited: number;
}

const BUCKETS: readonly (readonly [string, number])[] = [
  ['under 1 m', 60],
  ['1–2 m', 120],
  ['2–5 m', 300],
  ['5–10 m', 600],
  ['10–20 m', 1200],
  ['20–40 m', 2400],
  ['40 m–2 h', 7200],
  ['2 h and more', Infinity],
];

export function waitBuckets(callbacks: readonly CallbackWaits[]): WaitBucket[] {
  const both = callbacks.filter((one) => one.expected_wait_seconds !== null && one.offline_wait_seconds !== null);
  return BUCKETS.map(([label, below], index) => {
    const least = BUCKETS[index - 1]?.[1] ?? -Infinity;
    const isIn = (seconds: number | null) => seconds !== null && seconds >= least && seconds < below;
    return {
      label,
      expected: both.filter((one) => isIn(one.expected_wait_seconds)).length,
      waited: both.filter((one) => isIn(one.offline_wait_seconds)).length,
    };
  });
}
