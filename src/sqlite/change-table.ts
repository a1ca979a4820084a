import type { ChangeRows } from '../apply/tables.js';
import { type ChangeRow, changesIn } from '../apply/stored/change-row.js';
import type { RecordedTransition } from '../domain/campaign-group.js';
import type { ChangedSince } from '../domain/store.js';
import type { Connection } from './database.js';

/** The table `transition_changes`, the writer's side. */
export class ChangeTable implements ChangeRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = {
      insert: db.prepare(
        'INSERT INTO transition_changes (recorded_ms, group_no, withdrawn, transition) VALUES (?, ?, ?, ?)',
      ),
      prune: db.prepare('DELETE FROM transition_changes WHERE change_no <= ?'),
    };
  }

  insert(recordedMs: number, groupNo: number, isWithdrawn: boolean, transition: RecordedTransition | null): number {
    const text = transition === null ? '' : JSON.stringify(transition);
    return Number(this.#sql.insert.run(recordedMs, groupNo, Number(isWithdrawn), text).lastInsertRowid);
  }

  prune(upToNo: number): void {
    this.#sql.prune.run(upToNo);
  }
}

/** Transitions changed since a time, oldest first; null when they are more than `limit` or history was told again. */
export function readChanges(db: Connection, sinceMs: number, limit: number): ChangedSince['transitions'] | null {
  const rows = db
    .prepare(
      `SELECT c.withdrawn, c.transition, g.id AS campaign_group_id, g.source, g.dbid
       FROM transition_changes AS c LEFT JOIN campaign_groups AS g ON g.group_no = c.group_no
       WHERE c.recorded_ms >= ? ORDER BY c.change_no LIMIT ?`,
    )
    .all(sinceMs, limit + 1) as ChangeRow[];
  return rows.length > limit ? null : changesIn(rows);
}
