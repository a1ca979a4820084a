/**
 * The rows that `apply/` asks a store for, and gives it to keep. Synchronous, for this is the hot path; a store that cannot
 * answer at once loads what a batch may touch before it runs it.
 *
 * What holds for every port:
 * - It is called inside a transaction of the store. What was put is found by whatever asks after it in that transaction;
 *   what a transaction put that was rolled back, or part of one, is never found again.
 * - A row is returned as it was put, doubles bit for bit, and belongs to the caller. Iterators are read to their end, or
 *   dropped, before anything is put.
 * - Rows have the order that the method states, and no other may be relied on.
 * - Numbers (`…No`) are the store's own, and of bodies later rows have higher ones. Of groups, statements, lists and callbacks
 *   nothing follows from their order: a store that several programs write to makes them of what they name, so that each gives
 *   the same ones. The number of a row that was removed may be given again.
 * - Nothing throws but a store that fails, and then the transaction is lost.
 */
import type { RecordedTransition } from '../domain/campaign-group.js';
import type { ForgetCounts, ForgetRequest } from '../domain/store.js';
import type { Bearing } from '../domain/transition.js';
import type { RetentionRows } from './retention-rows.js';
import type { CallbackRows, DimensionRows, LegacyRows, MissingKeyRows } from './callback-rows.js';
import type { ChunkRows, JournalRows, ListRows, QuarterRows, StandingRows, StatementRows } from './evidence-rows.js';
import type { QuarantineRows } from './quarantine-rows.js';
/** What the history of campaign groups is kept in. */
export interface CampaignTables {
  readonly groups: GroupRows;
  readonly heads: HeadRows;
  readonly statements: StatementRows;
  readonly journal: JournalRows;
  readonly chunks: ChunkRows;
  readonly quarters: QuarterRows;
  readonly standing: StandingRows;
  readonly lists: ListRows;
  readonly steps: StepRows;
  readonly repeats: RepeatRows;
  readonly numbers: NumberRows;
}

/** All that a batch writes to. */
export interface Tables extends CampaignTables {
  readonly callbacks: CallbackRows;
  readonly dimensions: DimensionRows;
  readonly legacyEvents: LegacyRows;
  readonly missingKeys: MissingKeyRows;
  readonly quarantine: QuarantineRows;
  readonly changes: ChangeRows;
  readonly removals: RemovalRows;
  readonly retention: RetentionRows;
}

/** Date-times by which it is found again what was said last; null: none, or found without. See `LastSaid`. */
export interface SaidMarks {
  readonly saidMs: number | null;
  readonly actorSaidMs: number | null;
  readonly otherSaidMs: number | null;
}

export interface GroupRow {
  readonly groupNo: number;
  /** Public id. */
  readonly id: string;
  readonly source: string;
  readonly dbid: string;
  /** Receive clock at the last notification that no evidence tells of. */
  readonly heardMs: number;
  readonly marks: SaidMarks;
  /** Null: its evidence was received when it says. */
  readonly heardLimit: HeardLimit | null;
}

/** Evidence up to a date-time was received while the clock was ahead: it counts as heard no later than this. */
export interface HeardLimit {
  readonly atMs: number;
  readonly limitMs: number;
}

export type NewGroup = Pick<GroupRow, 'id' | 'source' | 'dbid' | 'heardMs'>;

/** Campaign groups; one that is being forgotten is none any more. */
export interface GroupRows {
  find(source: string, dbid: string): GroupRow | null;
  byNo(groupNo: number): GroupRow | null;
  /** Returns a number that no group had before. */
  insert(group: NewGroup): number;
  hear(groupNo: number, heardMs: number): void;
  keepMarks(groupNo: number, marks: SaidMarks): void;
  limitHeard(groupNo: number, limit: HeardLimit): void;
}

/** What the heads of many groups are made of, read in fewer statements than group by group; but their evidence. */
export interface HeadRows {
  /** Of these groups, or of all, in the order of their numbers. */
  parts(groupNos: readonly number[] | null): Iterable<HeadParts>;
  /**
   * A text for every group, which is another one as soon as anything has changed that its head is made of: the group behind
   * the number, when it was heard, its last steps, what it said last; but its evidence, and how its dialing ended.
   */
  marks(): ReadonlyMap<number, string>;
  count(): number;
  /** Groups by their numbers, as far as it decides which of them are shown. */
  standings(): Iterable<{ readonly groupNo: number; readonly isLoaded: boolean; readonly heardMs: number }>;
}

export interface HeadParts {
  readonly group: GroupRow;
  /** Null: it has none. */
  readonly step: LastStep | null;
}

export interface ShownGroups {
  /** Ascending; null: all. */
  readonly groupNos: readonly number[] | null;
  /** Loaded groups beyond those. */
  readonly leftOut: number;
}
/** What places statements of one date-time: by rank, then by content, as `compareMoments` has it. */
export interface TieBreak {
  readonly rank: number;
  readonly contentDigest: string;
}

