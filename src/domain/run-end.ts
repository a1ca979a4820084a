/**
 * How the dialing of a campaign group ended, in the words of whoever asks whether a person has to look: the page, the API
 * and the alert read this and nothing else. OCS completes a campaign group by a stop and an unload within seconds,
 * neither asked for by a client (Genesys "Campaign Group Status Reporting"); what else OCS ends wants a person.
 */
import type { Transition } from './transition.js';

/**
 * `by_client`: a person or a program asked for it. `completed`: OCS came to the end of its lists. `by_itself`: OCS ended it
 * before that; `attended`: and a client has acted since. `untold`: the post that said who did it was lost, or says nobody.
 */
export const ENDED_HOW = ['by_client', 'completed', 'by_itself', 'attended', 'untold'] as const;
export type EndedHow = (typeof ENDED_HOW)[number];

export interface RunEnd {
  readonly how: EndedHow;
  /** When dialing ended; of a group that never ran, when its load did. UTC milliseconds. */
  readonly atMs: number;
}

/** A transition since the group ran last, or since its load. */
export type RunEndStep = Pick<Transition, 'atMs' | 'toState' | 'action' | 'actor'>;

/** With less than this left when it stops and is unloaded, a group has come to the end of its lists. */
export const COMPLETION_SECONDS = 900;
/** With so little left it has, whether the unload was told or not: that post may be lost. */
const NOTHING_LEFT_SECONDS = 60;
/** Stop and unload of a completion are seconds apart; clocks and lost posts stretch that. */
const UNLOAD_WITHIN_MS = 600_000;

/**
 * `since`: the transitions since the group ran last (since its load where it never did), in order; none while it runs or has
 * not ended. `secondsLeft`: the last time to complete that was said while it ran, null when none was; asked for only where
 * OCS ended it.
 */
export function runEndOf(since: readonly RunEndStep[], secondsLeft: () => number | null): RunEnd | null {
  const [first] = since;
  if (first === undefined) return null;
  return { how: howEnded(first, since, secondsLeft), atMs: first.atMs };
}

/** Whether nothing new is told. */
export function isSameEnd(a: RunEnd | null, b: RunEnd | null): boolean {
  return a?.how === b?.how && a?.atMs === b?.atMs;
}

function howEnded(first: RunEndStep, since: readonly RunEndStep[], secondsLeft: () => number | null): EndedHow {
  if (first.actor === 'client') return 'by_client';
  if (first.actor !== 'automatic') return 'untold';
  if (isCompletion(first, since, secondsLeft())) return 'completed';
  return since.some(({ actor }) => actor === 'client') ? 'attended' : 'by_itself';
}

function isCompletion(first: RunEndStep, since: readonly RunEndStep[], secondsLeft: number | null): boolean {
  if (since.some(({ action }) => action === 'force_unload')) return false;
  const isUnloaded = since.some(
    ({ toState, actor, atMs }) => toState !== 'active' && actor !== 'client' && atMs - first.atMs <= UNLOAD_WITHIN_MS,
  );
  if (secondsLeft === null) return isUnloaded && first.action === 'stop';
  return secondsLeft <= (isUnloaded ? COMPLETION_SECONDS : NOTHING_LEFT_SECONDS);
}
