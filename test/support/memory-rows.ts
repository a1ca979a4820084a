/** Rows in memory that can be rolled back. */

/** What was done since the transaction began, newest last. */
export class UndoLog {
  readonly #undo: (() => void)[] = [];

  /** How to take back what is being done. */
  note(undo: () => void): void {
    this.#undo.push(undo);
  }

  get length(): number {
    return this.#undo.length;
  }

  rollBackTo(length: number): void {
    while (this.#undo.length > length) this.#undo.pop()?.();
  }

  forgetAll(): void {
    this.#undo.length = 0;
  }
}

/** A table by its key; keys of several columns are written as one text. */
export class MemoryRows<K, V> {
  readonly #rows = new Map<K, V>();
  readonly #log: UndoLog;

  constructor(log: UndoLog) {
    this.#log = log;
  }

  get(key: K): V | undefined {
    return this.#rows.get(key);
  }

  put(key: K, row: V): void {
    const before = this.#rows.get(key);
    this.#log.note(() => {
      if (before === undefined) this.#rows.delete(key);
      else this.#rows.set(key, before);
    });
    this.#rows.set(key, row);
  }

  remove(key: K): boolean {
    const before = this.#rows.get(key);
    if (before === undefined) return false;
    this.#log.note(() => this.#rows.set(key, before));
    return this.#rows.delete(key);
  }

  /** Begins anew, without a way back. */
  clear(): void {
    this.#rows.clear();
  }

  /** In no order to rely on. */
  where(holds: (row: V) => boolean): V[] {
    return [...this.#rows.values()].filter(holds);
  }

  all(): V[] {
    return [...this.#rows.values()];
  }
}

/** Rows of groups, kept apart by group and in an order, so that a group's are at hand. */
export class GroupedRows<V> {
  readonly #groups = new Map<number, V[]>();
  readonly #log: UndoLog;
  readonly #order: (a: V, b: V) => number;

  constructor(log: UndoLog, order: (a: V, b: V) => number) {
    this.#log = log;
    this.#order = order;
  }

  /** In order; the caller changes none of it. */
  of(groupNo: number): readonly V[] {
    return this.#groups.get(groupNo) ?? [];
  }

  /** Puts a row in the place of its equal. */
  put(groupNo: number, row: V): void {
    const rows = this.of(groupNo);
    const at = this.#placeOf(rows, row);
    const isThere = at < rows.length && this.#order(rows[at] as V, row) === 0;
    this.#set(groupNo, [...rows.slice(0, at), row, ...rows.slice(isThere ? at + 1 : at)]);
  }

  remove(groupNo: number, row: V): void {
    this.#set(
      groupNo,
      this.of(groupNo).filter((other) => this.#order(other, row) !== 0),
    );
  }

  removeAll(groupNo: number): void {
    this.#set(groupNo, []);
  }

  #set(groupNo: number, rows: V[]): void {
    const before = this.#groups.get(groupNo) ?? [];
    this.#log.note(() => this.#groups.set(groupNo, before));
    this.#groups.set(groupNo, rows);
  }

  #placeOf(rows: readonly V[], row: V): number {
    let at = rows.length;
    while (at > 0 && this.#order(rows[at - 1] as V, row) >= 0) at--;
    return at;
  }
}

/** By numbers, ascending. */
export function ascending<T>(numberOf: (row: T) => number): (a: T, b: T) => number {
  return (a, b) => numberOf(a) - numberOf(b);
}
