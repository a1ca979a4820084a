/** A table as a batch reads and writes it: its columns in an order, their types, its key. */
import type { ColumnType, Value } from './values.js';

/** `?`: may be NULL. */
export type Column = ColumnType | `${ColumnType}?`;
export type Columns = Readonly<Record<string, Column>>;

type ValueOf<T extends Column> = T extends 'text'
  ? string
  : T extends 'text?'
    ? string | null
    : T extends 'bytea'
      ? Uint8Array
      : T extends 'bytea?'
        ? Uint8Array | null
        : T extends `${string}?`
          ? number | null
          : number;

export type RowOf<C extends Columns> = { readonly [K in keyof C]: ValueOf<C[K]> };

export interface Shape<C extends Columns = Columns> {
  readonly table: string;
  readonly columns: C;
  readonly names: readonly string[];
  readonly key: readonly string[];
  /** What another receiver has put meanwhile stays: rows are inserted, and never changed. */
  readonly insertsOnly: boolean;
  /** No row is held by whoever removes it, nor is what it belongs to: rows are locked in their order before they go. */
  readonly isOfNobody: boolean;
}

export function shape<const C extends Columns>(
  table: string,
  columns: C,
  key: readonly (keyof C & string)[],
  { insertsOnly = false, isOfNobody = false } = {},
): Shape<C> {
  return { table, columns, names: Object.keys(columns), key, insertsOnly, isOfNobody };
}

export function typeOf(column: Column | undefined): ColumnType {
  return (column ?? 'text').replace('?', '') as ColumnType;
}

/** The values of a row in the order of its columns. */
export function rowFrom<C extends Columns>({ names }: Shape<C>, values: readonly Value[]): RowOf<C> {
  const row: Record<string, Value> = {};
  names.forEach((name, n) => {
    row[name] = values[n] ?? null;
  });
  return row as RowOf<C>;
}
