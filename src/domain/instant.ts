/** What people write for a moment: ISO 8601, or seconds since the epoch. */
import type { LocalTime } from './local-time.js';

const DAY_MS = 86_400_000;
/** The last instant that JavaScript can write as a date. */
export const LAST_INSTANT_MS = 8.64e15;

/** Beyond the year 9999 it is milliseconds that were written. */
const LAST_EPOCH_MS = Date.UTC(10_000, 0, 1);

const DATE =
  /^(?:(?<year>\d{4})-(?<month>\d{2})(?:-(?<day>\d{2}))?|(?<weekYear>\d{4})-W(?<week>\d{2})(?:-(?<weekday>[1-7]))?)/;
const TIME =
  /^T(?<hours>\d{2}):(?<minutes>\d{2})(?::(?<seconds>\d{2})(?<fraction>\.\d+)?)?(?:(?<utc>Z)|(?<sign>[+-])(?<aheadHours>[01]\d|2[0-3]):(?<aheadMinutes>[0-5]\d))?$/;

/** The named parts of a text; those that are not there are undefined. */
type Parts = Readonly<Record<string, string | undefined>>;

/**
 * Milliseconds of `2026-11-20`, `2026-11`, the ISO week `2026-W47` or its day `2026-W47-5`, each with or without a time
 * like `T08:00`, `T08:00:00.5Z` or `T08:00+01:00`; or of epoch seconds. Without an offset the clock of `zone` is meant,
 * and a month, week or day alone is its first moment. Null for anything else, also for what no calendar or clock shows,
 * and for `20261120`, which is hardly meant as a second of 1970.
 */
export function parseInstant(text: string, zone: LocalTime): number | null {
  if (!/^\d+(\.\d+)?$/.test(text)) return parseIso(text, zone);
  const ms = Math.round(Number(text) * 1000);
  return ms <= LAST_EPOCH_MS && !/^(19|20)\d{6}$/.test(text) ? ms : null;
}

function parseIso(text: string, zone: LocalTime): number | null {
  const date = DATE.exec(text);
  const parts: Parts = date?.groups ?? {};
  const dayMs = date && dayOf(parts);
  if (dayMs === null) return null;
  const rest = text.slice(date?.[0].length);
  if (rest === '') return zone.instantOf(dayMs);
  const { year, day, weekday } = parts;
  const time = TIME.exec(rest)?.groups;
  if (time === undefined || (year === undefined ? weekday : day) === undefined) return null;
  const timeMs = timeOf(time);
  if (timeMs === null) return null;
  const { utc, sign, aheadHours, aheadMinutes } = time as Parts;
  if (sign === undefined) return utc === undefined ? zone.instantOf(dayMs + timeMs) : dayMs + timeMs;
  const offsetMs = (Number(aheadHours) * 60 + Number(aheadMinutes)) * 60_000;
  return dayMs + timeMs - (sign === '-' ? -offsetMs : offsetMs);
}

/** Midnight of a date that is in the calendar, written as in UTC. */
function dayOf({ year, month, day = '01', weekYear, week, weekday = '1' }: Parts): number | null {
  if (weekYear !== undefined) {
    const ms = mondayOfFirstWeek(Number(weekYear)) + (Number(week) - 1) * 7 * DAY_MS;
    const isWeek = week !== '00' && ms < mondayOfFirstWeek(Number(weekYear) + 1);
    return isWeek ? ms + (Number(weekday) - 1) * DAY_MS : null;
  }
  const ms = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  // Date.parse takes 30 February for a day in March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(`${year}-${month}-${day}`) ? ms : null;
}

/** Week 1 is the one that 4 January is in (ISO 8601). */
function mondayOfFirstWeek(year: number): number {
  const fourth = new Date(0).setUTCFullYear(year, 0, 4);
  return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
}

/** Milliseconds since midnight; 24:00 is the end of the day. */
function timeOf({ hours, minutes, seconds = '0', fraction = '.0' }: Parts): number | null {
  if (Number(minutes) > 59 || Number(seconds) > 59) return null;
  const ms =
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 + Math.floor(Number(`0${fraction}`) * 1000);
  return ms <= DAY_MS ? ms : null;
}
