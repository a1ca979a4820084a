import type { DatedStep, StateSince, StepRows, StoredStep, TieBreak } from '../apply/tables.js';
import { type RecordedTransition, sortKeyOf } from '../domain/campaign-group.js';
import { type Bearing, beginsSession } from '../domain/transition.js';
import { factKey, vendorStateEntered } from '../ocs/info-mart.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

export type StepRow = RowIn<'steps'>;

export class StepTable implements StepRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  at(groupNo: number, atMs: number, tie: TieBreak): StoredStep | null {
    return stepOf(this.#row(groupNo, atMs, tie));
  }

  #row(groupNo: number, atMs: number, tie: TieBreak): StepRow | undefined {
    return this.#set.at('steps', groupNo, atMs).find((row) => place(row, tie) === 0);
  }

  lastBefore(groupNo: number, atMs: number, tie: TieBreak): StoredStep | null {
    const beside = inHistory(this.#set.at('steps', groupNo, atMs)).findLast((row) => place(row, tie) < 0);
    return stepOf(beside ?? inHistory(this.#set.below('steps', groupNo, atMs)).at(-1));
  }

  last(groupNo: number): (DatedStep & Pick<TieBreak, 'contentDigest'>) | null {
    const row = inHistory(this.#set.below('steps', groupNo, Infinity)).at(-1);
    const step = stepOf(row);
    return row === undefined || step === null ? null : { ...step, atMs: row.at_ms, contentDigest: row.content_digest };
  }

  stateSince(groupNo: number): StateSince | null {
    for (const row of this.#newestFirst(groupNo))
      if (entersState(row)) return { atMs: row.at_ms, isKnown: row.from_state !== null };
    return null;
  }

  *newestFirst(groupNo: number, limit: number): Generator<DatedStep> {
    let given = 0;
    for (const row of this.#newestFirst(groupNo)) {
      if (++given > limit) return;
      yield datedOf(row);
    }
  }

  *#newestFirst(groupNo: number): Generator<StepRow> {
    let rows = this.#set.below('steps', groupNo, Infinity);
    for (; rows[0] !== undefined; rows = this.#set.below('steps', groupNo, rows[0].at_ms))
      yield* inHistory(rows).reverse();
  }

  firstAfter(groupNo: number, atMs: number): DatedStep | null {
    const [row] = inHistory(this.#set.above('steps', groupNo, atMs));
    return row === undefined ? null : datedOf(row);
  }

  put(groupNo: number, atMs: number, tie: TieBreak, { fromState, bearing, transition }: StoredStep): void {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return;
    // What stands there already has to be known, to be taken back.
    this.#row(groupNo, atMs, tie);
    const { rank, contentDigest } = tie;
    const isSessionBegin = transition !== null && beginsSession(transition);
    const groupId = this.#set.sets.groups.get(source, groupNo)?.id ?? '';
    this.#set.sets.steps.put({
      source,
      group_no: groupNo,
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
    });
  }

  remove(groupNo: number, atMs: number, tie: TieBreak): void {
    const row = this.#row(groupNo, atMs, tie);
    if (row !== undefined) this.#set.sets.steps.remove(row);
  }

  removeAll(groupNo: number): void {
    // Down to the first.
    for (const row of [...this.#newestFirst(groupNo)]) this.#set.sets.steps.remove(row);
    for (const row of this.#set.sets.steps.of(partOf.group(groupNo))) this.#set.sets.steps.remove(row);
  }
}

function place({ action_rank: rank, content_digest: digest }: StepRow, tie: TieBreak): number {
  return rank - tie.rank || (digest < tie.contentDigest ? -1 : digest > tie.contentDigest ? 1 : 0);
}

/** Rows of one group in the order of its history. */
export function inHistory(rows: readonly StepRow[]): StepRow[] {
  return [...rows].sort(
    (a, b) => a.at_ms - b.at_ms || place(a, { rank: b.action_rank, contentDigest: b.content_digest }),
  );
}

export function bearingOf(row: StepRow): Bearing {
  return {
    state: row.state,
    guid: row.guid,
    dialMode: row.dial_mode,
    optimizeBy: row.optimize_by,
    optimizeGoal: row.optimize_goal,
  };
}

export function entersState(row: StepRow): boolean {
  return row.from_state !== row.state || row.begins_session === 1;
}

function stepOf(row: StepRow | undefined): StoredStep | null {
  if (row === undefined) return null;
  const { transition_id: id } = row;
  return { fromState: row.from_state, bearing: bearingOf(row), transition: id === null ? null : transitionOf(row, id) };
}

function datedOf(row: StepRow): DatedStep {
  const { transition_id: id } = row;
  return {
    fromState: row.from_state,
    bearing: bearingOf(row),
    transition: id === null ? null : transitionOf(row, id),
    atMs: row.at_ms,
  };
}

function transitionOf(row: StepRow, id: string): RecordedTransition {
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
