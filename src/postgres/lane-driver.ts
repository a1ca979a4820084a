/** Drives a lane over a connection: sends what it yields, and hands in what comes back. */
import { MonitorError, messageOf } from '../domain/errors.js';
import { ExchangeFailed } from './failures.js';
import { OtherNumberKey } from './key-mark.js';
import { CommitUnknown, type Talk } from './lane.js';
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

/** A failure of the database as the rest of the program knows it. */
export function unavailable(error: unknown): unknown {
  if (error instanceof OtherNumberKey) return new MonitorError('OCM_STORE_LOST', error.message, { cause: error });
  if (!(error instanceof ExchangeFailed || error instanceof CommitUnknown)) return error;
  return new MonitorError('OCM_UNAVAILABLE', `the database cannot write: ${messageOf(error)}`, { cause: error });
}
