/**
 * What SQLite leaves of rows that went: bytes on free pages, between the rows of a page, and in the log. Rows that go while
 * `underSecureDelete` works are written over with zeros; what was left before is wiped here.
 */
import { BUSY_TIMEOUT_MS, isStoreFailure, type Connection, OVERFLOW_BYTES } from '../database.js';
import { prepared } from '../prepared.js';
import { SqliteError } from '../connection.js';

/** Free pages that are written over in one transaction. */
const PAGES = 64;
/** While a reader is at work the log cannot be emptied: so often it is tried again. */
const TRIES = 50;
/** Up to this size a database is written anew beside posts, which wait meanwhile. */
export const REWRITTEN_BYTES = 64 * 1024 * 1024;

/** Zeros are written over what goes within `work`; otherwise over what goes from pages that stay. */
export function underSecureDelete<T>(db: Connection, work: () => T): T {
  db.pragma('secure_delete = ON');
  try {
    return work();
  } finally {
    if (db.open) db.pragma('secure_delete = FAST');
  }
}

/** Writes the whole database anew; false where something keeps it from that, such as a disk without room. */
export function rewrite(db: Connection, isBesidePosts: boolean): boolean {
  if (isBesidePosts && pagesOf(db) * pageBytes(db) > REWRITTEN_BYTES) return false;
  // At rest it may be of any size: in memory there is no room for it.
  if (!isBesidePosts) db.pragma('temp_store = FILE');
  try {
    db.exec('VACUUM');
    return true;
  } catch (error) {
    if (!(error instanceof SqliteError) || (!isStoreFailure(error) && error.code !== 'SQLITE_ERROR')) throw error;
    return false;
  } finally {
    if (!isBesidePosts) db.pragma('temp_store = MEMORY');
  }
}

/** Lays zeros over free pages, some in each transaction that `commit` makes; then they are free again. */
export function* wipeFreePages(db: Connection, commit: (work: () => void) => void): Generator<void> {
  const lay = prepared(db, 'INSERT INTO wiped_pages (zeros) VALUES (zeroblob(?))');
  // Pages that others make free meanwhile hold nothing of anybody who was forgotten.
  for (let left = freePages(db); left > 0; left -= PAGES) {
    const pages = Math.min(PAGES, freePages(db));
    if (pages === 0) break;
    commit(() => lay.run(pages * OVERFLOW_BYTES));
    yield;
  }
  // Also those of a run that was cut off.
  const lift = prepared(db, 'DELETE FROM wiped_pages WHERE wiped_no = (SELECT min(wiped_no) FROM wiped_pages)');
  for (let rows = 1; rows > 0;) {
    commit(() => (rows = lift.run().changes));
    yield;
  }
}

/** Writes the log back into the database and empties it, a try at each turn; whether that could be done. */
export function* emptyLog(db: Connection): Generator<void, boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (isLogEmptied(db)) return true;
    yield;
  }
  return false;
}

function isLogEmptied(db: Connection): boolean {
  // Posts do not wait for a reader.
  db.pragma('busy_timeout = 0');
  try {
    const [{ busy } = { busy: 1 }] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    return busy === 0;
  } catch (error) {
    if (!isStoreFailure(error)) throw error;
    return false;
  } finally {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

function freePages(db: Connection): number {
  return db.pragma('freelist_count', { simple: true }) as number;
}

function pagesOf(db: Connection): number {
  return db.pragma('page_count', { simple: true }) as number;
}

function pageBytes(db: Connection): number {
  return db.pragma('page_size', { simple: true }) as number;
}
