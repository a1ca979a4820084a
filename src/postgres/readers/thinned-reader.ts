import type { Rows } from '../blocking/blocking-connection.js';
import { named } from './named-sql.js';

/** Since when there is every sample, behind the newest that retention took, of whatever group; null: since ever. */
export function readSamplesSinceMs(db: Rows): number | null {
  const [row] = db.all<{ value: number }>(THINNED, {});
  return row === undefined ? null : row.value + 1;
}

const THINNED = named("SELECT value FROM kept_numbers WHERE name = 'thinned_ms'");
