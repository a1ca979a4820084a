import { setImmediate as turn } from 'node:timers/promises';

/** Items worked on before the event loop gets its turn: a fraction of a millisecond of rendering, a few when all is new. */
const SLICE = 128;

/** Goes through many items in slices, between which posts are answered. */
export async function* sliced<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += SLICE) {
    if (from > 0) await turn();
    yield items.slice(from, from + SLICE);
  }
}
