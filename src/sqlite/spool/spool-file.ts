/** The file of a spool: made for its owner alone, durable at each commit, and set aside when it is damaged. */
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, MonitorError } from '../../domain/errors.js';
import { connect, SqliteError } from '../connection.js';
import { BUSY_TIMEOUT_MS, type Connection } from '../database.js';
import { makeFolderOf } from '../own-files.js';

/** "ocsp", by which a file is known to be a spool. */
const SPOOL_ID = 0x6f637370;
const VERSION = 1;
/**
 * Its write-ahead log is cut back to this.
 * @bound write-ahead log of the spool after a checkpoint
 * @beyond cut back to this
 * @seen `ocs_monitor_spool_bytes`
 */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/** Numbers are never given twice: of two processes that drain it neither removes what the other has put in. */
const SCHEMA = `
  CREATE TABLE posts (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    source TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    more TEXT,
    bytes INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    lane TEXT,
    seq INTEGER
  );
  CREATE INDEX posts_in_turn ON posts (tries, no);
  CREATE INDEX posts_in_doubt ON posts (lane, seq) WHERE lane IS NOT NULL;
  CREATE TABLE tally (place INTEGER PRIMARY KEY CHECK (place = 0), items INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT INTO tally (place, items, bytes) VALUES (0, 0, 0);
`;

/** Of what each post tells, since it is drained together with others of the same: versions before leave it out. */
const SUBJECTS = `
  ALTER TABLE posts ADD COLUMN subject TEXT;
  CREATE INDEX posts_of_subject ON posts (source, subject, no) WHERE lane IS NULL AND tries = 0;
`;

/** Throws what SQLite throws: see `isDamage`. */
export function openSpoolFile(path: string): Connection {
  makeFolderOf(path);
  const db = connect(path);
  try {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    db.pragma('secure_delete = FAST');
    begin(db);
    refuseLazy(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A new file gets its tables, by one of those who open it; one that is no spool of this version is as good as damaged. */
function begin(db: Connection): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const id = db.pragma('application_id', { simple: true });
    if (id === 0 && db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0) {
      db.exec(SCHEMA);
      db.pragma(`application_id = ${SPOOL_ID}`);
      db.pragma(`user_version = ${VERSION}`);
    } else if (id !== SPOOL_ID || db.pragma('user_version', { simple: true }) !== VERSION) {
      throw new NotASpool('it is no spool of this version');
    }
    lookAtEnds(db);
    const columns = db.prepare<[], { name: string }>("SELECT name FROM pragma_table_info('posts')").all();
    if (!columns.some(({ name }) => name === 'subject')) db.exec(SUBJECTS);
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** What is damaged at either end, or lacks a table, shows here. */
function lookAtEnds(db: Connection): void {
  try {
    db.prepare('SELECT items, bytes FROM tally WHERE place = 0').get();
    db.prepare('SELECT * FROM posts ORDER BY no LIMIT 1').get();
    db.prepare('SELECT * FROM posts ORDER BY tries DESC, no DESC LIMIT 1').get();
  } catch (error) {
    throw error instanceof SqliteError && error.code === 'SQLITE_ERROR' ? new NotASpool(error.message) : error;
  }
}

class NotASpool extends Error {}

/** SQLite falls back silently where a file system does not share memory, and an answer would be a lie. */
function refuseLazy(db: Connection, path: string): void {
  const journal = db.pragma('journal_mode', { simple: true });
  if (journal === 'wal' && db.pragma('synchronous', { simple: true }) === 2) return;
  throw new MonitorError(
    'OCM_NOT_DURABLE',
    `${path}: the spool cannot be kept durable there (journal_mode ${String(journal)}): set OCM_STATE_FOLDER to a folder on a local disk`,
  );
}

/** Whether a file is damaged, or is none of ours: nothing mends it. */
export function isDamage(error: unknown): boolean {
  if (error instanceof NotASpool) return true;
  return error instanceof SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

/** Moves a damaged spool aside, with its log; returns its new name. Throws OCM_UNAVAILABLE. */
export function moveAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${path}.damaged-${stamp}`;
  try {
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  } catch (error) {
    const what = `the damaged spool ${path} cannot be moved aside: ${messageOf(error)}`;
    throw new MonitorError('OCM_UNAVAILABLE', what, { cause: error });
  }
  return aside;
}

/** Damaged spools that lie aside. */
export function asideFiles(path: string): string[] {
  const folder = dirname(resolve(path));
  const begins = `${basename(path)}.damaged-`;
  try {
    const names = readdirSync(folder).filter((name) => name.startsWith(begins) && !/-(wal|shm)$/.test(name));
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Which file has this name; null: none. */
export function fileNumber(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}
