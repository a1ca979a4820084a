/** The rows that retention asks a store for, beside those of `tables.ts`; what is said there of every port holds here. */
import type { NumberedBlock, StatementRow } from './evidence-rows.js';
import type { Hold, RetentionClass } from '../domain/retention.js';

/** Numbers of groups. Of one it is told without a look at all others. */
export interface HeldGroups extends Iterable<number> {
  readonly size: number;
  has(groupNo: number): boolean;
}

/** Rows that nothing removes now, by what they belong to. */
export interface Held {
  readonly groupNos: HeldGroups;
  readonly sources: readonly string[];
}

export interface RetentionRows {
  /** Campaign groups behind a number, ascending, at most so many. */
  groupNosAfter(groupNo: number, limit: number): readonly number[];
  /**
   * Quarters of an hour of a group and of its lists, and whiles of equal copies but the last; as all that removes, so many rows
   * at most. Returns how many went.
   */
  removeRollups(groupNo: number, beforeMs: number, limit: number): number;
  /** Steps of a group before a moment. */
  removeSteps(groupNo: number, beforeMs: number, limit: number): number;
  /** Callbacks, with all that belongs to them, that ended before a moment, or of which nothing was heard since. */
  removeCallbacks(beforeMs: number, heldSources: readonly string[], limit: number): number;
  /** Of the bodies that were last received before a moment the id of the first. */
  oldestBody(beforeMs: number, heldSources: readonly string[]): string | null;
  /** Chunks set aside whose hour was over before a moment. */
  removeDamaged(beforeMs: number, held: Held, limit: number): number;
  removeAudit(beforeMs: number, limit: number): number;
  /** How often keys were missing on days before one, as `2026-11-29`. */
  removeMissingKeys(beforeDay: string, heldSources: readonly string[], limit: number): number;
  /** Runs of the service that ended before a moment, and before every transition that is kept; never the last run. */
  removeRuns(beforeMs: number, limit: number): number;
  /** Whether a group has more statements than so many. */
  hasStatements(groupNo: number, moreThan: number): boolean;
  /** Statements of a group behind one, in the order of their content digests. */
  statementsAfter(
    groupNo: number,
    contentDigest: string,
    limit: number,
  ): readonly Pick<StatementRow, 'no' | 'contentDigest'>[];
  /** Whether it went: a store that numbers one after the other keeps the newest of all, so that no other gets its number. */
  removeStatement(statementNo: number): boolean;
  /** Blocks of a group that were written behind a chunk. */
  blocksSince(groupNo: number, chunkNo: number): readonly NumberedBlock[];
  /** Whether no chunk, readable or not, no quarter of an hour and no step of a group is left. */
  isEmpty(groupNo: number): boolean;
  /** Bytes of the store that are in use; what was freed is used again. */
  usedBytes(): number;
  /** When the oldest row of a class is of that is not held; null: there is none. Chunks count behind a number. */
  oldestMs(what: RetentionClass, held: Held, thinnedNo: number): number | null;
  /** Bytes by class, estimated of some rows; a part of the work at each turn. */
  estimate(): Generator<void, Readonly<Record<RetentionClass, number>>>;
  /** Whether anything is stored of a campaign group, or of a source. */
  isStored(what: Pick<Hold, 'source' | 'group'>): boolean;
  /** In the order in which they were made. */
  holds(): readonly Hold[];
  insertHold(hold: Omit<Hold, 'id'>): string;
  removeHold(id: string): void;
  /** What the holds name that last longer. */
  heldAt(nowMs: number): Held;
}
