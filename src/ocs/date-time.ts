import type { Violation } from '../domain/notification.js';

/** Numbers from here on are milliseconds already: as seconds they would lie beyond the year 5100. */
const MILLISECONDS_FROM = 1e11;
export const YEAR_2000_MS = 946_684_800_000;

/**
 * GSW_DATE_TIME in UTC milliseconds: seconds with a fraction as text ("1763689560.123", "1763689560,123"), a JSON number,
 * no fraction, or 13-digit milliseconds. NaN when unreadable. The same instant gives the same number in every spelling.
 */
export function parseDateTimeMs(value: unknown): number {
  const seconds =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value.trim() !== ''
        ? Number(value.trim().replace(',', '.'))
        : NaN;
  return Math.round(seconds >= MILLISECONDS_FROM ? seconds : seconds * 1000);
}

export const DATE_TIME = 'GSW_DATE_TIME';

/** How far a date-time that was refused is ahead of a clock; null when none was, or it is unreadable. */
export function secondsAhead(violations: readonly Violation[], nowMs: number): number | null {
  const found = violations.find(({ field }) => field === DATE_TIME)?.found;
  if (found === undefined) return null;
  const seconds = Math.round((parseDateTimeMs(found.replace(/^"|"$/g, '')) - nowMs) / 1000);
  return Number.isFinite(seconds) ? seconds : null;
}
