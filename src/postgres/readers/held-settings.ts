/** What receivers of a database have in common, as it stands there. */
import type { Rows } from '../blocking/blocking-connection.js';
import type { Schema } from '../migrate.js';
import { named } from './named-sql.js';

/** Its schema; null: it has none of our tables. */
export function heldSchema(db: Rows): Schema | null {
  const [there] = db.all<{ count: number }>(HAS_SCHEMA, {});
  if (there?.count === 0) return null;
  const [said] = db.all<{ count: number }>(SAYS_WHO_MAY, {});
  const [held] = db.all<Schema>(said?.count === 0 ? OLD_SCHEMA : SCHEMA, {});
  return held ?? { version: 0, compatibleFrom: 0 };
}

/** The key for the hashes of numbers that was made for the database; null: none was needed. */
export function heldNumberKey(db: Rows): string | null {
  return db.all<{ value: string }>(NUMBER_KEY, {})[0]?.value ?? null;
}

const HAS_SCHEMA = named(`
  SELECT count(*) AS count FROM pg_tables WHERE tablename = 'schema_version' AND schemaname = current_schema()`);

const SAYS_WHO_MAY = named(`
  SELECT count(*) AS count FROM information_schema.columns WHERE table_name = 'schema_version'
    AND column_name = 'compatible_from' AND table_schema = current_schema()`);

const SCHEMA = named('SELECT version, compatible_from AS "compatibleFrom" FROM schema_version');

const OLD_SCHEMA = named('SELECT version, 0::bigint AS "compatibleFrom" FROM schema_version');

const NUMBER_KEY = named(`SELECT value FROM service_settings WHERE name = 'number_key'`);
