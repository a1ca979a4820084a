import Database from 'better-sqlite3';
import { closeSync, existsSync, mkdirSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MonitorError } from '../domain/errors.js';
import { retain } from './retain.js';

export type Connection = Database.Database;

/** Marks our files ("OCSM"), so that a foreign database is never migrated by mistake. */
export const OURS = 0x4f43534d;
/** Measured with one row per notification and 1,000 groups in rotation: 8 KB pages hold the most rows per byte. */
const PAGE_BYTES = 8192;
/** How long a connection waits for another one's lock before it gives up, milliseconds. */
const BUSY_TIMEOUT_MS = 1000;
/** WAL files are cut back to this after a checkpoint. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens the file for writing, creating it where missing; the writer's lock comes first. Durability is set *and* read back at every
 * open: SQLite falls back to synchronous=NORMAL when a WAL file is reopened, and a 200 would then be a lie.
 * Throws OCM_NOT_OURS for a foreign file, OCM_NOT_DURABLE when a setting does not hold.
 */
export function openForWriting(path: string): Connection {
  const db = retain(new Database(path));
  try {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.pragma(`page_size = ${PAGE_BYTES}`);
    claim(db, path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    db.pragma('foreign_keys = ON');
    const durability = {
      journal: db.pragma('journal_mode', { simple: true }),
      synchronous: db.pragma('synchronous', { simple: true }),
    };
    if (durability.journal !== 'wal' || durability.synchronous !== 2) {
      throw new MonitorError(
        'OCM_NOT_DURABLE',
        `${path}: journal_mode is ${String(durability.journal)} (needed: wal), synchronous is ${String(durability.synchronous)} (needed: 2, FULL); is the file system able to share memory?`,
      );
    }
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_NOTADB') {
      throw notOurs(path, 'it is not an SQLite database', error);
    }
    throw error;
  }
}

/** Opens the file for reading only; it must exist. */
export function openForReading(path: string): Connection {
  const db = retain(new Database(path, { readonly: true, fileMustExist: true }));
  db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return db;
}

/**
 * The one name of a database file, whatever links lead to it; creates its folder. Throws OCM_NOT_OURS for what is no
 * SQLite database of ours, before anything is written beside it, OCM_UNAVAILABLE when nothing can be written there.
 */
export function canonicalPath(path: string): string {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    if (!existsSync(path)) return join(realpathSync(dirname(resolve(path))), basename(path));
    refuseForeign(path);
    return realpathSync(path);
  } catch (error) {
    if (error instanceof MonitorError) throw error;
    throw cannotWrite(path, error);
  }
}

/** The one name of a file that is to make room, be it damaged or nobody's; creates its folder. */
export function whateverStandsAt(path: string): string {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(resolve(path))), basename(path));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

export function cannotWrite(path: string, cause: unknown): MonitorError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `${path}: cannot be written here (${why}); name another file with OCM_STORE`;
  return new MonitorError('OCM_UNAVAILABLE', message, { cause });
}

/** Identity of a file, to notice when another takes its place. */
export function fileIdentity(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : null;
}

const SQLITE_MAGIC = 'SQLite format 3\u0000';

/** Throws OCM_NOT_OURS for what is no SQLite database; an empty file is none yet. */
export function refuseForeign(path: string): void {
  const { size } = statSync(path);
  if (!statSync(path).isFile()) throw notOurs(path, 'it is no file');
  if (size === 0) return;
  const header = Buffer.alloc(SQLITE_MAGIC.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1') !== SQLITE_MAGIC) throw notOurs(path, 'it is not an SQLite database');
}

function claim(db: Connection, path: string): void {
  const id = db.pragma('application_id', { simple: true });
  if (id === OURS) return;
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
  if (id !== 0 || tables !== 0) throw notOurs(path, 'it belongs to another program');
  db.pragma(`application_id = ${OURS}`);
}

function notOurs(path: string, why: string, cause?: unknown): MonitorError {
  return new MonitorError('OCM_NOT_OURS', `${path}: ${why}; name another file with OCM_STORE`, { cause });
}

/** Whether an error means that the store cannot write now, rather than that the program is wrong. */
export function isStoreFailure(error: unknown): boolean {
  return (
    error instanceof Database.SqliteError && !/^SQLITE_(CONSTRAINT|MISMATCH|RANGE|ERROR|MISUSE|TOOBIG)/.test(error.code)
  );
}
