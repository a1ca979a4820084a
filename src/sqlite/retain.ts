/**
 * From Node 24.19 on, `node::ObjectWrap` aborts the process when one of its objects is collected while no JavaScript
 * runs; better-sqlite3 12, compiled against those headers, has two such kinds: statements and databases. So nothing of
 * them is ever collected here: statements are prepared once a connection anyway, and are kept for the process's life.
 * (better-sqlite3#1515, closed without a fix for 12.) Delete this file with better-sqlite3 12, which goes when Node 20 does:
 * docs/adr/0009-one-driver-for-both-nodes.md.
 */
import type Database from 'better-sqlite3';

const retained = new Set<object>();

/** Answered when they are run, so that one statement answers again and again; others are answered when they are prepared. */
const RUN = /^(wal_checkpoint|freelist_count|page_count|page_size|user_version|application_id)\b[^=]*$/;

/** Keeps a connection, and everything it prepares: of pragmas that come again and again nothing, or one statement. */
export function retain(db: Database.Database): Database.Database {
  const prepare = db.prepare.bind(db) as (sql: string) => Database.Statement;
  const pragmas = new Map<string, Database.Statement>();
  const keep = (sql: string): Database.Statement => {
    const statement = prepare(sql);
    retained.add(statement);
    return statement;
  };
  const asking = (source: string): Database.Statement => {
    const known = pragmas.get(source) ?? keep(`PRAGMA ${source}`);
    if (RUN.test(source)) pragmas.set(source, known);
    return known;
  };
  const pragma = (source: string, options?: Database.PragmaOptions): unknown => {
    // What sets something is asked for nothing.
    if (source.includes('=')) return void db.exec(`PRAGMA ${source}`);
    const statement = asking(source);
    if (!statement.reader) return statement.run();
    return options?.simple === true ? statement.pluck(true).get() : statement.pluck(false).all();
  };
  retained.add(db);
  return Object.assign(db, { prepare: keep, pragma });
}