/** A step of history: where a group's bearing changed, with the transition if that is one. */
export interface StoredStep {
  /** The state before; null for a group's first evidence. */
  readonly fromState: string | null;
  readonly bearing: Bearing;
  readonly transition: RecordedTransition | null;
}

export interface DatedStep extends StoredStep {
  readonly atMs: number;
}

/** The last step of a group, as far as its head needs it. */
export interface LastStep {
  readonly atMs: number;
  /** Of the statement that it is told by. */
  readonly contentDigest: string;
  readonly fromState: string | null;
  readonly bearing: Bearing;
  /** See `StepRows.stateSince`. */
  readonly entersState: boolean;
}

/** When a state was entered. */
export interface StateSince {
  readonly atMs: number;
  /** False when it was the first that was heard of the group. */
  readonly isKnown: boolean;
}

/** Derived steps, keyed by group, date-time and tie-break: the order of history. */
export interface StepRows {
  /** The step at exactly this evidence, if the bearing changed there. */
  at(groupNo: number, atMs: number, tie: TieBreak): StoredStep | null;
  lastBefore(groupNo: number, atMs: number, tie: TieBreak): StoredStep | null;
  last(groupNo: number): (DatedStep & Pick<TieBreak, 'contentDigest'>) | null;
  /** The last step with which a group entered a state: another one, or the same by a load. */
  stateSince(groupNo: number): StateSince | null;
  newestFirst(groupNo: number, limit: number): Iterable<DatedStep>;
  /** The first step of the first date-time after a moment that has any. */
  firstAfter(groupNo: number, atMs: number): DatedStep | null;
  /** Puts a step in the place of what was there. */
  put(groupNo: number, atMs: number, tie: TieBreak, step: StoredStep): void;
  remove(groupNo: number, atMs: number, tie: TieBreak): void;
  removeAll(groupNo: number): void;
}

/**
 * Numbers that outlive the rows that they tell of: chunks up to `thinned` were thinned, and so on; see `thinning-pass.ts`
 * and `leftovers.ts`.
 */
export type KeptNumber =
  'thinned' | 'thinned_ms' | 'history_chunk' | 'history_ms' | 'held_chunk' | 'unthinned_chunk' | 'swept_ms';

export interface NumberRows {
  /** Null: it was never kept, or is kept no longer. */
  kept(name: KeptNumber): number | null;
  keep(name: KeptNumber, value: number | null): void;
}

/** Whiles in which equal copies of a group's newest notification came: they leave no evidence, and are signs of life. */
export interface RepeatRows {
  /** Of the whiles that had begun by a moment the last. */
  lastBy(groupNo: number, atMs: number): { readonly fromMs: number; readonly toMs: number } | null;
  begin(groupNo: number, fromMs: number): void;
  extend(groupNo: number, fromMs: number, toMs: number): void;
}

/** Changed transitions of the last while, for those who resume following. */
export interface ChangeRows {
  /** Null: history was told again, whoever follows starts over. Returns the row's number. */
  insert(recordedMs: number, groupNo: number, isWithdrawn: boolean, transition: RecordedTransition | null): number;
  /** Removes the rows up to a number. */
  prune(upToNo: number): void;
}

/** What is to go of a source: callbacks, bodies and legacy events with these numbers and lower ones. */
export interface NotedRemoval {
  readonly removalNo: number;
  readonly source: string;
  readonly callbackNo: number;
  readonly quarantineNo: number;
  readonly legacyNo: number;
}

/**
 * Removing a campaign group, or all of a source. What is to go is found by nobody from the moment it is hidden or noted, and
 * a newcomer with its key begins anew; the rows themselves go some at a time. Each `remove…` is a transaction's work, and
 * returns null, or nothing removed, when none is left.
 */
export interface RemovalRows {
  groupNos(request: ForgetRequest): readonly number[];
  countGroup(groupNo: number): Partial<ForgetCounts>;
  countSource(source: string): Partial<ForgetCounts>;
  /** Hides groups, and what they have. */
  hide(groupNos: readonly number[]): Partial<ForgetCounts>;
  /** Notes that all is to go that is held of a source now, beside its groups. */
  note(source: string): void;
  /** What was noted and is not finished, oldest first. */
  noted(): readonly NotedRemoval[];
  removeCallbacks(noted: NotedRemoval): Partial<ForgetCounts> | null;
  /** And legacy events. Strikes the note out with the last of them. */
  removeBodies(noted: NotedRemoval): Partial<ForgetCounts>;
  /** Callbacks, bodies and legacy events that lost their key to a newcomer. */
  removeNameless(): Partial<ForgetCounts> | null;
  /** The number of a hidden group; null: there is none. */
  hidden(): number | null;
  /** Removes rows of a hidden group, at most so many, but those in the journal; the group with the last one. */
  removeHidden(groupNo: number, limit: number): { readonly rows: number; readonly counts: Partial<ForgetCounts> };
  /** Around the transactions of `removeHidden`. */
  aroundHidden<T>(work: () => T): T;
}

/**
 * Thrown by a store that loads what a batch may touch before it runs it, where a batch looks further: nothing of its run
 * remains, and it is run again when that is loaded. It is no fault of the batch.
 */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded';
}
