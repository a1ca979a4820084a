import * as crypto from 'node:crypto';
import { normaliseNumber } from '../domain/personal-data.js';

/** SHA-256 cut to 132 bits, URL-safe: short enough for a URL, long enough that no two contents ever meet. */
export function sha256Digest(text: string): string {
  return crypto.hash('sha256', text, 'base64url').slice(0, 22);
}

interface Sha256Hashing {
  update(text: string): void;
  /** One of its own, fed the same so far. */
  copy(): Sha256Hashing;
  digest(): string;
}

/** SHA-256 of texts with one character a byte (latin1), fed one after the other. */
export function sha256Hashing(hash = crypto.createHash('sha256')): Sha256Hashing {
  return {
    update: (text) => {
      hash.update(text, 'latin1');
    },
    copy: () => sha256Hashing(hash.copy()),
    digest: () => hash.digest('hex'),
  };
}

/** HMAC-SHA-256 of a number's digits (00 for + left out), cut to 64 bits: finds a caller without naming them. */
export function numberHasher(key: string): (number: string) => string {
  return (number) =>
    crypto
      .createHmac('sha256', key)
      .update(normaliseNumber(number).replace(/^00/, ''))
      .digest('hex')
      .slice(0, NUMBER_HASH_DIGITS);
}

const NUMBER_HASH_DIGITS = 16;

/** A key nobody can guess. */
export function randomKey(): string {
  return crypto.randomBytes(32).toString('base64url');
}
