/**
 * Whether lines fit what is held by another clock than the one they were read by. Notifications come so often that lines of a
 * wrong time zone mostly find something within the tolerance; changes of state, held against the moment, do not.
 */

/** A line about a change of state. */
export interface ChangeLine {
  readonly nameNo: number;
  readonly atMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** OCS logs and dates a change in the same moment. */
export const SAME_MOMENT_MS = 250;
/** Zones differ by quarters of an hour, the farthest from UTC by 14 hours; dates by days. */
const FARTHEST_MS = 14 * 60 * MINUTE_MS;
const STEP_MS = 15 * MINUTE_MS;
/** Fewer fit by chance. */
const LEAST_FITTING = 5;
/**
 * @bound lines about changes of state by which an audit tests its clock, out of the whole log
 * @beyond of several one is taken
 * @seen -
 */
const MAX_SAMPLED = 40;

/** Some of all lines, from begin to end of the log: the same, in whatever pieces it is read. */
export class SampledChanges {
  #kept: ChangeLine[] = [];
  #stride = 1;
  #seen = 0;

  note(line: ChangeLine): void {
    if (this.#seen++ % this.#stride !== 0) return;
    this.#kept.push(line);
    if (this.#kept.length <= MAX_SAMPLED) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  get lines(): readonly ChangeLine[] {
    return this.#kept;
  }
}

/**
 * By how much later the lines would fit far better than as they were read; null: they do fit, or no other way either.
 * `isHeldAt` says whether something of the name is held of that moment, within `SAME_MOMENT_MS`.
 */
export function betterBy(lines: readonly ChangeLine[], isHeldAt: (line: ChangeLine) => boolean): number | null {
  const fittingBy = (laterMs: number) =>
    lines.filter(({ nameNo, atMs }) => isHeldAt({ nameNo, atMs: atMs + laterMs })).length;
  const asRead = fittingBy(0);
  if (lines.length < LEAST_FITTING || asRead * 2 >= lines.length) return null;
  let [best, bestMs] = [Math.max(LEAST_FITTING - 1, 2 * asRead), 0];
  for (const laterMs of OTHER_CLOCKS_MS) {
    const fitting = fittingBy(laterMs);
    if (fitting > best) [best, bestMs] = [fitting, laterMs];
  }
  return bestMs === 0 ? null : bestMs;
}

const OTHER_CLOCKS_MS = [
  ...Array.from({ length: (2 * FARTHEST_MS) / STEP_MS + 1 }, (_, step) => step * STEP_MS - FARTHEST_MS),
  ...[-2, -1, 1, 2].map((days) => days * DAY_MS),
].filter((ms) => ms !== 0);
