/** What a file holds, read beside whoever writes to it. */
import type { SqliteConfig } from '../../config/config.js';
import { heldOfCustomer } from '../../apply/customers/held-of-customer.js';
import { Evidence } from '../../apply/evidence.js';
import { HeldNotifications } from '../../apply/held-notifications.js';
import { MonitorError } from '../../domain/errors.js';
import type { Notification } from '../../domain/notification.js';
import type { TimeRange } from '../../domain/store.js';
import { sha256Digest } from '../../node/digest.js';
import { campaignTables } from '../../sqlite/campaign-tables.js';
import { CustomerRows } from '../../sqlite/customers/customer-rows.js';
import { type Connection, openBesideWriter } from '../../sqlite/database.js';
import { ComplianceExport } from '../../sqlite/export/compliance.js';
import { openExport } from '../../sqlite/export/export.js';
import { hasKnownSchema } from '../../sqlite/migrate.js';
import { heldNumberKey } from '../../sqlite/number-key.js';
import { SqliteCallbackRows } from '../../sqlite/readers/callback-reader.js';
import { heldEventTimes } from '../../sqlite/readers/held-events-reader.js';
import { SqliteHeldRows } from '../../sqlite/readers/held-rows-reader.js';
import { SqliteReportReader } from '../../sqlite/readers/report-reader.js';
import { FORGOTTEN } from '../../sqlite/removal-tables.js';
import type { Held } from '../held.js';
import { mustExist } from './commands.js';

/** Throws OCM_UNAVAILABLE when there is no database yet. */
export function openHeld({ sqlitePath }: Pick<SqliteConfig, 'sqlitePath'>): Held {
  mustExist({ sqlitePath });
  const db = openBesideWriter(sqlitePath);
  const known = () => {
    if (hasKnownSchema(db)) return db;
    const message = `${sqlitePath} has the schema of an older version: start the service once, or run ocs-monitor migrate`;
    throw new MonitorError('OCM_UNAVAILABLE', message);
  };
  return {
    quarantine: (filter, page) => new SqliteReportReader(db).quarantine(filter, page),
    quarantinedBody: (id) => new SqliteReportReader(db).quarantinedBody(id),
    get callbacks() {
      return new SqliteCallbackRows(db);
    },
    notifications: (asked) => notificationsIn(known(), asked),
    export: (asked) => openExport(known(), asked),
    compliance: () => new ComplianceExport(known()),
    ofSource: (of) => new SqliteHeldRows(db, of),
    eventTimes: (source, range) => heldEventTimes(db, source, range),
    ofCustomer: (who) => heldOfCustomer(new CustomerRows(known(), sha256Digest), who),
    numberKey: () => heldNumberKey(db),
    close: () => {
      db.close();
      return Promise.resolve();
    },
  };
}

/** Each page is read by itself, so that the writer's log is written back meanwhile. */
export function* notificationsIn(
  db: Connection,
  { source, ...range }: TimeRange & { readonly source: string | null },
): Generator<readonly Notification[]> {
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
}
