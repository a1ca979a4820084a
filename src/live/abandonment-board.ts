/** What may be said of abandoned calls, for metrics: as it was when it was last asked for. A scrape asks for nothing. */
import type { RosterEntry } from './roster.js';

/** Null: nothing can be said. */
export interface AbandonmentFigures {
  readonly low: number | null;
  readonly high: number | null;
  readonly estimatedRatio: number | null;
}

interface Noted extends AbandonmentFigures {
  /** As the clock would have been, had nobody set it. */
  readonly atMs: number;
}

/** Older ones are shown no more: a figure that nobody can renew is none. */
export const FIGURES_SHOWN_MS = 2 * 3_600_000;

/** Bounded as the roster is, and by the rules: what is said of a group goes with its entry. */
export class AbandonmentBoard {
  readonly #byEntry = new WeakMap<RosterEntry, Map<string, Noted>>();
  /** By how much the clock was set since the start. */
  #movedMs = 0;

  note(entry: RosterEntry, profile: string, { low, high, estimatedRatio }: AbandonmentFigures, nowMs: number): void {
    const noted = { low, high, estimatedRatio, atMs: nowMs - this.#movedMs };
    const known = this.#byEntry.get(entry);
    if (known === undefined) this.#byEntry.set(entry, new Map([[profile, noted]]));
    else known.set(profile, noted);
  }

  /** When it was last asked for; null: never. */
  askedMs(entry: RosterEntry, profile: string): number | null {
    const noted = this.#byEntry.get(entry)?.get(profile);
    return noted === undefined ? null : noted.atMs + this.#movedMs;
  }

  /** By the name of the rule. */
  *shown(entry: RosterEntry, nowMs: number): Generator<readonly [string, AbandonmentFigures]> {
    for (const [profile, noted] of this.#byEntry.get(entry) ?? [])
      if (nowMs - this.#movedMs - noted.atMs <= FIGURES_SHOWN_MS) yield [profile, noted];
  }

  /** The clock was set. */
  move(byMs: number): void {
    this.#movedMs += byMs;
  }
}
