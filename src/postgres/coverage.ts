/** Which stretches of an ordered table are in memory. Places are whole numbers; stretches are half-open, and apart. */

/** Before and behind every place. */
export const FIRST_PLACE = -Number.MAX_SAFE_INTEGER;
export const END_PLACE = Number.MAX_SAFE_INTEGER;

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export class Coverage {
  #stretches: readonly Stretch[] = [];

  /** The stretch that a place lies in; null: what is there is not known. */
  at(place: number): Stretch | null {
    return this.#stretches.find(({ from, to }) => place >= from && place < to) ?? null;
  }

  add(from: number, to: number): void {
    if (from >= to) return;
    const apart = this.#stretches.filter((other) => other.to < from || other.from > to);
    const joined = this.#stretches.filter((other) => !apart.includes(other));
    const first = Math.min(from, ...joined.map((other) => other.from));
    const end = Math.max(to, ...joined.map((other) => other.to));
    this.#stretches = [...apart, { from: first, to: end }];
  }
}
