import Database from 'better-sqlite3';
import { MonitorError } from '../domain/errors.js';

/** Held while a process may write to a database. Released when it is closed or its process ends, however it ends. */
export interface WriterLock {
  release(): void;
}

/**
 * Takes the writer's lock of a database: an exclusive transaction on a small file beside it, so that the operating
 * system keeps the lock and frees it with the process. Readers of the database are not affected.
 * Throws OCM_LOCKED when another process holds it for longer than `waitMs`.
 */
export function takeWriterLock(path: string, waitMs: number): WriterLock {
  const lock = new Database(`${path}-lock`);
  try {
    lock.pragma(`busy_timeout = ${waitMs}`);
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new MonitorError(
        'OCM_LOCKED',
        `${path}: another process writes to this database; stop it, or go through its URL`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
  return {
    release: () => {
      lock.close();
    },
  };
}
