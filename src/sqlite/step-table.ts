import { stepColumns, stepOf, type StepRow } from '../apply/stored/step-row.js';
import type { DatedStep, StateSince, StepRows, StoredStep, TieBreak } from '../apply/tables.js';
import { ChangeNumbers } from './change-numbers.js';
import type { Connection } from './database.js';
import { QuarterCalendar } from './quarter-calendar.js';

/** The derived table `steps`: one row where the bearing of a group changes, in the order of its history. */
export class StepTable implements StepRows {
  readonly #sql;
  readonly #calendar: QuarterCalendar;
  readonly #changes: ChangeNumbers;

  constructor(db: Connection) {
    this.#sql = prepare(db);
    this.#changes = new ChangeNumbers(db);
    this.#calendar = new QuarterCalendar(db);
  }

  at(groupNo: number, atMs: number, { rank, contentDigest }: TieBreak): StoredStep | null {
    return foundStep(this.#sql.at.get(groupNo, atMs, rank, contentDigest));
  }

  lastBefore(groupNo: number, atMs: number, { rank, contentDigest }: TieBreak): StoredStep | null {
    return foundStep(this.#sql.lastBefore.get(groupNo, atMs, rank, contentDigest));
  }

  last(groupNo: number): (DatedStep & Pick<TieBreak, 'contentDigest'>) | null {
    const row = this.#sql.last.get(groupNo) as StepRow | undefined;
    return row === undefined ? null : { ...stepOf(row), atMs: row.at_ms, contentDigest: row.content_digest };
  }

  stateSince(groupNo: number): StateSince | null {
    const row = this.#sql.stateSince.get(groupNo) as Pick<StepRow, 'at_ms' | 'from_state'> | undefined;
    return row === undefined ? null : { atMs: row.at_ms, isKnown: row.from_state !== null };
  }

  *newestFirst(groupNo: number, limit: number): Generator<DatedStep> {
    for (const row of this.#sql.newestFirst.iterate(groupNo, limit) as Iterable<StepRow>) {
      yield { ...stepOf(row), atMs: row.at_ms };
    }
  }

  firstAfter(groupNo: number, atMs: number): DatedStep | null {
    const row = this.#sql.firstAfter.get(groupNo, atMs) as StepRow | undefined;
    return row === undefined ? null : { ...stepOf(row), atMs: row.at_ms };
  }

  put(groupNo: number, atMs: number, tie: TieBreak, step: StoredStep): void {
    const { transition } = step;
    if (transition !== null) this.#calendar.cover(atMs);
    this.#changes.withdraw([groupNo, atMs, tie.rank, tie.contentDigest], transition?.id ?? null);
    const row = {
      ...stepColumns(String(this.#sql.groupId.get(groupNo)), atMs, tie, step),
      change_no: transition ? this.#changes.next() : 0,
    };
    this.#sql.put.run({ ...row, group_no: groupNo });
  }

  removeAll(groupNo: number): void {
    this.#changes.withdrawAll(groupNo);
    this.#sql.removeAll.run(groupNo);
  }

  remove(groupNo: number, atMs: number, { rank, contentDigest }: TieBreak): void {
    this.#changes.withdraw([groupNo, atMs, rank, contentDigest], null);
    this.#sql.remove.run(groupNo, atMs, rank, contentDigest);
  }
}

function foundStep(row: unknown): StoredStep | null {
  return row === undefined ? null : stepOf(row as StepRow);
}

/** SQL: whether a group enters a state with a step. A group that was loaded anew does, even if it is the same one. */
export const ENTERS_STATE = '(from_state IS NOT state OR begins_session = 1)';
/** SQL: whether a session begins or ends with a step. */
export const ENDS_SESSION = "(begins_session = 1 OR (state = 'not_loaded' AND from_state IS NOT state))";

function prepare(db: Connection) {
  const place = 'group_no = ? AND at_ms = ? AND action_rank = ? AND content_digest = ?';
  const newestFirst = 'ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1';
  return {
    at: db.prepare(`SELECT * FROM steps WHERE ${place}`),
    lastBefore: db.prepare(`
      SELECT * FROM steps WHERE group_no = ? AND (at_ms, action_rank, content_digest) < (?, ?, ?) ${newestFirst}`),
    last: db.prepare(`SELECT * FROM steps WHERE group_no = ? ${newestFirst}`),
    newestFirst: db.prepare(`
      SELECT * FROM steps WHERE group_no = ? ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT ?`),
    firstAfter: db.prepare(`
      SELECT * FROM steps WHERE group_no = ? AND at_ms > ? ORDER BY at_ms, action_rank, content_digest LIMIT 1`),
    stateSince: db.prepare(`
      SELECT at_ms, from_state FROM steps WHERE group_no = ? AND ${ENTERS_STATE} ${newestFirst}`),
    put: db.prepare(`
      INSERT OR REPLACE INTO steps (group_no, at_ms, action_rank, content_digest, state, dial_mode, optimize_by,
        optimize_goal, transition_id, from_state, from_dial_mode, from_optimize_by, from_optimize_goal, action, actor,
        inferred, unexpected, implied_steps, not_before_ms, guid, begins_session, fact_key, vendor_state,
        change_no)
      VALUES (@group_no, @at_ms, @action_rank, @content_digest, @state, @dial_mode, @optimize_by,
        @optimize_goal, @transition_id, @from_state, @from_dial_mode, @from_optimize_by, @from_optimize_goal, @action,
        @actor, @inferred, @unexpected, @implied_steps, @not_before_ms, @guid, @begins_session,
        @fact_key, @vendor_state, @change_no)`),
    groupId: db.prepare('SELECT id FROM campaign_groups WHERE group_no = ?').pluck(),
    removeAll: db.prepare('DELETE FROM steps WHERE group_no = ?'),
    remove: db.prepare(`DELETE FROM steps WHERE ${place}`),
  };
}
