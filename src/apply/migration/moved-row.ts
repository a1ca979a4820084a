/**
 * What a store holds, told so that every store tells the same: by names, dates and digests, never by a number that one
 * store has given. Two stores hold the same when they tell the same rows in the same order.
 */
import type { TaggedSample } from '../../evidence/sample.js';

export type Cell = string | number | null | Uint8Array | readonly TaggedSample[];
export type Cells = Readonly<Record<string, Cell>>;

/** In samples, statements and calling lists go by their places among those of their group. */
export interface MovedRow {
  readonly table: string;
  readonly values: Cells;
}

/** What is moved in one transaction, and known to be the same by one digest. */
export type Unit =
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'group'; readonly source: string; readonly dbid: string }
  /** Callbacks that were first heard of in an hour since 1970, with all that belongs to them. */
  | { readonly kind: 'callbacks'; readonly hour: number }
  /** Quarantined bodies with numbers from `part` × BODIES_OF_PART on. */
  | { readonly kind: 'bodies'; readonly part: number }
  /** Legacy events of a day since 1970. */
  | { readonly kind: 'legacy'; readonly day: number };

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const BODIES_OF_PART = 100;

/** Equal names are equal units. */
export function unitName(unit: Unit): string {
  return JSON.stringify(Object.values(unit));
}

/** For people. */
export function unitShown(unit: Unit): string {
  switch (unit.kind) {
    case 'table':
      return `table ${unit.table}`;
    case 'group':
      return `campaign group ${unit.dbid} of ${unit.source}`;
    case 'callbacks':
      return `callbacks of the hour from ${new Date(unit.hour * HOUR_MS).toISOString()}`;
    case 'bodies':
      return `quarantined bodies from number ${String(unit.part * BODIES_OF_PART)} on`;
    case 'legacy':
      return `legacy callback events of ${new Date(unit.day * DAY_MS).toISOString().slice(0, 10)}`;
  }
}

/** The SQL of both databases for a whole number divided by another, rounded down. */
export function flooredSql(column: string, by: number): string {
  return `((${column} - ((${column} % ${String(by)} + ${String(by)}) % ${String(by)})) / ${String(by)})`;
}

/** A column that is a text. */
export function textIn(values: Cells, name: string): string {
  const cell = values[name];
  if (typeof cell !== 'string') throw new Error(`${name} is no text`);
  return cell;
}

/** The same row without some of its columns. */
export function without(row: Readonly<Record<string, unknown>>, columns: readonly string[]): Cells {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !columns.includes(name))) as Cells;
}
