/** What a quarter of an hour keeps of its samples: the vendor's grain, and one that time zones of :30 and :45 begin with. */
import type { Statistics } from '../domain/notification.js';
import { placeMs, type TaggedSample } from './sample.js';

export const QUARTER_HOUR_MS = 900_000;
export const HOUR_MS = 3_600_000;
/** A sample stands for the time until the next, and for no more than this: posts come every ten seconds, or are missing. */
const STANDS_FOR_MS = 60_000;

/** Most figures are decimals, and whole numbers of this unit. */
export const DECIMAL_UNIT = 10_000;
/** Sums of decimals are off by as much as doubles are. */
export const SUM_IS_OFF = 1e-3;
/** Whole numbers that a column of INTEGER holds, and doubles, too. */
export const MOST_UNITS = 2 ** 51;

/** Of the samples that say a figure. */
export interface FigureOfQuarter {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly last: number;
}

/** Null: no sample of the quarter says it. */
export type FiguresOfQuarter = Readonly<Record<keyof Statistics, FigureOfQuarter | null>>;

export interface QuarterHour {
  /** UTC milliseconds, a multiple of 15 minutes. */
  readonly startMs: number;
  readonly count: number;
  /** Of these, samples that say any figure. */
  readonly figuresCount: number;
  /** For how much of it its samples stand. */
  readonly observedMs: number;
  /** Place of its newest sample. */
  readonly newestMs: number;
  readonly figures: FiguresOfQuarter;
}

export interface ListQuarterHour {
  readonly listNo: number;
  readonly startMs: number;
  readonly newestMs: number;
  readonly hitRatio: FigureOfQuarter | null;
  readonly timeToCompleteSeconds: FigureOfQuarter | null;
}

export function quarterOf(atMs: number): number {
  return Math.floor(atMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
}

/** The clock hour of a moment, counted from 1970 in UTC. */
export function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS);
}

/**
 * The quarter with samples added, in order; null: none yet. They are placed behind all it has; or late, where the others have
 * gone: then what was said last, and for how long samples stand, stays as it was.
 */
export function addToQuarter(before: QuarterHour | null, samples: readonly TaggedSample[]): QuarterHour {
  let newestMs = before?.newestMs ?? NaN;
  let observedMs = before?.observedMs ?? 0;
  for (const sample of samples) {
    const atMs = placeMs(sample);
    if (atMs <= newestMs) continue;
    if (!Number.isNaN(newestMs)) observedMs += Math.min(atMs - newestMs, STANDS_FOR_MS);
    newestMs = atMs;
  }
  const isLate = before !== null && samples.some((sample) => placeMs(sample) <= before.newestMs);
  const add = (name: keyof Statistics) => {
    const known = before?.figures[name] ?? null;
    const added = addFigures(
      known,
      samples.map(({ statistics }) => statistics[name]),
    );
    return added && known && isLate ? { ...added, last: known.last } : added;
  };
  return {
    startMs: quarterOf(newestMs),
    count: (before?.count ?? 0) + samples.length,
    figuresCount: (before?.figuresCount ?? 0) + samples.filter(({ statistics }) => saysFigures(statistics)).length,
    observedMs,
    newestMs,
    figures: {
      busyRatio: add('busyRatio'),
      hitRatio: add('hitRatio'),
      overdialRatio: add('overdialRatio'),
      timeToCompleteSeconds: add('timeToCompleteSeconds'),
    },
  };
}

/** Whether any figure is said. */
export function saysFigures({ busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds }: Statistics): boolean {
  return busyRatio !== null || hitRatio !== null || overdialRatio !== null || timeToCompleteSeconds !== null;
}

/** The same of one list, of the samples that name it. */
export function addToListQuarter(
  listNo: number,
  before: ListQuarterHour | null,
  samples: readonly TaggedSample[],
): ListQuarterHour | null {
  const naming = samples.flatMap((sample) => {
    const list = sample.lists.find((one) => one.listNo === listNo);
    return list === undefined ? [] : [{ list, atMs: placeMs(sample) }];
  });
  const newestMs = naming.at(-1)?.atMs ?? before?.newestMs;
  if (newestMs === undefined) return null;
  return {
    listNo,
    startMs: quarterOf(newestMs),
    newestMs,
    hitRatio: addFigures(
      before?.hitRatio ?? null,
      naming.map(({ list }) => list.hitRatio),
    ),
    timeToCompleteSeconds: addFigures(
      before?.timeToCompleteSeconds ?? null,
      naming.map(({ list }) => list.timeToCompleteSeconds),
    ),
  };
}

export function addFigures(before: FigureOfQuarter | null, values: readonly (number | null)[]): FigureOfQuarter | null {
  let [count, min, max, sum, last] = before
    ? [before.count, before.min, before.max, before.sum, before.last]
    : [0, Infinity, -Infinity, 0, NaN];
  for (const value of values) {
    if (value === null) continue;
    count++;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    last = value;
  }
  return count === 0 ? null : inDecimals({ count, min, max, sum, last });
}

/**
 * A sum of decimals is the one that decimals make, and not what doubles do, which depends on their order, and on whether it was
 * stored in between: 0.1 and 0.2 are 0.3.
 */
export function inDecimals(figure: FigureOfQuarter): FigureOfQuarter {
  return isDecimal(figure) ? { ...figure, sum: Math.round(figure.sum * DECIMAL_UNIT) / DECIMAL_UNIT } : figure;
}

export function isDecimal({ min, max, sum, last }: FigureOfQuarter): boolean {
  const units = sum * DECIMAL_UNIT;
  return (
    [min, max, last].every((value) => Math.round(value * DECIMAL_UNIT) / DECIMAL_UNIT === value) &&
    Math.abs(units) < MOST_UNITS &&
    Math.abs(units - Math.round(units)) < SUM_IS_OFF
  );
}
