/** Compares logs of ICON with the callback events that are held, beside a running service or without one. */
import type { Config } from '../../config/config.js';
import { horizonMs } from '../../domain/retention.js';
import { IconAudit } from '../../reports/icon-log/icon-audit.js';
import type { IconAuditView } from '../../reports/icon-log/icon-audit-view.js';
import { IconLogReader } from '../../reports/icon-log/icon-log-reader.js';
import { withHeld } from '../open-held.js';
import { DatedLogs, type LogFiles, type LogTaker } from './dated-logs.js';

export interface IconAuditRequest extends LogFiles {
  readonly source: string;
  /** The DN on which callbacks report; null: whatever DN a user event arrived on. */
  readonly dn: string | null;
  readonly toleranceMs: number;
  readonly nowMs: number;
}

/** Throws OCM_USAGE for what cannot be read or dated, OCM_UNAVAILABLE when there is no database yet. */
export function auditIconLogs(
  config: Config,
  asked: IconAuditRequest,
  onProgress: LogTaker['onProgress'],
): Promise<IconAuditView> {
  return withHeld(config, async (held) => {
    const { source, dn, toleranceMs, nowMs } = asked;
    const logs = await DatedLogs.lookAt(asked);
    const reader = new IconLogReader(logs.timeZone);
    const keptSinceMs = horizonMs(config.retention.retentionMs.callbacks, nowMs);
    const audit = new IconAudit({ dn, toleranceMs, keptSinceMs });
    const begin = (localMs: number | null) => {
      reader.begin(localMs);
    };
    const take = (line: string) => {
      const entry = reader.read(line);
      if (reader.lastMs !== null) audit.cover(reader.lastMs);
      if (entry !== null) audit.take(entry);
    };
    await logs.read({ begin, take, onProgress });
    const compared = audit.finish((range) => held.eventTimes(source, range));
    return { ...reader.counts, source, dn, timeZone: logs.timeZone, compared };
  });
}
