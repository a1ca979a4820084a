/** What receivers of a database have in common, as it stands there. */
import type { Rows } from '../blocking/blocking-connection.js';
import { named } from './named-sql.js';

/** The number of its schema; null: it has none of our tables. */
export function heldSchema(db: Rows): number | null {
  const [there] = db.all<{ count: number }>(HAS_SCHEMA, {});
  return there?.count === 0 ? null : (db.all<{ version: number }>(SCHEMA, {})[0]?.version ?? 0);
}

/** The key for the hashes of numbers that was made for the database; null: none was needed. */
export function heldNumberKey(db: Rows): string | null {
  return db.all<{ value: string }>(NUMBER_KEY, {})[0]?.value ?? null;
}

const HAS_SCHEMA = named(`
  SELECT count(*) AS count FROM pg_tables WHERE tablename = 'schema_version' AND schemaname = current_schema()`);

const SCHEMA = named('SELECT version FROM schema_version');

const NUMBER_KEY = named(`SELECT value FROM service_settings WHERE name = 'number_key'`);
