import type { Connection } from './database.js';
import { prepared } from './prepared.js';

/** Sources whose interval is kept; those written down first make room. */
const KEPT = 1000;

/** The learned interval of each source, so that a restart or a reload need not learn it again. */
export class RhythmTable {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = {
      all: prepared(db, 'SELECT source, interval_ms FROM source_rhythms'),
      put: prepared(db, 'INSERT OR REPLACE INTO source_rhythms (source, interval_ms, kept_ms) VALUES (?, ?, ?)'),
      trim: prepared(
        db,
        `
        DELETE FROM source_rhythms WHERE source NOT IN (
          SELECT source FROM source_rhythms ORDER BY kept_ms DESC, source LIMIT ${KEPT})`,
      ),
    };
  }

  intervals(): Map<string, number> {
    return new Map(this.#sql.all.raw().all() as [string, number][]);
  }

  /** Runs within a transaction. */
  keep(intervals: ReadonlyMap<string, number>, nowMs: number): void {
    for (const [source, intervalMs] of intervals) this.#sql.put.run(source, intervalMs, nowMs);
    this.#sql.trim.run();
  }
}
