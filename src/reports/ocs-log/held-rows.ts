/** What a store says of the notifications of one source, for the comparison with what its sender says it sent. */
import type { Gap } from '../../domain/silence.js';
import type { TimeRange } from '../../domain/store.js';

/** A notification as evidence. */
export interface HeldNotification {
  /** Where it is placed: its date-time, or, of one that repeats a date-time, when it was received. */
  readonly placeMs: number;
  readonly dateTimeMs: number;
  readonly receivedMs: number;
  readonly isRepeat: boolean;
  /** By which it is told apart from others of the same place. */
  readonly statementNo: number;
  readonly tag: number;
  readonly name: string;
  /** State, mode and goal in one text. */
  readonly bearing: string;
  readonly isRunning: boolean;
  /** Told by a log or a table, and not received. */
  readonly isRetold: boolean;
}

export interface HeldRows {
  /** Since when every notification is kept; null: since ever. */
  readonly samplesSinceMs: number | null;
  /** When this service did not listen, oldest first; the last may last. */
  downs(): readonly Gap[];
  /** The campaign groups that had a name, by that name. */
  groupNos(): ReadonlyMap<string, readonly number[]>;
  /** Those of a group, in order of place; the range is half-open. */
  held(groupNo: number, range: TimeRange): readonly HeldNotification[];
  /** Whether something was received in a range that cannot be read any more. To be asked after `held`. */
  isDamaged(groupNo: number, range: TimeRange): boolean;
  /** Whiles in which equal copies came, which leave no evidence; oldest first. */
  copies(groupNo: number, range: TimeRange): readonly Gap[];
  /** Runs reads that belong together. */
  atOneMoment<T>(read: () => T): T;
}
