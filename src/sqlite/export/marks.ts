/** Where an export ends, and whether one can go on from where another ended. Within a transaction. */
import { MonitorError } from '../../domain/errors.js';
import type { ExportMark, ExportScope } from '../../reports/export/mark.js';
import type { Connection } from '../database.js';

/** All that is committed lies before it. */
export function markNow(db: Connection, scope: ExportScope, nowMs: number): ExportMark {
  const numbers = db
    .prepare(
      `SELECT coalesce((SELECT max(alive_ms) FROM uptime), 0) AS aliveMs, era, last_no AS changeNo,
         coalesce((SELECT max(entry_no) FROM journal),
           (SELECT journal_no FROM chunks ORDER BY chunk_no DESC LIMIT 1), 0) AS entryNo,
         coalesce((SELECT max(chunk_no) FROM chunks), 0) AS chunkNo
       FROM change_numbers`,
    )
    .get() as Omit<ExportMark, 'scope' | 'madeMs'>;
  return { scope, madeMs: nowMs, ...numbers };
}

/**
 * Throws OCM_UNAVAILABLE where numbers do not go on from the mark, or something was removed that whoever holds it has to
 * remove, too: then only a whole export tells what is there.
 */
export function checkMark(db: Connection, mark: ExportMark): void {
  const now = markNow(db, mark.scope, mark.madeMs);
  if (now.era !== mark.era) {
    throw refused('it is of another database, or a campaign group, source or customer was forgotten since');
  }
  // A restored copy ends before the mark, and its next run begins behind it.
  if (mark.aliveMs > 0 && !wasUpAt(db, mark.aliveMs)) throw refused('the database was restored from a copy before it');
  if (now.changeNo < mark.changeNo) throw refused('the database was restored from a copy before it');
  const toldNo = db.prepare('SELECT told_no FROM change_numbers').pluck().get() as number;
  if (toldNo > mark.changeNo) throw refused('more transitions were withdrawn since than are remembered');
}

function wasUpAt(db: Connection, atMs: number): boolean {
  return db.prepare('SELECT 1 FROM uptime WHERE started_ms <= ? AND alive_ms >= ?').get(atMs, atMs) !== undefined;
}

function refused(why: string): MonitorError {
  const next = 'export without it, and put that in the place of what you hold';
  return new MonitorError('OCM_UNAVAILABLE', `an export cannot go on from this mark (${why}): ${next}`);
}
