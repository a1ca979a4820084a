/** Which transition of a group came after which: as the service sorts them, within one millisecond too. */
import type { Transition } from './api-types.js';

/** Oldest first. */
export function inOrder(a: Pick<Transition, 'sort_key'>, b: Pick<Transition, 'sort_key'>): number {
  // Not by any language's order: the keys are compared as the service compares them.
  return a.sort_key < b.sort_key ? -1 : a.sort_key > b.sort_key ? 1 : 0;
}

/** Whether it proves that a loaded group was unloaded and loaded again: then even the same state is another stay. */
export function isReload({ from_state, action, implied_steps }: Transition): boolean {
  if (from_state === null || from_state === 'not_loaded') return false;
  return action === 'load' || implied_steps.includes('load');
}

/** Whether a group enters a state with it. */
export function entersState(transition: Transition): boolean {
  return transition.from_state !== transition.to_state || isReload(transition);
}
