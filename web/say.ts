/** What a screen reader is told, politely, of what a key did: the words of a key that is held are told when it rests. */
import { Cell } from './cell.js';

/** Words that follow sooner replace those before them. */
const REST_MS = 400;

export const said = new Cell('');

let isResting = true;
let timer: ReturnType<typeof setTimeout> | undefined;

/** At once after a rest, else when no more followed: the last words alone. */
export function say(words: string): void {
  if (isResting) said.set(words);
  isResting = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    isResting = true;
    said.set(words);
  }, REST_MS);
}
