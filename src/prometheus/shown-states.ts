import type { stateLabel } from '../domain/vocabulary.js';
import { STATES } from '../domain/vocabulary.js';

export type StateLabel = ReturnType<typeof stateLabel>;

export const STATE_LABELS: readonly StateLabel[] = [...STATES, 'unknown'];

/**
 * Between these a group goes to and fro: both are there from the start, at 0 or 1, or `changes()`, `avg_over_time()` and
 * `== 0` were wrong.
 */
const ALWAYS: ReadonlySet<StateLabel> = new Set(['active', 'running']);

/**
 * The states of which each group has a sample: those two, and whichever it was shown in, at 0 afterwards, so that none
 * ends on a 1. That it never was in the others needs no sample per group: with all seven, a page of many groups was a
 * sixth larger.
 */
export class ShownStates<Group extends object> {
  readonly #seen = new WeakMap<Group, ReadonlySet<StateLabel>>();

  /** In the order of the life of a group, the current one among them. */
  of(group: Group, current: StateLabel): readonly StateLabel[] {
    const before = this.#seen.get(group) ?? ALWAYS;
    const seen = before.has(current) ? before : new Set([...before, current]);
    this.#seen.set(group, seen);
    return STATE_LABELS.filter((state) => seen.has(state));
  }

  /** The series of the group end: those that come after them are others. */
  leave(group: Group): void {
    this.#seen.delete(group);
  }
}
