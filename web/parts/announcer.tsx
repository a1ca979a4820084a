/** Tells screen readers, politely, of changes of state and of what keys did; never of every number. */
import { useEffect, useState } from 'preact/hooks';
import type { Transition } from '../api-types.js';
import { isolated } from '../bidi.js';
import { useCell } from '../cell.js';
import { words } from '../format.js';
import { model } from '../model.js';
import { said } from '../say.js';

/** What happens within so long is said together. */
const GATHER_MS = 3000;
const MOST_SAID = 3;

export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    let waiting: Transition[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = model.on('transition', (transition) => {
      if (transition.withdrawn || transition.from_state === transition.to_state) return;
      waiting.push(transition);
      timer ??= setTimeout(() => {
        timer = undefined;
        setText(announcement(waiting));
        waiting = [];
      }, GATHER_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, []);
  const spoken = useCell(said);
  return (
    <div class="hidden" data-tick>
      <p role="status" aria-live="polite">
        {text}
      </p>
      <p role="status" aria-live="polite" class="said">
        {spoken}
      </p>
    </div>
  );
}

function announcement(transitions: readonly Transition[]): string {
  if (transitions.length > MOST_SAID) return `${transitions.length} campaign groups changed their state.`;
  return transitions
    .map(({ campaign_group, to_state, actor }) => {
      const by = actor === 'automatic' ? ', by itself' : '';
      return `${isolated(campaign_group ?? 'A campaign group')}: ${words(to_state)}${by}.`;
    })
    .join(' ');
}
