/**
 * Numbers made of what they name: the first 52 bits of its digest, which a number of JavaScript has exactly. Every receiver
 * gives the same ones, without asking another.
 */
import { type Digest, lengthPrefixed } from '../domain/identity.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Eight characters of six bits, and four of the next. */
const WHOLE = 8;
const [PART, SURPLUS] = [16, 4];

/** Never 0, which stands for none. */
export function contentKey(digest: Digest, what: string, parts: readonly (string | number | null)[]): number {
  const text = digest(`${what};${lengthPrefixed(parts)}`);
  const sixBits = (at: number) => ALPHABET.indexOf(text.charAt(at));
  let bits = 0;
  for (let at = 0; at < WHOLE; at++) bits = bits * ALPHABET.length + sixBits(at);
  return bits * PART + Math.floor(sixBits(WHOLE) / SURPLUS) || 1;
}

/** `life`: how many groups of this name were forgotten before it; of the others how often their source was. */
export function groupKey(digest: Digest, source: string, dbid: string, life: number): number {
  return contentKey(digest, 'group', [source, dbid, life]);
}

export function statementKey(digest: Digest, groupNo: number, contentDigest: string): number {
  return contentKey(digest, 'statement', [groupNo, contentDigest]);
}

/** `dbid`: '' where none is said. */
export function listKey(digest: Digest, groupNo: number, name: string, dbid: string): number {
  return contentKey(digest, 'list', [groupNo, name, dbid]);
}

export function callbackKey(digest: Digest, source: string, serviceId: string, life: number): number {
  return contentKey(digest, 'callback', [source, serviceId, life]);
}

export function legacyKey(digest: Digest, source: string, eventDigest: string, life: number): number {
  return contentKey(digest, 'legacy', [source, eventDigest, life]);
}
