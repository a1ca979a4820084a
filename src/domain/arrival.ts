import type { Violation } from './notification.js';
import type { Endpoint } from './quarantine.js';

/** Where a post may carry a secret. */
export const SECRET_PLACES = ['bearer', 'basic', 'x-api-key', 'query', 'path'] as const;
export type SecretPlace = (typeof SECRET_PLACES)[number];

/** Stands before a proxy's address when that does not say who is behind it. */
export const UNKNOWN_SENDER = 'unknown, behind ';

/** A request that was not applied, without its secrets and its body. Equal ones are one, with a count. */
export interface RefusedArrival {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly count: number;
  /** Of them, those of the last hour. */
  readonly lastHour: number;
  readonly method: string;
  /** Without query; segments that are or may be secrets are `***`. */
  readonly path: string;
  /** Null: the path names no source and no receiving address. */
  readonly source: string | null;
  readonly endpoint: Endpoint | null;
  /** Null: the sender went away before an answer. */
  readonly status: number | null;
  /** Last part of the problem's type, such as `unauthorized` or `bad-timestamp`; `aborted`. */
  readonly outcome: string;
  readonly remoteAddress: string;
  /** As announced; null: not announced. */
  readonly bytes: number | null;
  readonly contentEncoding: string | null;
  /** Where something was found that could be a secret; never what. */
  readonly offered: readonly SecretPlace[];
  /** Whether what was offered opens reading, but not posting. */
  readonly isReadToken: boolean;
  readonly quarantineId: string | null;
  /** How far its date-time, where that is what was refused, is ahead of our clock; null: it is not, or cannot be read. */
  readonly clockAheadSeconds: number | null;
  readonly violations: readonly Violation[];
}

/** What a person has to know of the posts that were refused. */
export interface RefusedPosts {
  /** All of them, those that are not remembered one by one too. */
  readonly lastHour: number;
  /** Since this process started; null: none was. */
  readonly lastAtMs: number | null;
  /** Those there were most of in the last hour; null: there were none. */
  readonly most: RefusedArrival | null;
}

/** The last good post of a source at an endpoint. */
export interface AcceptedArrival {
  readonly endpoint: Endpoint;
  readonly source: string;
  /** Since the start of this process. */
  readonly count: number;
  readonly lastAtMs: number;
  readonly outcome: string;
  /** Of the first one. */
  readonly remoteAddress: string;
  readonly warnings: readonly Violation[];
}
