/** What a server holds, read on a connection that a command has to itself. */
import { Worker } from 'node:worker_threads';
import type { PostgresConfig } from '../../config/config.js';
import type { SearchedRow } from '../../apply/customers/customer-search.js';
import { heldOfCustomer } from '../../apply/customers/held-of-customer.js';
import { MonitorError } from '../../domain/errors.js';
import { enumerationsWith } from '../../ocs/enumerations.js';
import { BlockingConnection } from '../../postgres/blocking/blocking-connection.js';
import { PostgresCustomerRows } from '../../postgres/customers/customer-rows.js';
import { ComplianceExport } from '../../postgres/export/compliance.js';
import { openExport } from '../../postgres/export/export.js';
import { exportedNotifications } from '../../postgres/export/notifications.js';
import { newestSchema, type Schema } from '../../postgres/migrate.js';
import { PostgresCallbackRows } from '../../postgres/readers/callback-reader.js';
import { heldEventTimes } from '../../postgres/readers/held-events-reader.js';
import { PostgresHeldRows } from '../../postgres/readers/held-rows-reader.js';
import { heldNumberKey, heldSchema } from '../../postgres/readers/held-settings.js';
import { PostgresReportReader } from '../../postgres/readers/report-reader.js';
import { whyNotWritten } from '../../postgres/schema.js';
import type { Held } from '../held.js';
import { serverOf } from './thread-data.js';

const QUERY_THREAD = new URL('../../postgres/blocking/query-thread.js', import.meta.url);

/** Throws OCM_UNAVAILABLE when the server cannot be asked, or has no tables of this version yet. */
export async function openHeld({
  postgres,
  enumerations,
}: Pick<PostgresConfig, 'postgres' | 'enumerations'>): Promise<Held> {
  const db = new BlockingConnection(
    serverOf({ postgres }),
    (data, transferList) => new Worker(QUERY_THREAD, { workerData: data, transferList: [...transferList] }),
  );
  try {
    mustBeKnown(heldSchema(db), postgres.shown);
  } catch (error) {
    await db.close();
    throw error;
  }
  const words = enumerationsWith(enumerations);
  const reports = new PostgresReportReader(db);
  return {
    quarantine: (filter, page) => reports.quarantine(filter, page),
    quarantinedBody: (id) => reports.quarantinedBody(id),
    callbacks: new PostgresCallbackRows(db),
    notifications: (asked) => exportedNotifications(db, asked),
    export: (asked) => ({ ...openExport(db, words, asked), mark: null }),
    compliance: () => new ComplianceExport(db, words),
    ofSource: (of) => new PostgresHeldRows(db, of),
    eventTimes: (source, range) => heldEventTimes(db, source, range),
    ofCustomer: (who) => heldOfCustomer(customerRows(db), who),
    numberKey: () => heldNumberKey(db),
    close: () => db.close(),
  };
}

function customerRows(db: BlockingConnection): PostgresCustomerRows {
  return new PostgresCustomerRows(({ text, values }) => db.query<SearchedRow>(text, values));
}

function mustBeKnown(held: Schema | null, shown: string): void {
  const known = newestSchema();
  const why = whyNotWritten(held, known);
  if (why !== null) throw new MonitorError('OCM_NEWER_SCHEMA', `${shown}: ${why}`);
  if (held !== null && held.version >= known) return;
  const found = held === null ? 'has no tables of ours yet' : 'has the schema of an older version';
  throw new MonitorError('OCM_UNAVAILABLE', `${shown} ${found}: start the service once`);
}
