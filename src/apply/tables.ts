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
 * - Numbers (`…No`) are the store's own. Of groups, callbacks and bodies later rows have higher ones; the number of a row
 *   that was removed may be given again.
 * - Nothing throws but a store that fails, and then the transaction is lost.
 */
import type { Callback, CallbackEvent, ReceivedEvent, StatusNotification, AttachedData } from '../domain/callback.js';
import type { RecordedTransition } from '../domain/campaign-group.js';
import type { Statement, Violation } from '../domain/notification.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { Delivery, ForgetCounts, ForgetRequest, LastEvent, ReplayRequest } from '../domain/store.js';
import type { Bearing } from '../domain/transition.js';
import type { JournalKey } from '../evidence/journal-index.js';
import type { ListQuarterHour, QuarterHour } from '../evidence/quarter-hours.js';
import type { ListSample, TaggedSample } from '../evidence/sample.js';
import type { Dimension, DimensionValue } from '../gms/info-mart.js';
import type { RetentionRows } from './retention-rows.js';

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

export interface StatementRow {
  readonly no: number;
  readonly contentDigest: string;
  readonly statement: Statement;
}

/** Statements, each content once per group. */
export interface StatementRows {
  /** The number of a group's statement; null when it is new to it. */
  find(groupNo: number, contentDigest: string): number | null;
  /** One that evidence names. */
  byNo(no: number): StatementRow;
  insert(groupNo: number, contentDigest: string, statement: Statement): number;
}

/**
 * Evidence in the order of its arrival: all that an ordinary commit writes. Numbers are given by the caller, each one more
 * than the one before; those of rows that were taken back are given again. Rows go from the oldest on.
 */
export interface JournalRows {
  /** Null: it is empty. */
  bounds(): { readonly firstNo: number; readonly lastNo: number } | null;
  /** Of all rows from a number on, in order. */
  keysFrom(entryNo: number): Iterable<JournalKey>;
  insert(entryNo: number, groupNo: number, sample: TaggedSample): void;
  /** Of these rows, in the order of their numbers; those that are not there are left out. */
  samples(entryNos: readonly number[]): readonly TaggedSample[];
  /** Leaves nothing of these rows but their numbers. */
  blank(entryNos: readonly number[]): void;
  /** Removes the rows up to a number. */
  removeUpTo(entryNo: number): void;
}

/** Samples of a group and a clock hour, compressed: see `evidence/block.ts`. */
export interface Chunk {
  /** Given by the caller, each higher than the ones before. */
  readonly chunkNo: number;
  readonly groupNo: number;
  /** Since 1970, UTC, of the places of its samples. */
  readonly hour: number;
  readonly count: number;
  /** The greatest date-time in it. */
  readonly newestMs: number;
  /** The journal's last row when it was written: no earlier row of its group is to be compacted any more. */
  readonly journalNo: number;
  readonly writtenMs: number;
  readonly block: Uint8Array;
}

export type StoredChunk = Omit<Chunk, 'newestMs'>;

export interface NumberedBlock {
  readonly chunkNo: number;
  readonly block: Uint8Array;
}

/** Chunks. An hour of a group may have several: each compaction adds one, and touches none that is there. */
export interface ChunkRows {
  /** The highest number; 0: there is none. */
  lastNo(): number;
  insert(chunk: Chunk): void;
  /** Blocks of a group and hour, in the order of their chunks. */
  blocks(groupNo: number, hour: number): readonly NumberedBlock[];
  /** Puts a chunk where no other method finds it: its block is none. To no effect where it is not there. */
  setAside(chunkNo: number, why: string, nowMs: number): void;
  /** Chunks set aside. */
  damaged(): number;
  /** The last hour before this one of which a group has chunks. */
  hourBefore(groupNo: number, hour: number): number | null;
  hourAfter(groupNo: number, hour: number): number | null;
  /** The greatest date-time of an hour's chunks. */
  newestMs(groupNo: number, hour: number): number | null;
  /** Up to which row of the journal those of a group that are placed in an hour are in its chunks; 0: there is none. */
  settledNo(groupNo: number, hour: number): number;
  /** Group and `journalNo` of the chunks that were written when the journal held this row or later ones, newest first. */
  writtenSince(journalNo: number): Iterable<{ readonly groupNo: number; readonly journalNo: number }>;
  /** The chunk that follows a number. */
  after(chunkNo: number): StoredChunk | null;
  /** Puts fewer samples in the place of those it has. */
  replace(chunk: Omit<Chunk, 'journalNo' | 'writtenMs'>): void;
  remove(chunk: Pick<Chunk, 'chunkNo' | 'groupNo' | 'hour'>): void;
}

