/** What a list shows while somebody points at it: every row where it was, and how many would stand elsewhere. Pure. */

export interface HeldOrder {
  readonly ids: readonly string[];
  /** Rows that an order applied now would move, bring or take away. */
  readonly changed: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * `shown` is what stands on the screen, `wanted` what would stand there by now. Rows that left the list stay where they
 * are, new ones are counted and come when the order is applied: nothing moves, neither above the pointer nor below it.
 */
export function heldOrder(shown: readonly string[], wanted: readonly string[]): HeldOrder {
  if (shown === wanted) return { ids: wanted, changed: NONE };
  const places = new Map(wanted.map((id, place) => [id, place]));
  const known = new Set(shown);
  const gone = shown.filter((id) => !places.has(id));
  const brought = wanted.filter((id) => !known.has(id));
  const stayed = shown.filter((id) => places.has(id));
  const inOrder = longestRun(stayed.map((id) => places.get(id) ?? 0));
  const moved = stayed.filter((id) => !inOrder.has(places.get(id) ?? 0));
  return { ids: shown, changed: new Set([...gone, ...brought, ...moved]) };
}

/** The most of distinct numbers that already stand in ascending order: all others have to move (patience sorting). */
function longestRun(numbers: readonly number[]): ReadonlySet<number> {
  const ends: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const number of numbers) {
    const at = firstNotBelow(ends, number);
    before.set(number, ends[at - 1]);
    ends[at] = number;
  }
  const run = new Set<number>();
  for (let one = ends.at(-1); one !== undefined; one = before.get(one)) run.add(one);
  return run;
}

function firstNotBelow(ascending: readonly number[], number: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
