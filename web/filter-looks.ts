/** How filters of the wall look and what they are called, the same in every view. */
import { type Look, lookOf } from './state-look.js';
import { TROUBLE_WORDS, TROUBLES, type Trouble } from './trouble.js';
import type { StateFilter } from './wall-list.js';

type FilterLook = Pick<Look, 'label' | 'mark' | 'tone'>;

export const FILTER_LOOKS: Readonly<Record<StateFilter, FilterLook>> = {
  trouble: { label: 'Trouble', mark: 'alarm', tone: 'trouble' },
  stopped_by_itself: kindOf('stopped_by_itself'),
  over_dialing: kindOf('over_dialing'),
  silent: { label: 'Silent', mark: 'question', tone: 'silent' },
  stuck_unloading: kindOf('stuck_unloading'),
  running: lookOf('running'),
  active: lookOf('active'),
  unloading: { label: 'Unloading', mark: 'half', tone: 'going' },
  inactive: lookOf('inactive'),
  not_loaded: lookOf('not_loaded'),
};

function kindOf(trouble: Trouble): FilterLook {
  return { label: TROUBLE_WORDS[trouble], mark: 'alarm', tone: 'trouble' };
}

/** Kinds of trouble come and go; the states, silence among them, always have their place. */
export function isOffered(filter: StateFilter, count: number, selected: StateFilter | null): boolean {
  const isKind = filter !== 'silent' && TROUBLES.some((trouble) => trouble === filter);
  return !isKind || count > 0 || filter === selected;
}
