/** The one table of how states look: a word, a tone and a mark, the same in every view. */

export type Tone = 'running' | 'active' | 'going' | 'inactive' | 'off' | 'silent' | 'trouble';
export type Mark = 'disc' | 'ring' | 'half' | 'bar' | 'empty' | 'question' | 'alarm';

export interface Look {
  readonly label: string;
  /** What it means to a person. */
  readonly meaning: string;
  readonly tone: Tone;
  readonly mark: Mark;
}

const UNLOADING = { meaning: 'going away', tone: 'going', mark: 'half' } as const;

const LOOKS: Readonly<Record<string, Look>> = {
  running: { label: 'Running', meaning: 'dialing', tone: 'running', mark: 'disc' },
  active: { label: 'Active', meaning: 'loaded, not dialing', tone: 'active', mark: 'ring' },
  waiting_unload: { label: 'Waiting unload', ...UNLOADING },
  unload_in_progress: { label: 'Unloading', ...UNLOADING },
  inactive: { label: 'Inactive', meaning: 'not in use', tone: 'inactive', mark: 'bar' },
  not_loaded: { label: 'Not loaded', meaning: 'off', tone: 'off', mark: 'empty' },
};

/** How a state looks; one that the vendor's list does not have says its number. */
export function lookOf(state: string): Look {
  return LOOKS[state] ?? { label: state, meaning: 'no state we know', tone: 'inactive', mark: 'question' };
}

/** How a group looks: a silent one is not known to be in the state it was in. */
export function lookOfGroup({ state, silent }: { readonly state: string; readonly silent: boolean }): Look {
  if (!silent) return lookOf(state);
  const meaning = 'posts are due and do not come';
  return { label: `Unknown (was ${lookOf(state).label.toLowerCase()})`, meaning, tone: 'silent', mark: 'question' };
}
