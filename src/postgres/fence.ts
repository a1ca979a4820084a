/** How a commit that nobody knows about is looked up, over another connection than its own. */
import type { Answer } from './exchange.js';
import type { Statement } from './statements.js';

/** A place in the log of a lane. */
export interface LanePlace {
  readonly lane: string;
  readonly seq: number;
}

/**
 * The commit's row in `lane_log` tells. Where there is none, one is put in its place, so that the commit cannot be done any
 * more; while it is still being done, that waits for it. A row that is there is written once more: that commit is not over
 * before the standbys that the server waits for have it, and what came before it with it.
 */
export function fenceOf({ lane, seq }: LanePlace, nowMs: number): Statement {
  return {
    text: `INSERT INTO lane_log AS l (lane, seq, recorded_ms, changes) VALUES ($1, $2, $3, '')
      ON CONFLICT (lane, seq) DO UPDATE SET recorded_ms = l.recorded_ms
      RETURNING CASE WHEN l.changes = '' THEN 0 ELSE 1 END, l.moment`,
    values: [lane, seq, nowMs],
  };
}

/** What the answer to a fence says: whether the commit was done. */
export function wasDone([fence]: readonly Answer[]): boolean {
  return fence?.rows[0]?.[0] === 1;
}

/** The moment of the commit that was. */
export function fencedMoment([fence]: readonly Answer[]): number {
  return Number(fence?.rows[0]?.[1]);
}