/**
 * Figures by quarters of an hour, of groups and of lists, as compaction has added them up. A sum may come back without what
 * doubles have made of it: of 0.1 and 0.2 it is 0.3.
 */
export interface QuarterRows {
  quarter(groupNo: number, startMs: number): QuarterHour | null;
  putQuarter(groupNo: number, quarter: QuarterHour): void;
  listQuarter(listNo: number, startMs: number): ListQuarterHour | null;
  putListQuarter(quarter: ListQuarterHour): void;
}

/** Which sample it is, of those of one date-time. */
export interface StandingKey {
  readonly atMs: number;
  readonly statementNo: number;
  readonly tag: number;
}

export interface PlacedKey extends StandingKey {
  readonly receivedMs: number;
}

/** Samples of a date-time that stands still, but the first of each statement: where they are placed. */
export interface StandingRows {
  insert(groupNo: number, key: StandingKey, receivedMs: number): void;
  /** When it was received; null: it is not there. */
  receivedMs(groupNo: number, key: StandingKey): number | null;
  /** Of a date-time the one received last, of those the one of the highest statement, then tag; null: there is none. */
  newest(groupNo: number, atMs: number): PlacedKey | null;
  remove(groupNo: number, key: StandingKey): void;
}

/** A calling list as a group has it; `dbid` null where none is sent. */
export interface ListName {
  readonly name: string;
  readonly dbid: string | null;
}

export interface NumberedList extends ListName {
  readonly listNo: number;
}

