import type { Violation } from './notification.js';
import type { Origin } from './origin.js';

/** Why a body was not applied. Also the closed label set of `ocs_monitor_rejected_total` (with the not-kept ones). */
export const QUARANTINE_REASONS = [
  'not_json',
  'schema',
  'bad_timestamp',
  'missing_key',
  'too_large',
  'too_old',
  'internal',
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export const REJECTION_REASONS = [
  'unauthorized',
  'forbidden',
  'encoding',
  'unavailable',
  ...QUARANTINE_REASONS,
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** A body that could not be applied: kept whole, with every violation, until it is replayed or the bound needs its place. */
export interface QuarantinedBody {
  readonly id: string;
  readonly source: string;
  readonly endpoint: Endpoint;
  readonly reason: QuarantineReason;
  readonly violations: readonly Violation[];
  readonly schemaVersion: string;
  /** Equal bodies of one source are one row. */
  readonly count: number;
  readonly firstReceivedMs: number;
  readonly lastReceivedMs: number;
  /** Bytes of the body; of one too large, of which only a prefix is kept, as far as it was declared or counted. */
  readonly size: number;
  readonly replayedMs: number | null;
  /** What a replay made of it: the id of a notification, the service id of a callback. */
  readonly appliedId: string | null;
  /** How its first copy came. */
  readonly origin: Origin;
}

/** The receiving endpoints whose bodies can be quarantined and replayed. */
export const ENDPOINTS = ['campaign-group-state', 'callback-events', 'attached-data', 'status-notifications'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** What is held, by source and reason. */
export interface QuarantineCount {
  readonly source: string;
  readonly reason: QuarantineReason;
  readonly rows: number;
}

/** How many of the bodies that a replay looked at it applied: neither those that are still faulty, nor any in a dry run. */
export function appliedOf(items: readonly { readonly outcome: string }[], dryRun: boolean): number {
  return dryRun ? 0 : items.filter(({ outcome }) => outcome !== 'quarantined').length;
}

/** Ids asked for that a replay did not find held: replayed already, dropped for the bound, only a prefix, or never there. */
export function notHeld(ids: readonly string[], replayed: readonly { readonly id: string }[]): string[] {
  const held = new Set(replayed.map(({ id }) => id));
  return ids.filter((id) => !held.has(id));
}
