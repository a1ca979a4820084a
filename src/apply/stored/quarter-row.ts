/** The tables `quarter_hours` and `list_quarter_hours`, as every database has them. */
import {
  DECIMAL_UNIT,
  type FigureOfQuarter,
  isDecimal,
  type ListQuarterHour,
  type QuarterHour,
} from '../../evidence/quarter-hours.js';
import type { QuarterSums } from '../../reports/statistics-quarters.js';

export const FIGURE_COLUMNS = ['busy_ratio', 'hit_ratio', 'overdial_ratio', 'time_to_complete_seconds'] as const;
export const LIST_FIGURES = ['hit_ratio', 'time_to_complete_seconds'] as const;
const PARTS = ['count', 'min', 'max', 'sum', 'last'] as const;

/** A row without its names: times and counts, the unit, then five columns for each figure. */
export type QuarterRow = readonly (number | null)[];

/** In the order of `QUARTER_COLUMNS`. */
export function quarterOfRow(row: QuarterRow): QuarterHour {
  const [startMs, count, figuresCount, observedMs, newestMs] = row;
  const [busyRatio = null, hitRatio = null, overdialRatio = null, timeToCompleteSeconds = null] = figuresIn(
    row.slice(5),
    FIGURE_COLUMNS.length,
  );
  return {
    startMs: startMs ?? 0,
    count: count ?? 0,
    figuresCount: figuresCount ?? 0,
    observedMs: observedMs ?? 0,
    newestMs: newestMs ?? 0,
    figures: { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds },
  };
}

/** Of a row from its unit on. */
function figuresIn([unit, ...columns]: QuarterRow, figures: number): (FigureOfQuarter | null)[] {
  return Array.from({ length: figures }, (_, n) => {
    const [count, ...values] = columns.slice(PARTS.length * n, PARTS.length * (n + 1));
    if (!count) return null;
    const [min = 0, max = 0, sum = 0, last = 0] = values.map((value) => (value ?? 0) / (unit ?? 1));
    return { count, min, max, sum, last };
  });
}

/** The unit, then count, least, greatest, sum and last of each figure in it. */
function columnsIn(figures: readonly (FigureOfQuarter | null)[]): (number | null)[] {
  const unit = figures.every((figure) => figure === null || isDecimal(figure)) ? DECIMAL_UNIT : 1;
  const inUnit = (value: number) => (unit === 1 ? value : Math.round(value * unit));
  const columns = figures.map((figure) => {
    if (figure === null) return [0, null, null, null, null];
    const { count, min, max, sum, last } = figure;
    return [count, inUnit(min), inUnit(max), inUnit(sum), inUnit(last)];
  });
  return [unit, ...columns.flat()];
}

const columnsFor = (figures: readonly string[]) => figures.flatMap((name) => PARTS.map((part) => `${name}_${part}`));
export const QUARTER_COLUMNS = [
  'start_ms',
  'count',
  'figures_count',
  'observed_ms',
  'newest_ms',
  'unit',
  ...columnsFor(FIGURE_COLUMNS),
].join(', ');
export const LIST_QUARTER_COLUMNS = ['start_ms', 'newest_ms', 'unit', ...columnsFor(LIST_FIGURES)].join(', ');

/** Behind the number of the list: in the order of `LIST_QUARTER_COLUMNS`. */
export function listQuarterOfRow(listNo: number, row: QuarterRow): ListQuarterHour {
  const [startMs, newestMs] = row;
  const [hitRatio = null, timeToCompleteSeconds = null] = figuresIn(row.slice(2), LIST_FIGURES.length);
  return { listNo, startMs: startMs ?? 0, newestMs: newestMs ?? 0, hitRatio, timeToCompleteSeconds };
}

export function quarterColumns(quarter: QuarterHour): (number | null)[] {
  const { startMs, count, figuresCount, observedMs, newestMs, figures } = quarter;
  const { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds } = figures;
  const columns = columnsIn([busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds]);
  return [startMs, count, figuresCount, observedMs, newestMs, ...columns];
}

export function listQuarterColumns(quarter: ListQuarterHour): (number | null)[] {
  const { startMs, newestMs, hitRatio, timeToCompleteSeconds } = quarter;
  return [startMs, newestMs, ...columnsIn([hitRatio, timeToCompleteSeconds])];
}

/** Columns of one figure in a row of sums. */
const SUMS = 4;

/**
 * Of how many samples say any figure, their unit, and count, least, greatest and sum of each figure. What a figure was last
 * is of the newest quarter that says any, and asked for by itself where that does not say it.
 */
export function sumsOfRow(
  sums: QuarterRow,
  lastsOf: () => QuarterRow,
  lastOf: (figure: number) => number | undefined,
): QuarterSums | null {
  const [figuresCount, unit] = sums;
  if (!figuresCount) return null;
  const lasts = lastsOf();
  const figure = (n: number): FigureOfQuarter | null => {
    const at = 2 + SUMS * n;
    const count = sums[at];
    if (!count) return null;
    const valueAt = (place: number) => (sums[place] ?? 0) / (unit ?? 1);
    const last = lasts[n] ?? lastOf(n);
    return { count, min: valueAt(at + 1), max: valueAt(at + 2), sum: valueAt(at + 3), last: last ?? 0 };
  };
  return {
    figuresCount,
    figures: {
      busyRatio: figure(0),
      hitRatio: figure(1),
      overdialRatio: figure(2),
      timeToCompleteSeconds: figure(3),
    },
  };
}