/** The calling lists of groups. */
export interface ListRows {
  insert(groupNo: number, list: ListName): number;
  /** Lists of a group, in the order in which they were first named. */
  lists(groupNo: number): readonly NumberedList[];
  /** Keeps the figures of a list that its evidence said last, of those that were compacted; older ones to no effect. */
  keepNewest(list: ListSample, said: { readonly atMs: number; readonly receivedMs: number }): void;
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
  last(groupNo: number): StoredStep | null;
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

/** Numbers that outlive the rows that they tell of: chunks up to `thinned` were thinned, and so on; see `retention.ts`. */
export type KeptNumber = 'thinned' | 'thinned_ms' | 'history_chunk' | 'history_ms' | 'held_chunk';

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

export interface CallbackRow {
  readonly callbackNo: number;
  readonly callback: Callback;
}

/** A held event that takes part in the merge. */
export interface HeldEvent extends CallbackEvent {
  readonly receivedMs: number;
}

/** What an event names its rows by. */
export interface DimensionKeys {
  /** No row: start of the quarter of an hour of the service start, epoch seconds, 0 when not reported. */
  readonly startDateTimeKey: number;
  readonly resourceKey: number;
  readonly dimension1Key: number;
  readonly dimension2Key: number;
  readonly dimension3Key: number;
  readonly dimension4Key: number;
  readonly dialResultsKey: number;
}

/** An event with its place among those of its callback. */
export interface NewEvent {
  readonly event: ReceivedEvent;
  /** 1 for the first. */
  readonly sequence: number;
  /** Whether a final record was held already. */
  readonly isLate: boolean;
  readonly keys: DimensionKeys;
}

/** One merged row per callback, and what it was merged of; those that are being forgotten are none any more. */
export interface CallbackRows {
  find(source: string, serviceId: string): CallbackRow | null;
  create(source: string, serviceId: string, receivedAtMs: number): number;
  write(callbackNo: number, callback: Callback): void;
  hasEvent(callbackNo: number, digest: string): boolean;
  insertEvent(callbackNo: number, event: NewEvent): void;
  /** Complete events other than the one of this digest, in any order. */
  mergeable(callbackNo: number, exceptDigest: string): readonly HeldEvent[];
  /** Names an interaction of a callback by its role; of several times the earliest stays. */
  link(callbackNo: number, interactionId: string, role: string, receivedMs: number): void;
  hasAttachment(callbackNo: number, digest: string): boolean;
  insertAttachment(callbackNo: number, attached: AttachedData): void;
  hasNotification(callbackNo: number, digest: string): boolean;
  countNotifications(callbackNo: number): number;
  insertNotification(callbackNo: number, status: StatusNotification): void;
  /** Callbacks without a final record that were alive since. */
  open(sinceMs: number): Iterable<Callback>;
  /** When the newest event of each source and tenant was received. */
  lastEvents(): LastEvent[];
  /** The numbers that customers were called by, or called from. */
  numbers(): readonly { readonly callbackNo: number; readonly phone: string | null; readonly ani: string | null }[];
  setHashes(callbackNo: number, phoneHash: string | null, aniHash: string | null): void;
}

/** Info Mart's dimensions: one row per combination of values, under a hash of its content. */
export interface DimensionRows {
  /** To no effect where the key is there. */
  insert(dimension: Dimension, key: number, row: readonly DimensionValue[]): void;
}

/** How often which mandatory key was missing, by day (`YYYY-MM-DD`), source and callback service ('' where none is said). */
export interface MissingKeyRows {
  countServices(day: string, source: string): number;
  hasService(day: string, source: string, service: string): boolean;
  count(row: {
    readonly day: string;
    readonly source: string;
    readonly service: string;
    readonly key: string;
    readonly receivedAtMs: number;
    readonly serviceId: string | null;
  }): void;
}

/** Held and not replayed bodies of a source and reason. */
export interface QuarantineTally {
  readonly source: string;
  readonly reason: QuarantineReason;
  readonly rows: number;
  readonly bytes: number;
}

/** A held body as it counts against the bound. */
export interface TalliedBody {
  readonly id: string;
  readonly source: string;
  readonly endpoint: Endpoint;
  readonly reason: QuarantineReason;
  readonly bytes: number;
  readonly isReplayed: boolean;
}

/** What a row takes besides its body and violations, estimated. */
export const BODY_ROW_BYTES = 300;

/** How much a held body counts against the bound. `bytes` is latin1, see `Delivery`. */
export function bodyBytes(bytes: string, violations: readonly Violation[]): number {
  return bytes.length + Buffer.byteLength(JSON.stringify(violations)) + BODY_ROW_BYTES;
}

export interface NewBody {
  readonly id: string;
  readonly delivery: Delivery;
  /** Of the whole body, where a prefix is kept. */
  readonly size: number;
  readonly reason: QuarantineReason;
  readonly violations: readonly Violation[];
  readonly schemaVersion: string;
}

/** Bodies that could not be applied, once per id; those that are being forgotten are none any more, but for `newestNo`. */
export interface QuarantineRows {
  tallies(): readonly QuarantineTally[];
  /** Bytes of those that were replayed. */
  replayedBytes(): number;
  /** Counts one more receipt of a body; false when it is not held. */
  seenAgain(id: string, receivedAtMs: number, size: number): boolean;
  insert(body: NewBody): void;
  /** 0: none was ever held. */
  newestNo(): number;
  /** Not replayed, whole, and asked for: after one number up to another, by number, at most `limit`. */
  heldBetween(
    request: ReplayRequest,
    range: { readonly after: number; readonly end: number; readonly limit: number },
  ): readonly { readonly no: number; readonly id: string }[];
  /** As it was delivered first; the prefix of a too large one is none. */
  delivery(id: string): Delivery | null;
  tallied(id: string): TalliedBody | null;
  markReplayed(id: string, replayedMs: number, appliedId: string): void;
  markFaulty(id: string, reason: QuarantineReason, violations: readonly Violation[], schemaVersion: string): void;
  oldestReplayed(): TalliedBody | null;
  /** Of those not replayed the one received last longest ago. */
  oldestOf(source: string, reason: QuarantineReason): TalliedBody | null;
  remove(id: string): void;
}

/** Changed transitions of the last while, for those who resume following. */
export interface ChangeRows {
  /** Null: history was told again, whoever follows starts over. Returns the row's number. */
  insert(recordedMs: number, groupNo: number, isWithdrawn: boolean, transition: RecordedTransition | null): number;
  /** Removes the rows up to a number. */
  prune(upToNo: number): void;
}

/** What is to go of a source: callbacks and bodies with these numbers and lower ones. */
export interface NotedRemoval {
  readonly removalNo: number;
  readonly source: string;
  readonly callbackNo: number;
  readonly quarantineNo: number;
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
  /** Strikes the note out with the last body. */
  removeBodies(noted: NotedRemoval): Partial<ForgetCounts>;
  /** Callbacks and bodies that lost their key to a newcomer. */
  removeNameless(): Partial<ForgetCounts> | null;
  /** The number of a hidden group; null: there is none. */
  hidden(): number | null;
  /** Removes rows of a hidden group, at most so many, but those in the journal; the group with the last one. */
  removeHidden(groupNo: number, limit: number): { readonly rows: number; readonly counts: Partial<ForgetCounts> };
  /** Around the transactions of `removeHidden`. */
  aroundHidden<T>(work: () => T): T;
}
