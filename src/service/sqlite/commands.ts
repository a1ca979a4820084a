/** What commands do to a database when no service runs, or beside one: the composition root of work at rest. */
import { existsSync, realpathSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Config, SqliteConfig } from '../../config/config.js';
import { numberHasher, randomKey, sha256Digest } from '../../node/digest.js';
import type { AuditEntry } from '../../domain/audit.js';
import type { Clock } from '../../domain/clock.js';
import { messageOf, MonitorError } from '../../domain/errors.js';
import { appliedOf } from '../../domain/quarantine.js';
import type { ForgetCounts, ForgetRequest, ReplayedBody, ReplayRequest } from '../../domain/store.js';
import { enumerationsWith } from '../../ocs/enumerations.js';
import { AuditLog } from '../../sqlite/audit-log.js';
import { backUp, restore, type Verified, verify } from '../../sqlite/backup.js';
import { leaveMarks, marksBeside } from '../../sqlite/customers/removal-register.js';
import { isLogAlone, listAside, wasOurs } from '../../sqlite/damage/damage.js';
import { canonicalPath, whateverStandsAt, openBesideWriter, openForWriting } from '../../sqlite/database.js';
import { convert, type ConversionProgress } from '../../sqlite/convert.js';
import { knownSchema, migrate, readMigrations, schemaVersion } from '../../sqlite/migrate.js';
import { freeBytes } from '../../sqlite/file-sizes.js';
import { createInfoMartViews } from '../../sqlite/info-mart-views.js';
import { listNotes } from '../../sqlite/notes.js';
import { openStore } from '../../sqlite/open-store.js';
import { enterRuns, knownUptime, type Run } from '../../sqlite/pretended-uptime.js';
import { recover } from '../../sqlite/damage/recover.js';
import { Salvage, type Salvaged } from '../../sqlite/damage/salvage.js';
import { atRest } from '../at-rest.js';
import { WriterClient } from '../threads/writer-client.js';
import { giveVendorKeys } from '../../sqlite/vendor-keys.js';
import { takeWriterLock } from '../../sqlite/writer-lock.js';
import { readTlsFiles } from '../tls-files.js';
import { writerThreadData, type WriterSettings, type WriterThreadData } from './writer-thread-data.js';

/** How long a demo that was just stopped may take to let go of its database. */
const PREDECESSOR_ENDS_MS = 500;

/** For what a command's writer has just made, megabytes. */
const YOUNG_MB = 12;
/**
 * Of a file in which each notification says something else, megabytes would be kept for nothing.
 * @bound characters of statements that a command's writer keeps in memory
 * @beyond all are dropped and looked up again
 */
const CACHED_CHARACTERS = 5_000_000;

type StorePlace = Pick<SqliteConfig, 'sqlitePath'>;

/** Throws OCM_CONFIG when a file of TLS is faulty. */
export function checkTls({ tls }: Pick<Config, 'tls'>): void {
  if (tls !== null) readTlsFiles(tls);
}

/** What can be told of a database from outside, whoever holds it. */
export interface StoreLook {
  readonly exists: boolean;
  /** Null: the system does not say, or the folder is not there yet. */
  readonly freeBytes: number | null;
  /** Damaged databases that lie aside. */
  readonly aside: readonly string[];
  /** Notes of what was done to it. */
  readonly notes: readonly string[];
  /** When it was last written; null: never. */
  readonly writtenMs: number | null;
}

export function lookAtStore({ sqlitePath }: StorePlace): StoreLook {
  const found = statSync(sqlitePath, { throwIfNoEntry: false });
  const exists = found !== undefined;
  return {
    exists,
    freeBytes: freeBytes(sqlitePath),
    aside: exists ? listAside(realpathSync(sqlitePath)) : [],
    notes: exists ? listNotes(realpathSync(sqlitePath)) : [],
    writtenMs: found?.mtimeMs ?? null,
  };
}

/**
 * Replays as the writer. `failed` says why it broke off: the items are what it did before. Throws OCM_LOCKED when a
 * service runs: then it is the one to ask.
 */
