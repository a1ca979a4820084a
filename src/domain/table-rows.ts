/** Rows of a table that another program exported: which table it is, and what stands in its columns. */
import { parseInstant } from './instant.js';
import { LocalTime } from './local-time.js';

/** A row as it stands in a file. */
export interface TableRow {
  /** Line in which it begins, from 1. */
  readonly line: number;
  /** One a column. */
  readonly fields: readonly string[];
  /** The whole row as the file has it, one character a byte. */
  readonly text: string;
}

/** What was made of rows: a body to receive, or why there is none. */
export type Told =
  | {
      readonly line: number;
      readonly body: string;
      /** Null: not said. */
      readonly atMs: number | null;
      /** Null: not said. */
      readonly source: string | null;
    }
  | { readonly line: number; readonly damage: string; readonly text: string };

/** Makes something of the rows of one file, in order. */
export interface TableReader {
  row(row: TableRow): readonly Told[];
  /** A row stood here whose fields cannot be told apart. */
  damaged(line: number): void;
  /** What remains at the end of the file. */
  end(): readonly Told[];
}

/** A table by the columns that an export of it has; of names beside each other one suffices. */
export interface TableShape<Name extends string> {
  readonly table: Name;
  readonly columns: readonly (readonly [string, ...string[]])[];
  /** A table with one of these is another. */
  readonly without?: readonly string[];
}

/** The columns of a file. Names count in whatever case, with or without `_`, quotes and the name of their table. */
export class Columns {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  /** Places by names as they are asked for, of every row the same: to make them plain took an eighth of the reading. */
  readonly #asked = new Map<string, number | undefined>();

  constructor(header: readonly string[]) {
    this.names = header;
    // Of two of one name, as a join has them, the first counts.
    this.#places = new Map(header.map((name, place) => [plain(name), place] as const).reverse());
  }

  has(name: string): boolean {
    return this.#placeOf(name) !== undefined;
  }

  /** What stands in the first of these columns that says anything; '' where none does. */
  valueOf({ fields }: Pick<TableRow, 'fields'>, ...names: readonly string[]): string {
    for (const name of names) {
      const place = this.#placeOf(name);
      const value = place === undefined ? '' : (fields[place] ?? '').trim();
      if (saysAny(value)) return value;
    }
    return '';
  }

  /** As it stands there, blanks and all. */
  rawValueOf({ fields }: Pick<TableRow, 'fields'>, name: string): string {
    const place = this.#placeOf(name);
    return place === undefined ? '' : (fields[place] ?? '');
  }

  #placeOf(name: string): number | undefined {
    if (!this.#asked.has(name)) this.#asked.set(name, this.#places.get(plain(name)));
    return this.#asked.get(name);
  }
}

function plain(name: string): string {
  return name
    .trim()
    .replace(/^.*\./s, '')
    .replace(/["'`_[\]\s]/g, '')
    .toUpperCase();
}

/** What programs write into an export for a column that is null. */
const NULLS: ReadonlySet<string> = new Set(['', 'NULL', '(NULL)', '<NULL>', '[NULL]', '\\N']);

function saysAny(value: string): boolean {
  return !NULLS.has(value.toUpperCase());
}

/** The first of the tables whose columns are there; null: none. */
export function tableOf<Name extends string>(columns: Columns, shapes: readonly TableShape<Name>[]): Name | null {
  const found = shapes.find(
    (shape) =>
      shape.columns.every((names) => names.some((name) => columns.has(name))) &&
      !(shape.without ?? []).some((name) => columns.has(name)),
  );
  return found?.table ?? null;
}

/** The tables that were looked for, for whoever has none of them. */
export function shapesInWords(shapes: readonly TableShape<string>[]): string {
  return shapes
    .map(({ table, columns, without = [] }) => {
      const no = without.length === 0 ? '' : `; without ${without.join(', ')}`;
      return `${table} (${columns.map((names) => names.join(' or ')).join(', ')}${no})`;
    })
    .join('; ');
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** What stands between the columns of a header: that by which it is one of the tables, else that which is there most often. */
export function delimiterOf(header: string, shapes: readonly TableShape<string>[]): string {
  const isTable = (delimiter: string) => tableOf(new Columns(header.split(delimiter)), shapes) !== null;
  const [most] = DELIMITERS.toSorted((a, b) => header.split(b).length - header.split(a).length);
  return DELIMITERS.find(isTable) ?? most ?? ',';
}

const UTC = new LocalTime('UTC');
const LAST_SECONDS = 1e11;

/**
 * A moment as databases write it: epoch seconds or milliseconds, or a date and time of the UTC clock such as
 * `2026-11-20 08:00:00.123`. Null for everything else: which number is the month nobody can know.
 */
export function momentIn(text: string): number | null {
  if (/^\d{9,14}(?:\.\d*)?$/.test(text)) {
    const number = Number(text);
    return Math.round(number >= LAST_SECONDS ? number : number * 1000);
  }
  const iso = text
    .trim()
    .replace(/^(\d{4}-\d{2}-\d{2}) +/, '$1T')
    .replace(/ *(?:UTC|GMT)$/i, 'Z')
    // PostgreSQL leaves the minutes of an offset out.
    .replace(
      /(:\d{2}(?:\.\d+)?) *([+-]\d{2})(:\d{2})?$/,
      (_, time, hours, minutes = ':00') => `${time}${hours}${minutes}`,
    );
  return /^\d{4}-\d{2}-\d{2}T/.test(iso) ? parseInstant(iso, UTC) : null;
}
