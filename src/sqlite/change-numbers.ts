/** Numbers of changes, by which an export goes on where an earlier one ended. Within a transaction. */
import type { Connection } from './database.js';

/**
 * @bound withdrawn transitions that exports can tell of
 * @beyond the oldest go; a mark from before them is refused, and a whole export begins anew
 * @seen the error of `ocs-monitor export --since`
 */
const MAX_WITHDRAWN = 200_000;
/** Removed at once, and looked for once in so many changes. */
const PRUNED_EVERY = 1000;

export class ChangeNumbers {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  next(): number {
    return this.#sql.next.get() as number;
  }

  /** Notes that the transition of a step, if it has one, is not there any more. `id`: unless it is this one. */
  withdraw(
    place: readonly [groupNo: number, atMs: number, rank: number, contentDigest: string],
    id: string | null,
  ): void {
    const told = this.#sql.told.get(...place, id) as [string, number] | undefined;
    if (told === undefined) return;
    const changeNo = this.next();
    this.#sql.withdraw.run(changeNo, place[0], place[1], ...told);
    if (changeNo % PRUNED_EVERY === 0) this.#prune();
  }

  /** The same of all transitions of a group. */
  withdrawAll(groupNo: number): void {
    for (const [atMs, id, began] of this.#sql.toldOfGroup.all(groupNo) as [number, string, number][])
      this.#sql.withdraw.run(this.next(), groupNo, atMs, id, began);
    this.#prune();
  }

  #prune(): void {
    const lastNo = this.#sql.beyond.get(MAX_WITHDRAWN) as number | undefined;
    if (lastNo === undefined) return;
    this.#sql.prune.run(lastNo);
    this.#sql.keepFloor.run(lastNo);
  }
}

/** What was exported before must go from whoever has it: no mark from before is good any more. */
export function beginExportsAnew(db: Connection): void {
  db.prepare('UPDATE change_numbers SET era = era + 1').run();
}

function prepare(db: Connection) {
  return {
    next: db.prepare('UPDATE change_numbers SET last_no = last_no + 1 RETURNING last_no').pluck(),
    told: db
      .prepare(
        `SELECT transition_id, begins_session FROM steps
         WHERE group_no = ? AND at_ms = ? AND action_rank = ? AND content_digest = ? AND transition_id IS NOT ?
           AND transition_id IS NOT NULL`,
      )
      .raw(),
    toldOfGroup: db
      .prepare(
        'SELECT at_ms, transition_id, begins_session FROM steps WHERE group_no = ? AND transition_id IS NOT NULL',
      )
      .raw(),
    withdraw: db.prepare('INSERT INTO withdrawn_transitions VALUES (?, ?, ?, ?, ?)'),
    beyond: db.prepare('SELECT change_no FROM withdrawn_transitions ORDER BY change_no DESC LIMIT 1 OFFSET ?').pluck(),
    prune: db.prepare('DELETE FROM withdrawn_transitions WHERE change_no <= ?'),
    keepFloor: db.prepare('UPDATE change_numbers SET told_no = ?'),
  };
}
