import type { DamagedChunks } from '../domain/store-upkeep.js';
import { HOUR_MS } from '../evidence/quarter-hours.js';
import type { Connection } from './database.js';

/** Looks up which chunks were set aside. Their blocks are not read. */
export function damagedChunksIn(db: Connection): () => DamagedChunks {
  const count = db.prepare('SELECT count(*) FROM damaged_chunks').pluck();
  const newest = db.prepare(`
    SELECT g.source, g.dbid, d.hour, d.count AS samples, d.why FROM damaged_chunks AS d
    LEFT JOIN campaign_groups AS g ON g.group_no = d.group_no ORDER BY d.found_ms DESC, d.chunk_no DESC LIMIT 1`);
  return () => {
    const found = newest.get() as (Omit<NonNullable<DamagedChunks['newest']>, 'hourMs'> & { hour: number }) | undefined;
    if (found === undefined) return { count: 0, newest: null };
    const { hour, ...rest } = found;
    return { count: count.get() as number, newest: { ...rest, hourMs: hour * HOUR_MS } };
  };
}
