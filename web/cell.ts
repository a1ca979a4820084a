/** A value that tells those who watch it when it changes: a component re-renders for its own cells and for no other. */
import { useLayoutEffect, useState } from 'preact/hooks';

export class Cell<T> {
  readonly #watchers = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Returns what ends the watching. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

export function useCell<T>(cell: Cell<T>): T {
  const [, render] = useState(0);
  useLayoutEffect(() => {
    const seen = cell.value;
    const end = cell.watch(() => {
      render((count) => count + 1);
    });
    // It may have changed between rendering and now.
    if (!Object.is(seen, cell.value)) render((count) => count + 1);
    return end;
  }, [cell]);
  return cell.value;
}
