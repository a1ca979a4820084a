/** Pages of statistics on their way between threads: as objects a day by the minute takes longer to copy than to read. */
import type { Aggregate, StatisticsPage, StatisticsRow } from '../domain/store.js';

const FIGURES = ['busyRatio', 'hitRatio', 'overdialRatio', 'timeToCompleteSeconds'] as const;
const OF_FIGURE = 4;
const WIDTH = 2 + FIGURES.length * OF_FIGURE;

export interface PackedStatistics extends Omit<StatisticsPage, 'items'> {
  /** Row by row: moment, count, and of each figure min, mean, max and last; NaN four times for null. */
  readonly numbers: Float64Array;
}

export function packStatistics({ items, ...page }: StatisticsPage): PackedStatistics {
  const numbers = new Float64Array(WIDTH * items.length);
  let at = 0;
  for (const row of items) {
    numbers[at++] = row.atMs;
    numbers[at++] = row.count;
    for (const figure of FIGURES) {
      const { min, mean, max, last } = row[figure] ?? NONE;
      numbers[at++] = min;
      numbers[at++] = mean;
      numbers[at++] = max;
      numbers[at++] = last;
    }
  }
  return { ...page, numbers };
}

export function unpackStatistics({ numbers, ...page }: PackedStatistics): StatisticsPage {
  const items: StatisticsRow[] = [];
  for (let at = 0; at < numbers.length; at += WIDTH) {
    items.push({
      atMs: numbers[at] ?? NaN,
      count: numbers[at + 1] ?? NaN,
      busyRatio: aggregateAt(numbers, at + 2),
      hitRatio: aggregateAt(numbers, at + 2 + OF_FIGURE),
      overdialRatio: aggregateAt(numbers, at + 2 + 2 * OF_FIGURE),
      timeToCompleteSeconds: aggregateAt(numbers, at + 2 + 3 * OF_FIGURE),
    });
  }
  return { ...page, items };
}

const NONE: Aggregate = { min: NaN, mean: NaN, max: NaN, last: NaN };

function aggregateAt(numbers: Float64Array, at: number): Aggregate | null {
  const min = numbers[at] ?? NaN;
  if (Number.isNaN(min)) return null;
  return { min, mean: numbers[at + 1] ?? NaN, max: numbers[at + 2] ?? NaN, last: numbers[at + 3] ?? NaN };
}
