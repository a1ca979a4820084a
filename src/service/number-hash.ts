import { MonitorError } from '../domain/errors.js';
import { numberHasher } from '../node/digest.js';

/** How customers' numbers are hashed under a key. Throws OCM_UNAVAILABLE where there is none yet. */
export function hashUnder(key: string | null): (number: string) => string {
  if (key !== null) return numberHasher(key);
  throw new MonitorError('OCM_UNAVAILABLE', 'the database has no key for hashes yet: start the service once');
}
