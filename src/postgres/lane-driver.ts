/** Drives a lane over a connection: sends what it yields, and hands in what comes back. */
import { MonitorError, messageOf } from '../domain/errors.js';
import { ExchangeFailed } from './failures.js';
import { CommitUnknown, type Talk } from './lane.js';
import type { Statement } from './statements.js';
import type { Wire } from './wire.js';

/** Throws what the lane throws: ExchangeFailed when the database fails, CommitUnknown when it is not known what it did. */
export async function converse<T>(wire: Pick<Wire, 'exchange'>, spoken: Talk<T>): Promise<T> {
  let step = spoken.next();
  while (!step.done) {
    let answers;
    try {
      answers = await wire.exchange(step.value);
    } catch (error) {
      step = spoken.throw(error);
      continue;
    }
    step = spoken.next(answers);
  }
  return step.value;
}

/**
 * Whether a commit that nobody knows about was done, asked over another connection. Its row in `lane_log` tells; where there
 * is none, one is put in its place, so that it cannot be done any more: while it is still being done, that waits for it.
 */
export async function wasDone(wire: Pick<Wire, 'exchange'>, unknown: CommitUnknown, nowMs: number): Promise<boolean> {
  const [answer] = await wire.exchange([fenceOf(unknown, nowMs)]);
  return answer?.rows.length === 0;
}

/** It answers no row when the commit was done. */
export function fenceOf({ lane, seq }: CommitUnknown, nowMs: number): Statement {
  return {
    text: `INSERT INTO lane_log (lane, seq, recorded_ms, changes) VALUES ($1, $2, $3, '')
      ON CONFLICT (lane, seq) DO NOTHING RETURNING seq`,
    values: [lane, seq, nowMs],
  };
}

/** A failure of the database as the rest of the program knows it. */
export function unavailable(error: unknown): unknown {
  if (!(error instanceof ExchangeFailed || error instanceof CommitUnknown)) return error;
  return new MonitorError('OCM_UNAVAILABLE', `the database cannot write: ${messageOf(error)}`, { cause: error });
}
