/** Blocking connections as tests have them: their thread runs the source as it is, and every statement is read first. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { postgresAddress } from '../../src/config/postgres-address.js';
import { BlockingConnection } from '../../src/postgres/blocking/blocking-connection.js';
import type { Value } from '../../src/postgres/readers/named-sql.js';
import { serverOf } from '../../src/service/postgres/thread-data.js';
import { faultsOf } from './sql-lint.js';

const THREAD = fileURLToPath(new URL('../../src/postgres/blocking/query-thread.ts', import.meta.url));

let built: string | null = null;

/** A thread of Node takes no TypeScript. */
function threadScript(): string {
  const { outputFiles } = buildSync({
    entryPoints: [THREAD],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    external: ['pg'],
  });
  return outputFiles[0]?.text ?? '';
}

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
  const script = (built ??= threadScript());
  return new LintedConnection(
    serverAt(url),
    (workerData, transferList) => new Worker(script, { eval: true, workerData, transferList: [...transferList] }),
    deadlineMs,
  );
}
