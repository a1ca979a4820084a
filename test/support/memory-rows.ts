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

  /** In no order to rely on. */
  where(holds: (row: V) => boolean): V[] {
    return [...this.#rows.values()].filter(holds);
  }

  all(): V[] {
    return [...this.#rows.values()];
  }
}

/** By numbers, ascending. */
export function ascending<T>(numberOf: (row: T) => number): (a: T, b: T) => number {
  return (a, b) => numberOf(a) - numberOf(b);
}
