/** Blocking connections as tests have them: their thread runs the source as it is, and every statement is read first. */
import { type MessagePort, Worker } from 'node:worker_threads';
import { postgresAddress } from '../../src/config/postgres-address.js';
import { BlockingConnection } from '../../src/postgres/blocking/blocking-connection.js';
import { BlockingWire } from '../../src/postgres/blocking/blocking-wire.js';
import type { DatabaseServer } from '../../src/postgres/server.js';
import type { Value } from '../../src/postgres/readers/named-sql.js';
import { serverOf } from '../../src/service/postgres/thread-data.js';
import { bundled } from './bundled.js';
import { faultsOf } from './sql-lint.js';

const spawned = (file: string) => {
  const script = bundled(new URL(`../../src/postgres/blocking/${file}`, import.meta.url));
  return (workerData: unknown, transferList: readonly MessagePort[]) =>
    new Worker(script, { eval: true, workerData, transferList: [...transferList] });
};

/** Refuses what no statement may have. */
class LintedConnection extends BlockingConnection {
  override query<Row extends object>(text: string, values: readonly Value[] = []): Row[] {
    const faults = faultsOf(text);
    if (faults.length > 0) throw new Error(`${faults.join(', ')} in: ${text}`);
    return super.query<Row>(text, values);
  }
}

function serverAt(url: string) {
  const faults: string[] = [];
  const postgres = postgresAddress(url, { variable: 'url', password: null, faults });
  if (faults.length > 0) throw new Error(faults.join('; '));
  return serverOf({ postgres });
}

export function blockingConnection(url: string, deadlineMs?: number): BlockingConnection {
  return new LintedConnection(serverAt(url), spawned('query-thread.ts'), deadlineMs);
}

/** As the writer has it. */
export function blockingWire(server: DatabaseServer, deadlineMs: number): BlockingWire {
  return new BlockingWire(server, spawned('wire-thread.ts'), deadlineMs);
}
