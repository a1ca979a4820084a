/** The reader's thread: answers the API's queries on a read-only connection. Long reports let others in between. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../domain/errors.js';
import type { ReportReader } from '../../domain/store.js';
import type { CallbackReader } from '../../reports/callback-reader.js';
import { CallbackReports } from '../../reports/callback-reports.js';
import { type GroupReportReader, GroupReports } from '../../reports/group-reports.js';
import { packStatistics } from '../../reports/packed-statistics.js';
import { damaged, isDamage } from '../../sqlite/damage/damage.js';
import { openForReading } from '../../sqlite/database.js';
import { SqliteCallbackRows } from '../../sqlite/readers/callback-reader.js';
import { SqliteGroupRows } from '../../sqlite/readers/group-reader.js';
import { SqliteReportReader } from '../../sqlite/readers/report-reader.js';
import { answer, type Answering, teller } from '../threads/calls.js';
import type { PackedReports, ReaderNews } from '../threads/reader-client.js';

/** How often the journal is read on while nobody asks, and how many rows of it before a question has its turn. */
const CATCH_UP_EVERY_MS = 1000;
const ROWS_AT_ONCE = 5000;

type OtherReports = Omit<ReportReader, keyof GroupReportReader>;

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('reader-thread.ts runs as a worker thread only');
  const { path } = workerData as { path: string };
  const db = openOrSayWhy(path);
  const reports = new SqliteReportReader(db);
  const groupRows = new SqliteGroupRows(db);
  const groups = new GroupReports(groupRows);
  const callbacks = new CallbackReports(new SqliteCallbackRows(db));
  const packed: Answering<PackedReports> = {
    packedStatistics: (...asked) => packStatistics(groups.statistics(...asked)),
  };
  answer<[PackedReports, OtherReports, GroupReportReader, CallbackReader]>(
    port,
    [packed, reports, groups, callbacks],
    (error) => (isDamage(error) ? damaged(path, messageOf(error), error) : error),
  );
  const tell = teller<ReaderNews>(port);
  keepUp(groupRows, (chunkNos) => {
    tell('unreadable', chunkNos);
  });
}

/**
 * So that the first question after a quiet hour does not read all that came in it. Questions come in between; which chunks
 * these could not read is told.
 */
function keepUp(
  rows: SqliteGroupRows,
  onUnreadable: (chunkNos: readonly number[]) => void,
  delayMs = CATCH_UP_EVERY_MS,
): void {
  setTimeout(() => {
    const unreadable = rows.takeUnreadable();
    if (unreadable.length > 0) onUnreadable(unreadable);
    keepUp(rows, onUnreadable, isUpToDate(rows) ? CATCH_UP_EVERY_MS : 0);
  }, delayMs).unref();
}

function isUpToDate(rows: SqliteGroupRows): boolean {
  try {
    return rows.catchUp(ROWS_AT_ONCE);
  } catch {
    // The next question tells what is amiss.
    return true;
  }
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
