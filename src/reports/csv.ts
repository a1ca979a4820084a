import type { Row } from './rows.js';

/**
 * How a formula begins: a sign in any of its widths, behind white space, what is not seen, and quotes, which another
 * separator brings to the front.
 */
const FORMULA =
  /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}"'\u2019]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B\u2212]/u;
/** What another spreadsheet takes for the end of a cell: `;` where the comma is decimal, TAB, a line break. */
const SEPARATOR = /([;\t\r\n])/;

/** A number to call as E.164 writes it: a plus, and nothing but digits. No formula computes anything with it. */
const E164 = /^\+\d{6,15}$/;

export interface CsvOptions {
  readonly phoneColumns?: readonly string[];
}

/** Rows as CSV (RFC 4180) with a header line. */
export function toCsv(columns: readonly string[], rows: readonly Row[], options: CsvOptions = {}): string {
  return csvHead(columns) + csvLines(columns, rows, options);
}

/** The first line of CSV: names of columns. */
export function csvHead(columns: readonly string[]): string {
  return `${columns.join(',')}\r\n`;
}

/**
 * The lines of rows; empty for null. Text that a spreadsheet could run as a formula is prefixed with an apostrophe, also
 * where another separator would split it; numbers are left as they are, and so are E.164 numbers in the columns said to
 * hold them.
 */
export function csvLines(columns: readonly string[], rows: readonly Row[], { phoneColumns }: CsvOptions = {}): string {
  const phones = new Set(phoneColumns);
  return rows.map((row) => `${columns.map((column) => cell(row[column], phones.has(column))).join(',')}\r\n`).join('');
}

function cell(value: unknown, mayBePhone: boolean): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : isTexts(value) ? value.join(' ') : JSON.stringify(value);
  const safe = mayBePhone && E164.test(text) ? text : withoutFormulas(text);
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function withoutFormulas(text: string): string {
  const safe = text
    .split(SEPARATOR)
    .map((part) => (FORMULA.test(part) ? `'${part}` : part))
    .join('');
  return /^[\t\r\n]/.test(safe) ? `'${safe}` : safe;
}

/** A list of words, such as findings: in one cell with blanks between them. */
function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
