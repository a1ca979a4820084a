/**
 * Numbers made of what they name: the first 52 bits of its digest, which a number of JavaScript has exactly. Every receiver
 * gives the same ones, without asking another.
 */
import { type Digest, lengthPrefixed } from '../domain/identity.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Nine characters of six bits, without the last two. */
const CHARACTERS = 9;
const SURPLUS = 4;

/** Never 0, which stands for none. */
export function contentKey(digest: Digest, what: string, parts: readonly (string | number | null)[]): number {
  const text = digest(`${what};${lengthPrefixed(parts)}`);
  let bits = 0;
  for (const character of text.slice(0, CHARACTERS)) bits = bits * 64 + ALPHABET.indexOf(character);
  return Math.floor(bits / SURPLUS) || 1;
}
