/**
 * How often one client may ask. Reading only: a post is never refused for its rate. Generous, so that it holds up
 * programs that run wild and no person; each client has a bucket that fills up again with time.
 */
import type { Request, RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import { ProblemError } from './problem.js';

export interface RateLimit {
  /** Requests per second in the long run, and at once after a rest. */
  readonly perSecond: number;
  readonly burst: number;
  /** Clients remembered; beyond it those that asked longest ago start with a full bucket again. */
  readonly maxClients: number;
  readonly nowMs: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export class TokenBuckets {
  readonly #limit: RateLimit;
  readonly #buckets: LRUCache<string, Bucket>;

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#buckets = new LRUCache({ max: limit.maxClients });
  }

  /** Takes one from a client's bucket; 0, or when there is none the seconds after which there will be one. */
  take(client: string): number {
    const { perSecond, burst, nowMs } = this.#limit;
    const atMs = nowMs();
    const known = this.#buckets.get(client);
    const filled = known ? known.tokens + ((atMs - known.atMs) / 1000) * perSecond : burst;
    const tokens = Math.min(burst, filled);
    const isGiven = tokens >= 1;
    this.#buckets.set(client, { tokens: isGiven ? tokens - 1 : tokens, atMs });
    return isGiven ? 0 : Math.ceil((1 - tokens) / perSecond);
  }
}

/** Refuses with 429 what comes too often from the client that `clientOf` names; tells `onRefused`. */
export function limitRate(
  buckets: TokenBuckets,
  clientOf: (request: Request) => string,
  onRefused: () => void,
): RequestHandler {
  return (request, _response, next) => {
    const seconds = buckets.take(clientOf(request));
    if (seconds === 0) {
      next();
      return;
    }
    onRefused();
    throw new ProblemError({ ...TOO_OFTEN, headers: { 'Retry-After': String(seconds) } });
  };
}

const TOO_OFTEN = {
  status: 429,
  type: 'too-many-requests',
  title: 'Too many requests',
  detail: 'Ask less often, use a greater limit, or follow /api/v1/stream. Posts are not limited.',
};
