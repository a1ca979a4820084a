/** Keys of the whole page: the last listener for a key wins. Nothing is heard while somebody types. */
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
    if (event.defaultPrevented || isTyping(event)) return;
    const pair = event.timeStamp - firstAtMs < PAIR_MS ? `${first} ${event.key}` : '';
    const handler = handlers.get(pair)?.at(-1) ?? handlers.get(event.key)?.at(-1);
    first = event.key;
    firstAtMs = event.timeStamp;
    if (handler === undefined) return;
    event.preventDefault();
    handler();
  });
}

/** Whether a key belongs to the browser or to what has the focus. */
function isTyping({ target, key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return true;
  // A dialog has keys of its own.
  if (document.querySelector('dialog[open]') !== null) return true;
  const element = target as Element;
  if (element.closest('input:not([type="checkbox"]), select, textarea') !== null) return key !== 'Escape';
  // What has the focus does what it is for.
  return key === 'Enter' && element.closest('a, button, summary') !== null;
}
