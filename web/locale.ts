/**
 * How the page writes numbers and times: in English, whatever the browser says of itself. The one place that asks Intl,
 * because a browser may name what Intl refuses: `en-US@posix` on a Linux without LANG, a zone that is none.
 */
const LOCALE = 'en-GB';

export function numberFormat(): Intl.NumberFormat {
  return new Intl.NumberFormat(LOCALE);
}

/** In the browser's zone unless one is named; in UTC where Intl knows neither. */
export function dateTimeFormat(shape: Intl.DateTimeFormatOptions, timeZone?: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(LOCALE, { ...shape, ...(timeZone !== undefined && { timeZone }) });
  } catch {
    return new Intl.DateTimeFormat(LOCALE, { ...shape, timeZone: 'UTC' });
  }
}
