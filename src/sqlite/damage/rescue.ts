/** Keeping what a process still knows of a database whose files somebody has changed under it. */
import { constants, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { copied, freeName } from './damage.js';
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

/** Behind the name of a main file that was kept: its log, kept by itself. */
const LOG_PART = '-log';
/** Whoever writes to the file has come to an end: nothing of it changes for so long, or we waited long enough. */
const STILL_MS = 100;
const MOST_LOOKS = 20;

/**
 * Copies the main file and its log as they lie there, each by itself: where another main file was put under a log, whoever
 * opens the two next writes the pages of the log into it, and neither can be read then. Larger ones than a copy takes are
 * kept only where the file system shares the bytes. Says what was kept, and the name under which salvage reads it.
 */
export function keepParts(path: string, nowMs: number): string {
  waitUntilStill(path);
  const main = freeName(path, nowMs);
  const log = `${main}${LOG_PART}`;
  const hasMain = keepPart(path, main);
  const hasLog = keepPart(`${path}-wal`, `${log}-wal`);
  // A log is known beside its main file, of which nothing is left here.
  if (hasLog) makeFile(log);
  syncFile(dirname(resolve(path)));
  if (hasMain && hasLog) return `main file and log were kept, each by itself: ${log}`;
  if (hasMain || hasLog) return `only the ${hasLog ? 'log' : 'main file'} was kept: ${hasLog ? log : main}`;
  return 'nothing of its files was kept: they are empty, or too large to be copied';
}

/** The main file that was kept beside this log; null when this is none, or nothing was. */
export function mainPart(file: string): string | null {
  const main = file.slice(0, -LOG_PART.length);
  return file.endsWith(LOG_PART) && existsSync(main) ? main : null;
}

/** Whether there was something, and it was kept. */
function keepPart(path: string, copy: string): boolean {
  const bytes = bytesOf(path);
  if (bytes === 0) return false;
  const free = freeBytes(path);
  const fits = bytes <= MOST_BYTES && (free === null || free >= bytes + SPARE_BYTES);
  return copied(path, copy, fits ? constants.COPYFILE_FICLONE : constants.COPYFILE_FICLONE_FORCE);
}

const bytesOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Posts are refused meanwhile; half of a copy would be no copy. */
function waitUntilStill(path: string): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const look = () => {
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
    return `${String(size)} ${String(mtimeMs)}`;
  };
  for (let looks = 0, last = look(); looks < MOST_LOOKS; looks++) {
    Atomics.wait(cell, 0, 0, STILL_MS);
    const now = look();
    if (now === last) return;
    last = now;
  }
}
