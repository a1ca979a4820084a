/** What other receivers on the same database commit, for those who show it here. It is counted where it was committed. */
import type { Callback } from './callback.js';
import type { GroupNo, GroupSnapshot } from './campaign-group.js';
import type { QuarantineCount } from './quarantine.js';
import type { CommitReport, LastEvent } from './store.js';

type Shown = 'no' | 'heard' | 'snapshots' | 'made' | 'withdrawn' | 'callbacks' | 'quarantine';

/** One commit; `no` has its place among those of this process. */
export interface FollowedCommit extends Pick<CommitReport, Shown> {
  /** Public ids of bodies that were put into quarantine, or replayed. */
  readonly bodies: readonly string[];
  /** Groups that are gone for everybody from now on, and sources of which nothing shall be shown any more. */
  readonly gone: readonly GroupNo[];
  readonly forgotten: readonly string[];
  /** History was told again, or part of it is gone. */
  readonly startsOver: boolean;
}

/** What was committed since it was asked before. */
export interface Polled {
  /** In their order. */
  readonly commits: readonly FollowedCommit[];
  /** Whether that is all; else more is there at once. */
  readonly isWhole: boolean;
  /** Whether other receivers are at work on this database. */
  readonly hasOthers: boolean;
  /** Some of what was committed is not there any more: everything is to be loaded anew. */
  readonly isBehind: boolean;
}

/** All that is shown, as it is held. */
export interface HeldAnew {
  /** It is no older than what this commit left. */
  readonly no: number;
  readonly snapshots: readonly GroupSnapshot[];
  /** Loaded groups for which there is no room. */
  readonly leftOut: number;
  readonly openCallbacks: readonly Callback[];
  readonly lastCallbackEvents: readonly LastEvent[];
  readonly quarantine: readonly QuarantineCount[];
}
