/**
 * From Node 24.19 on, `node::ObjectWrap` aborts the process when one of its objects is collected while no JavaScript
 * runs; better-sqlite3 12, compiled against those headers, has two such kinds: statements and databases. So nothing of
 * them is ever collected here: statements are prepared once a connection anyway, and are kept for the process's life.
 * (better-sqlite3#1515, closed without a fix for 12.) Delete this file with better-sqlite3 12, which goes when Node 20 does:
 * docs/adr/0009-one-driver-for-both-nodes.md.
 */
import type Database from 'better-sqlite3';

const retained = new Set<object>();

/** Keeps a connection, and everything it prepares, `pragma` included. */
export function retain(db: Database.Database): Database.Database {
  const prepare = db.prepare.bind(db) as (sql: string) => Database.Statement;
  const keep = (sql: string): Database.Statement => {
    const statement = prepare(sql);
    retained.add(statement);
    return statement;
  };
  const pragma = (source: string, options?: Database.PragmaOptions): unknown => {
    const statement = keep(`PRAGMA ${source}`);
    if (!statement.reader) return statement.run();
    return options?.simple === true ? statement.pluck().get() : statement.all();
  };
  retained.add(db);
  return Object.assign(db, { prepare: keep, pragma });
}
