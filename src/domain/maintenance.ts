/**
 * Maintenance windows of a source: while one lasts, nothing is missed and nobody is silent; after it the limits run anew.
 * Written `sun 02:00-04:00`, `daily 23:30-00:15 Europe/Berlin` (UTC without a zone; past midnight is the next day), or
 * once, as `2026-12-24T20:00Z/2026-12-25T04:00Z`.
 */
import { parseInstant } from './instant.js';
import { isTimeZone, LocalTime } from './local-time.js';

export type MaintenanceWindow =
  | { readonly kind: 'once'; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: 'weekly';
      /** 0 is Monday; null: every day. */
      readonly weekday: number | null;
      readonly fromMinute: number;
      /** Beyond 24 hours when it lasts into the next day. */
      readonly toMinute: number;
      readonly timeZone: string;
    };

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const WEEKLY = /^(daily|mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)(?: (\S+))?$/i;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** Days looked back for the window that ended last. */
const DAYS_BACK = 8;
/** Days of a longer time whose windows are told; those before are taken for none. */
const DAYS_LOOKED_AT = 400;

/** The window a text means, null when it means none. */
export function parseMaintenance(text: string): MaintenanceWindow | null {
  const [from, to, ...rest] = text.trim().split('/');
  const weekly = WEEKLY.exec(text.trim());
  if (weekly) return weeklyOf(weekly);
  const [fromMs, toMs] = [instantOf(from), instantOf(to)];
  if (rest.length > 0 || fromMs === null || toMs === null || fromMs >= toMs) return null;
  return { kind: 'once', fromMs, toMs };
}

const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)$/;
const UTC = new LocalTime('UTC');

/** A date and time with its zone; null also for what no calendar shows, such as 30 February. */
function instantOf(said = ''): number | null {
  const text = said.toUpperCase();
  return ZONED.test(text) ? parseInstant(text, UTC) : null;
}

function weeklyOf([
  ,
  day = '',
  fromHour,
  fromMin,
  toHour,
  toMin,
  zone = 'UTC',
]: RegExpExecArray): MaintenanceWindow | null {
  const fromMinute = Number(fromHour) * 60 + Number(fromMin);
  const until = Number(toHour) * 60 + Number(toMin);
  if (!isTimeZone(zone) || until > DAY_MINUTES || until === fromMinute) return null;
  const weekday = WEEKDAYS.indexOf(day.toLowerCase());
  return {
    kind: 'weekly',
    weekday: weekday === -1 ? null : weekday,
    fromMinute,
    toMinute: until > fromMinute ? until : until + DAY_MINUTES,
    timeZone: zone,
  };
}

/** The windows of one source. Asked at every scrape for every group: it remembers its answer for a second. */
export class MaintenanceCalendar {
  readonly windows: readonly MaintenanceWindow[];
  readonly #clocks = new Map<string, LocalTime>();
  #askedSecond = NaN;
  #answer: number | null = null;

  constructor(windows: readonly MaintenanceWindow[]) {
    this.windows = windows;
    for (const window of windows) {
      if (window.kind === 'weekly') this.#clocks.set(window.timeZone, new LocalTime(window.timeZone));
    }
  }

  /** When the windows that have begun are over: in the future within one, in the past after one; null before the first. */
  quietUntilMs(nowMs: number): number | null {
    if (this.windows.length === 0) return null;
    const second = Math.floor(nowMs / 1000);
    if (second === this.#askedSecond) return this.#answer;
    const ends = this.windows.flatMap((window) => this.#endsOf(window, nowMs));
    this.#askedSecond = second;
    this.#answer = ends.length === 0 ? null : Math.max(...ends);
    return this.#answer;
  }

  /** When maintenance was within a time, in order of the begins. */
  within(fromMs: number, toMs: number): { readonly fromMs: number; readonly toMs: number }[] {
    return this.windows
      .flatMap((window) => this.#timesOf(window, fromMs, toMs))
      .filter((time) => time.toMs > fromMs && time.fromMs < toMs)
      .sort((a, b) => a.fromMs - b.fromMs);
  }

  #endsOf(window: MaintenanceWindow, nowMs: number): number[] {
    const begun = this.#timesOf(window, nowMs - DAYS_BACK * DAY_MS, nowMs).filter(({ fromMs }) => fromMs <= nowMs);
    return begun.map(({ toMs }) => toMs);
  }

  /** Those of the days that a time touches, and of the day before. */
  #timesOf(window: MaintenanceWindow, fromMs: number, toMs: number): { fromMs: number; toMs: number }[] {
    if (window.kind === 'once') return [{ fromMs: window.fromMs, toMs: window.toMs }];
    const clock = this.#clocks.get(window.timeZone);
    if (clock === undefined) return [];
    const lastDay = Math.floor(clock.localMs(toMs) / DAY_MS);
    const firstDay = Math.max(Math.floor(clock.localMs(fromMs) / DAY_MS) - 1, lastDay - DAYS_LOOKED_AT);
    const times: { fromMs: number; toMs: number }[] = [];
    for (let day = firstDay; day <= lastDay; day++) {
      // 1970-01-01 was a Thursday.
      if (window.weekday !== null && (day + 3) % 7 !== window.weekday) continue;
      const beginMs = clock.instantOf(day * DAY_MS + window.fromMinute * MINUTE_MS);
      times.push({ fromMs: beginMs, toMs: clock.instantOf(day * DAY_MS + window.toMinute * MINUTE_MS) });
    }
    return times;
  }
}
