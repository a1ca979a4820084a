/** One chart, ready to be drawn, told and tabled: the same figures for all three. Pure. */
import type { Statistic } from './api-types.js';
import { type ChartData, type Line, lineOf } from './chart-data.js';
import { gapAt, gapsOfStatistic } from './chart-gaps.js';
import { type Scale, scaleOf, type Unit } from './chart-scale.js';
import { clockSeconds } from './format.js';
import { type Gap, GAP_WORDS } from './gap-kinds.js';
import type { Range } from './range.js';

export interface ChartKind {
  readonly name: Statistic;
  readonly label: string;
  readonly unit: Unit;
  /** The least that the scale reaches to. */
  readonly least: number;
  readonly format: (value: number | null) => string;
}

export interface ChartInput {
  readonly kind: ChartKind;
  readonly data: ChartData;
  readonly stepSeconds: number;
  readonly range: Range;
  /** What is amiss for all statistics of the group, and since when that is known. */
  readonly gaps: readonly Gap[];
  readonly gapsFromMs: number;
  readonly goal: number | null;
  /** Above it is trouble. */
  readonly limit: number | null;
}

export interface ShownChart extends ChartInput {
  readonly line: Line;
  /** With what is amiss for this statistic alone. */
  readonly allGaps: readonly Gap[];
  readonly scale: Scale;
}

/** A line that is looked at stands clear of the upper edge. */
const CLEARANCE = 1.25;

export function shownChart(input: ChartInput): ShownChart {
  const { kind, data, stepSeconds, range, goal, limit } = input;
  const told = { fromMs: Math.max(range.fromMs, input.gapsFromMs), toMs: range.toMs };
  const allGaps = gapsOfStatistic(data, kind.name, stepSeconds, { gaps: input.gaps, range: told });
  const { mean, max } = data[kind.name];
  const isInView = (row: number) => ((data.at[row] ?? 0) + stepSeconds) * 1000 > range.fromMs;
  const values = [...mean, ...max].filter(
    (value, index): value is number => value !== null && isInView(index % mean.length),
  );
  const least = Math.max(kind.least, (goal ?? 0) * CLEARANCE, (limit ?? 0) * CLEARANCE);
  const line = lineOf(data, kind.name, stepSeconds, allGaps);
  return { ...input, allGaps, scale: scaleOf(kind.unit, values, least), line };
}

/** A step in words: `mean 30.0% · min 28.0% · max 35.0%`; one post alone is its figure. */
export function figureWords({ data, kind: { name, format } }: ShownChart, row: number): string {
  const { mean, min, max } = data[name];
  const value = mean[row] ?? null;
  if (value === null) return 'no such figure';
  if ((data.samples[row] ?? 1) <= 1) return format(value);
  return `mean ${format(value)} · min ${format(min[row] ?? null)} · max ${format(max[row] ?? null)}`;
}

/** What stands at a time, in words: the step's figures, or why there are none. */
export function wordsAt(shown: ShownChart, row: number, atMs: number, nowMs: number): string {
  const { data, allGaps, stepSeconds } = shown;
  const stepMs = stepSeconds * 1000;
  const startMs = (data.at[row] ?? 0) * 1000;
  const gap = gapAt(allGaps, atMs);
  const isOfStep = Math.abs(atMs - startMs) <= stepMs && (data[shown.kind.name].mean[row] ?? null) !== null;
  if (gap !== undefined && !isOfStep) return `${clockSeconds(atMs, nowMs)} · ${GAP_WORDS[gap.kind]}`;
  return `${clockSeconds(startMs, nowMs)} · ${figureWords(shown, row)}`;
}

/** Steps and gaps of the range, newest first: the rows of a table. */
export function tableOf({ data, allGaps, range, kind: { name } }: ShownChart) {
  const steps = data.at.map((at, row) => ({ ms: at * 1000, row, gap: null }));
  const gaps = allGaps.map((gap) => ({ ms: gap.fromMs, row: null, gap }));
  return [...steps.filter(({ row }) => (data[name].mean[row] ?? null) !== null), ...gaps]
    .filter(({ ms, gap }) => ms < range.toMs && (gap !== null || ms >= range.fromMs))
    .sort((a, b) => b.ms - a.ms);
}
