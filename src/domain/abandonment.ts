/**
 * What may be said of the share of abandoned calls over a period. OCS tells it as one ratio, cumulative since the load, and
 * no counts. So the ratio of a period that is made of whole sessions is a mean of their final ratios with weights that
 * nobody knows, and lies between the least and the greatest of them. Of a session whose part in the period, or whose final
 * ratio, is not known nothing follows: it may have had any number of calls, and any share of them.
 */
import type { Period, RuleProfile } from './compliance.js';
import type { SilenceRule } from './silence.js';

/** OCS's ratios are taken to be rounded to four decimals: so far the true one may lie from what is said. */
export const ROUNDED_BY = 0.00005;

export const VERDICTS = ['within', 'over', 'undecided'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why a session leaves a verdict open. */
export const WHY_UNDECIDED = [
  'start_unknown',
  'cut_at_start',
  'cut_at_end',
  'running',
  'end_unseen',
  'no_figure',
  'not_final',
  'silent',
  'above_limit',
] as const;
export type WhyUndecided = (typeof WHY_UNDECIDED)[number];

/** A session that is, or may be, of the period. */
export interface DialedSession {
  readonly campaignGroupId: string;
  /** Null: it was loaded when it was first heard of. */
  readonly startMs: number | null;
  /** Null while it lasts. */
  readonly endMs: number | null;
  readonly firstSeenMs: number;
  /** For how much of the period it is known to have been dialing. */
  readonly runningMs: number;
  /** The last ratio that was said; null: none was. */
  readonly lastRatio: number | null;
  /** The same where it is that of the whole session. */
  readonly finalRatio: number | null;
  readonly why: WhyUndecided | null;
}

/** A time in which this service was down, and in which a session may have come and gone. */
export interface Unwatched extends Period {
  readonly campaignGroupId: string;
}

export interface Dialed {
  /** Newest first. */
  readonly sessions: readonly DialedSession[];
  readonly unobserved: readonly Unwatched[];
  /** Sessions, unobserved times and groups that are too many to be told. */
  readonly leftOut: number;
}

export interface Abandonment extends Dialed {
  readonly verdict: Verdict;
  /** The ratio of the period is no less and no more, but for rounding; null: nothing can be said. */
  readonly low: number | null;
  readonly high: number | null;
  /** A guess: the last ratios, weighted by the times of dialing. Null: none was said. */
  readonly estimatedRatio: number | null;
}

/** Of whom, and by which rule, it is asked. */
export interface AbandonmentAsked {
  /** Groups whose calls are taken together, and how long the posts of each may stay away while it runs; null: unknown. */
  readonly groups: readonly { readonly id: string; readonly rule: SilenceRule | null }[];
  /** Groups that may belong to them and cannot be named. */
  readonly leftOut: number;
  readonly profile: RuleProfile;
  /** The period is the one that holds this moment, up to it. */
  readonly atMs: number;
}

export interface PeriodAbandonment extends Abandonment {
  readonly period: Period;
}

export function abandonmentOf(dialed: Dialed, limitRatio: number): Abandonment {
  const { sessions, unobserved, leftOut } = dialed;
  const estimatedRatio = estimateOf(sessions);
  const finals = sessions.flatMap(({ finalRatio }) => (finalRatio === null ? [] : [finalRatio]));
  const isOpen = finals.length < sessions.length || unobserved.length > 0 || leftOut > 0;
  if (isOpen) return { ...dialed, verdict: 'undecided', low: null, high: null, estimatedRatio };
  // No session, no call: none was abandoned.
  if (finals.length === 0) return { ...dialed, verdict: 'within', low: null, high: null, estimatedRatio };
  const [low, high] = [Math.min(...finals), Math.max(...finals)];
  const verdict = verdictOf(low, high, limitRatio);
  const told = verdict === 'undecided' ? sessions.map((session) => blamed(session, limitRatio)) : sessions;
  return { ...dialed, sessions: told, verdict, low, high, estimatedRatio };
}

function verdictOf(low: number, high: number, limitRatio: number): Verdict {
  if (isSurelyWithin(high, limitRatio)) return 'within';
  return low - ROUNDED_BY > limitRatio ? 'over' : 'undecided';
}

function isSurelyWithin(ratio: number, limitRatio: number): boolean {
  return ratio + ROUNDED_BY <= limitRatio;
}

/** Among sessions on both sides of the limit those above it leave it open. */
function blamed(session: DialedSession, limitRatio: number): DialedSession {
  const isAbove = session.finalRatio !== null && !isSurelyWithin(session.finalRatio, limitRatio);
  return isAbove ? { ...session, why: 'above_limit' } : session;
}

function estimateOf(sessions: readonly DialedSession[]): number | null {
  let [sum, weights] = [0, 0];
  for (const { lastRatio, runningMs } of sessions) {
    if (lastRatio === null) continue;
    sum += lastRatio * runningMs;
    weights += runningMs;
  }
  return weights > 0 ? sum / weights : null;
}
