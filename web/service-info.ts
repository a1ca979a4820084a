import type { RefusedArrival } from './first-steps.js';

/** What the service says of itself. */
export interface ServiceInfo {
  readonly version: string;
  readonly instance_name: string | null;
  readonly started_at: string;
  readonly node_version: string;
  readonly unobserved: readonly { readonly from: string; readonly to: string }[];
  readonly store: StoreInfo;
  readonly limits: Limits;
  /** Posts that were not taken; `most` are those there were most of in the last hour. */
  readonly refused: {
    readonly last_hour: number;
    readonly last_at: string | null;
    readonly most: RefusedArrival | null;
  };
  readonly received: { readonly last_at: string | null; readonly total: number };
}

export interface StoreInfo {
  readonly main_bytes: number | null;
  readonly wal_bytes: number | null;
  readonly free_bytes: number | null;
  /** Null: there is none, with SQLite. */
  readonly spool: {
    /** Null: the database is there. */
    readonly away_since: string | null;
    readonly why: string | null;
    readonly items: number;
    readonly bytes: number;
    readonly limit_bytes: number;
  } | null;
  readonly growth_bytes_per_day: number | null;
  readonly growth_measured_seconds: number;
  readonly full_in_seconds: number | null;
  readonly nearly_full: boolean;
  readonly retention_seconds: number | null;
  readonly retention: {
    /** Null: not yet since the start. */
    readonly last_run_at: string | null;
    readonly limit_bytes: number | null;
    readonly limit_reached: boolean;
    readonly classes: readonly KeptClass[];
  };
  /** Samples of a group and an hour each that could not be read. */
  readonly damaged_chunks: number;
  /** What the store does beside posts and failed in. */
  readonly failing: readonly { readonly task: string; readonly why: string }[];
}

export interface KeptClass {
  readonly class: string;
  /** Null: for ever. */
  readonly kept_seconds: number | null;
  readonly oldest_at: string | null;
  readonly bytes: number | null;
}

/** From where on something is trouble: the service's numbers, none of them is the page's. */
export interface Limits {
  readonly overdial_ratio: number;
  readonly overdial_for_seconds: number;
  readonly overdial_resolve_seconds: number;
  readonly unload_stuck_seconds: number;
  readonly delivery_ratio: number;
}

/** What the session of this browser may do, signed in or not. */
export interface SessionInfo {
  /** Nobody has to sign in to read. */
  readonly anonymous: boolean;
  readonly reader: boolean;
  readonly admin: boolean;
}

/** When the service was down. */
export function unobservedIn(
  service: ServiceInfo | null,
): readonly { readonly fromMs: number; readonly toMs: number }[] {
  return (service?.unobserved ?? []).map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }));
}
