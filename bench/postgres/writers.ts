/** The stores' own threads, as the service has them, without a service. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { randomKey } from '../../src/node/digest.js';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { KEPT_FOR_EVER } from '../../src/domain/retention.js';
import type { CommitReport } from '../../src/domain/store.js';
import type { PostgresWriterData } from '../../src/service/postgres/thread-data.js';
import type { WriterThreadData } from '../../src/service/sqlite/writer-thread-data.js';
import { WriterClient } from '../../src/service/threads/writer-client.js';
import { root } from '../program.js';
import type { Postgres, PostgresDatabase } from './server.js';

const MAX_HEADS = 10_000;
const COMMON = {
  ...{ maxHeads: MAX_HEADS, quarantineLimitBytes: 1_000_000, retention: KEPT_FOR_EVER, maxClockAheadMs: 3_600_000 },
  ...{ socketOutlived: false, numberKey: null, callbackTtlMs: 86_400_000, enumerations: {}, encodings: {} },
};

export async function withSqliteWriter<T>(path: string, use: (writer: WriterClient) => Promise<T>): Promise<T> {
  const data: WriterThreadData = { ...COMMON, path, lockWaitMs: 0, keepsLedger: true };
  return withWriter(new Worker(join(root, 'dist/service/sqlite/writer-thread.js'), { workerData: data }), use);
}

export async function withPostgresWriter<T>(
  { server: { host, port, user } }: Postgres,
  { name }: PostgresDatabase,
  use: (writer: WriterClient) => Promise<T>,
): Promise<T> {
  const server: PostgresWriterData['server'] = {
    ...{ hosts: [{ host, port }], database: name, user, password: null },
    ...{ tls: 'disable', authorities: null, applicationName: 'ocs-monitor' },
  };
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-spool-'));
  const spool = { path: join(folder, 'spool'), limitBytes: Number.MAX_SAFE_INTEGER };
  const data: PostgresWriterData = { ...COMMON, server, receiver: 'bench', lanes: randomKey(), spool };
  try {
    return await withWriter(
      new Worker(join(root, 'dist/service/postgres/writer-thread.js'), { workerData: data }),
      use,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withWriter<T>(worker: Worker, use: (writer: WriterClient) => Promise<T>): Promise<T> {
  const { client } = await WriterClient.start(worker, { onDeath: () => undefined });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Throws when a good post was not taken as one. */
export function mustBeTaken({ receipts }: CommitReport): void {
  const refused = receipts.find(({ outcome }) => outcome === 'quarantined' || outcome === 'spooled');
  if (refused !== undefined) throw new Error(`a good post was not taken: ${JSON.stringify(refused)}`);
}
