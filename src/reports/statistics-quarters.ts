/** A group's statistics in steps, of what its quarters of an hour add up to: as fast for a year as for a day. */
import { readCursor, writeCursor } from '../domain/cursor.js';
import { LocalTime } from '../domain/local-time.js';
import type { Aggregate, Page, PageRequest, Resolution, StatisticsRow, TimeRange } from '../domain/store.js';
import {
  type FigureOfQuarter,
  type FiguresOfQuarter,
  inDecimals,
  QUARTER_HOUR_MS,
  quarterOf,
} from '../evidence/quarter-hours.js';

/** Steps of one page: with more it ends early, with a cursor, so that other readers get their turn. */
const MOST_STEPS = 1000;

/** What samples add up to. */
export interface QuarterSums {
  /** Samples that say any figure. */
  readonly figuresCount: number;
  readonly figures: FiguresOfQuarter;
}

/** Quarters of an hour of one group. Ranges are half-open; a quarter is of the range in which it begins. */
export interface QuarterRows {
  /**
   * Those that stored ones do not tell: for what came since, and where a range cuts them. `quarter` null: nothing of it is in
   * the range. By time.
   */
  fresh(range: TimeRange): readonly { readonly startMs: number; readonly quarter: QuarterSums | null }[];
  /** What the stored ones of a range add up to; null: none says a figure. */
  stored(range: TimeRange): QuarterSums | null;
  /** Where the newest stored one of a range begins that says a figure; null: none does. */
  newestStoredMs(range: TimeRange): number | null;
  /** Where the oldest stored one begins; null: there is none. */
  oldestStoredMs(): number | null;
}

/** Whether steps consist of whole quarters of an hour, wherever the range has any. */
export function areOfQuarters(rows: QuarterRows, { ms, timeZone }: Resolution, { fromMs, toMs }: TimeRange): boolean {
  if (ms % QUARTER_HOUR_MS !== 0) return false;
  // A range may have no end: the clock is looked at where something is stored.
  const fresh = rows.fresh({ fromMs, toMs });
  const firstMs = Math.max(fromMs, Math.min(rows.oldestStoredMs() ?? Infinity, fresh[0]?.startMs ?? Infinity));
  const newestMs = Math.max(rows.newestStoredMs({ fromMs, toMs }) ?? -Infinity, fresh.at(-1)?.startMs ?? -Infinity);
  return new LocalTime(timeZone).isOnGrid(QUARTER_HOUR_MS, firstMs, newestMs);
}

/** The shortest steps of quarters that are no shorter than these. */
export function inQuarters({ ms, timeZone }: Resolution): Resolution {
  return { ms: Math.ceil(ms / QUARTER_HOUR_MS) * QUARTER_HOUR_MS, timeZone };
}

/** Steps backwards from the newest quarter that says something; stretches of nothing are skipped at once. */
export function quartersPage(
  rows: QuarterRows,
  range: TimeRange,
  step: Resolution,
  { limit, cursor }: PageRequest,
): Page<StatisticsRow> {
  const time = new LocalTime(step.timeZone);
  const quarters = new Quarters(rows, range);
  const [beforeMs] = cursor === null ? [range.toMs] : readCursor('steps', cursor, ['number']);
  let toMs = Math.min(range.toMs, Number(beforeMs));
  const items: StatisticsRow[] = [];
  for (;;) {
    const newestMs = quarters.newestMs(toMs);
    if (newestMs === null) return { items, nextCursor: null };
    const last = items.at(-1);
    if (last !== undefined && items.length >= Math.min(limit, MOST_STEPS))
      return { items, nextCursor: writeCursor('steps', [last.atMs]) };
    const startMs = time.startOfStep(step.ms, newestMs);
    items.push(rowOf(startMs, quarters.sums(startMs, toMs)));
    toMs = startMs;
  }
}

class Quarters {
  readonly #rows: QuarterRows;
  readonly #fromMs: number;
  readonly #fresh;

