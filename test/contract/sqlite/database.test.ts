import Database from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openForWriting } from '../../../src/sqlite/database.js';
import { migrate, readMigrations, schemaVersion } from '../../../src/sqlite/migrate.js';
import { takeWriterLock } from '../../../src/sqlite/writer-lock.js';
import { removeFolder } from '../../support/folders.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-db-'));
  path = join(folder, 'test.db');
});
afterEach(() => {
  removeFolder(folder);
});

describe('a database opened for writing', () => {
  it('is durable at every open: SQLite falls back to synchronous=NORMAL when a WAL file is reopened', () => {
    openForWriting(path).close();
    const careless = new Database(path);
    expect(careless.pragma('synchronous', { simple: true })).toBe(1);
    careless.close();
    const db = openForWriting(path);
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('page_size', { simple: true })).toBe(4096);
    db.close();
  });

  it('is refused when it belongs to another program', () => {
    const other = new Database(path);
    other.exec('CREATE TABLE invoices (id INTEGER)');
    other.close();
    expect(() => openForWriting(path)).toThrow(expect.objectContaining({ code: 'OCM_NOT_OURS' }) as Error);
  });

  it('is refused when it is no database at all', () => {
    writeFileSync(path, 'This is a text file, quite long enough to have a header.'.repeat(50));
    expect(() => openForWriting(path)).toThrow(expect.objectContaining({ code: 'OCM_NOT_OURS' }) as Error);
  });
});

describe('migrations', () => {
  it('are numbered without a gap, and bring an empty file to the newest schema once', () => {
    const db = openForWriting(path);
    expect(migrate(db)).toEqual(readMigrations().map(({ name }) => name));
    expect(schemaVersion(db)).toBe(readMigrations().length);
    expect(migrate(db)).toEqual([]);
    db.close();
  });

  it('refuse a database that a newer version wrote', () => {
    const db = openForWriting(path);
    migrate(db);
    db.pragma('user_version = 99');
    expect(() => migrate(db)).toThrow(expect.objectContaining({ code: 'OCM_NEWER_SCHEMA' }) as Error);
    db.close();
  });
});

describe('the writer’s lock', () => {
  const held = `
    const Database = require('better-sqlite3');
    try {
      const lock = new Database(process.argv[1] + '-lock', { timeout: 0 });
      lock.exec('BEGIN EXCLUSIVE');
      console.log('taken');
    } catch (error) {
      console.log(error.code);
    }`;
  const tryElsewhere = () => execFileSync(process.execPath, ['-e', held, path], { encoding: 'utf8' }).trim();

  it('keeps every other process out, and is free again afterwards', () => {
    const lock = takeWriterLock(path, 0);
    expect(tryElsewhere()).toBe('SQLITE_BUSY');
    lock.release();
    expect(tryElsewhere()).toBe('taken');
  });

  it('says what to do when another process holds it', () => {
    const lock = takeWriterLock(path, 0);
    expect(() => takeWriterLock(path, 10)).toThrow(expect.objectContaining({ code: 'OCM_LOCKED' }) as Error);
    lock.release();
  });

  it('does not keep readers out', () => {
    const lock = takeWriterLock(path, 0);
    const db = openForWriting(path);
    migrate(db);
    const reader = new Database(path, { readonly: true });
    expect(reader.prepare('SELECT count(*) FROM journal').pluck().get()).toBe(0);
    reader.close();
    db.close();
    lock.release();
  });
});
