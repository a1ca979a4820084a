/** When the shift that goes on at a source ends. Shifts are written as maintenance windows are. */
import { MaintenanceCalendar, type MaintenanceWindow } from './maintenance.js';

/** Shifts that follow each other for so long have no end that anybody plans by. */
const LONGEST_MS = 7 * 86_400_000;

export class Shifts {
  readonly #calendar: MaintenanceCalendar;

  constructor(windows: readonly MaintenanceWindow[]) {
    this.#calendar = new MaintenanceCalendar(windows);
  }

  /** Shifts that touch are one. Null between shifts, and where they never end. */
  endMs(nowMs: number): number | null {
    let endMs = nowMs;
    while (endMs - nowMs <= LONGEST_MS) {
      const next = Math.max(endMs, ...this.#calendar.within(endMs, endMs + 1).map(({ toMs }) => toMs));
      if (next === endMs) return endMs === nowMs ? null : endMs;
      endMs = next;
    }
    return null;
  }
}
