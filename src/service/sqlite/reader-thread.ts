/** The reader's thread: answers the API's queries on a read-only connection. Long reports let others in between. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../domain/errors.js';
import type { ReportReader } from '../../domain/store.js';
import type { CallbackReader } from '../../reports/callback-reader.js';
import { CallbackReports } from '../../reports/callback-reports.js';
import { type GroupReportReader, GroupReports } from '../../reports/group-reports.js';
import { damaged, isDamage } from '../../sqlite/damage/damage.js';
import { openForReading } from '../../sqlite/database.js';
import { SqliteCallbackRows } from '../../sqlite/readers/callback-reader.js';
import { SqliteGroupRows } from '../../sqlite/readers/group-reader.js';
import { SqliteReportReader } from '../../sqlite/readers/report-reader.js';
import { answer } from '../../sqlite/threads/calls.js';

type OtherReports = Omit<ReportReader, keyof GroupReportReader>;

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('reader-thread.ts runs as a worker thread only');
  const { path } = workerData as { path: string };
  const db = openOrSayWhy(path);
  const reports = new SqliteReportReader(db);
  const groups = new GroupReports(new SqliteGroupRows(db));
  const callbacks = new CallbackReports(new SqliteCallbackRows(db));
  answer<[OtherReports, GroupReportReader, CallbackReader]>(port, [reports, groups, callbacks], (error) =>
    isDamage(error) ? damaged(path, messageOf(error), error) : error,
  );
}

/** The message says why: between threads an error of the driver loses its own. */
function openOrSayWhy(path: string): ReturnType<typeof openForReading> {
  try {
    return openForReading(path);
  } catch (error) {
    throw new Error(`the database cannot be opened for reading: ${messageOf(error)}`, { cause: error });
  }
}

main();
