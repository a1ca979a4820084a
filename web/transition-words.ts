/** A transition in a sentence. */
import type { Transition } from './api-types.js';
import { NOT_KNOWN, words } from './format.js';
import { goalWords } from './goal.js';
import { isReload } from './transition-order.js';

/** `Start by client: Active → Running`. */
export function describe(transition: Transition): string {
  const what = transition.action === null ? 'Inferred' : words(transition.action);
  return `${what}${byWhom(transition)}: ${changeWords(transition)}`;
}

export function byWhom({ actor, action }: Pick<Transition, 'actor' | 'action'>): string {
  if (action === null || actor === null || actor === 'unknown') return '';
  return actor === 'automatic' ? ' by itself' : ` by ${actor}`;
}

/** The state's change, or that of mode and goal when the group stays in it. */
export function changeWords(transition: Transition): string {
  const { from_state, to_state } = transition;
  if (from_state === to_state && isReload(transition)) {
    return [from_state, 'not_loaded', to_state].map((state) => words(state)).join(' → ');
  }
  if (from_state !== to_state) return `${from_state === null ? NOT_KNOWN : words(from_state)} → ${words(to_state)}`;
  return settingWords(transition) ?? words(to_state);
}

/** What changed of mode, optimisation and goal; null when nothing did, or the settings ended with the dialing. */
export function settingWords(transition: Transition): string | null {
  const { from_dial_mode, to_dial_mode } = transition;
  if (to_dial_mode === null) return null;
  const changes: string[] = [];
  if (from_dial_mode !== to_dial_mode)
    changes.push(from_dial_mode === null ? words(to_dial_mode) : `${words(from_dial_mode)} → ${words(to_dial_mode)}`);
  const before = goalWords({ optimize_by: transition.from_optimize_by, optimize_goal: transition.from_optimize_goal });
  const after = goalWords({ optimize_by: transition.to_optimize_by, optimize_goal: transition.to_optimize_goal });
  if (before !== after) changes.push(before === NOT_KNOWN ? after : `${before} → ${after}`);
  return changes.length === 0 ? null : changes.join('; ');
}
