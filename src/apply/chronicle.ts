/**
 * Places evidence in a group's history, the newest behind it and late posts where they belong, and keeps the derived steps in
 * line with it, touching as little as possible. What history is stands in `domain/history.ts`.
 */
import { type RecordedTransition, sortKeyOf } from '../domain/campaign-group.js';
import { sameBearing } from '../domain/history.js';
import { type Digest, lengthPrefixed } from '../domain/identity.js';
import { type Bearing, between, isReload, isToldByGuid, type Transition } from '../domain/transition.js';
import type { Statements, StoredStatement } from './statements.js';
import type { Evidence as AllEvidence } from './evidence.js';
import type { StepRows, StoredStep } from './tables.js';
import { placeIn } from './tie-break.js';

/** Date-times read at once while history is told again. */
const PAGE = 200;

/** What telling changed: transitions made, and those withdrawn because later evidence disproved them. */
export interface Changes {
  readonly made: RecordedTransition[];
  readonly withdrawn: RecordedTransition[];
}

/** A point of a group's history: null before its first evidence. */
export type Point = { readonly atMs: number; readonly bearing: Bearing } | null;

/** Evidence of a group at a moment. */
export interface Evidence {
  readonly group: { readonly groupNo: number; readonly id: string };
  readonly atMs: number;
  readonly statement: StoredStatement;
}

export class Chronicle {
  readonly #steps: StepRows;
  readonly #evidence: AllEvidence;
  readonly #statements: Statements;
  readonly #digest: Digest;

  constructor(
    parts: { readonly steps: StepRows; readonly evidence: AllEvidence; readonly statements: Statements },
    digest: Digest,
  ) {
    this.#steps = parts.steps;
    this.#evidence = parts.evidence;
    this.#statements = parts.statements;
    this.#digest = digest;
  }

  /** Tells the step to evidence that is newer than all before. */
  continue(before: Point, next: Evidence, changes: Changes): Bearing {
    return this.#tell(before, next, null, changes);
  }

  /**
   * Tells history again from evidence of a moment that was not known before, until it agrees with what was told:
   * two edges in most cases, more only while a mode said late is carried on.
   */
  insert(late: Evidence, changes: Changes): void {
    const { groupNo } = late.group;
    let point = this.#pointBefore(late);
    let toldBearing = point?.bearing ?? null;
    let isLate = true;
    for (const next of this.#evidenceSince(late)) {
      const told = isLate ? null : this.#steps.at(groupNo, next.atMs, next.statement);
      const bearing = this.#tell(point, next, told, changes);
      toldBearing = told?.bearing ?? toldBearing;
      // Up to the next GUID: by it a reload may have been told, which happened since the one before.
      const isGuidKnown = bearing.guid === null || next.statement.words.guid !== null;
      if (!isLate && isGuidKnown && sameBearing(bearing, toldBearing)) break;
      point = { atMs: next.atMs, bearing };
      isLate = false;
    }
    settle(changes);
  }

  /** Tells history again from where evidence was taken back, until it agrees with what was told. */
  remove(gone: Evidence, changes: Changes): void {
    const { group, atMs, statement } = gone;
    const toldThere = this.#steps.at(group.groupNo, atMs, statement);
    if (toldThere !== null) this.#steps.remove(group.groupNo, atMs, statement);
    if (toldThere?.transition) changes.withdrawn.push(toldThere.transition);
    let point = this.#pointBefore(gone);
    let toldBearing = toldThere?.bearing ?? point?.bearing ?? null;
    for (const next of this.#evidenceSince(gone)) {
      const told = this.#steps.at(group.groupNo, next.atMs, next.statement);
      const bearing = this.#tell(point, next, told, changes);
      toldBearing = told?.bearing ?? toldBearing;
      const isGuidKnown = bearing.guid === null || next.statement.words.guid !== null;
      if (isGuidKnown && sameBearing(bearing, toldBearing)) break;
      point = { atMs: next.atMs, bearing };
    }
    settle(changes);
  }

  /** Tells the whole history of a group anew: its evidence stayed, the words for it did not. */
  retell(group: Evidence['group']): void {
    this.#steps.removeAll(group.groupNo);
    let point: Point = null;
    for (const next of this.#evidenceFrom(group, Number.MIN_SAFE_INTEGER)) {
      point = { atMs: next.atMs, bearing: this.#tell(point, next, null, { made: [], withdrawn: [] }) };
    }
  }

  #pointBefore({ group: { groupNo }, atMs, statement }: Evidence): Point {
    const isFirst = placeIn(this.#statements.at(groupNo, atMs), statement) === 0;
    const before = isFirst ? this.#evidence.lastAtMsBefore(groupNo, atMs) : atMs;
    const step = before === null ? null : this.#steps.lastBefore(groupNo, atMs, statement);
    return before === null || step === null ? null : { atMs: before, bearing: step.bearing };
  }

  /** Evidence and all that follows it, in the order of history. */
  *#evidenceSince({ group, atMs, statement }: Evidence): Generator<Evidence> {
    const statements = this.#statements.at(group.groupNo, atMs);
    for (let place = placeIn(statements, statement); ; place++) {
      const next = statements[place];
      if (next === undefined) break;
      yield { group, atMs, statement: next };
    }
    yield* this.#evidenceFrom(group, atMs + 1);
  }

