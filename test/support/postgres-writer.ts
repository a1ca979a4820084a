/** A writer over PostgreSQL, as `callback-writer.ts` has one over SQLite. */
import { numberHasher } from '../../src/node/digest.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { PostgresWriter, type PostgresWriterOptions } from '../../src/postgres/writer.js';
import type { DatabaseServer } from '../../src/postgres/server.js';
import { KEPT_FOR_EVER } from '../../src/domain/retention.js';
import { blockingWire } from './blocking.js';
import { digest, T0 } from './notifications.js';
import type { Server } from './postgres-server.js';
import { judges } from './stores.js';

const DEADLINE_MS = 20_000;
let keys = 0;

export function serverWith({ host, port, user }: Server, database: string): DatabaseServer {
  return {
    hosts: [{ host, port }],
    database,
    user,
    password: null,
    tls: 'disable',
    authorities: null,
    applicationName: 'ocs-monitor',
  };
}

export function openPostgresWriter(
  server: DatabaseServer,
  { deadlineMs = DEADLINE_MS, ...options }: Partial<PostgresWriterOptions> & { readonly deadlineMs?: number } = {},
): PostgresWriter {
  return new PostgresWriter({
    ...judges,
    schemaVersionOf: () => 'schema 1',
    wire: blockingWire(server, deadlineMs),
    receiver: 'receiver',
    lanes: `lanes ${String(process.pid)} ${String(++keys)}`,
    enumerations: ENUMERATIONS,
    digest,
    maxHeads: 100,
    quarantineLimitBytes: 10_000_000,
    retention: KEPT_FOR_EVER,
    numberKey: 'test-key',
    keys: { random: () => `random ${String(process.pid)} ${String(++keys)}`, hasher: numberHasher },
    socketOutlived: false,
    clock: { nowMs: () => T0 + 60_000 },
    ...options,
  });
}
