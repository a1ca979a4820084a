/** The one place where SQLite is opened, so that what holds for every connection is said once. */
import Database from 'better-sqlite3';
import { resolve } from 'node:path';
import { retain } from './retain.js';

export const IN_MEMORY = ':memory:';

/** What the driver throws. */
export const { SqliteError } = Database;

/**
 * Opens a file, whatever its name would mean to SQLite (`file:x?mode=memory`), or a database in memory. What is temporary stays in memory: SQLite would put statement journals and sorts into a
 * directory of the system, which may be full or read-only while the database's own disk is sound; posts would be refused
 * for that. What is sorted without an index must therefore be bounded.
 */
export function connect(path: string, options: Database.Options = {}): Database.Database {
  const db = retain(new Database(path === IN_MEMORY ? path : resolve(path), options));
  db.pragma('temp_store = MEMORY');
  return db;
}
