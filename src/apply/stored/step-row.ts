/** The table `steps`, as every database has it. */
import { type RecordedTransition, sortKeyOf } from '../../domain/campaign-group.js';
import { type Bearing, beginsSession } from '../../domain/transition.js';
import { factKey, vendorStateEntered } from '../../ocs/info-mart.js';
import type { StoredStep, TieBreak } from '../tables.js';

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
  /** Of a transition: its key in the vendor's tables, and the vendor's state that is entered with it. */
  fact_key: number | null;
  vendor_state: number | null;
}

/** The row of a step. `groupId`: the public id of its group. */
export function stepColumns(groupId: string, atMs: number, tie: TieBreak, step: StoredStep): StepRow {
  const { rank, contentDigest } = tie;
  const { fromState, bearing, transition } = step;
  const isSessionBegin = transition !== null && beginsSession(transition);
  return {
    at_ms: atMs,
    action_rank: rank,
    content_digest: contentDigest,
    state: bearing.state,
    guid: bearing.guid,
    dial_mode: bearing.dialMode,
    optimize_by: bearing.optimizeBy,
    optimize_goal: bearing.optimizeGoal,
    transition_id: transition?.id ?? null,
    from_state: fromState,
    from_dial_mode: transition?.fromDialMode ?? null,
    from_optimize_by: transition?.fromOptimizeBy ?? null,
    from_optimize_goal: transition?.fromOptimizeGoal ?? null,
    action: transition?.action ?? null,
    actor: transition?.actor ?? null,
    inferred: transition ? Number(transition.inferred) : null,
    unexpected: transition ? Number(transition.unexpected) : null,
    implied_steps: transition ? JSON.stringify(transition.impliedSteps) : null,
    not_before_ms: transition?.notBeforeMs ?? null,
    begins_session: Number(isSessionBegin),
    fact_key: transition && factKey(groupId, atMs, { rank, contentDigest }),
    vendor_state: transition && vendorStateEntered(transition, isSessionBegin),
  };
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

/** Whether a group enters a state with a step. A group that was loaded anew does, even if it is the same one. */
export function entersState(row: Pick<StepRow, 'state' | 'from_state' | 'begins_session'>): boolean {
  return row.from_state !== row.state || row.begins_session === 1;
}

export function stepOf(row: StepRow): StoredStep {
  return {
    fromState: row.from_state,
    bearing: bearingOf(row),
    transition: row.transition_id === null ? null : transitionOf(row, row.transition_id),
  };
}

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
