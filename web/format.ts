/** How figures and times are written. Times in the viewer's zone; pure, so that tests can name a zone. */
import { dateTimeFormat, numberFormat } from './locale.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What stands where nothing is known. */
export const NOT_KNOWN = '–';

/** `45 s`, `5 m 07 s`, `2 h 05 m`, `3 d 04 h`. */
export function duration(ms: number): string {
  const rest = Math.max(0, ms);
  if (rest < MINUTE) return `${Math.floor(rest / SECOND)} s`;
  if (rest < HOUR) return `${Math.floor(rest / MINUTE)} m ${two(Math.floor((rest % MINUTE) / SECOND))} s`;
  if (rest < DAY) return `${Math.floor(rest / HOUR)} h ${two(Math.floor((rest % HOUR) / MINUTE))} m`;
  return `${Math.floor(rest / DAY)} d ${two(Math.floor((rest % DAY) / HOUR))} h`;
}

/** For what lasts: `5 h 20 m`, `12 days`, `more than 10 years`. */
export function longDuration(ms: number): string {
  if (ms < 2 * DAY) return duration(ms);
  const days = Math.floor(ms / DAY);
  return days > 3650 ? 'more than 10 years' : `${days} days`;
}

/** A ratio as percent with one decimal. */
export function percent(ratio: number | null): string {
  return ratio === null ? NOT_KNOWN : `${(ratio * 100).toFixed(1)}%`;
}

export function count(value: number | null): string {
  return value === null ? NOT_KNOWN : COUNT.format(value);
}
const COUNT = numberFormat();

/** `512 B`, `4.1 kB`, `1.3 GB`; 1 kB = 1024 B, as in the settings. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  const scaled = value / 1024 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(scaled < 100 ? 1 : 0)} ${units[power] ?? ''}`;
}

/** `14:05` today, `Tue 14:05` within a week, `24 Nov 14:05` within ten months, else `24 Nov 2027 14:05`. */
export function clock(ms: number, nowMs: number, timeZone?: string): string {
  return withDay(ms, nowMs, formatter('time', timeZone).format(ms), timeZone);
}

/** The time of an hour that comes twice says how far it is from UTC: `02:30 +01`. */
function withDay(ms: number, nowMs: number, clockTime: string, timeZone: string | undefined): string {
  const repeated = repeatedOffset(ms, timeZone);
  const time = repeated === null ? clockTime : `${clockTime} ${repeated}`;
  if (dayOf(ms, timeZone) === dayOf(nowMs, timeZone)) return time;
  if (Math.abs(ms - nowMs) < 6 * DAY) return `${formatter('weekday', timeZone).format(ms)} ${time}`;
  const shape = Math.abs(ms - nowMs) < 300 * DAY ? 'day' : 'year';
  return `${formatter(shape, timeZone).format(ms)} ${time}`;
}

/** As `clock`, to the second. */
export function clockSeconds(ms: number, nowMs: number, timeZone?: string): string {
  return withDay(ms, nowMs, formatter('seconds', timeZone).format(ms), timeZone);
}

/** `14:05`, or `14:05:07`. */
export function timeOfDay(ms: number, toTheSecond: boolean, timeZone?: string): string {
  return formatter(toTheSecond ? 'seconds' : 'time', timeZone).format(ms);
}

/** `Tue 24 Nov`; of another year `24 Nov 2027`. */
export function calendarDay(ms: number, nowMs: number, timeZone?: string): string {
  const isThisYear = dayOf(ms, timeZone).slice(-4) === dayOf(nowMs, timeZone).slice(-4);
  const day = formatter(isThisYear ? 'day' : 'year', timeZone).format(ms);
  return isThisYear ? `${formatter('weekday', timeZone).format(ms)} ${day}` : day;
}

/** How far the wall clock is ahead of UTC. */
export function offsetMs(ms: number, timeZone?: string): number {
  if (timeZone === undefined) return -new Date(ms).getTimezoneOffset() * MINUTE;
  const parts = new Map(
    formatter('whole', timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const at = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  return wall - Math.floor(ms / SECOND) * SECOND;
}

/** Clocks are set back by an hour, seldom by less. */
const NEAR_CHANGE = 3 * HOUR;

/** `+02` for a time that the wall clock shows twice, because it is set back; null for every other. */
export function repeatedOffset(ms: number, timeZone?: string): string | null {
  const own = offsetMs(ms, timeZone);
  const [before, after] = [offsetMs(ms - NEAR_CHANGE, timeZone), offsetMs(ms + NEAR_CHANGE, timeZone)];
  const isFirst = own > after && offsetMs(ms + own - after, timeZone) === after;
  const isAgain = before > own && offsetMs(ms - (before - own), timeZone) === before;
  if (!isFirst && !isAgain) return null;
  const minutes = Math.abs(own) / MINUTE;
  const rest = minutes % 60 === 0 ? '' : `:${two(minutes % 60)}`;
  return `${own < 0 ? '−' : '+'}${two(Math.floor(minutes / 60))}${rest}`;
}

/** `2026-11-21 14:05:07 UTC`. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function dayOf(ms: number, timeZone?: string): string {
  return formatter('date', timeZone).format(ms);
}

const SHAPES = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  weekday: { weekday: 'short' },
  day: { day: 'numeric', month: 'short' },
  year: { day: 'numeric', month: 'short', year: 'numeric' },
  whole: {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  },
  date: { year: 'numeric', month: '2-digit', day: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs a thousand times what using it does. */
function formatter(shape: keyof typeof SHAPES, timeZone: string | undefined): Intl.DateTimeFormat {
  const key = `${shape} ${timeZone ?? ''}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = dateTimeFormat(SHAPES[shape], timeZone);
  formatters.set(key, made);
  return made;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `Predictive GVP` for `predictive_gvp`. */
export function words(name: string | null): string {
  if (name === null || name === '') return NOT_KNOWN;
  const spelled = name.replaceAll('_', ' ').replace(/\brp\b/, 'a routing point');
  const text = spelled.replace(/\b(gvp|json)\b/, (short) => short.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Milliseconds of an ISO time; null stays null. */
export function msOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
