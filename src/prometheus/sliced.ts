/** Items worked on before the event loop gets its turn: about a millisecond of rendering. */
const SLICE = 250;

/** Goes through many items in slices, between which posts are answered. */
export async function* sliced<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += SLICE) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    yield items.slice(from, from + SLICE);
  }
}
