/** Reading what is held for an export, beside whoever writes. */
import type { SqliteConfig } from '../../config/config.js';
import { MonitorError } from '../../domain/errors.js';
import type { Notification } from '../../domain/notification.js';
import type { TimeRange } from '../../domain/store.js';
import { Evidence } from '../../apply/evidence.js';
import { HeldNotifications } from '../../apply/held-notifications.js';
import { campaignTables } from '../../sqlite/campaign-tables.js';
import { type Connection, openBesideWriter } from '../../sqlite/database.js';
import { ComplianceExport } from '../../sqlite/export/compliance.js';
import { type ExportAsked, type OpenExport, openExport } from '../../sqlite/export/export.js';
import { hasKnownSchema } from '../../sqlite/migrate.js';
import { FORGOTTEN } from '../../sqlite/removal-tables.js';
import { mustExist } from './commands.js';

/**
 * Notifications of a range, group by group, some at a time: each piece is read by itself, so that the writer's log is written
 * back meanwhile. Of a group that is removed meanwhile no more comes. `source` null: of all. Throws OCM_UNAVAILABLE when
 * there is no database yet.
 */
export function* exportedNotifications(
  { sqlitePath }: Pick<SqliteConfig, 'sqlitePath'>,
  { source, ...range }: TimeRange & { readonly source: string | null },
): Generator<readonly Notification[]> {
  const db = openHeld(sqlitePath);
  try {
    const tables = campaignTables(db);
    const evidence = new Evidence(tables);
    const held = new HeldNotifications(tables, evidence);
    const page = db.transaction((groupNo: number, fromMs: number) => {
      evidence.refresh();
      const group = tables.groups.byNo(groupNo);
      return group === null || group.source === FORGOTTEN ? null : held.page(group, { ...range, fromMs });
    });
    const groupNos = db
      .prepare('SELECT group_no FROM campaign_groups WHERE source <> ? AND source = coalesce(?, source) ORDER BY 1')
      .pluck()
      .all(FORGOTTEN, source) as number[];
    for (const groupNo of groupNos) {
      for (let fromMs: number | null = range.fromMs; fromMs !== null;) {
        const next = page.deferred(groupNo, fromMs);
        if (next !== null && next.notifications.length > 0) yield next.notifications;
        fromMs = next?.nextMs ?? null;
      }
    }
  } finally {
    db.close();
  }
}

/** Gives a table to whoever writes it somewhere. Throws OCM_UNAVAILABLE when it cannot go on from the mark, or there is nothing yet. */
export async function withExport<T>(
  { sqlitePath }: Pick<SqliteConfig, 'sqlitePath'>,
  asked: ExportAsked,
  work: (open: OpenExport) => Promise<T>,
): Promise<T> {
  const db = openHeld(sqlitePath);
  try {
    return await work(openExport(db, asked));
  } finally {
    db.close();
  }
}

export type ComplianceDays = Pick<ComplianceExport, 'firstMs' | 'day'>;

/** Gives what is known of days to whoever writes it somewhere. Throws OCM_UNAVAILABLE when there is nothing yet. */
export async function withComplianceDays<T>(
  { sqlitePath }: Pick<SqliteConfig, 'sqlitePath'>,
  work: (days: ComplianceDays) => Promise<T>,
): Promise<T> {
  const db = openHeld(sqlitePath);
  try {
    return await work(new ComplianceExport(db));
  } finally {
    db.close();
  }
}

function openHeld(sqlitePath: string): Connection {
  mustExist({ sqlitePath });
  const db = openBesideWriter(sqlitePath);
  if (hasKnownSchema(db)) return db;
  db.close();
  const message = `${sqlitePath} has the schema of an older version: start the service once, or run ocs-monitor migrate`;
  throw new MonitorError('OCM_UNAVAILABLE', message);
}
