/** Rows of a table that a batch has loaded, and what it has done to them; that is written when it commits. */
import { type Columns, rowFrom, type RowOf, type Shape } from './shape.js';
import type { UndoLog } from './undo-log.js';
import { kept, nameOf, type Value } from './values.js';

export type AnyRow = Readonly<Record<string, Value>>;

interface Changed<R> {
  /** As it was put, or as it was when it was removed. */
  readonly row: R;
  readonly isRemoved: boolean;
  readonly isStored: boolean;
}

/** What a flush writes of a table. */
export interface Written {
  readonly shape: Shape;
  readonly removed: readonly AnyRow[];
  readonly put: readonly AnyRow[];
}

/** By their keys; those of one part (a group, a callback) are at hand, in no order. A row may be in several. */
export class RowSet<C extends Columns> {
  readonly shape: Shape<C>;
  readonly #log: UndoLog;
  readonly #partsOf: (row: RowOf<C>) => readonly string[];
  readonly #mayChange: (row: RowOf<C>) => void;
  readonly #rows = new Map<string, RowOf<C>>();
  readonly #parts = new Map<string, Map<string, RowOf<C>>>();
  readonly #changed = new Map<string, Changed<RowOf<C>>>();
  readonly #stored = new Set<string>();

  /** `mayChange`: throws where a row may not be put or removed. */
  constructor(
    shape: Shape<C>,
    log: UndoLog,
    partsOf: (row: RowOf<C>) => readonly string[] = () => [],
    mayChange: (row: RowOf<C>) => void = () => undefined,
  ) {
    this.shape = shape;
    this.#log = log;
    this.#partsOf = partsOf;
    this.#mayChange = mayChange;
  }

  /** By the values of its key, in their order. */
  get(...key: readonly Value[]): RowOf<C> | undefined {
    return this.#rows.get(nameOf(key.map(kept)));
  }

  /** Whether the batch has put or removed it. */
  isChanged(...key: readonly Value[]): boolean {
    return this.#changed.has(nameOf(key.map(kept)));
  }

  of(part: string): RowOf<C>[] {
    return [...(this.#parts.get(part)?.values() ?? [])];
  }

  all(): RowOf<C>[] {
    return [...this.#rows.values()];
  }

  /** Puts a row in the place of the one with its key. */
  put(given: RowOf<C>): void {
    this.#mayChange(given);
    const row = rowOf(this.shape, given as AnyRow);
    const key = this.#keyOf(row);
    this.#note(key, { row, isRemoved: false, isStored: this.#stored.has(key) });
    this.#set(key, row);
  }

  remove(row: RowOf<C>): void {
    this.#mayChange(row);
    const key = this.#keyOf(row);
    this.#note(key, { row, isRemoved: true, isStored: this.#stored.has(key) });
    this.#set(key, undefined);
  }

  /** Takes in what was read, in the order of the columns. What this batch has changed stays as it is. */
  load(values: readonly Value[]): RowOf<C> {
    const row = rowFrom(this.shape, values);
    const key = this.#keyOf(row);
    this.#stored.add(key);
    if (!this.#changed.has(key)) this.#set(key, row, false);
    return row;
  }

  /** What was read, as a row. */
  rowOf(values: readonly Value[]): RowOf<C> {
    return rowFrom(this.shape, values);
  }

  /** What is to be written, in the order of keys, so that two receivers never wait for each other in a ring. */
  written(): Written {
    const changed = [...this.#changed].sort(([a], [b]) => (a < b ? -1 : 1));
    const rowsOf = (isRemoved: boolean) => changed.flatMap(([, one]) => (one.isRemoved === isRemoved ? [one] : []));
    return {
      shape: this.shape,
      removed: rowsOf(true).flatMap(({ row, isStored }) => (isStored ? [row as AnyRow] : [])),
      put: rowsOf(false).map(({ row }) => row as AnyRow),
    };
  }

  /** What the batch has put, and what it has removed. */
  changed(): AnyRow[] {
    return Array.from(this.#changed.values(), ({ row }) => row as AnyRow);
  }

  /** Begins anew: nothing is loaded. */
  clear(): void {
    for (const map of [this.#rows, this.#parts, this.#changed, this.#stored]) map.clear();
  }

  #keyOf(row: RowOf<C>): string {
    return nameOf(this.shape.key.map((name) => (row as AnyRow)[name] ?? null));
  }

  #note(key: string, changed: Changed<RowOf<C>>): void {
    const before = this.#changed.get(key);
    this.#log.note(() => {
      if (before === undefined) this.#changed.delete(key);
      else this.#changed.set(key, before);
    });
    this.#changed.set(key, changed);
  }

  #set(key: string, row: RowOf<C> | undefined, isNoted = true): void {
    const before = this.#rows.get(key);
    if (isNoted)
      this.#log.note(() => {
        this.#set(key, before, false);
      });
    if (before !== undefined) for (const part of this.#partsOf(before)) this.#parts.get(part)?.delete(key);
    if (row === undefined) this.#rows.delete(key);
    else this.#add(key, row);
  }

  #add(key: string, row: RowOf<C>): void {
    this.#rows.set(key, row);
    for (const part of this.#partsOf(row)) {
      const rows = this.#parts.get(part) ?? new Map<string, RowOf<C>>();
      rows.set(key, row);
      this.#parts.set(part, rows);
    }
  }
}

/** A row with the columns of its table, as it will be read again. */
function rowOf<C extends Columns>({ names }: Shape<C>, given: AnyRow): RowOf<C> {
  const row: Record<string, Value> = {};
  for (const name of names) row[name] = kept(given[name] ?? null);
  return row as RowOf<C>;
}
