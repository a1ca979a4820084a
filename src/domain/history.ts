import {
  beginsSession,
  between,
  type Bearing,
  isToldByGuid,
  type Moment,
  rankOf,
  type Transition,
} from './transition.js';

/** A moment with the content that orders it among others of the same millisecond and rank. */
export interface OrderedMoment extends Moment {
  readonly content: string;
}

/** What the evidence of one group amounts to. */
export interface History {
  readonly transitions: readonly Transition[];
  readonly current: { readonly atMs: number; readonly bearing: Bearing } | null;
}

/** One life of a load: from leaving not_loaded to not_loaded again, or to the next load where the unload was lost. */
export interface Session {
  /** Null when the group was already loaded when it was first heard of. */
  readonly startMs: number | null;
  /** Null while it lasts. */
  readonly endMs: number | null;
  /** First evidence of it: the start, or the moment it was first heard of. */
  readonly firstSeenMs: number;
}

/** The order of history: by time, then by action and state in the order of a life, then by content. Never by arrival. */
export function compareMoments(a: OrderedMoment, b: OrderedMoment): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  const byRank = rankOf(a) - rankOf(b);
  if (byRank !== 0) return byRank;
  return a.content < b.content ? -1 : a.content > b.content ? 1 : 0;
}

/** The definition of a group's history: all its evidence, sorted and folded. Stores reach the same result piecemeal. */
export function deriveHistory(evidence: readonly OrderedMoment[]): History {
  const transitions: Transition[] = [];
  let current: { atMs: number; bearing: Bearing } | null = null;
  let guidSaidMs: number | null = null;
  for (const moment of [...evidence].sort(compareMoments)) {
    const { bearing, transition } = between(current, moment);
    if (transition)
      transitions.push(isToldByGuid(transition) ? { ...transition, notBeforeMs: guidSaidMs } : transition);
    current = { atMs: moment.atMs, bearing };
    if (moment.guid !== null) guidSaidMs = moment.atMs;
  }
  return { transitions, current };
}

/** Sessions told by a group's transitions in order of time. */
export function deriveSessions(transitions: readonly Transition[]): Session[] {
  const sessions: Session[] = [];
  let open: Session | null = null;
  for (const transition of transitions) {
    if (transition.toState === 'not_loaded') {
      if (open) sessions.push({ ...open, endMs: transition.atMs });
      open = null;
    } else if (beginsSession(transition)) {
      if (open) sessions.push({ ...open, endMs: transition.atMs });
      const startMs = transition.fromState === null ? null : transition.atMs;
      open = { startMs, endMs: null, firstSeenMs: transition.atMs };
    }
  }
  if (open) sessions.push(open);
  return sessions;
}

export function sameBearing(a: Bearing | null, b: Bearing | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.state === b.state &&
    a.guid === b.guid &&
    a.dialMode === b.dialMode &&
    a.optimizeBy === b.optimizeBy &&
    a.optimizeGoal === b.optimizeGoal
  );
}
