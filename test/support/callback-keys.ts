import { FIELDS, pairOf } from '../../src/gms/key-value-pairs.js';

/** The names of all keys, as the registry has them. */
export const KEYS: readonly string[] = FIELDS.map((field) => pairOf(field).name);
