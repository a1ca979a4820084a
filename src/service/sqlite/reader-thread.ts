/** The reader's thread: answers the API's queries on a read-only connection. Long reports let others in between. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../domain/errors.js';
import { damaged, isDamage } from '../../sqlite/damage/damage.js';
import { openForReading } from '../../sqlite/database.js';
import { SqliteCallbackReader } from '../../sqlite/callback-reader.js';
import { SqliteReportReader } from '../../sqlite/report-reader.js';
import { faultOf, type ReaderReply, type ReaderRequest } from '../../sqlite/threads/messages.js';

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('reader-thread.ts runs as a worker thread only');
  const { path } = workerData as { path: string };
  const db = openOrSayWhy(path);
  const readers = { reports: new SqliteReportReader(db), callbacks: new SqliteCallbackReader(db) };
  type Methods = Record<string, (...args: readonly unknown[]) => unknown>;
  const ask = async ({ id, reader, method, args }: ReaderRequest): Promise<ReaderReply> => {
    try {
      return { id, value: await (readers[reader] as unknown as Methods)[method]?.call(readers[reader], ...args) };
    } catch (error) {
      return { id, fault: faultOf(isDamage(error) ? damaged(path, messageOf(error), error) : error) };
    }
  };
  port.on('message', (request: ReaderRequest) => {
    void ask(request).then((reply) => {
      port.postMessage(reply);
    });
  });
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
