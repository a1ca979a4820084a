/** Reads how the dialing of a group ended, of its last steps and the time to complete it said last. */
import type { RecordedTransition } from '../domain/campaign-group.js';
import { type RunEnd, runEndOf } from '../domain/run-end.js';
import { beginsSession } from '../domain/transition.js';
import type { Newest } from './group-head.js';
import type { LastSaid } from './last-said.js';
import type { Evidence } from './evidence.js';
import type { CampaignTables } from './tables.js';

/** A group that does not run goes through three states; more of them come of lost and contradictory posts. */
const STEPS_SINCE_RUN = 20;

type Tables = Pick<CampaignTables, 'steps'> & { readonly evidence: Evidence };

/** Null while the group runs, and of one that was loaded and has not run. */
export function runEndIn(tables: Tables, groupNo: number, newest: Newest, said: LastSaid): RunEnd | null {
  if (newest.bearing.state === 'running') return null;
  const { ranAtMs, transitions } = sinceRun(tables, groupNo);
  const [first] = transitions;
  if (first === undefined) return endSaid(newest, said);
  const secondsLeft = () => (ranAtMs === null ? null : tables.evidence.secondsLeft(groupNo, ranAtMs, first.atMs));
  return runEndOf(transitions, secondsLeft);
}

interface SinceRun {
  /** A moment at which it ran, no change of its mode or goal being later; null when it did not run. */
  readonly ranAtMs: number | null;
  /** In order; the last of them, where there are many. */
  readonly transitions: readonly RecordedTransition[];
}

/** What happened since the group ran last, or since its load where it never did. */
function sinceRun({ steps }: Tables, groupNo: number): SinceRun {
  const transitions: RecordedTransition[] = [];
  let ranAtMs: number | null = null;
  for (const { atMs, bearing, transition } of steps.newestFirst(groupNo, STEPS_SINCE_RUN)) {
    if (bearing.state === 'running') {
      ranAtMs = atMs;
      break;
    }
    if (transition === null) continue;
    if (beginsSession(transition)) break;
    transitions.push(transition);
  }
  return { ranAtMs, transitions: transitions.reverse() };
}

/** Of a group that was first heard of when its dialing had ended: what its posts say was done last. */
function endSaid({ bearing, stateSinceMs }: Newest, { action, actor, saidMs }: LastSaid): RunEnd | null {
  if (action !== 'stop' || saidMs === null || saidMs < stateSinceMs) return null;
  return runEndOf([{ atMs: stateSinceMs, toState: bearing.state, action, actor }], () => null);
}
