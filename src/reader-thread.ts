/** The reader's thread: answers the API's queries on a read-only connection, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from './sqlite/database.js';
import { SqliteReportReader } from './sqlite/report-reader.js';
import { faultOf, type ReaderReply, type ReaderRequest } from './sqlite/thread-messages.js';

function main(): void {
  const port = parentPort;
  if (!port) throw new Error('reader-thread.ts runs as a worker thread only');
  const reader = new SqliteReportReader(openForReading((workerData as { path: string }).path));
  const methods = reader as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  port.on('message', ({ id, method, args }: ReaderRequest) => {
    let reply: ReaderReply;
    try {
      reply = { id, value: methods[method]?.call(reader, ...args) };
    } catch (error) {
      reply = { id, fault: faultOf(error) };
    }
    port.postMessage(reply);
  });
}

main();
