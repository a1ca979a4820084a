/** The one place where SQLite is opened, so that what holds for every connection is said once. */
import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { makeFile } from './own-files.js';
import { retain } from './retain.js';

export const IN_MEMORY = ':memory:';

/** What the driver throws. */
export const { SqliteError } = Database;

interface Options {
  /** Then it must exist. */
  readonly readonly?: boolean;
  /** Whoever may open this file may open a new one. */
  readonly like?: string;
}

/**
 * Opens a database in memory, or a file, whatever its name would mean to SQLite (`file:x?mode=memory`). A new file is
 * for its owner alone. What is temporary stays in memory: SQLite would put statement journals and sorts into a directory
 * of the system, which may be full or read-only while the database's own disk is sound; posts would be refused for that.
 * What is sorted without an index must therefore be bounded.
 */
export function connect(path: string, options: Options = {}): Database.Database {
  const file = path === IN_MEMORY ? path : resolve(path);
  const { readonly = false, like = null } = options;
  if (path !== IN_MEMORY && !readonly && !existsSync(file)) makeFile(file, like);
  const db = retain(new Database(file, { readonly, fileMustExist: readonly }));
  db.pragma('temp_store = MEMORY');
  return db;
}
