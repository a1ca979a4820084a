/** The rows of quarantine that `apply/` asks a store for; what holds for every port stands in `tables.ts`. */
import type { Violation } from '../domain/notification.js';
import type { Endpoint, QuarantineReason } from '../domain/quarantine.js';
import type { Delivery, ReplayRequest } from '../domain/store.js';

/** Held and not replayed bodies of a source and reason. */
export interface QuarantineTally {
  readonly source: string;
  readonly reason: QuarantineReason;
  readonly rows: number;
  readonly bytes: number;
}

/** A held body as it counts against the bound. */
export interface TalliedBody {
  readonly id: string;
  readonly source: string;
  readonly endpoint: Endpoint;
  readonly reason: QuarantineReason;
  readonly bytes: number;
  readonly isReplayed: boolean;
}

/** What a row takes besides its body and violations, estimated. */
export const BODY_ROW_BYTES = 300;

/** How much a held body counts against the bound. `bytes` is latin1, see `Delivery`. */
export function bodyBytes(bytes: string, violations: readonly Violation[]): number {
  return bytes.length + Buffer.byteLength(JSON.stringify(violations)) + BODY_ROW_BYTES;
}

export interface NewBody {
  readonly id: string;
  readonly delivery: Delivery;
  /** Of the whole body, where a prefix is kept. */
  readonly size: number;
  readonly reason: QuarantineReason;
  readonly violations: readonly Violation[];
  readonly schemaVersion: string;
}

/** Bodies that could not be applied, once per id; those that are being forgotten are none any more, but for `newestNo`. */
export interface QuarantineRows {
  tallies(): readonly QuarantineTally[];
  /** Bytes of those that were replayed. */
  replayedBytes(): number;
  /** Counts one more receipt of a body; false when it is not held. */
  seenAgain(id: string, receivedAtMs: number, size: number): boolean;
  insert(body: NewBody): void;
  /** 0: none was ever held. */
  newestNo(): number;
  /** Not replayed, whole, and asked for: after one number up to another, by number, at most `limit`. */
  heldBetween(
    request: ReplayRequest,
    range: { readonly after: number; readonly end: number; readonly limit: number },
  ): readonly { readonly no: number; readonly id: string }[];
  /** As it was delivered first; the prefix of a too large one is none. */
  delivery(id: string): Delivery | null;
  tallied(id: string): TalliedBody | null;
  markReplayed(id: string, replayedMs: number, appliedId: string): void;
  markFaulty(id: string, reason: QuarantineReason, violations: readonly Violation[], schemaVersion: string): void;
  oldestReplayed(): TalliedBody | null;
  /** Of those not replayed the one received last longest ago. */
  oldestOf(source: string, reason: QuarantineReason): TalliedBody | null;
  remove(id: string): void;
}