export async function replayAtRest(
  config: WriterSettings,
  request: ReplayRequest,
  nowMs: number,
): Promise<{ readonly items: readonly ReplayedBody[]; readonly failed: string | null }> {
  mustExist(config);
  const { client, close } = await startWriter(config);
  const items: ReplayedBody[] = [];
  try {
    const failed = await client.replay(request, (slice) => void items.push(...slice.items)).then(() => null, messageOf);
    const { ids, source, reason, dryRun } = request;
    const detail = { ids: ids.length, source, reason, dry_run: dryRun, replayed: appliedOf(items, dryRun) };
    const entry = atRest('quarantine.replay', detail, nowMs);
    // Where nothing can be written, that is what the command says anyway.
    await client.audit(failed === null ? entry : { ...entry, result: failed }).catch((error: unknown) => {
      if (failed === null) throw error;
    });
    return { items, failed };
  } finally {
    await close();
  }
}

/** Removes as the writer, or only counts. Throws OCM_LOCKED when a service runs: then it is the one to ask. */
export async function forgetAtRest(
  config: WriterSettings,
  request: ForgetRequest,
  nowMs: number,
): Promise<ForgetCounts> {
  mustExist(config);
  const { client, close } = await startWriter(config);
  try {
    const counts = await client.forget(request, () => undefined);
    const { group, source, dryRun } = request;
    const isNothing = Object.values(counts).every((count) => count === 0);
    if (!dryRun && !isNothing) await client.audit(atRest('forget', { group, source, ...counts }, nowMs));
    return counts;
  } finally {
    await close();
  }
}

/**
 * Applies pending migrations and converts evidence of an older version; returns what was done, and the schema now in place.
 * Throws OCM_LOCKED while a service runs.
 */
export function migrateStore(
  { sqlitePath }: StorePlace,
  nowMs: number,
  onConversion: (progress: ConversionProgress) => void,
): { readonly applied: readonly string[]; readonly schema: number; readonly converted: number } {
  const path = canonicalPath(sqlitePath);
  const lock = takeWriterLock(path, 0);
  try {
    const db = openForWriting(path);
    try {
      const applied = migrate(db);
      const converted = convert(db, { nowMs, elapsedMs: () => performance.now(), onProgress: onConversion });
      giveVendorKeys(db);
      createInfoMartViews(db);
      const schema = schemaVersion(db);
      const detail = { applied, schema, converted };
      if (applied.length + converted > 0) new AuditLog(db).append(atRest('migrate', detail, nowMs));
      return { applied, schema, converted };
    } finally {
      db.close();
    }
  } finally {
    lock.release();
  }
}

/**
 * For the demo alone: makes the ledger say that the service was up besides its real runs; `runsOf` says when, by its
 * first start and last sign of life so far (null: none). Creates the database. Throws OCM_LOCKED while a service runs.
 */
export function pretendUptime(
  { sqlitePath }: StorePlace,
  runsOf: (known: { readonly firstMs: number; readonly lastMs: number } | null) => readonly Run[],
): void {
  const path = canonicalPath(sqlitePath);
  const lock = takeWriterLock(path, PREDECESSOR_ENDS_MS);
  try {
    const db = openForWriting(path);
    try {
      migrate(db);
      enterRuns(db, runsOf(knownUptime(db)));
    } finally {
      db.close();
    }
  } finally {
    lock.release();
  }
}

/**
 * A verified copy of the database, taken beside whoever writes to it. `audited` is false when a service holds the
 * database: it is the only one that writes, and the audit log is in there.
 */
export function backUpStore({ sqlitePath }: StorePlace, file: string, nowMs: number): Verified & { audited: boolean } {
  mustExist({ sqlitePath });
  const db = openBesideWriter(sqlitePath);
  try {
    const copy = backUp(db, file);
    return { ...copy, audited: auditIfFree(sqlitePath, atRest('backup', { file: resolve(file) }, nowMs)) };
  } finally {
    db.close();
  }
}

