import { type RecordedTransition, sortKeyOf } from '../domain/campaign-group.js';
import { type Bearing, beginsSession } from '../domain/transition.js';
import type { Connection } from './database.js';
import type { StoredStatement } from '../apply/group-head.js';

/** Where a group's bearing changed, with the transition if that is one. */
export interface StoredStep {
  /** The state before; null for a group's first evidence. */
  readonly fromState: string | null;
  readonly bearing: Bearing;
  readonly transition: RecordedTransition | null;
}

export interface StepRow {
  at_ms: number;
  /** With the digest the place among steps of one millisecond. */
  action_rank: number;
  content_digest: string;
  state: string;
  guid: string | null;
  dial_mode: string | null;
  optimize_by: string | null;
  optimize_goal: number | null;
  transition_id: string | null;
  from_state: string | null;
  from_dial_mode: string | null;
  from_optimize_by: string | null;
  from_optimize_goal: number | null;
  action: string | null;
  actor: string | null;
  inferred: number | null;
  unexpected: number | null;
  implied_steps: string | null;
  not_before_ms: number | null;
  begins_session: number;
}

/** When a state was entered. */
export interface StateSince {
  readonly atMs: number;
  /** False when it was the first that was heard of the group. */
  readonly isKnown: boolean;
}

export interface SinceRun {
  /** A moment at which it ran, no change of its mode or goal being later; null when it did not run. */
  readonly ranAtMs: number | null;
  /** In order; the last of them, where there are many. */
  readonly transitions: readonly RecordedTransition[];
}

