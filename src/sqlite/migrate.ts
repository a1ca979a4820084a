import { readdirSync, readFileSync } from 'node:fs';
import { messageOf, MonitorError } from '../domain/errors.js';
import { damaged, isDamage } from './damage/damage.js';
import { bareCopyOf, type Connection } from './database.js';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/**
 * Brings a database to the newest schema, each migration in a transaction of its own; returns the names applied.
 * Forward only: throws OCM_NEWER_SCHEMA when the database is ahead of this program. A migration that fails leaves no
 * trace of itself: OCM_UNAVAILABLE says what to do; OCM_DAMAGED is thrown when its number had not been the true one.
 */
export function migrate(db: Connection): string[] {
  return migrateAs(db, db.name);
}

/**
 * Does the pending migrations to the bare schema of a database, in memory, and throws what `migrate` would: what stands
 * in their way is found beside whoever writes to the database. What its rows may do to them is not.
 */
export function rehearseMigrations(db: Connection): void {
  const bare = bareCopyOf(db);
  try {
    migrateAs(bare, db.name);
  } finally {
    bare.close();
  }
}

function migrateAs(db: Connection, path: string): string[] {
  const migrations = readMigrations();
  const pending = migrations.slice(versionToMigrate(db, migrations.length));
  for (const migration of pending) {
    try {
      db.transaction(() => {
        db.exec(migration.sql);
        db.pragma(`user_version = ${migration.number}`);
      })();
    } catch (error) {
      throw isDamage(error) ? error : whyNotMigrated(db, path, migration, { isFirst: migration === pending[0], error });
    }
  }
  return pending.map(({ name }) => name);
}

/**
 * A migration of which everything is there already is none that was left out: the number of the schema is not what was
 * written. Where only something has a name that a migration gives, that is an operator's own.
 */
function whyNotMigrated(
  db: Connection,
  path: string,
  { name, number, sql }: Migration,
  { isFirst, error }: { readonly isFirst: boolean; readonly error: unknown },
): MonitorError {
  const why = messageOf(error);
  const [, taken] = /(\S+) already exists$/.exec(why) ?? [];
  if (taken !== undefined && isFirst && hasAllOf(db, sql)) {
    return damaged(path, `the number of its schema is another one (${taken} already exists)`, error);
  }
  const message =
    taken === undefined
      ? `${path}: migration ${name} failed and was taken back (${why}): mend that, or run the version again that knows schema ${number - 1}`
      : `${path}: ${taken} is a name that the schema of this version needs; rename your own, then start again`;
  return new MonitorError('OCM_UNAVAILABLE', message, { cause: error });
}

/** Whether every table and index that a migration creates is there. */
function hasAllOf(db: Connection, sql: string): boolean {
  const created = [...sql.matchAll(/^CREATE (?:TABLE|INDEX) (\w+)/gm)].map(([, name]) => name);
  const names = new Set(db.prepare('SELECT name FROM sqlite_schema').pluck().all());
  return created.every((name) => names.has(name));
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
