import type { GroupSnapshot, LabelledList } from '../domain/campaign-group.js';
import type { Statistics } from '../domain/notification.js';
import type { RunEnd } from '../domain/run-end.js';
import type { Bearing } from '../domain/transition.js';
import type { LastSaid } from './last-said.js';
import type { StoredStatement } from './statements.js';

/**
 * The newest evidence of a group, kept in memory so that an arrival in order needs no query.
 * Derived: it can be dropped and loaded again at any time, and is when a transaction fails.
 */
export interface GroupHead {
  readonly groupNo: number;
  readonly id: string;
  readonly source: string;
  readonly dbid: string;
  /** Null until the first evidence. */
  newest: Newest | null;
  /** What was done last, and by whom. */
  said: LastSaid;
  /** How its dialing ended; null while it runs. */
  ended: RunEnd | null;
  heardMs: number;
}

export interface Newest {
  readonly atMs: number;
  readonly bearing: Bearing;
  readonly stateSinceMs: number;
  readonly isStateSinceKnown: boolean;
  /** The last in the order of history. */
  readonly statement: StoredStatement;
  /** Of the newest sample: by date-time, then by receive time. */
  readonly statistics: Statistics;
  readonly sampleReceivedMs: number;
  /** Its calling lists as one text, see `listsContent`. */
  readonly listsText: string;
  readonly callingLists: readonly LabelledList[];
}

/** The head as everybody else sees the group; null while it has no evidence. */
export function snapshotOf(head: GroupHead): GroupSnapshot | null {
  const { newest, said } = head;
  if (newest === null) return null;
  const { words, statement } = newest.statement;
  return {
    groupNo: head.groupNo,
    id: head.id,
    source: head.source,
    dbid: head.dbid,
    attributes: statement.attributes,
    state: words.state,
    stateCode: statement.stateCode,
    stateSinceMs: newest.stateSinceMs,
    isStateSinceKnown: newest.isStateSinceKnown,
    dialMode: newest.bearing.dialMode ?? words.dialMode,
    optimizeBy: newest.bearing.optimizeBy ?? words.optimizeBy,
    optimizeGoal: newest.bearing.optimizeGoal ?? words.optimizeGoal,
    lastAction: said.action,
    lastActor: said.actor,
    lastActionInState: said.saidMs !== null && said.saidMs >= newest.stateSinceMs,
    ended: head.ended,
    sendsStatistics: statement.sendsStatistics,
    callingLists: newest.callingLists,
    figures: { lastEventMs: newest.atMs, lastHeardMs: head.heardMs, statistics: newest.statistics },
  };
}