  /** Evidence from a moment on, in the order of history. */
  *#evidenceFrom(group: Evidence['group'], fromMs: number): Generator<Evidence> {
    for (let from = fromMs; ;) {
      const times = this.#evidence.timesFrom(group.groupNo, from, PAGE);
      for (const atMs of times) {
        for (const statement of this.#statements.at(group.groupNo, atMs)) yield { group, atMs, statement };
      }
      const last = times.at(-1);
      if (last === undefined || times.length < PAGE) return;
      from = last + 1;
    }
  }

  /** One step of history: derives it, and writes only what differs from what was told before. */
  #tell(before: Point, next: Evidence, told: StoredStep | null, changes: Changes): Bearing {
    const { group, atMs, statement } = next;
    const { bearing, transition } = between(before, { atMs, ...statement.words });
    const recorded = transition && this.#record(next, this.#since(next, transition));
    const step = stepTo(before, bearing, recorded);
    if (step === null && told === null) return bearing;
    if (step === null) this.#steps.remove(group.groupNo, atMs, statement);
    else if (!sameStep(step, told)) this.#steps.put(group.groupNo, atMs, statement, step);
    if (recorded?.id !== told?.transition?.id) {
      if (told?.transition) changes.withdrawn.push(told.transition);
      if (recorded) changes.made.push(recorded);
    }
    return bearing;
  }

  /** A reload that only another GUID tells may have happened at any time since the last one was said. */
  #since({ group, atMs, statement }: Evidence, transition: Transition): Transition {
    if (!isToldByGuid(transition)) return transition;
    return { ...transition, notBeforeMs: this.#guidSaidMs(group.groupNo, atMs, statement) };
  }

  /** When a GUID was said last before a statement of a date-time; null when none was. In most cases by the post before. */
  #guidSaidMs(groupNo: number, atMs: number, statement: StoredStatement): number | null {
    const evidence = this.#evidence;
    const said = ({ words }: StoredStatement) => words.guid !== null;
    const statements = this.#statements.at(groupNo, atMs);
    if (statements.slice(0, placeIn(statements, statement)).some(said)) return atMs;
    for (let at = evidence.lastAtMsBefore(groupNo, atMs); at !== null; at = evidence.lastAtMsBefore(groupNo, at)) {
      if (this.#statements.at(groupNo, at).some(said)) return at;
    }
    return null;
  }

  /** Gives a transition its id: what happened and when, not who told it nor its interval, which may be narrowed later. */
  #record({ group, statement }: Evidence, transition: Transition): RecordedTransition {
    const { atMs, fromState, toState, action, actor, inferred } = transition;
    const { fromDialMode, toDialMode, fromOptimizeBy, toOptimizeBy, fromOptimizeGoal, toOptimizeGoal } = transition;
    const modes = [fromDialMode, toDialMode, fromOptimizeBy, toOptimizeBy, fromOptimizeGoal, toOptimizeGoal];
    const load = isReload(transition) ? [statement.words.guid] : [];
    const what = [group.id, atMs, fromState, toState, ...modes, action, actor, inferred ? 1 : 0, ...load];
    const sortKey = sortKeyOf(atMs, statement.rank, statement.contentDigest);
    return { ...transition, id: this.#digest(lengthPrefixed(what)), sortKey };
  }
}

/** A transition that only passed from one notification to another of the same moment was neither made nor withdrawn. */
function settle({ made, withdrawn }: Changes): void {
  for (const { id } of [...withdrawn]) {
    const again = made.findIndex((transition) => transition.id === id);
    if (again === -1) continue;
    made.splice(again, 1);
    withdrawn.splice(
      withdrawn.findIndex((transition) => transition.id === id),
      1,
    );
  }
}

/** The step to a bearing, null when nothing changes with it. */
function stepTo(before: Point, bearing: Bearing, transition: RecordedTransition | null): StoredStep | null {
  if (before !== null && transition === null && sameBearing(before.bearing, bearing)) return null;
  return { fromState: transition ? transition.fromState : (before?.bearing.state ?? null), bearing, transition };
}

function sameStep(step: StoredStep, told: StoredStep | null): boolean {
  return (
    told !== null &&
    step.fromState === told.fromState &&
    sameBearing(step.bearing, told.bearing) &&
    step.transition?.id === told.transition?.id &&
    step.transition?.notBeforeMs === told.transition?.notBeforeMs
  );
}
