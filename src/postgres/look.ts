/** What a server says of itself: whether the service can use it. */
import type pg from 'pg';
import { messageOf } from '../domain/errors.js';
import { type Engine, ENGINE_QUESTION, engineFrom, type Refused, shownEngine, whyRefused } from './engine.js';
import type { Answer } from './exchange.js';
import { migrations } from './migrate.js';
import { connectTo, type DatabaseServer } from './server.js';
import type { Value } from './values.js';

/** Null: it could not be asked, and why. */
export type ServerLook =
  | { readonly kind: 'away'; readonly why: string }
  | {
      readonly kind: 'there';
      /** As people call it: `PostgreSQL 18.4`. */
      readonly engine: string;
      /** Why it is none for the service; null: it is. */
      readonly refused: Refused | null;
      readonly encoding: string;
      /** Rights that the role lacks, as SQL names them: to make tables and views, and on those that are there. */
      readonly missingRights: readonly string[];
      /** False: a commit is told before it is on the disk. */
      readonly isDurable: boolean;
      readonly nowMs: number;
    };

const LOOK = `
  SELECT (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_make_tables,
    CASE WHEN to_regnamespace('dbo') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
      ELSE has_schema_privilege('dbo', 'CREATE') END AS may_make_views,
    to_regnamespace('dbo') IS NOT NULL AS has_views,
    coalesce(current_schema(), '') AS schema, current_database() AS database,
    current_setting('synchronous_commit') <> 'off' AND current_setting('fsync') = 'on' AS is_durable,
    extract(epoch FROM clock_timestamp()) * 1000 AS now_ms`;

/** Of several rights has_table_privilege says whether one is held. */
const REFUSED = `
  SELECT p.name || ' on ' || c.relname AS name FROM pg_class AS c
  CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS p (name, place)
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1::text[])
    AND NOT has_table_privilege(c.oid, p.name)
  ORDER BY c.relname, p.place`;

interface Row {
  readonly encoding: string;
  readonly may_make_tables: boolean;
  readonly may_make_views: boolean;
  readonly has_views: boolean;
  readonly schema: string;
  readonly database: string;
  readonly is_durable: boolean;
  readonly now_ms: string;
}

/** Never rejects. */
export async function lookAtServer(server: DatabaseServer): Promise<ServerLook> {
  try {
    const client = await connectTo(server);
    try {
      const engine = await engineAt(client);
      const { rows } = await client.query<Row>(LOOK);
      const { rows: refused } = await client.query<{ name: string }>(REFUSED, [tableNames()]);
      const [row] = rows;
      if (row === undefined) throw new Error('it has not answered');
      return {
        kind: 'there',
        engine: shownEngine(engine),
        refused: whyRefused(engine),
        encoding: row.encoding,
        missingRights: [...missingIn(row), ...refused.map(({ name }) => name)],
        isDurable: row.is_durable,
        nowMs: Number(row.now_ms),
      };
    } finally {
      await client.end();
    }
  } catch (error) {
    return { kind: 'away', why: messageOf(error) };
  }
}

async function engineAt(client: pg.Client): Promise<Engine> {
  const answers: Answer[] = [];
  for (const { text } of ENGINE_QUESTION) {
    const { command, rows } = await client.query<Value[]>({ text, rowMode: 'array' });
    answers.push({ tag: command, rows });
  }
  return engineFrom(answers);
}

function missingIn({ may_make_tables: tables, may_make_views: views, has_views: hasViews, schema, database }: Row) {
  return [
    ...(tables
      ? []
      : [schema === '' ? 'USAGE and CREATE on a schema of its search_path' : `CREATE on schema ${schema}`]),
    ...(views ? [] : [hasViews ? 'CREATE on schema dbo' : `CREATE on database ${database}`]),
  ];
}

function tableNames(): readonly string[] {
  const made = migrations().flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name));
  return ['schema_version', ...made.filter((name) => name !== undefined)];
}
