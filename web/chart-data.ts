/** Columns of statistics by time, as charts and their tables want them. Pure. */
import type { Statistic, Statistics, StatisticsStep } from './api-types.js';
import type { Gap } from './gap-kinds.js';

type Figures = readonly (number | null)[];

/** Of every step its mean, its least and its most; all null where the statistic was not reported. */
export interface Column {
  readonly mean: Figures;
  readonly min: Figures;
  readonly max: Figures;
}

export type ChartData = {
  /** Seconds: the start of each step. */
  readonly at: readonly number[];
  /** How many posts with figures the step has. */
  readonly samples: readonly number[];
  /** The newest post in it. */
  readonly eventMs: number;
} & Readonly<Record<Statistic, Column>>;

const STATISTICS = ['busy_ratio', 'hit_ratio', 'overdial_ratio', 'time_to_complete_seconds'] as const;

/** `items` newest first, as they are answered; `eventMs` is the newest post they can contain. */
export function chartDataOf(items: readonly StatisticsStep[], eventMs: number): ChartData {
  const steps = [...items].reverse();
  return {
    at: steps.map(({ at }) => Date.parse(at) / 1000),
    samples: steps.map(({ samples }) => samples),
    eventMs,
    ...columns((name) => ({
      mean: steps.map((step) => step[name]),
      min: steps.map((step) => step[`${name}_min`]),
      max: steps.map((step) => step[`${name}_max`]),
    })),
  };
}

function columns(of: (name: Statistic) => Column): Record<Statistic, Column> {
  return Object.fromEntries(STATISTICS.map((name) => [name, of(name)])) as Record<Statistic, Column>;
}

/** With the newest figures in the step they belong to; earlier steps stay as they were. */
export function extendChart(data: ChartData, statistics: Statistics, eventMs: number, stepSeconds: number): ChartData {
  const last = data.at.at(-1) ?? -Infinity;
  // Days begin by the viewer's clock.
  const isOfLast = eventMs / 1000 >= last && eventMs / 1000 < last + stepSeconds;
  const at = isOfLast ? last : Math.floor(eventMs / 1000 / stepSeconds) * stepSeconds;
  // The same post is told again when only what is thought of its group changed.
  if (at < last || eventMs <= data.eventMs) return data;
  if (Object.values(statistics).every((value) => value === null)) return data;
  const kept = at === last ? data.at.length - 1 : data.at.length;
  const before = data.samples[kept] ?? 0;
  const next = <T>(list: readonly T[], value: T) => [...list.slice(0, kept), value];
  return {
    at: next(data.at, at),
    samples: next(data.samples, before + 1),
    eventMs,
    ...columns((name) => {
      const { mean, min, max } = data[name];
      const value = statistics[name];
      const known = mean[kept] ?? null;
      if (value === null)
        return { mean: next(mean, known), min: next(min, min[kept] ?? null), max: next(max, max[kept] ?? null) };
      return {
        mean: next(mean, known === null ? value : (known * before + value) / (before + 1)),
        min: next(min, Math.min(min[kept] ?? value, value)),
        max: next(max, Math.max(max[kept] ?? value, value)),
      };
    }),
  };
}

/** So many steps apart, samples belong to no line. */
const HOLE_STEPS = 3;
/** Fewer intervals say nothing of how often a source posts. */
const LEAST_INTERVALS = 4;

/** From this many seconds on, nothing between two samples is a hole: by the step, and by how often there are samples. */
export function holeSeconds(at: readonly number[], stepSeconds: number): number {
  const intervals = at.slice(1).map((second, index) => second - (at[index] ?? second));
  intervals.sort((a, b) => a - b);
  const usual = intervals.length < LEAST_INTERVALS ? 0 : (intervals[Math.floor(intervals.length / 2)] ?? 0);
  return HOLE_STEPS * Math.max(stepSeconds, usual);
}

/** What a line is drawn through: a null breaks it. `row` is the step a point shows; null for a break. */
export interface Line {
  readonly at: number[];
  readonly values: (number | null)[];
  readonly rows: (number | null)[];
}

/** Breaks where nothing was heard for long, and where something is known to have been amiss. */
export function lineOf(data: ChartData, name: Statistic, stepSeconds: number, gaps: readonly Gap[]): Line {
  const line: Line = { at: [], values: [], rows: [] };
  const hole = holeSeconds(data.at, stepSeconds);
  const isBroken = (from: number, to: number) =>
    to - from > hole ||
    gaps.some((gap) => Math.min(gap.toMs / 1000, to) - Math.max(gap.fromMs / 1000, from) >= stepSeconds);
  data.at.forEach((at, row) => {
    const before = line.at.at(-1);
    if (before !== undefined && isBroken(before, at)) {
      line.at.push(before + Math.min(stepSeconds, (at - before) / 2));
      line.values.push(null);
      line.rows.push(null);
    }
    line.at.push(at);
    line.values.push(data[name].mean[row] ?? null);
    line.rows.push(row);
  });
  return line;
}

/** Points that no line leads to: they are drawn as such. */
export function lonePoints(values: readonly (number | null | undefined)[]): number[] {
  const isThere = (index: number) => (values[index] ?? null) !== null;
  return values.flatMap((_value, index) =>
    isThere(index) && !isThere(index - 1) && !isThere(index + 1) ? [index] : [],
  );
}
