/**
 * What is remembered of how one running group was last heard. Its source's `Rhythm` reads and writes it: the interval is
 * learned from the gaps of each group, and what a group missed may still come.
 */
import type { Outcome } from './store.js';

/** A post, as far as its rhythm goes. */
export interface Post {
  readonly outcome: Outcome;
  readonly receivedAtMs: number;
  /** Its GSW_DATE_TIME. */
  readonly atMs: number;
}

/** What was received and missed in a while. */
export interface Slice {
  startMs: number;
  received: number;
  missed: number;
  /** Gaps longer than silence by the posts missing in each; null: none. */
  long: Map<number, number> | null;
  /** Groups that were heard. */
  groups: number;
}

/** A gap in which posts did not come that were due, and what may come of them later. */
export interface Missing {
  /** Date-times of the posts before and after it. */
  readonly fromMs: number;
  readonly toMs: number;
  endedMs: number;
  /** Where they were counted. */
  readonly slice: Slice;
  posts: number;
  /** Longer than silence. */
  readonly isLong: boolean;
}

export class Pulse {
  /** Receive time and date-time of the post from which the next gap is measured; NaN: the next post is that. */
  keptMs = NaN;
  keptAtMs = 0;
  /** The last gap, and the one before it; 0: none yet. */
  gapMs = 0;
  priorGapMs = 0;
  /** The last gaps, the newest last. */
  recent: number[] = [];
  /** Gaps in a row that were all clearly longer, or all clearly shorter, than the source's interval; null: the last was neither. */
  run: number[] | null = null;
  runKind: 'long' | 'short' = 'long';
  runBeganMs = 0;
  /** Which interval of the source the run was measured by. */
  era = 0;
  /** Equal bodies in a row, and whether date-times move on from post to post: then an equal body is a copy. */
  copies = 0;
  isMoving = false;
  /** When a post last came that was due, and by how much it was late. */
  slotMs = NaN;
  lagMs = 0;
  /** The interval by which that was judged; 0: nothing was yet. */
  paceMs = 0;
  /** A post that came before it was due, since then. */
  isAhead = false;
  /** Grows while posts come in pairs that nothing tells apart, as those of two warm-standby servers do. */
  echoes = 0;
  missing: Missing[] | null = null;
  /** The last one in which it was heard. */
  slice: Slice | null = null;

  get hasBegun(): boolean {
    return !Number.isNaN(this.slotMs);
  }

  /** The group began to run, or we to listen: nothing is known of the time before. */
  begin(nowMs: number): void {
    this.keptMs = NaN;
    this.run = null;
    this.copies = 0;
    this.count(nowMs, 0);
  }

  /** Another gap has ended; so many of the last are kept. */
  gapIs(gapMs: number, kept: number): void {
    this.priorGapMs = this.gapMs;
    this.gapMs = gapMs;
    this.recent.push(gapMs);
    if (this.recent.length > kept) this.recent.shift();
  }

  /** The last gap turned out to be none. */
  gapIsVoid(): void {
    this.gapMs = 0;
    this.run = null;
    this.recent.pop();
  }

  /** Posts are counted from now on, by this interval. */
  count(nowMs: number, paceMs: number): void {
    this.slotMs = nowMs;
    this.lagMs = 0;
    this.paceMs = paceMs;
    this.isAhead = false;
    this.missing = null;
  }

  /** The clock was set: what was received before moves with it. Date-times are the sender's, and stay. */
  move(byMs: number): void {
    this.keptMs += byMs;
    this.runBeganMs += byMs;
    this.slotMs += byMs;
    for (const gap of this.missing ?? []) gap.endedMs += byMs;
  }

  /** As `begin`, with a post that is a periodic one: the first that is heard of a group. */
  beginWith(nowMs: number, atMs: number): void {
    this.begin(nowMs);
    this.keptMs = nowMs;
    this.keptAtMs = atMs;
  }
}
