import type { Row } from './rows.js';

/** What a spreadsheet would take for the start of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** A number to call as E.164 writes it: a plus, and nothing but digits. No formula computes anything with it. */
const E164 = /^\+\d{6,15}$/;

/**
 * Rows as CSV (RFC 4180) with a header line; empty for null. Text that a spreadsheet could run as a formula is
 * prefixed with an apostrophe; numbers are left as they are, and so are E.164 numbers in the columns said to hold them.
 */
export function toCsv(
  columns: readonly string[],
  rows: readonly Row[],
  options: { readonly phoneColumns?: readonly string[] } = {},
): string {
  const phones = new Set(options.phoneColumns);
  const line = (row: Row) => columns.map((column) => cell(row[column], phones.has(column))).join(',');
  return `${[columns.join(','), ...rows.map(line)].join('\r\n')}\r\n`;
}

function cell(value: unknown, mayBePhone: boolean): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : isTexts(value) ? value.join(' ') : JSON.stringify(value);
  const isSafe = !FORMULA.test(text) || (mayBePhone && E164.test(text));
  const safe = isSafe ? text : `'${text}`;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A list of words, such as findings: in one cell with blanks between them. */
function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
