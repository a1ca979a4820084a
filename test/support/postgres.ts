/** A database of PostgreSQL with the newest schema, as readers see it. */
import type { BlockingConnection } from '../../src/postgres/blocking/blocking-connection.js';
import type { Dialect } from '../../src/postgres/dialect.js';
import { blockingConnection } from './blocking.js';
import { newDatabase, newDatabaseIn, postgresServer, urlOf } from './postgres-server.js';

export interface TestDatabase {
  readonly url: string;
  readonly db: BlockingConnection;
  close(): Promise<void>;
}

/** `dialect`: with a schema as another engine has it, as far as PostgreSQL takes that. */
export async function postgresDatabase(dialect?: Dialect): Promise<TestDatabase> {
  const server = await postgresServer();
  const name = await (dialect === undefined ? newDatabase(server) : newDatabaseIn(server, dialect));
  const url = urlOf(server, name);
  const db = blockingConnection(url);
  return { url, db, close: () => db.close() };
}
