/** What an export writes: rows of cells under typed columns. Formats (`formats.ts`, `node/parquet-file.ts`) know nothing else. */

/**
 * How a column is written. `time`: UTC milliseconds in a cell, ISO 8601 in text. `number`: a double; `count`: an integer.
 * `words`: a list, with blanks between them where a format has no lists.
 */
export type ColumnKind = 'text' | 'time' | 'number' | 'count' | 'flag' | 'words';
export type Cell = string | number | boolean | null | readonly string[];
/** In the order of the columns. */
export type ExportRow = readonly Cell[];

export interface Heading {
  readonly name: string;
  readonly kind: ColumnKind;
}

export interface ExportColumn<T> extends Heading {
  readonly of: (item: T) => Cell;
}

/**
 * What became of a row since the mark: `added`, its time lies behind the mark; `corrected`, its time lies before, and it was
 * changed or came late; `withdrawn`, it is there no longer, and nothing but its key and time is told. Of a whole export all
 * are `added`.
 */
export type Change = 'added' | 'corrected' | 'withdrawn';

export interface ExportTable<T> {
  /** Names of the columns that tell one row from another. */
  readonly key: readonly string[];
  readonly columns: readonly ExportColumn<T>[];
}

/** The columns as they are written: how a row changed stands first. */
export function headingsOf({ columns }: ExportTable<never>): readonly Heading[] {
  return [{ name: 'change', kind: 'text' }, ...columns.map(({ name, kind }) => ({ name, kind }))];
}

export function exportRow<T>({ columns }: ExportTable<T>, item: T, change: Change): ExportRow {
  return [change, ...columns.map(({ of }) => of(item))];
}

/** `known`: the key's cells, and what else is left of it. */
export function withdrawnRow({ columns }: ExportTable<never>, known: Readonly<Record<string, Cell>>): ExportRow {
  return ['withdrawn', ...columns.map(({ name }) => known[name] ?? null)];
}

/** What a whole export and one since a mark call a row of a time. */
export function changeOf(atMs: number, sinceMs: number | null): Change {
  return sinceMs !== null && atMs < sinceMs ? 'corrected' : 'added';
}
