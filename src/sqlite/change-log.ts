/** The changes of the last while, for those who follow: written with every commit, read to resume a stream. */
import { type RecordedTransition, sortKeyOf } from '../domain/campaign-group.js';
import type { Changes, CommitReport } from '../domain/store.js';
import type { Connection } from './database.js';

/**
 * Changes kept: more than anybody is given to resume; who was away for longer starts over.
 * @bound changed transitions kept for stream clients that resume
 * @beyond the oldest go; clients are told to reload
 * @seen the stream
 */
const CHANGES_KEPT = 4000;

/** The writer's side. */
export class ChangeLog {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = {
      insert: db.prepare(
        'INSERT INTO transition_changes (recorded_ms, group_no, withdrawn, transition) VALUES (?, ?, ?, ?)',
      ),
      prune: db.prepare('DELETE FROM transition_changes WHERE change_no <= ?'),
    };
  }

  /** To be called in the transaction that makes the changes. */
  note({ made, withdrawn }: Pick<CommitReport, 'made' | 'withdrawn'>, nowMs: number): void {
    let last = 0;
    for (const { groupNo, transition } of withdrawn) last = this.#insert(nowMs, groupNo, 1, transition);
    for (const { groupNo, transition } of made) last = this.#insert(nowMs, groupNo, 0, transition);
    if (last > CHANGES_KEPT) this.#sql.prune.run(last - CHANGES_KEPT);
  }

  /** History was told again: whoever follows starts over. */
  startOver(nowMs: number): void {
    this.#insert(nowMs, 0, 0, null);
  }

  #insert(nowMs: number, groupNo: number, withdrawn: 0 | 1, transition: RecordedTransition | null): number {
    const text = transition === null ? '' : JSON.stringify(transition);
    return Number(this.#sql.insert.run(nowMs, groupNo, withdrawn, text).lastInsertRowid);
  }
}

interface ChangeRow {
  readonly withdrawn: number;
  readonly transition: string;
  readonly campaign_group_id: string | null;
  readonly source: string;
  readonly dbid: string;
}

/** One that an older version wrote down has no text to sort it by: its time must do. */
function recorded(text: string): RecordedTransition {
  const transition = JSON.parse(text) as Omit<RecordedTransition, 'sortKey'> & { readonly sortKey?: string };
  return { ...transition, sortKey: transition.sortKey ?? sortKeyOf(transition.atMs, 0, '') };
}

/** Transitions changed since a time, oldest first; null when they are more than `limit` or history was told again. */
export function readChanges(db: Connection, sinceMs: number, limit: number): Changes['transitions'] | null {
  const rows = db
    .prepare(
      `SELECT c.withdrawn, c.transition, g.id AS campaign_group_id, g.source, g.dbid
       FROM transition_changes AS c LEFT JOIN campaign_groups AS g ON g.group_no = c.group_no
       WHERE c.recorded_ms >= ? ORDER BY c.change_no LIMIT ?`,
    )
    .all(sinceMs, limit + 1) as ChangeRow[];
  if (rows.length > limit || rows.some(({ transition }) => transition === '')) return null;
  return rows.flatMap(({ withdrawn, transition, campaign_group_id: campaignGroupId, source, dbid }) => {
    if (campaignGroupId === null) return [];
    const row = { ...recorded(transition), campaignGroupId, source, dbid };
    return [{ row, withdrawn: withdrawn === 1 }];
  });
}
