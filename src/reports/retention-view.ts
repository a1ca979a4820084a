/** What is kept of each class, as the API and the command line show it. */
import {
  LEFTOVERS,
  RETENTION_CLASSES,
  type Hold,
  type MadeHold,
  type RetentionReport,
  type RetentionSettings,
} from '../domain/retention.js';
import { isoTime } from './rows.js';

/** `report`: of the last run, null before the first. */
export function retentionRow({ retentionMs, storeLimitBytes }: RetentionSettings, report: RetentionReport | null) {
  return {
    last_run_at: report && isoTime(report.atMs),
    used_bytes: report?.usedBytes ?? null,
    limit_bytes: storeLimitBytes,
    limit_reached: report?.isLimited ?? false,
    classes: RETENTION_CLASSES.map((name) => {
      const kept = report?.kept[name];
      return {
        class: name,
        kept_seconds: retentionMs[name] === 0 ? null : retentionMs[name] / 1000,
        oldest_at: kept?.oldestMs == null ? null : isoTime(kept.oldestMs),
        bytes: kept?.bytes ?? null,
        removed: report?.removed[name] ?? null,
        failed: report?.failed.find((one) => one.class === name)?.why ?? null,
      };
    }),
    leftovers: LEFTOVERS.map((what) => ({ what, removed: report?.leftovers[what] ?? null })),
  };
}

/** The same, for whoever has just made it. */
export function madeHoldRow(hold: MadeHold) {
  return { ...holdRow(hold), nothing_stored: hold.isOfNothing };
}

export function holdRow({ id, source, group, untilMs, why, madeMs }: Hold) {
  return { id, source, group, until: isoTime(untilMs), why, made_at: isoTime(madeMs) };
}
