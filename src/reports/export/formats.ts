/** Rows of an export as text: CSV (RFC 4180) and NDJSON. UTF-8 without a byte order mark, decimals with a point. */
import { csvHead, csvLines } from '../csv.js';
import { type Row, isoTime } from '../rows.js';
import type { Cell, ExportRow, Heading } from './table.js';

export interface TextFormat {
  readonly head: (headings: readonly Heading[]) => string;
  readonly lines: (headings: readonly Heading[], rows: readonly ExportRow[]) => string;
}

export const CSV: TextFormat = {
  head: (headings) => csvHead(headings.map(({ name }) => name)),
  lines: (headings, rows) =>
    csvLines(
      headings.map(({ name }) => name),
      rows.map((row) => objectOf(headings, row)),
      { phoneColumns: PHONES },
    ),
};

export const NDJSON: TextFormat = {
  head: () => '',
  lines: (headings, rows) => rows.map((row) => `${JSON.stringify(objectOf(headings, row))}\n`).join(''),
};

/** Columns in which a leading plus is a number to call. */
const PHONES = ['customer_ani', 'customer_phone_number'];

function objectOf(headings: readonly Heading[], row: ExportRow): Row {
  return Object.fromEntries(headings.map(({ name, kind }, at) => [name, shown(kind, row[at] ?? null)]));
}

function shown(kind: Heading['kind'], cell: Cell): unknown {
  return kind === 'time' && typeof cell === 'number' ? isoTime(cell) : cell;
}
