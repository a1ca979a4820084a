/** Keeping what a process still knows of a database whose files somebody has changed under it. */
import { renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { freeName } from './damage.js';
import type { Connection } from '../database.js';
import { freeBytes } from '../file-sizes.js';
import { makeFile, syncFile } from '../own-files.js';

/** Up to this size: posts are refused meanwhile. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What a copy leaves free on the disk. */
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * Writes a copy as this connection sees the database: files without a name are still its own, and pages in its memory
 * are as they were committed. Returns the name of the copy, which lies among the damaged ones; null when it would be too
 * large. Throws when what it needs can no longer be read.
 */
export function rescue(db: Connection, path: string, nowMs: number): string | null {
  if (db.inTransaction) db.exec('ROLLBACK');
  const size = (name: string) => Number(db.pragma(name, { simple: true }));
  const bytes = size('page_count') * size('page_size');
  const free = freeBytes(path);
  if (bytes > MOST_BYTES || (free !== null && free < bytes + SPARE_BYTES)) return null;
  const unfinished = `${path}.rescue-unfinished`;
  try {
    rmSync(unfinished, { force: true });
    makeFile(unfinished);
    db.prepare('VACUUM INTO ?').run(unfinished);
    syncFile(unfinished);
    const copy = freeName(path, nowMs);
    renameSync(unfinished, copy);
    syncFile(dirname(resolve(path)));
    return copy;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
