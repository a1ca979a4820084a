/** The table `quarantine`, as every database has it. */
import type { Violation } from '../../domain/notification.js';
import type { ImportedFrom } from '../../domain/origin.js';
import type { Endpoint, QuarantinedBody, QuarantineReason } from '../../domain/quarantine.js';

export interface QuarantineRow {
  id: string;
  source: string;
  endpoint: string;
  reason: string;
  violations: string;
  schema_version: string;
  size: number;
  count: number;
  first_received_ms: number;
  last_received_ms: number;
  replayed_ms: number | null;
  applied_id: string | null;
  /** Null: a post. */
  origin: ImportedFrom | null;
}

/** A stored row as the rest of the program sees it. */
export function quarantinedBodyOf(row: QuarantineRow): QuarantinedBody {
  return {
    id: row.id,
    source: row.source,
    endpoint: row.endpoint as Endpoint,
    reason: row.reason as QuarantineReason,
    violations: JSON.parse(row.violations) as Violation[],
    schemaVersion: row.schema_version,
    count: row.count,
    firstReceivedMs: row.first_received_ms,
    lastReceivedMs: row.last_received_ms,
    size: row.size,
    replayedMs: row.replayed_ms,
    appliedId: row.applied_id,
    origin: row.origin ?? 'post',
  };
}
