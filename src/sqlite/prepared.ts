/**
 * Statements of work that comes again and again on a connection. Nothing that was prepared is ever let go (retain.ts), so
 * each is prepared once. Those of one text have one mode, and none of them is iterated over.
 */
import type Database from 'better-sqlite3';
import type { Connection } from './database.js';

const known = new WeakMap<Connection, Map<string, Database.Statement>>();

export function prepared(db: Connection, sql: string): Database.Statement {
  const ofConnection = known.get(db) ?? new Map<string, Database.Statement>();
  known.set(db, ofConnection);
  const statement = ofConnection.get(sql) ?? db.prepare(sql);
  ofConnection.set(sql, statement);
  return statement;
}
