/** A day as any other in two contact centres, of which one has a single campaign group; callbacks in business hours. */
import { hours, shift } from './centre.js';
import type { Day, Hands, Trouble } from './day.js';

/** A Monday before a change of clocks, midnight UTC. */
export const START_MS = Date.UTC(2026, 2, 23);
const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

export const at = hours;
export const minutes = (count: number) => count * MINUTE_MS;

export function aDay(name: string, seed: number, other: Partial<Day> = {}): Day {
  return {
    name,
    startMs: START_MS,
    durationMs: DAY_MS,
    centre: centreOf(seed),
    scrapeSeconds: 15,
    evaluationSeconds: 60,
    plan: (_index, _source, random) => shift({ dayMs: 0 }, random),
    callbacksPerMinute: inHours(8, 20, 4),
    troubles: [],
    ...other,
  };
}

export function centreOf(seed: number, intervalMs = 10_000) {
  return { groups: { default: 7, 'ocs-2': 1 }, seed, intervalMs, hoursOfRecords: 12 };
}

/** Fewer in the first and last hour. */
export function inHours(from: number, to: number, perMinute: number) {
  return (sinceMs: number) => {
    const hour = (sinceMs / 3_600_000) % 24;
    if (hour < from || hour >= to) return 0;
    return hour < from + 1 || hour >= to - 1 ? perMinute / 2 : perMinute;
  };
}

/** Does the same at several moments. */
export function each(
  moments: readonly number[],
  does: (hands: Hands, index: number) => void,
): NonNullable<Day['doings']> {
  return moments.map((atMs, index) => ({
    atMs,
    does: (hands) => {
      does(hands, index);
    },
  }));
}

export const restart = ({ service }: Hands) => {
  service.stop();
  service.start();
};
export const reload = ({ service }: Hands) => {
  service.stop(true);
  service.start(true);
};

/** Everything but what lies in these spans, of a begin and a length. */
export function without(spans: readonly (readonly [number, number])[]) {
  return (sinceMs: number) => !spans.some(([fromMs, forMs]) => sinceMs > fromMs && sinceMs <= fromMs + forMs);
}

interface Stated {
  readonly what: string;
  readonly alert: string;
  readonly where?: Trouble['where'];
  readonly from: number;
  /** Null: beyond the end of the day. */
  readonly to: number | null;
  /** Minutes within which it is to be told, and no more. */
  readonly told: number;
  readonly ends: number;
}

/** A trouble, in hours of the day and minutes. */
export function stated({ what, alert, where = {}, from, to, told, ends }: Stated): Trouble {
  const toMs = to === null ? null : at(to);
  return { what, alert, where, fromMs: at(from), toMs, toldWithinMs: minutes(told), endsWithinMs: minutes(ends) };
}

export const group = (number: number, source = 'default') => ({ source, dbid: String(100 + number) });
