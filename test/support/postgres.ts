/** A database of PostgreSQL with the newest schema, as readers see it. */
import type { BlockingConnection } from '../../src/postgres/blocking/blocking-connection.js';
import type { Dialect } from '../../src/postgres/dialect.js';
import { migrating } from '../../src/postgres/migrate.js';
import { blockingConnection } from './blocking.js';
import { newDatabase, onDatabase, postgresServer, urlOf } from './postgres-server.js';

export interface TestDatabase {
  readonly url: string;
  readonly db: BlockingConnection;
  close(): Promise<void>;
}

/** `dialect`: with a schema as another engine has it, as far as PostgreSQL takes that. */
export async function postgresDatabase(dialect?: Dialect): Promise<TestDatabase> {
  const server = await postgresServer();
  const name = await newDatabase(server);
  if (dialect !== undefined) {
    await onDatabase(server, name, async (client) => {
      for (const sql of ['DROP SCHEMA dbo CASCADE', 'DROP SCHEMA public CASCADE', 'CREATE SCHEMA public'])
        await client.query(sql);
      for (const { text, values } of migrating(null, { dialect })) await client.query(text, [...values]);
    });
  }
  const url = urlOf(server, name);
  const db = blockingConnection(url);
  return { url, db, close: () => db.close() };
}
