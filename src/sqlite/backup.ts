/** Copies of a database: taken while a service writes to it, verified, and put in its place. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MonitorError } from '../domain/errors.js';
import { SqliteError } from './connection.js';
import { damaged, moveWhole, OURS } from './damage/damage.js';
import { cannotWrite, type Connection, openForReading, refuseForeign } from './database.js';
import { knownSchema, schemaVersion } from './migrate.js';
import { copyInto, makeFile, stampOf, syncFile } from './own-files.js';

/** What a verified copy holds. */
export interface Verified {
  readonly bytes: number;
  readonly schema: number;
}

/**
 * Writes a consistent copy of the database to a new file, as it stood at one moment, while others go on writing; verifies
 * it and makes it durable before the name appears. Throws OCM_UNAVAILABLE when the name is taken or cannot be written.
 */
export function backUp(source: Connection, path: string): Verified {
  if (existsSync(path)) throw new MonitorError('OCM_UNAVAILABLE', `${path} exists already: name a new file`);
  // As a name that SQLite takes for nothing but a file.
  const unfinished = `${resolve(path)}.unfinished`;
  try {
    rmSync(unfinished, { force: true });
    makeFile(unfinished);
    // One read transaction, so that the copy is of one moment. The online backup API would begin anew at every commit.
    source.prepare('VACUUM INTO ?').run(unfinished);
    const verified = verify(unfinished);
    syncFile(unfinished);
    renameSync(unfinished, path);
    syncFile(dirname(resolve(path)));
    return verified;
  } catch (error) {
    rmSync(unfinished, { force: true });
    if (error instanceof MonitorError) throw error;
    throw cannotWrite(path, error, 'name a file in a folder that can be written and has room');
  }
}

/** Reads all of a copy. Throws OCM_NOT_OURS, OCM_NEWER_SCHEMA, or OCM_DAMAGED with what is wrong with it. */
export function verify(path: string): Verified {
  if (!existsSync(path)) throw new MonitorError('OCM_UNAVAILABLE', `${path} does not exist`);
  refuseForeign(path);
  try {
    const db = openForReading(path);
    try {
      if (db.pragma('application_id', { simple: true }) !== OURS) {
        throw new MonitorError('OCM_NOT_OURS', `${path}: it belongs to another program`);
      }
      const faults = db.prepare('PRAGMA integrity_check(20)').pluck().all() as string[];
      if (faults.join() !== 'ok') throw unsound(path, faults.join('; '));
      const schema = schemaVersion(db);
      if (schema > knownSchema()) {
        const message = `${path} has schema ${schema}, this program knows ${knownSchema()}: use the newer version`;
        throw new MonitorError('OCM_NEWER_SCHEMA', message);
      }
      return { bytes: statSync(path).size, schema };
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof SqliteError) throw unsound(path, error.message);
    throw error;
  }
}

/**
 * Puts a verified copy in the place of a database. What stood there is moved aside whole, and the name it got is
 * returned; null when nothing did. The caller holds the writer's lock.
 */
export function restore(copy: string, path: string, nowMs: number): string | null {
  const arriving = `${path}.arriving`;
  try {
    rmSync(arriving, { force: true });
    makeFile(arriving, path);
    copyInto(copy, arriving);
    syncFile(arriving);
    const aside = existsSync(path) ? `${path}.before-restore-${stampOf(nowMs)}` : null;
    if (aside !== null) moveWhole(path, aside);
    renameSync(arriving, path);
    syncFile(dirname(resolve(path)));
    return aside;
  } catch (error) {
    rmSync(arriving, { force: true });
    throw cannotWrite(path, error, 'make room there, or give the right to write; the database is as it was');
  }
}

function unsound(path: string, why: string): MonitorError {
  return damaged(path, `${why}. What can be read of it comes back with: ocs-monitor salvage ${path}`);
}
