/** The reader's thread on PostgreSQL: answers the API's queries on a connection of its own. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { ReportReader } from '../../domain/store.js';
import { enumerationsWith } from '../../ocs/enumerations.js';
import { BlockingConnection } from '../../postgres/blocking/blocking-connection.js';
import { PostgresCallbackRows } from '../../postgres/readers/callback-reader.js';
import { PostgresGroupRows } from '../../postgres/readers/group-reader.js';
import { PostgresReportReader } from '../../postgres/readers/report-reader.js';
import type { CallbackReader } from '../../reports/callback-reader.js';
import { CallbackReports } from '../../reports/callback-reports.js';
import { type GroupReportReader, GroupReports } from '../../reports/group-reports.js';
import { packStatistics } from '../../reports/packed-statistics.js';
import { answer, type Answering, teller } from '../threads/calls.js';
import type { PackedReports, ReaderNews } from '../threads/reader-client.js';
import type { PostgresReaderData } from './thread-data.js';

/** How often it is told which chunks could not be read. */
const TELLS_EVERY_MS = 1000;

const QUERY_THREAD = new URL('../../postgres/blocking/query-thread.js', import.meta.url);

type OtherReports = Omit<ReportReader, keyof GroupReportReader>;

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('reader-thread.ts runs as a worker thread only');
  const { server, enumerations } = workerData as PostgresReaderData;
  const db = new BlockingConnection(
    server,
    (data, transferList) => new Worker(QUERY_THREAD, { workerData: data, transferList: [...transferList] }),
  );
  const groupRows = new PostgresGroupRows(db, enumerationsWith(enumerations));
  const groups = new GroupReports(groupRows);
  const packed: Answering<PackedReports> = {
    packedStatistics: (...asked) => packStatistics(groups.statistics(...asked)),
  };
  answer<[PackedReports, OtherReports, GroupReportReader, CallbackReader]>(port, [
    packed,
    new PostgresReportReader(db),
    groups,
    new CallbackReports(new PostgresCallbackRows(db)),
  ]);
  const tell = teller<ReaderNews>(port);
  setInterval(() => {
    const unreadable = groupRows.takeUnreadable();
    if (unreadable.length > 0) tell('unreadable', unreadable);
  }, TELLS_EVERY_MS).unref();
}

main();
