/** The keys, and what the marks mean. */
import { useEffect, useRef } from 'preact/hooks';
import { useCell } from '../cell.js';
import { StateBadge } from '../parts/mark.js';
import { characterKeys } from '../preferences.js';
import { type Look, lookOf, lookOfGroup } from '../state-look.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'search; from there Enter or ↓ to the list'],
  ['j, k, ↓, ↑', 'next, previous'],
  ['Enter', 'open'],
  ['g w', 'wall'],
  ['g t', 'timeline'],
  ['g c', 'callbacks'],
  ['g a', 'abandoned calls: compliance'],
  ['g h', 'health'],
  ['+, −, 0', 'time: shorter, longer, back to now'],
  ['←, →', 'in the lanes of the timeline: earlier, later'],
  ['⇧ ←, ⇧ →', 'in a lane: from change to change'],
  ['←, →, ⇞, ⇟, ⇱, ⇲', 'in a chart: from sample to sample, by tenths, to the first, the last'],
  ['Esc', 'close, leave a field, a list, the wall screen'],
  ['?', 'this'],
];

const STATES = ['running', 'active', 'waiting_unload', 'unload_in_progress', 'inactive', 'not_loaded'] as const;
const TROUBLE: Look = { label: 'Trouble', meaning: 'wants a person', mark: 'alarm', tone: 'trouble' };
const LOOKS = [...STATES.map(lookOf), lookOfGroup({ state: 'running', silent: true }), TROUBLE];

/** What only the timeline shows: its class, its word, its meaning. */
const LANE_MARKS: readonly (readonly [string, string, string])[] = [
  ['unobserved', 'Not observed', 'the service was down'],
  ['unsure', 'Inferred', 'some time in it, a post was missed'],
  ['withdrawn', 'Withdrawn', 'a late post corrected it'],
];

export function Help({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const hasCharacterKeys = useCell(characterKeys) === 'on';
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog class="help" ref={dialog} aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys and marks</h2>
      <div class="help-columns">
        <dl>
          {KEYS.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <dl>
          {LOOKS.map((look) => (
            <div key={look.label}>
              <dt>
                <StateBadge look={look} />
              </dt>
              <dd>{look.meaning}</dd>
            </div>
          ))}
          {LANE_MARKS.map(([mark, what, meaning]) => (
            <div key={mark}>
              <dt>
                <span class={`lane-key lane-key-${mark}`} aria-hidden="true" />
                {what}
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </div>
      <label class="help-switch">
        <input
          type="checkbox"
          checked={hasCharacterKeys}
          onChange={({ currentTarget }) => {
            characterKeys.set(currentTarget.checked ? 'on' : 'off');
          }}
        />{' '}
        Keys that are one character, with or without the focus in a list; all others stay
      </label>
      <button
        type="button"
        onClick={() => {
          dialog.current?.close();
        }}
      >
        Close
      </button>
    </dialog>
  );
}
