import type { CallingListFigures, GroupAttributes, Statistics } from './notification.js';
import type { RunEnd } from './run-end.js';
import type { Transition } from './transition.js';

/**
 * A campaign group's handle: the number of its row. It keys tables in memory and messages between threads, and only a
 * successor on the same database is told of it. Never shown, never stored outside the database; after a restart the same
 * group may have another one. Its name for everybody else is its public id.
 */
export type GroupNo = number;

/** A campaign group as its evidence shows it now. Times are UTC milliseconds. */
export interface GroupSnapshot {
  readonly groupNo: GroupNo;
  /** Public id; see `campaignGroupId`. */
  readonly id: string;
  readonly source: string;
  readonly dbid: string;
  readonly attributes: GroupAttributes;
  readonly state: string;
  readonly stateCode: number;
  /** When the group entered its state; of a state it was first seen in, the first evidence. */
  readonly stateSinceMs: number;
  /** False for the state it was first seen in, unless that tells of the load: it was entered some time before. */
  readonly isStateSinceKnown: boolean;
  /** Null when not said. */
  readonly dialMode: string | null;
  readonly optimizeBy: string | null;
  /** As sent: percent or seconds, see `goalUnit`. */
  readonly optimizeGoal: number | null;
  /** The last that any evidence says; null when none does. It stays until another one is said. */
  readonly lastAction: string | null;
  readonly lastActor: string;
  /** Whether it was said since the group entered its state: else something untold led there. */
  readonly lastActionInState: boolean;
  /** How its dialing ended; null while it runs, and of a group that was loaded and has not run yet. */
  readonly ended: RunEnd | null;
  readonly sendsStatistics: boolean;
  readonly callingLists: readonly LabelledList[];
  readonly figures: GroupFigures;
}

/** A calling list as metrics name it. */
export interface LabelledList extends CallingListFigures {
  /** Set when its name alone is that of another list of the group. */
  readonly label?: string;
}

/** The part of a snapshot that every notification moves. */
export interface GroupFigures {
  /** GSW_DATE_TIME of the newest evidence. */
  readonly lastEventMs: number;
  /** Receive clock at the newest notification, duplicates and late ones included. */
  readonly lastHeardMs: number;
  readonly statistics: Statistics;
}

/**
 * Groups that wait for room.
 * @bound campaign groups waiting for room in memory
 * @beyond further ones come in with their next change
 * @seen `ocs_monitor_series_dropped_total`
 */
export const MAX_WAITING_GROUPS = 1000;

/** A transition with the identity under which it is listed, counted and withdrawn. */
export interface RecordedTransition extends Transition {
  readonly id: string;
  /** Text that sorts transitions of a group as they followed each other, see `sortKeyOf`. */
  readonly sortKey: string;
}

/** The order of history as text: by time, then by rank and content, as `compareMoments` has it. */
export function sortKeyOf(atMs: number, rank: number, content: string): string {
  return `${String(atMs).padStart(15, '0')}.${String(rank).padStart(2, '0')}.${content}`;
}

export const NO_STATISTICS: Statistics = {
  busyRatio: null,
  hitRatio: null,
  overdialRatio: null,
  timeToCompleteSeconds: null,
};
