/** What commands do to a database when no service runs, or beside one: the composition root of work at rest. */
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Config } from './config.js';
import { numberHasher, randomKey, sha256Digest } from './digest.js';
import type { Clock } from './domain/clock.js';
import { MonitorError } from './domain/errors.js';
import type { ForgetCounts, ForgetRequest, ReplayReport, ReplayRequest } from './domain/store.js';
import { enumerationsWith } from './ocs/enumerations.js';
import { backUp, restore, type Verified, verify } from './sqlite/backup.js';
import { listAside, wasOurs } from './sqlite/damage.js';
import { canonicalPath, whateverStandsAt, openForReading, openForWriting } from './sqlite/database.js';
import { migrate, readMigrations, schemaVersion } from './sqlite/migrate.js';
import { createInfoMartViews } from './sqlite/info-mart-views.js';
import { heldNumberKey } from './sqlite/number-key.js';
import { openStore } from './sqlite/open-store.js';
import { recover } from './sqlite/recover.js';
import { SqliteReportReader } from './sqlite/report-reader.js';
import { Salvage, type Salvaged } from './sqlite/salvage.js';
import { WriterClient } from './sqlite/writer-client.js';
import { takeWriterLock } from './sqlite/writer-lock.js';
import type { WriterThreadData } from './writer-thread.js';

/** A reader of the database beside whoever writes it. Throws OCM_UNAVAILABLE when there is none yet. */
export function openReports({ sqlitePath }: Config): { readonly reader: SqliteReportReader; close(): void } {
  mustExist({ sqlitePath });
  const db = openForReading(sqlitePath);
  return {
    reader: new SqliteReportReader(db),
    close: () => {
      db.close();
    },
  };
}

/** The hash of a customer's number, under the key of this database. Throws OCM_UNAVAILABLE when there is none yet. */
export function numberHashOf({ sqlitePath, piiKey }: Config, number: string): string {
  if (piiKey !== null) return numberHasher(piiKey)(number);
  mustExist({ sqlitePath });
  const db = openForReading(sqlitePath);
  try {
    const key = heldNumberKey(db);
    if (key !== null) return numberHasher(key)(number);
    throw new MonitorError('OCM_UNAVAILABLE', `${sqlitePath} has no key for hashes yet: start the service once`);
  } finally {
    db.close();
  }
}

/** Replays as the writer. Throws OCM_LOCKED when a service runs: then it is the one to ask. */
export async function replayAtRest(config: Config, request: ReplayRequest): Promise<ReplayReport> {
  mustExist(config);
  const { client, close } = await startWriter(config);
  try {
    return await client.replay(request);
  } finally {
    await close();
  }
}

/** Removes as the writer, or only counts. Throws OCM_LOCKED when a service runs: then it is the one to ask. */
export async function forgetAtRest(config: Config, request: ForgetRequest): Promise<ForgetCounts> {
  mustExist(config);
  const { client, close } = await startWriter(config);
  try {
    return await client.forget(request, () => undefined);
  } finally {
    await close();
  }
}

/** Applies pending migrations; returns their names and the schema now in place. Throws OCM_LOCKED while a service runs. */
export function migrateStore({ sqlitePath }: Config): { readonly applied: readonly string[]; readonly schema: number } {
  const path = canonicalPath(sqlitePath);
  const lock = takeWriterLock(path, 0);
  try {
    const db = openForWriting(path);
    const applied = migrate(db);
    createInfoMartViews(db);
    const schema = schemaVersion(db);
    db.close();
    return { applied, schema };
  } finally {
    lock.release();
  }
}

/** A verified copy of the database, taken beside whoever writes to it. */
export function backUpStore({ sqlitePath }: Config, file: string): Verified {
  mustExist({ sqlitePath });
  const db = openForReading(sqlitePath);
  try {
    return backUp(db, file);
  } finally {
    db.close();
  }
}

export function verifyBackup(file: string): Verified {
  return verify(file);
}

