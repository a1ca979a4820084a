/** What a failure says of the database, and what of the posts that met it. */
import { ExchangeFailed, isUnknown } from '../../postgres/failures.js';
import { CommitUnknown } from '../../postgres/lane.js';

/** Refused for who asks, or for what: a password, a database that is not there, rights. */
const NEVER_MENDED = /^(28|3D|3F|42)/;

/** What the database said, or that it said nothing; null: it is no failure of the database. */
function failureOf(error: unknown): ExchangeFailed | CommitUnknown | null {
  if (error instanceof ExchangeFailed || error instanceof CommitUnknown) return error;
  return error instanceof Error && error.cause !== undefined ? failureOf(error.cause) : null;
}

export function isOfDatabase(error: unknown): boolean {
  return failureOf(error) !== null;
}

/** Whether nobody knows what became of it, so that it says nothing of the posts. */
export function saysNothing(error: unknown): boolean {
  const failure = failureOf(error);
  return failure instanceof CommitUnknown || (failure !== null && isUnknown(failure));
}

/** Whether a start is worth waiting for the database. */
export function isMended(error: unknown): boolean {
  const failure = failureOf(error);
  if (failure === null) return false;
  return !(failure instanceof ExchangeFailed && failure.sqlState !== null && NEVER_MENDED.test(failure.sqlState));
}

/** The commit of which nobody knows; null: it was not done. */
export function commitInDoubt(error: unknown): CommitUnknown | null {
  const failure = failureOf(error);
  return failure instanceof CommitUnknown ? failure : null;
}
