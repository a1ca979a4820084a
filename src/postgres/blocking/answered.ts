/**
 * Waits until the count of answers is another than it was; false: the time is over. A thread that was told of the answer before
 * may be woken late, by that: so the count is looked at, not that somebody woke.
 */
export function isAnswered(answers: Int32Array, before: number, withinMs: number): boolean {
  const endMs = performance.now() + withinMs;
  while (Atomics.load(answers, 0) === before) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return false;
    Atomics.wait(answers, 0, before, leftMs);
  }
  return true;
}