  constructor(rows: QuarterRows, range: TimeRange) {
    this.#rows = rows;
    this.#fromMs = quarterOf(range.fromMs);
    this.#fresh = rows.fresh(range);
  }

  /** Where the last quarter begins that begins before a moment and says a figure; null: none does. */
  newestMs(beforeMs: number): number | null {
    const fresh = this.#fresh.findLast(({ startMs, quarter }) => startMs < beforeMs && saysAny(quarter))?.startMs;
    let storedMs = this.#storedMs(beforeMs);
    // What is fresh goes before what is stored.
    while (storedMs !== null && this.#isFresh(storedMs)) storedMs = this.#storedMs(storedMs);
    return fresh === undefined ? storedMs : Math.max(fresh, storedMs ?? -Infinity);
  }

  /** Stored quarters around fresh ones, in order. */
  sums(startMs: number, toMs: number): QuarterSums {
    let fromMs = Math.max(startMs, this.#fromMs);
    let sums: QuarterSums = NOTHING;
    const addStored = (endMs: number) => {
      const stored = fromMs < endMs ? this.#rows.stored({ fromMs, toMs: endMs }) : null;
      if (stored !== null) sums = added(sums, stored);
    };
    for (const fresh of this.#fresh) {
      if (fresh.startMs < fromMs || fresh.startMs >= toMs) continue;
      addStored(fresh.startMs);
      if (fresh.quarter !== null) sums = added(sums, fresh.quarter);
      fromMs = fresh.startMs + QUARTER_HOUR_MS;
    }
    addStored(toMs);
    return sums;
  }

  #storedMs(beforeMs: number): number | null {
    return beforeMs <= this.#fromMs ? null : this.#rows.newestStoredMs({ fromMs: this.#fromMs, toMs: beforeMs });
  }

  #isFresh(startMs: number): boolean {
    return this.#fresh.some((fresh) => fresh.startMs === startMs);
  }
}

const NO_FIGURES: FiguresOfQuarter = {
  busyRatio: null,
  hitRatio: null,
  overdialRatio: null,
  timeToCompleteSeconds: null,
};
const NOTHING: QuarterSums = { figuresCount: 0, figures: NO_FIGURES };

function saysAny(quarter: QuarterSums | null): boolean {
  return quarter !== null && quarter.figuresCount > 0;
}

/** `later` is behind all of the others. */
function added(sums: QuarterSums, later: QuarterSums): QuarterSums {
  const add = (name: keyof FiguresOfQuarter) => addedFigure(sums.figures[name], later.figures[name]);
  return {
    figuresCount: sums.figuresCount + later.figuresCount,
    figures: {
      busyRatio: add('busyRatio'),
      hitRatio: add('hitRatio'),
      overdialRatio: add('overdialRatio'),
      timeToCompleteSeconds: add('timeToCompleteSeconds'),
    },
  };
}

function addedFigure(figure: FigureOfQuarter | null, later: FigureOfQuarter | null): FigureOfQuarter | null {
  if (figure === null || later === null) return figure ?? later;
  return {
    count: figure.count + later.count,
    min: Math.min(figure.min, later.min),
    max: Math.max(figure.max, later.max),
    sum: figure.sum + later.sum,
    last: later.last,
  };
}

function rowOf(atMs: number, { figuresCount, figures }: QuarterSums): StatisticsRow {
  return {
    atMs,
    count: figuresCount,
    busyRatio: aggregateOf(figures.busyRatio),
    hitRatio: aggregateOf(figures.hitRatio),
    overdialRatio: aggregateOf(figures.overdialRatio),
    timeToCompleteSeconds: aggregateOf(figures.timeToCompleteSeconds),
  };
}

function aggregateOf(figure: FigureOfQuarter | null): Aggregate | null {
  if (figure === null) return null;
  const { min, max, sum, count, last } = inDecimals(figure);
  return { min, mean: sum / count, max, last };
}
