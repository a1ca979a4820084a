import { stateLabel } from '../domain/vocabulary.js';
import type { Transition } from '../domain/transition.js';
import { renderLabels } from './exposition.js';

type What = Pick<Transition, 'action' | 'actor' | 'inferred'>;

/** One object per set: groups share them. */
export interface LabelSet {
  readonly action: string;
  /** The end of a series' labels: `action="…",actor="…",inferred="…"}`. */
  readonly rendered: string;
}

/** In which states an action may be the next, or the next but one before anybody looks; of others: in any. */
const NEXT_IN: Readonly<Record<string, readonly string[]>> = {
  load: ['not_loaded', 'waiting_unload', 'unload_in_progress'],
  start: ['not_loaded', 'active'],
  stop: ['active', 'running'],
  set_dial_mode: ['running'],
  unload: ['active', 'running'],
  force_unload: ['active', 'running', 'waiting_unload', 'unload_in_progress'],
};
/** States of which nothing of the kind is known. */
const OPEN: ReadonlySet<string> = new Set(['inactive', 'unknown']);

/** What happens everywhere. Any other set is expected of all groups as soon as it was seen of one. */
const USUAL: readonly What[] = [
  ...(['load', 'start', 'stop', 'set_dial_mode', 'unload'] as const).flatMap((action) =>
    (['client', 'automatic'] as const).map((actor) => ({ action, actor, inferred: false })),
  ),
  { action: null, actor: 'unknown', inferred: true },
];

/** The labels by which transitions are counted. Bounded, as their words are. */
export class TransitionLabels {
  readonly #known = new Map<string, LabelSet>();
  readonly #next = new Map<string, readonly LabelSet[]>();

  constructor() {
    for (const what of USUAL) this.of(what);
  }

  of({ action, actor, inferred }: What): LabelSet {
    const labels = { action: closed(action), actor: closed(actor), inferred: String(inferred) };
    const key = `${labels.action};${labels.actor};${labels.inferred}`;
    const known = this.#known.get(key);
    if (known) return known;
    const fresh = { action: labels.action, rendered: renderLabels(labels).slice(1) };
    this.#known.set(key, fresh);
    this.#next.clear();
    return fresh;
  }

  /** What may be counted next of a group in a state. */
  next(state: string): readonly LabelSet[] {
    const label = stateLabel(state);
    const found = this.#next.get(label);
    if (found) return found;
    const sets = [...this.#known.values()].filter(
      ({ action }) => OPEN.has(label) || (NEXT_IN[action]?.includes(label) ?? true),
    );
    this.#next.set(label, sets);
    return sets;
  }
}

function closed(word: string | null): string {
  if (word === null) return 'none';
  return word.startsWith('unknown(') ? 'unknown' : word;
}