/** The derived table `steps`: one row where the bearing of a group changes, in the order of its history. */
export class StepTable {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** The step at exactly this place, if the bearing changed there. */
  at(groupNo: number, atMs: number, statement: StoredStatement): StoredStep | null {
    return stepOf(this.#sql.at.get(groupNo, atMs, statement.rank, statement.contentDigest));
  }

  /** The last step before a statement of a date-time. */
  lastBefore(groupNo: number, atMs: number, statement: StoredStatement): StoredStep | null {
    return stepOf(this.#sql.lastBefore.get(groupNo, atMs, statement.rank, statement.contentDigest));
  }

  /** The last step of all. */
  last(groupNo: number): StoredStep | null {
    return stepOf(this.#sql.last.get(groupNo));
  }

  /** When the state that holds at the end was entered. */
  stateSince(groupNo: number): StateSince | null {
    const row = this.#sql.stateSince.get(groupNo) as Pick<StepRow, 'at_ms' | 'from_state'> | undefined;
    return row === undefined ? null : sinceOf(row);
  }

  /** What happened since the group ran last, or since its load where it never did. */
  sinceRun(groupNo: number): SinceRun {
    const transitions: RecordedTransition[] = [];
    let ranAtMs: number | null = null;
    for (const row of this.#sql.newest.iterate(groupNo) as Iterable<StepRow>) {
      if (row.state === 'running') ranAtMs = row.at_ms;
      if (row.state === 'running' || row.begins_session === 1) break;
      if (row.transition_id !== null) transitions.push(transitionOf(row, row.transition_id));
    }
    return { ranAtMs, transitions: transitions.reverse() };
  }

  put(groupNo: number, atMs: number, statement: StoredStatement, step: StoredStep): void {
    const { bearing, transition } = step;
    const row: StepRow = {
      at_ms: atMs,
      action_rank: statement.rank,
      content_digest: statement.contentDigest,
      state: bearing.state,
      guid: bearing.guid,
      dial_mode: bearing.dialMode,
      optimize_by: bearing.optimizeBy,
      optimize_goal: bearing.optimizeGoal,
      transition_id: transition?.id ?? null,
      from_state: step.fromState,
      from_dial_mode: transition?.fromDialMode ?? null,
      from_optimize_by: transition?.fromOptimizeBy ?? null,
      from_optimize_goal: transition?.fromOptimizeGoal ?? null,
      action: transition?.action ?? null,
      actor: transition?.actor ?? null,
      inferred: transition ? Number(transition.inferred) : null,
      unexpected: transition ? Number(transition.unexpected) : null,
      implied_steps: transition ? JSON.stringify(transition.impliedSteps) : null,
      not_before_ms: transition?.notBeforeMs ?? null,
      begins_session: Number(transition !== null && beginsSession(transition)),
    };
    this.#sql.put.run({ ...row, group_no: groupNo });
  }

  removeAll(groupNo: number): void {
    this.#sql.removeAll.run(groupNo);
  }

  remove(groupNo: number, atMs: number, statement: StoredStatement): void {
    this.#sql.remove.run(groupNo, atMs, statement.rank, statement.contentDigest);
  }
}

type BearingColumns = 'state' | 'guid' | 'dial_mode' | 'optimize_by' | 'optimize_goal';

export function bearingOf(row: Pick<StepRow, BearingColumns>): Bearing {
  return {
    state: row.state,
    guid: row.guid,
    dialMode: row.dial_mode,
    optimizeBy: row.optimize_by,
    optimizeGoal: row.optimize_goal,
  };
}

/** A step that enters a state, as the moment of that. */
export function sinceOf(row: Pick<StepRow, 'at_ms' | 'from_state'>): StateSince {
  return { atMs: row.at_ms, isKnown: row.from_state !== null };
}

/** What `ENTERS_STATE` says in SQL. */
export function entersState(row: Pick<StepRow, 'state' | 'from_state' | 'begins_session'>): boolean {
  return row.from_state !== row.state || row.begins_session === 1;
}

function stepOf(found: unknown): StoredStep | null {
  if (found === undefined) return null;
  const row = found as StepRow;
  return {
    fromState: row.from_state,
    bearing: bearingOf(row),
    transition: row.transition_id === null ? null : transitionOf(row, row.transition_id),
  };
}

/** SQL: whether a group enters a state with a step. A group that was loaded anew does, even if it is the same one. */
export const ENTERS_STATE = '(from_state IS NOT state OR begins_session = 1)';
/** SQL: whether a session begins or ends with a step. */
export const ENDS_SESSION = "(begins_session = 1 OR (state = 'not_loaded' AND from_state IS NOT state))";

/** A stored row as a transition. */
export function transitionOf(row: StepRow, id: string): RecordedTransition {
  return {
    id,
    sortKey: sortKeyOf(row.at_ms, row.action_rank, row.content_digest),
    atMs: row.at_ms,
    fromState: row.from_state,
    toState: row.state,
    fromDialMode: row.from_dial_mode,
    toDialMode: row.dial_mode,
    fromOptimizeBy: row.from_optimize_by,
    toOptimizeBy: row.optimize_by,
    fromOptimizeGoal: row.from_optimize_goal,
    toOptimizeGoal: row.optimize_goal,
    action: row.action,
    actor: row.actor ?? 'unknown',
    inferred: row.inferred === 1,
    unexpected: row.unexpected === 1,
    impliedSteps: JSON.parse(row.implied_steps ?? '[]') as string[],
    notBeforeMs: row.not_before_ms,
  };
}

/** A group that does not run goes through three states; more of them come of lost and contradictory posts. */
const SINCE_RUN = 20;

function prepare(db: Connection) {
  const place = 'group_no = ? AND at_ms = ? AND action_rank = ? AND content_digest = ?';
  const newestFirst = 'ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1';
  return {
    at: db.prepare(`SELECT * FROM steps WHERE ${place}`),
    lastBefore: db.prepare(`
      SELECT * FROM steps WHERE group_no = ? AND (at_ms, action_rank, content_digest) < (?, ?, ?) ${newestFirst}`),
    last: db.prepare(`SELECT * FROM steps WHERE group_no = ? ${newestFirst}`),
    newest: db.prepare(`
      SELECT * FROM steps WHERE group_no = ? ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT ${SINCE_RUN}`),
    stateSince: db.prepare(`
      SELECT at_ms, from_state FROM steps WHERE group_no = ? AND ${ENTERS_STATE} ${newestFirst}`),
    put: db.prepare(`
      INSERT OR REPLACE INTO steps (group_no, at_ms, action_rank, content_digest, state, dial_mode, optimize_by,
        optimize_goal, transition_id, from_state, from_dial_mode, from_optimize_by, from_optimize_goal, action, actor,
        inferred, unexpected, implied_steps, not_before_ms, guid, begins_session)
      VALUES (@group_no, @at_ms, @action_rank, @content_digest, @state, @dial_mode, @optimize_by,
        @optimize_goal, @transition_id, @from_state, @from_dial_mode, @from_optimize_by, @from_optimize_goal, @action,
        @actor, @inferred, @unexpected, @implied_steps, @not_before_ms, @guid, @begins_session)`),
    removeAll: db.prepare('DELETE FROM steps WHERE group_no = ?'),
    remove: db.prepare(`DELETE FROM steps WHERE ${place}`),
  };
}
