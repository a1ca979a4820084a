/** Clock hours of which samples cannot be read, for whoever tells what is missing. */
import type { TimeRange } from '../domain/store.js';
import { hourOf } from '../evidence/quarter-hours.js';

/**
 * @bound chunks that cannot be read, of which an audit of an OCS log knows the hours
 * @beyond what was received in those of the others is told as missing
 * @seen -
 */
export const MAX_DAMAGED_HOURS = 100_000;

export interface DamagedHour {
  readonly groupNo: number;
  readonly hour: number;
}

export class DamagedHours {
  /** By group. */
  readonly #hours = new Map<number, Set<number>>();
  #count = 0;

  add(found: readonly DamagedHour[]): void {
    for (const { groupNo, hour } of found) {
      if (this.#count >= MAX_DAMAGED_HOURS) return;
      this.#count++;
      this.#hours.set(groupNo, (this.#hours.get(groupNo) ?? new Set()).add(hour));
    }
  }

  /** Whether one of a group touches a range, which is half-open. */
  isWithin(groupNo: number, { fromMs, toMs }: TimeRange): boolean {
    const hours = this.#hours.get(groupNo);
    if (hours === undefined) return false;
    for (let hour = hourOf(fromMs); hour <= hourOf(toMs - 1); hour++) if (hours.has(hour)) return true;
    return false;
  }
}
