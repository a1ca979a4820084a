/** Reads how the dialing of a group ended, of its last steps and the time to complete it said last. */
import { type RunEnd, runEndOf } from '../domain/run-end.js';
import type { EvidenceTables } from '../sqlite/evidence-tables.js';
import type { Newest, Said } from './group-head.js';
import type { StepTable } from '../sqlite/step-table.js';

export class RunEnds {
  readonly #evidence: EvidenceTables;
  readonly #steps: StepTable;

  constructor(evidence: EvidenceTables, steps: StepTable) {
    this.#evidence = evidence;
    this.#steps = steps;
  }

  /** Null while the group runs, and of one that was loaded and has not run. */
  of(groupNo: number, newest: Newest, said: Said): RunEnd | null {
    if (newest.bearing.state === 'running') return null;
    const { ranAtMs, transitions } = this.#steps.sinceRun(groupNo);
    const [first] = transitions;
    if (first === undefined) return endSaid(newest, said);
    const secondsLeft = () => (ranAtMs === null ? null : this.#evidence.secondsLeft(groupNo, ranAtMs, first.atMs));
    return runEndOf(transitions, secondsLeft);
  }
}

/** Of a group that was first heard of when its dialing had ended: what its posts say was done last. */
function endSaid({ bearing, stateSinceMs }: Newest, { action, actor, saidMs }: Said): RunEnd | null {
  if (action !== 'stop' || saidMs === null || saidMs < stateSinceMs) return null;
  return runEndOf([{ atMs: stateSinceMs, toState: bearing.state, action, actor }], () => null);
}
