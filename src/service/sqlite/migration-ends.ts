/** A file of SQLite as one side of a migration. */
import { existsSync, statSync } from 'node:fs';
import { MOVED } from '../../apply/migration/moved-tables.js';
import type { SqliteConfig } from '../../config/config.js';
import { MonitorError } from '../../domain/errors.js';
import { canonicalPath, type Connection, openBesideWriter } from '../../sqlite/database.js';
import { hasKnownSchema } from '../../sqlite/migrate.js';
import { MovedFile } from '../../sqlite/migration/moved-file.js';
import { TargetFile } from '../../sqlite/migration/target-file.js';
import { takeWriterLock, type WriterLock } from '../../sqlite/writer-lock.js';
import type { HeldSizes, SourceEnd, TargetEnd } from '../migration-ends.js';
import { mustExist } from './commands.js';

type Place = Pick<SqliteConfig, 'sqlitePath'>;

/** With the writer's lock, if nobody has it. Throws OCM_UNAVAILABLE when it cannot be moved as it is. */
export function openSource({ sqlitePath }: Place, takesLock: boolean): SourceEnd {
  mustExist({ sqlitePath });
  const path = canonicalPath(sqlitePath);
  const lock = takesLock ? lockIfFree(path) : null;
  try {
    const db = openMovable(path);
    return {
      store: new MovedFile(db, `sqlite:${path}`),
      writers: lock === null ? 'a service' : null,
      close: () => {
        db.close();
        lock?.release();
        return Promise.resolve();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function lockIfFree(path: string): WriterLock | null {
  try {
    return takeWriterLock(path, 0);
  } catch (error) {
    if (error instanceof MonitorError && error.code === 'OCM_LOCKED') return null;
    throw error;
  }
}

function openMovable(path: string): Connection {
  const db = openBesideWriter(path);
  try {
    if (!hasKnownSchema(db) || isOlder(db)) {
      const message = `${path} has what an older version left: start the service once, or run ocs-monitor migrate, then move it`;
      throw new MonitorError('OCM_UNAVAILABLE', message);
    }
    if (db.prepare('SELECT 1 FROM customer_removals WHERE done_ms IS NULL').get() !== undefined) {
      const message = `${path}: a customer is being forgotten: start the service, wait until ocs-monitor forget has ended, then move it`;
      throw new MonitorError('OCM_UNAVAILABLE', message);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whether rows of an older version are not brought into the present form: their table goes with the last of them. */
function isOlder(db: Connection): boolean {
  const sql = `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'evidence')
    OR EXISTS (SELECT 1 FROM kept_numbers WHERE name LIKE 'conversion: %' OR name = 'keyed_group')`;
  return db.prepare(sql).pluck().get() === 1;
}

/** Under the writer's lock of the name that it gets. */
export function openTarget({ sqlitePath }: Place, from: string): TargetEnd {
  const path = canonicalPath(sqlitePath);
  const lock = takeWriterLock(path, 0);
  try {
    const store = TargetFile.open(path, from);
    return {
      store,
      finish: (entry) => {
        store.finish(entry);
        return Promise.resolve();
      },
      close: () => {
        store.close();
        lock.release();
        return Promise.resolve();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

export function sizesOf({ sqlitePath }: Place): HeldSizes {
  mustExist({ sqlitePath });
  const db = openMovable(canonicalPath(sqlitePath));
  try {
    const here = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all());
    const tables = MOVED.filter((table) => here.has(table)).map((table) => {
      return [table, db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number] as const;
    });
    return { tables: new Map(tables), bytes: statSync(sqlitePath).size };
  } finally {
    db.close();
  }
}

/** Throws OCM_UNAVAILABLE when it holds something. */
export function mustBeFree({ sqlitePath }: Place): void {
  if (!existsSync(sqlitePath) || statSync(sqlitePath).size === 0) return;
  throw new MonitorError('OCM_UNAVAILABLE', `${sqlitePath} is there already: name a file that does not exist`);
}
