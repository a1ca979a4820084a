/**
 * When a post is answered 503: `ingest/group-commit.ts` had no room for it or could not commit it, or its body did not end
 * while others needed its place. Such a post is not kept; OCS does not send it again.
 */
import { Unconfirmed } from '../domain/errors.js';
import type { Delivery } from '../domain/store.js';
import type { PostCounts, Readiness } from './ports.js';
import { ProblemError, RETRY_AFTER_SECONDS } from './problem.js';

interface Told {
  readonly readiness: Readiness;
  readonly counts: PostCounts;
}

/** The refusal of a post that could not be made durable. */
export function unavailable(error: unknown, { source }: Delivery, { readiness, counts }: Told): ProblemError {
  readiness.failed(error);
  counts.reject(source, 'unavailable', true);
  const detail =
    error instanceof Unconfirmed
      ? 'The service is ending, and the disk has not confirmed the post: it may be stored. Sent again, it is recognised.'
      : 'The post was not stored: the disk is full, the database is locked, or too many posts are waiting. See the log.';
  return new ProblemError({
    status: 503,
    type: 'unavailable',
    title: 'Cannot be made durable right now',
    detail,
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  });
}

/** The refusal of a body that was still unfinished when there were too many of that kind. */
export function crowdedOut(source: string, { counts }: Pick<Told, 'counts'>): ProblemError {
  counts.reject(source, 'unavailable', true);
  return new ProblemError({
    status: 503,
    type: 'unfinished',
    title: 'Too many unfinished bodies',
    detail: 'The body had not ended when others needed its place. Send a body at once, whole.',
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS), Connection: 'close' },
  });
}
