import { setTimeout as wait } from 'node:timers/promises';

/** Items worked on at once: a fraction of a millisecond of rendering, a few when all is new. */
const SLICE = 256;
/** As long as a slice, or longer: the work takes half of a core at most, and posts have the rest. */
const REST_MS = 1;

/** Goes through many items in slices, between which posts are received, stored and answered. */
export async function* sliced<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += SLICE) {
    if (from > 0) await wait(REST_MS);
    yield items.slice(from, from + SLICE);
  }
}
