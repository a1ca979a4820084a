/**
 * Keys of the whole page: the last listener for a key wins. A key that means something to what has the focus is its own:
 * nothing is heard while somebody types, and arrows act where the focus is. `data-arrows` says what they do in an element:
 * `list` moves up and down in it, `time` earlier and later.
 */
import { characterKeys } from './preferences.js';

type Handler = () => void;
const handlers = new Map<string, Handler[]>();

/** Returns what ends the listening. `g t` is `g` followed by `t`. */
export function onKey(keys: readonly string[], handler: Handler): () => void {
  for (const key of keys) handlers.set(key, [...(handlers.get(key) ?? []), handler]);
  return () => {
    for (const key of keys)
      handlers.set(
        key,
        (handlers.get(key) ?? []).filter((one) => one !== handler),
      );
  };
}

/** Within this time the second key of two follows. */
const PAIR_MS = 1500;

export function followKeys(): void {
  let first = '';
  let firstAtMs = 0;
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || isTaken(event)) {
      // What was typed elsewhere is no half of a pair.
      first = '';
      return;
    }
    const pair = event.timeStamp - firstAtMs < PAIR_MS ? `${first} ${event.key}` : '';
    const handler = handlers.get(pair)?.at(-1) ?? handlers.get(event.key)?.at(-1);
    first = event.key;
    firstAtMs = event.timeStamp;
    if (handler === undefined) return;
    event.preventDefault();
    handler();
  });
}

/** Whether a key writes a text that is not finished: of an input method, or of an accent that waits for its letter. */
export function isComposing(event: KeyboardEvent): boolean {
  // Safari says no more than this of the key that ends it.
  const { keyCode } = event as { readonly keyCode: number };
  return event.isComposing || keyCode === 229 || event.key === 'Process' || event.key === 'Dead';
}

const NO_TEXT = ['checkbox', 'radio', 'button', 'submit', 'reset', 'range', 'color', 'file', 'image']
  .map((type) => `:not([type="${type}"])`)
  .join('');
const TEXT_FIELD = [
  `input${NO_TEXT}`,
  'select',
  'textarea',
  '[contenteditable]:not([contenteditable="false"])',
  ...['textbox', 'searchbox', 'combobox', 'listbox', 'spinbutton'].map((role) => `[role="${role}"]`),
].join();
const ACTIVATED = 'a[href], button, summary, input, [role="button"], [role="link"]';
/** What arrows are for already. */
const OWN_ARROWS = [
  'input',
  ...['slider', 'radiogroup', 'radio', 'tablist', 'menu', 'menubar', 'grid', 'treegrid', 'tree', 'application'].map(
    (role) => `[role="${role}"]`,
  ),
].join();

/** Whether a key belongs to the browser or to what has the focus. */
function isTaken(event: KeyboardEvent): boolean {
  const { target, key, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey || altKey || isComposing(event)) return true;
  if (key.length === 1 && characterKeys.value === 'off') return true;
  // A dialog has keys of its own.
  if (document.querySelector('dialog[open], [role="dialog"]') !== null) return true;
  const element = target instanceof Element ? target : document.body;
  if (element.closest(TEXT_FIELD) !== null) return key !== 'Escape';
  // What has the focus does what it is for.
  if (key === 'Enter') return element.closest(ACTIVATED) !== null;
  return key.startsWith('Arrow') && !hasArrows(event, element);
}

/** Up and down move in a list also where the focus is nowhere; the time of a view moves for nobody who did not go there. */
function hasArrows({ key, shiftKey }: KeyboardEvent, element: Element): boolean {
  if (shiftKey || element.closest(OWN_ARROWS) !== null) return false;
  const isUpDown = key === 'ArrowUp' || key === 'ArrowDown';
  if (isUpDown && element.matches('html, body, #main')) return true;
  return element.closest(`[data-arrows~="${isUpDown ? 'list' : 'time'}"]`) !== null;
}
