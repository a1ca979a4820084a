/**
 * How fast the database grows, as measured while this process runs: its size now and then, for a day at most.
 * The size is that of the main file. The write-ahead log is no measure: it grows to its bound and stays there.
 */
import type { Limits } from './limits.js';

const SAMPLE_MS = 300_000;
const WINDOW_MS = 86_400_000;
/** The database grows in steps, a checkpoint each: in less than this one step would pass for a rate. */
const LEAST_MS = 3_600_000;
const DAY_SECONDS = 86_400;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

export interface Growth {
  /** Null until it was measured for an hour; negative when the database shrinks. */
  readonly bytesPerDay: number | null;
  readonly measuredSeconds: number;
}

export class StoreGrowth {
  #samples: readonly Sample[] = [];

  get kept(): number {
    return this.#samples.length;
  }

  /** To be told of the size often; keeps one in five minutes, and those of a day. */
  note(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // A clock that was set back: what was measured before says nothing about what comes.
    if (last !== undefined && atMs < last.atMs) this.#samples = [];
    else if (last !== undefined && atMs - last.atMs < SAMPLE_MS) return;
    this.#samples = [...this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS), { atMs, bytes }];
  }

  /** From the oldest size kept to the newest. */
  measured(): Growth {
    const [first, last] = [this.#samples.at(0), this.#samples.at(-1)];
    if (first === undefined || last === undefined) return { bytesPerDay: null, measuredSeconds: 0 };
    const seconds = (last.atMs - first.atMs) / 1000;
    const bytesPerDay =
      seconds * 1000 < LEAST_MS ? null : Math.round(((last.bytes - first.bytes) / seconds) * DAY_SECONDS);
    return { bytesPerDay, measuredSeconds: Math.round(seconds) };
  }
}

export interface DiskOutlook {
  /** At the present growth; null while that is not known, and for a database that does not grow. */
  readonly fullInSeconds: number | null;
  readonly isNearlyFull: boolean;
}

export function diskOutlook(freeBytes: number | null, bytesPerDay: number | null, limits: Limits): DiskOutlook {
  if (freeBytes === null) return { fullInSeconds: null, isNearlyFull: false };
  const isGrowing = bytesPerDay !== null && bytesPerDay > 0;
  const fullInSeconds = isGrowing ? Math.round((freeBytes / bytesPerDay) * DAY_SECONDS) : null;
  const isSoonFull = fullInSeconds !== null && fullInSeconds < limits.diskFullWithinSeconds;
  return { fullInSeconds, isNearlyFull: isSoonFull || freeBytes < limits.diskFreeBytes };
}
