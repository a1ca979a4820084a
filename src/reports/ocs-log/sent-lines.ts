/** Notifications that OCS says it sent, as columns by clock hour: millions of lines a hour take little memory so. */
import type { NotificationKind } from '../../ocs/log/log-line.js';

export const HOUR_MS = 3_600_000;

export interface SentLine {
  readonly atMs: number;
  readonly nameNo: number;
  readonly kind: NotificationKind;
}

export class SentLines {
  readonly #times: number[] = [];
  readonly #names: number[] = [];
  readonly #kinds: number[] = [];

  get length(): number {
    return this.#times.length;
  }

  add({ atMs, nameNo, kind }: SentLine): void {
    this.#times.push(atMs);
    this.#names.push(nameNo);
    this.#kinds.push(kind === 'state' ? 1 : 0);
  }

  at(index: number): SentLine {
    return {
      atMs: this.#times[index] ?? 0,
      nameNo: this.#names[index] ?? 0,
      kind: this.#kinds[index] === 1 ? 'state' : 'periodic',
    };
  }

  /** The indices of all lines, oldest first. */
  inTime(): Uint32Array {
    const times = this.#times;
    const indices = new Uint32Array(times.length).map((_, index) => index);
    return indices.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  }

  /** The indices of the lines of each name before a moment, as they were added. */
  byName(beforeMs = Infinity): ReadonlyMap<number, readonly number[]> {
    const found = new Map<number, number[]>();
    this.#names.forEach((nameNo, index) => {
      if ((this.#times[index] ?? 0) >= beforeMs) return;
      const indices = found.get(nameNo);
      if (indices === undefined) found.set(nameNo, [index]);
      else indices.push(index);
    });
    return found;
  }
}
