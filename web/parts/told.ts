import { useEffect, useRef } from 'preact/hooks';
import { count } from '../format.js';
import { model } from '../model.js';
import { say } from '../say.js';

/**
 * Tells a screen reader what a choice led to, once that is known (`words` is null until then): its words when the choice
 * is another, and not of every number that changes later.
 */
export function useTold(choice: string, words: string | null, toldBefore = choice): void {
  const told = useRef(toldBefore);
  useEffect(() => {
    if (words === null || told.current === choice) return;
    told.current = choice;
    say(words);
  }, [choice, words]);
}

/** What search and filters leave. */
export function shownWords(groups: number): string {
  return `${count(groups)} of ${count(model.groups.size)} campaign groups shown.`;
}