/** Writes to the audit log; false when a service holds the database, or it cannot be written. */
function auditIfFree(sqlitePath: string, entry: AuditEntry): boolean {
  try {
    const path = canonicalPath(sqlitePath);
    const lock = takeWriterLock(path, 0);
    try {
      return auditAt(path, entry);
    } finally {
      lock.release();
    }
  } catch {
    // What was done is done; that it stands in no log is the answer.
    return false;
  }
}

/** Under the writer's lock. False for a database of another schema. */
function auditAt(path: string, entry: AuditEntry): boolean {
  const db = openForWriting(path);
  try {
    if (schemaVersion(db) !== knownSchema()) return false;
    new AuditLog(db).append(entry);
    return true;
  } finally {
    db.close();
  }
}

export function verifyBackup(file: string): Verified {
  return verify(file);
}

/** Puts a copy in the place of the database. `audited` is false for a copy of an older schema. Throws OCM_LOCKED while a service writes to it. */
export function restoreStore({ sqlitePath }: StorePlace, file: string, nowMs: number) {
  const { schema } = verify(file);
  const path = whateverStandsAt(sqlitePath);
  const lock = takeWriterLock(path, 0);
  let aside: string | null;
  let forgotten: ReturnType<typeof marksBeside>;
  try {
    forgotten = marksBeside(path);
    // Before anything is put in its place: then no crash leaves a copy that nobody is told of.
    if (forgotten.marks.length > 0) leaveMarks(path, forgotten.marks);
    aside = restore(file, path, nowMs);
  } finally {
    lock.release();
  }
  const detail = { file: resolve(file), schema, moved_aside: aside };
  return { aside, schema, forgotten, audited: auditIfFree(path, atRest('restore', detail, nowMs)) };
}

export interface SalvageProgress {
  readonly reading: (done: number, of: number) => void;
  readonly applying: (done: number, of: number) => void;
}

/**
 * Brings what can be read of a damaged database into the present one; the file itself is only read. Idempotent. Throws
 * OCM_LOCKED while a service writes to the database.
 */
export function salvageStore(
  config: WriterSettings,
  file: string,
  clock: Clock,
  progress: SalvageProgress,
): Salvaged[] {
  const path = canonicalPath(config.sqlitePath);
  const damaged = fileToSalvage(file, path);
  const lock = takeWriterLock(path, 0);
  const unfinished = `${path}.salvage-unfinished`;
  try {
    const enumerations = enumerationsWith(config.enumerations);
    const shared = { enumerations, digest: sha256Digest };
    const store = openStore(path, {
      ...shared,
      maxHeads: config.maxGroups,
      quarantineLimitBytes: config.quarantineLimitBytes,
      numberKey: config.piiKey,
      keys: { random: randomKey, hasher: numberHasher },
      clock,
      keepsLedger: false,
    });
    try {
      const { db, found } = recover(damaged, unfinished, sha256Digest, progress.reading);
      try {
        const salvaged = new Salvage(db, store, { nowMs: clock.nowMs(), onRow: progress.applying }).run(found);
        store.auditLog.append(atRest('salvage', { file: damaged }, clock.nowMs()));
        return salvaged;
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
  if (wasOurs(path) || isLogAlone(path)) return path;
  throw new MonitorError('OCM_NOT_OURS', `${file}: nothing in it says that it was a database of this program`);
}

export function mustExist({ sqlitePath }: StorePlace): void {
  if (existsSync(sqlitePath)) return;
  const message = `${sqlitePath} does not exist yet: start the service, or name another with --store sqlite:FILE`;
  throw new MonitorError('OCM_UNAVAILABLE', message);
}

/** Names of all migrations this program knows. */
export function knownMigrations(): string[] {
  return readMigrations().map(({ name }) => name);
}

export async function startWriter(config: WriterSettings) {
  const worker = new Worker(new URL('./writer-thread.js', import.meta.url), {
    workerData: {
      ...writerThreadData(config, { lockWaitMs: 0, keepsLedger: false }),
      cachedCharacters: CACHED_CHARACTERS,
    } satisfies WriterThreadData,
    // What passes through it is soon let go of: more room would only be filled.
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const { client } = await WriterClient.start(worker, { onDeath: () => undefined });
  return { client, close: () => client.close() };
}
