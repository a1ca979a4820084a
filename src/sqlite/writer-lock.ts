import type Database from 'better-sqlite3';
import { MonitorError } from '../domain/errors.js';
import { connect, SqliteError } from './connection.js';
import { cannotWrite } from './database.js';
import { shutOutOthers } from './own-files.js';

/** Held while a process may write to a database. Released when it is closed or its process ends, however it ends. */
export interface WriterLock {
  release(): void;
}

/**
 * Takes the writer's lock of a database (by its canonical path): an exclusive transaction on a small file beside it, so that the operating
 * system keeps the lock and frees it with the process. Readers of the database are not affected.
 * Throws OCM_LOCKED when another process holds it for longer than `waitMs`, OCM_UNAVAILABLE when nothing can be
 * written there.
 */
export function takeWriterLock(path: string, waitMs: number): WriterLock {
  const lock = openLockFile(path);
  shutOutOthers(path);
  try {
    lock.pragma(`busy_timeout = ${waitMs}`);
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!(error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw cannotWrite(path, error);
    const message = `${path}: another process writes to this database; stop it, or go through its URL`;
    throw new MonitorError('OCM_LOCKED', message, { cause: error });
  }
  return {
    release: () => {
      lock.close();
    },
  };
}

function openLockFile(path: string): Database.Database {
  try {
    return connect(`${path}-lock`, { like: path });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
