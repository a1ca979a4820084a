import type { GroupSnapshot, LabelledList } from '../domain/campaign-group.js';
import type { Statement, Statistics } from '../domain/notification.js';
import type { RunEnd } from '../domain/run-end.js';
import type { Bearing } from '../domain/transition.js';
import type { Words } from '../domain/words.js';

/** A statement as stored, with the words it means. */
export interface StoredStatement {
  readonly no: number;
  readonly statement: Statement;
  readonly contentDigest: string;
  readonly words: Words;
  /** Its place within one millisecond, see `rankOf`. */
  readonly rank: number;
}

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
  said: Said;
  /** How its dialing ended; null while it runs. */
  ended: RunEnd | null;
  heardMs: number;
}

/** What was done last, and by whom; see `LastSaid`. */
export interface Said {
  /** Null: no evidence says any. */
  readonly action: string | null;
  readonly actor: string;
  /** Date-time of the last evidence that says it; null: none does. */
  readonly saidMs: number | null;
  note(atMs: number, statement: StoredStatement): void;
  marksToKeep(newestMs: number): SaidMarks | null;
}

/** Date-times by which the store finds again what was said last; null: none, or found without. */
export interface SaidMarks {
  readonly saidMs: number | null;
  readonly actorSaidMs: number | null;
  readonly otherSaidMs: number | null;
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
  readonly listSetNo: number;
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
