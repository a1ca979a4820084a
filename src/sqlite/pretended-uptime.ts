/** For the demo alone: up-time besides the real runs, so that a past that is told afterwards counts as observed. */
import type { Connection } from './database.js';

export interface Run {
  readonly fromMs: number;
  readonly toMs: number;
}

/** First start and last sign of life in the ledger; null: nobody was up with this database. */
export function knownUptime(db: Connection): { readonly firstMs: number; readonly lastMs: number } | null {
  const { firstMs, lastMs } = db
    .prepare('SELECT min(started_ms) AS firstMs, max(alive_ms) AS lastMs FROM uptime')
    .get() as { firstMs: number | null; lastMs: number | null };
  return firstMs === null || lastMs === null ? null : { firstMs, lastMs };
}

/** Enters runs, in order of time, before the first one or after the last one: the ledger goes by its numbers. */
export function enterRuns(db: Connection, runs: readonly Run[]): void {
  const known = knownUptime(db);
  const [first, last] = db.prepare('SELECT min(run_no), max(run_no) FROM uptime').raw().get() as (number | null)[];
  const insert = db.prepare('INSERT INTO uptime (run_no, started_ms, alive_ms) VALUES (?, ?, ?)');
  const before = runs.filter(({ fromMs }) => known !== null && fromMs < known.firstMs);
  const after = runs.slice(before.length);
  db.transaction(() => {
    before.forEach(({ fromMs, toMs }, index) => insert.run((first ?? 1) - before.length + index, fromMs, toMs));
    after.forEach(({ fromMs, toMs }, index) => insert.run((last ?? 0) + 1 + index, fromMs, toMs));
  })();
}
