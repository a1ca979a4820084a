/** What a comparison with ICON logs came to, as JSON. */
import { deliveryRatio } from '../ocs-log/audit-view.js';
import { isoTime } from '../rows.js';
import type { IconCompared } from './icon-audit.js';

export interface IconAuditView {
  readonly source: string;
  readonly dn: string | null;
  readonly lines: number;
  readonly unreadable: number;
  readonly timeZone: string;
  readonly compared: IconCompared;
}

export function iconAuditJson({ source, dn, lines, unreadable, compared }: IconAuditView): object {
  const { arrivals, received, missing, missingCount, queues } = compared;
  return {
    source,
    dn,
    lines,
    arrivals,
    received,
    missing: missing.map((atMs) => ({ at: isoTime(atMs) })),
    unexpected: compared.unexpected,
    delivery_ratio: deliveryRatio({ sent: arrivals, received }),
    interaction_off: compared.dns.length === 0,
    dns: compared.dns,
    queued_records: queues.queuedRecords,
    written_records: queues.writtenRecords,
    unwritten_records: queues.unwrittenRecords,
    unwritten_transactions: queues.unwrittenTransactions,
    from: isoTime(compared.fromMs),
    to: isoTime(compared.toMs),
    hours: compared.hours.map((hour) => ({
      from: isoTime(hour.hourMs),
      arrivals: hour.arrivals,
      received: hour.received,
      missing: hour.arrivals - hour.received,
      unexpected: hour.unexpected,
      queued_records: hour.queuedRecords,
      written_records: hour.writtenRecords,
    })),
    before_horizon: compared.beforeHorizon,
    unreadable,
    left_out: missingCount - missing.length,
  };
}
