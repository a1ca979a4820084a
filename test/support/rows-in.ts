import Database from 'better-sqlite3';
import type { TestApp } from './app.js';

/** The one column that a query answers, of the database beside a running service. */
export function rowsIn({ database }: Pick<TestApp, 'database'>, sql: string): unknown[] {
  const db = new Database(database, { readonly: true });
  try {
    return db.prepare(sql).pluck().all();
  } finally {
    db.close();
  }
}
