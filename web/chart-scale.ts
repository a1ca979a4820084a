/** Scales of charts: where a figure stands, and what the marks say. One extreme flattens nothing: then it is a log scale. Pure. */
import { duration } from './format.js';

export interface Scale {
  /** Where a figure stands, in the units of the drawing; 0 is at the foot. */
  readonly place: (value: number) => number;
  /** The highest place. */
  readonly top: number;
  readonly marks: readonly { readonly at: number; readonly label: string }[];
  readonly isLog: boolean;
}

export type Unit = 'ratio' | 'seconds';

const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 86_400, 365 * 86_400];
const STEPS: Readonly<Record<Unit, readonly number[]>> = {
  ratio: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5],
  seconds: [
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    100 * DAY,
    YEAR,
    2 * YEAR,
    5 * YEAR,
  ],
};
const LOG_MARKS: Readonly<Record<Unit, readonly number[]>> = {
  ratio: [0, 0.01, 0.05, 0.2, 1, 5, 20, 100],
  seconds: [0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, YEAR, 10 * YEAR, 100 * YEAR],
};
/** Below it a log scale is even, so that 0 has a place. */
const EVEN: Readonly<Record<Unit, number>> = { ratio: 0.01, seconds: MINUTE };
/** So many marks have room. */
const MOST_MARKS = 6;
/** The lower quarter of the figures in less than this part of the height cannot be read. */
const FLATTENED = 1 / 40;
/** Above the highest figure. */
const HEADROOM = 1.05;

/** `values` in any order, with nulls left out; the scale reaches at least to `least`. */
export function scaleOf(unit: Unit, values: readonly number[], least: number): Scale {
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const top = Math.max(least, highest * HEADROOM) || 1;
  const positive = values.filter((value) => value > 0).sort((a, b) => a - b);
  const low = positive[Math.floor(positive.length / 4)] ?? top;
  return low / top < FLATTENED && least / top < FLATTENED * 10 ? logScale(unit, top) : linearScale(unit, top);
}

function linearScale(unit: Unit, top: number): Scale {
  const step = STEPS[unit].find((one) => top / one < MOST_MARKS) ?? decade(top);
  const marks = Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => markOf(unit, index * step));
  return { place: (value) => value, top, marks, isLog: false };
}

/** 1, 2 or 5 times a power of ten. */
function decade(top: number): number {
  const power = 10 ** Math.floor(Math.log10(top / MOST_MARKS));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => top / step < MOST_MARKS) ?? 10 * power;
}

function logScale(unit: Unit, top: number): Scale {
  const place = (value: number) => Math.log1p(Math.max(0, value) / EVEN[unit]);
  const marks = LOG_MARKS[unit].filter((value) => value <= top).map((value) => markOf(unit, value));
  const every = Math.ceil(marks.length / MOST_MARKS);
  return { place, top: place(top), marks: marks.filter((_, index) => index % every === 0), isLog: true };
}

function markOf(unit: Unit, at: number) {
  return { at, label: unit === 'ratio' ? `${Number((at * 100).toPrecision(4))}%` : timeLabel(at) };
}

function timeLabel(seconds: number): string {
  if (seconds === 0) return '0';
  if (seconds >= 2 * YEAR) return `${Number((seconds / YEAR).toPrecision(3))} y`;
  return duration(seconds * 1000).replace(/ 00 [hms]$/, '');
}