/** Puts a copy in the place of the database. Throws OCM_LOCKED while a service writes to it. */
export function restoreStore({ sqlitePath }: Config, file: string, nowMs: number) {
  const { schema } = verify(file);
  const path = whateverStandsAt(sqlitePath);
  const lock = takeWriterLock(path, 0);
  try {
    return { aside: restore(file, path, nowMs), schema };
  } finally {
    lock.release();
  }
}

export interface SalvageProgress {
  readonly reading: (done: number, of: number) => void;
  readonly applying: (done: number, of: number) => void;
}

/**
 * Brings what can be read of a damaged database into the present one; the file itself is only read. Idempotent. Throws
 * OCM_LOCKED while a service writes to the database.
 */
export function salvageStore(config: Config, file: string, clock: Clock, progress: SalvageProgress): Salvaged[] {
  const path = canonicalPath(config.sqlitePath);
  const damaged = fileToSalvage(file, path);
  const lock = takeWriterLock(path, 0);
  const unfinished = `${path}.salvage-unfinished`;
  try {
    const enumerations = enumerationsWith(config.enumerations);
    const shared = { enumerations, digest: sha256Digest };
    const store = openStore(path, {
      ...shared,
      ...{ maxHeads: config.maxGroups, quarantineLimitBytes: config.quarantineLimitBytes },
      ...{ numberKey: config.piiKey, keys: { random: randomKey, hasher: numberHasher } },
      ...{ clock, keepsLedger: false },
    });
    try {
      const { db, found } = recover(damaged, unfinished, sha256Digest, progress.reading);
      try {
        return new Salvage(db, store, shared, progress.applying).run(found);
      } finally {
        db.close();
      }
    } finally {
      store.db.pragma('wal_checkpoint(TRUNCATE)');
      store.db.close();
    }
  } finally {
    rmSync(unfinished, { force: true });
    lock.release();
  }
}

function fileToSalvage(file: string, store: string): string {
  if (!existsSync(file)) {
    const known = existsSync(store) ? listAside(store) : [];
    const hint = known.length > 0 ? `; aside lies: ${known.join(', ')}` : '';
    throw new MonitorError('OCM_UNAVAILABLE', `${file} does not exist${hint}`);
  }
  const path = realpathSync(file);
  if (path === store) {
    const message = `${file} is the present database: start the service, which moves it aside when it is damaged`;
    throw new MonitorError('OCM_UNAVAILABLE', message);
  }
  if (wasOurs(path)) return path;
  throw new MonitorError('OCM_NOT_OURS', `${file}: nothing in it says that it was a database of this program`);
}

function mustExist({ sqlitePath }: Pick<Config, 'sqlitePath'>): void {
  if (existsSync(sqlitePath)) return;
  const message = `${sqlitePath} does not exist yet: start the service, or name another file with --store`;
  throw new MonitorError('OCM_UNAVAILABLE', message);
}

/** Names of all migrations this program knows. */
export function knownMigrations(): string[] {
  return readMigrations().map(({ name }) => name);
}

/** The data a writer's thread is started with. */
export function writerThreadData(config: Config, lockWaitMs: number, keepsLedger: boolean): WriterThreadData {
  return {
    path: config.sqlitePath,
    maxHeads: config.maxGroups,
    quarantineLimitBytes: config.quarantineLimitBytes,
    maxClockAheadMs: config.maxClockAheadMs,
    lockWaitMs,
    keepsLedger,
    numberKey: config.piiKey,
    callbackTtlMs: config.callbackTtlMs,
    enumerations: config.enumerations,
    encodings: Object.fromEntries([...config.sources].map(([source, { encoding }]) => [source, encoding])),
  };
}

async function startWriter(config: Config) {
  const worker = new Worker(new URL('./writer-thread.js', import.meta.url), {
    workerData: writerThreadData(config, 0, false),
  });
  const { client } = await WriterClient.start(worker, () => undefined);
  return { client, close: () => client.close() };
}
