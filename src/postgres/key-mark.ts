/**
 * By which a receiver knows that the numbers in the database are hashed under its key still: a number that stands beside those
 * that every transaction loads, once it holds what it changes. Another key has another mark.
 */
import { NotLoaded } from '../apply/tables.js';
import type { Digest } from '../domain/identity.js';
import { contentKey } from './keys.js';
import type { WorkingSet } from './working-set.js';

/** Its name in `kept_numbers`. */
export const NUMBER_KEY = 'number_key';

/** A transaction cannot go on: nothing of it may be written. */
export class OtherNumberKey extends NotLoaded {
  constructor() {
    super(
      'the numbers in the database are hashed under another OCM_PII_KEY since this receiver was started: give it the same one, and start it again',
    );
  }
}

export function keyMark(digest: Digest, key: string): number {
  return contentKey(digest, 'number key', [digest(key)]);
}

/** Throws OtherNumberKey; as any look, NotLoaded. */
export function mustBeKey(set: WorkingSet, mark: number): void {
  set.loaded('numbers');
  const row = set.sets.numbers.get(NUMBER_KEY);
  if (row !== undefined && row.value !== mark) throw new OtherNumberKey();
}
