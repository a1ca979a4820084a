/** Where an axis of times has its marks, and what they say: whole hours and midnights of the viewer's zone. Pure. */
import { calendarDay, dayOf, offsetMs, repeatedOffset, timeOfDay } from './format.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Steps within a day: each divides it. */
const STEPS_MS = [1 / 12, 1 / 4, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map(
  (minutes) => minutes * MINUTE_MS,
);
const STEPS_DAYS = [1, 2, 7, 14, 28, 91, 182, 364];
/** The first Monday after the epoch: marks weeks apart stand on Mondays. */
const FIRST_MONDAY = 4;

/** Round times for an axis of this length, as many as have room. */
export function axisTimes(fromMs: number, toMs: number, most: number, timeZone?: string): number[] {
  const span = toMs - fromMs;
  const step = STEPS_MS.find((one) => span / one <= most);
  if (step !== undefined) return withinDays(fromMs, toMs, step, timeZone);
  const days = STEPS_DAYS.find((one) => span / (one * DAY_MS) <= most) ?? 364;
  return midnights(fromMs, toMs, timeZone).filter((ms) => {
    const day = Math.round((ms + offsetMs(ms, timeZone)) / DAY_MS);
    return (day - FIRST_MONDAY) % days === 0;
  });
}

/** Every instant at which the clock on the wall shows a multiple of the step: an hour that repeats has its marks twice. */
function withinDays(fromMs: number, toMs: number, stepMs: number, timeZone?: string): number[] {
  // Clocks are changed by half hours and hours, and zones stand apart by quarters of one: all in fives of minutes.
  const strideMs = Math.min(stepMs, 5 * MINUTE_MS);
  const times: number[] = [];
  for (let ms = Math.ceil(fromMs / strideMs) * strideMs; ms < toMs; ms += strideMs)
    if ((ms + offsetMs(ms, timeZone)) % stepMs === 0) times.push(ms);
  return times;
}

/** The first moment of each day: 00:00, or what follows where the clock leaves that out. */
function midnights(fromMs: number, toMs: number, timeZone?: string): number[] {
  const times: number[] = [];
  const wallDay = (ms: number) => Math.floor((ms + offsetMs(ms, timeZone)) / DAY_MS);
  for (let day = wallDay(fromMs); day <= wallDay(toMs); day++) {
    let ms = day * DAY_MS - offsetMs(day * DAY_MS, timeZone);
    // The offset was that of another time of the day.
    ms = day * DAY_MS - offsetMs(ms, timeZone);
    while (wallDay(ms) < day) ms += 15 * MINUTE_MS;
    while (wallDay(ms - 15 * MINUTE_MS) === day) ms -= 15 * MINUTE_MS;
    if (ms >= fromMs && ms < toMs) times.push(ms);
  }
  return times;
}

export interface AxisMark {
  readonly ms: number;
  /** Empty at midnight: the day says it. In an hour that comes twice, with the offset from UTC. */
  readonly time: string;
  /** At midnight, and where the axis begins on another day than today. */
  readonly day: string | null;
}

/** What each mark of an axis says. `stepMs` is how far they are apart. */
export function axisMarks(times: readonly number[], nowMs: number, timeZone?: string): AxisMark[] {
  const stepMs = Math.min(...times.slice(1).map((ms, index) => ms - (times[index] ?? 0)));
  return times.map((ms, index) => {
    const isMidnight = dayOf(ms - 1, timeZone) !== dayOf(ms, timeZone);
    const isElsewhen = index === 0 && dayOf(ms, timeZone) !== dayOf(nowMs, timeZone);
    const repeated = repeatedOffset(ms, timeZone);
    return {
      ms,
      time: isMidnight ? '' : timeOfDay(ms, stepMs < MINUTE_MS, timeZone) + (repeated === null ? '' : ` ${repeated}`),
      day: isMidnight || isElsewhen ? calendarDay(ms, nowMs, timeZone) : null,
    };
  });
}
