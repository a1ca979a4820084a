import { readdirSync, readFileSync } from 'node:fs';
import { MonitorError } from '../domain/errors.js';
import type { Connection } from './database.js';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/**
 * Brings a database to the newest schema, each migration in a transaction of its own; returns the names applied.
 * Forward only: throws OCM_NEWER_SCHEMA when the database is ahead of this program.
 */
export function migrate(db: Connection): string[] {
  const migrations = readMigrations();
  const pending = migrations.slice(versionToMigrate(db, migrations.length));
  for (const { number, sql } of pending) {
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${number}`);
    })();
  }
  return pending.map(({ name }) => name);
}

/** Whether a database has the schema this program makes. Throws OCM_NEWER_SCHEMA when it is ahead of it. */
export function hasKnownSchema(db: Connection): boolean {
  const known = knownSchema();
  return versionToMigrate(db, known) === known;
}

function versionToMigrate(db: Connection, known: number): number {
  const current = schemaVersion(db);
  if (current > known) {
    throw new MonitorError(
      'OCM_NEWER_SCHEMA',
      `the database has schema ${current}, this program knows ${known}: run the newer version, or restore an older backup`,
    );
  }
  return current;
}

export function schemaVersion(db: Connection): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** The schema this program makes. */
export function knownSchema(): number {
  return readMigrations().length;
}

/** The migrations in order; their numbers are 1, 2, 3 … without a gap. */
export function readMigrations(): Migration[] {
  const folder = new URL('../../migrations/sqlite/', import.meta.url);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name, index) => {
    const number = Number.parseInt(name, 10);
    if (number !== index + 1) throw new Error(`migration ${name} should have number ${index + 1}`);
    return { number, name: name.replace(/\.sql$/, ''), sql: readFileSync(new URL(name, folder), 'utf8') };
  });
}
