import type Database from 'better-sqlite3';
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, MonitorError } from '../domain/errors.js';
import { connect, IN_MEMORY, SqliteError } from './connection.js';
import { damaged, hasMagic, headerFault, isDamage, OURS, wasOurs } from './damage/damage.js';
import { mustHaveOneName } from './one-name.js';
import { makeFolderOf } from './own-files.js';

export type Connection = Database.Database;

/** Measured with 1,000 groups in rotation, batches of 64: 620 bytes written per post, 700 with 8 KB (docs/adr/0010). */
const PAGE_BYTES = 4096;
/** Of a value that has pages of its own, on each of them. */
export const OVERFLOW_BYTES = PAGE_BYTES - 4;
/** How long a connection waits for another one's lock before it gives up, milliseconds. */
export const BUSY_TIMEOUT_MS = 1000;
/**
 * WAL files are cut back to this after a checkpoint.
 * @bound write-ahead log after a checkpoint
 * @beyond cut back to this
 * @seen `ocs_monitor_store_size_bytes`, an alert
 */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens the file for writing, creating it where missing; the writer's lock comes first. Durability is set *and* read back at every
 * open: SQLite falls back to synchronous=NORMAL when a WAL file is reopened, and a 200 would then be a lie.
 * Throws OCM_NOT_OURS for a foreign file, OCM_DAMAGED for one of ours that is broken, OCM_UNAVAILABLE for one with two
 * names, OCM_NOT_DURABLE when a setting does not hold.
 */
export function openForWriting(path: string): Connection {
  mustHaveOneName(path);
  refuseBrokenHeader(path);
  const db = connect(path);
  try {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.pragma(`page_size = ${PAGE_BYTES}`);
    claim(db, path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    db.pragma('foreign_keys = ON');
    // Zeros over rows that go, as far as their pages are written anyway: what was said of a customer goes with them.
    db.pragma('secure_delete = FAST');
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
    if (!(error instanceof SqliteError && isDamage(error))) throw error;
    if (wasOurs(path)) throw damaged(path, error.message, error);
    throw notOurs(path, 'it is not a database that SQLite can read', error);
  }
}

/** Opens the file for reading only; it must exist. */
export function openForReading(path: string): Connection {
  const db = connect(path, { readonly: true });
  db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return db;
}

/** A database in memory with the schema of another, as far as it can be made there, and without a row. */
export function bareCopyOf(db: Connection): Connection {
  const bare = connect(IN_MEMORY);
  const inOrder = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'table' DESC, rowid";
  for (const sql of db.prepare(inOrder).pluck().all() as string[]) {
    try {
      bare.exec(sql);
    } catch {
      // SQLite's own tables, and those of an extension of an operator's.
    }
  }
  bare.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`);
  return bare;
}

/**
 * The one name of a database file, whatever links lead to it; creates its folder. Throws OCM_NOT_OURS for what is no
 * SQLite database of ours, before anything is written beside it, OCM_UNAVAILABLE when nothing can be written there.
 */
export function canonicalPath(path: string): string {
  try {
    makeFolderOf(path);
    if (!existsSync(path)) return newPlace(path);
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
    makeFolderOf(path);
    return existsSync(path) ? realpathSync(path) : newPlace(path);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function newPlace(path: string): string {
  // SQLite would make the file behind it, and look for the log there.
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw new Error('it is a link that leads nowhere');
  return join(realpathSync(dirname(resolve(path))), basename(path));
}

export function cannotWrite(path: string, cause: unknown, next = 'name another file with OCM_STORE'): MonitorError {
  const message = `${path}: cannot be written here (${messageOf(cause)}); ${next}`;
  return new MonitorError('OCM_UNAVAILABLE', message, { cause });
}

/**
 * Opens a database that a service may write to. By another name, or without the log that lies elsewhere, it would lack
 * what was committed last: throws OCM_UNAVAILABLE.
 */
export function openBesideWriter(path: string): Connection {
  mustHaveOneName(realpathSync(path));
  return openForReading(path);
}

/** Throws OCM_NOT_OURS for what is no SQLite database; an empty file is none yet, and one of ours may be broken. */
export function refuseForeign(path: string): void {
  const file = statSync(path);
  if (!file.isFile()) throw notOurs(path, 'it is not a file');
  if (file.size === 0 || hasMagic(path) || wasOurs(path)) return;
  throw notOurs(path, 'it is not an SQLite database');
}

function refuseBrokenHeader(path: string): void {
  const fault = existsSync(path) ? headerFault(path) : null;
  if (fault !== null && wasOurs(path)) throw damaged(path, fault);
}

function claim(db: Connection, path: string): void {
  const id = db.pragma('application_id', { simple: true });
  if (id === OURS) return;
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
  if (id !== 0 || tables !== 0) {
    if (wasOurs(path)) throw damaged(path, 'the mark of this program in its header is another one');
    throw notOurs(path, 'it belongs to another program');
  }
  db.pragma(`application_id = ${OURS}`);
}

function notOurs(path: string, why: string, cause?: unknown): MonitorError {
  return new MonitorError('OCM_NOT_OURS', `${path}: ${why}; name another file`, { cause });
}

/** Whether an error means that the store cannot write now, rather than that the program is wrong. */
export function isStoreFailure(error: unknown): boolean {
  return error instanceof SqliteError && !/^SQLITE_(CONSTRAINT|MISMATCH|RANGE|ERROR|MISUSE|TOOBIG)/.test(error.code);
}
