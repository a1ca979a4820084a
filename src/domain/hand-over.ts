import type { GroupNo } from './campaign-group.js';

/** Groups that a predecessor's commits have touched since a moment, by a clock that all processes of a machine share. */
export interface Touched {
  readonly sinceMs: number;
  readonly groupNos: readonly GroupNo[];
}

/** What is known of a predecessor that let go of the database by itself. */
export interface HandOver {
  /** Null: it could not say. */
  readonly touched: Touched | null;
  /** How long nobody has accepted. */
  readonly waitedMs: number;
}
