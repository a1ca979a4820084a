/** What a server says of itself: whether the service can use it. */
import { messageOf } from '../domain/errors.js';
import { connectTo, type DatabaseServer } from './server.js';

/** Null: it could not be asked, and why. */
export type ServerLook =
  | { readonly kind: 'away'; readonly why: string }
  | {
      readonly kind: 'there';
      /** As it writes it: `18.4`. */
      readonly version: string;
      /** 180004 for 18.4. */
      readonly versionNo: number;
      readonly encoding: string;
      /** Whether the role may make tables, and write to those that are there. */
      readonly mayCreate: boolean;
      readonly mayWrite: boolean;
      /** False: a commit is told before it is on the disk. */
      readonly isDurable: boolean;
      readonly nowMs: number;
    };

const LOOK = `
  SELECT current_setting('server_version') AS version,
    current_setting('server_version_num')::bigint AS version_no,
    (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
      AND (has_database_privilege(current_database(), 'CREATE') OR to_regnamespace('dbo') IS NOT NULL) AS may_create,
    coalesce((SELECT bool_and(has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')) FROM pg_class AS c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relname IN ('schema_version', 'journal')), true) AS may_write,
    current_setting('synchronous_commit') <> 'off' AND current_setting('fsync') = 'on' AS is_durable,
    extract(epoch FROM clock_timestamp()) * 1000 AS now_ms`;

interface Row {
  readonly version: string;
  readonly version_no: string;
  readonly encoding: string;
  readonly may_create: boolean;
  readonly may_write: boolean;
  readonly is_durable: boolean;
  readonly now_ms: string;
}

/** Never rejects. */
export async function lookAtServer(server: DatabaseServer): Promise<ServerLook> {
  try {
    const client = await connectTo(server);
    try {
      const { rows } = await client.query<Row>(LOOK);
      const [row] = rows;
      if (row === undefined) throw new Error('it has not answered');
      return {
        kind: 'there',
        version: row.version,
        versionNo: Number(row.version_no),
        encoding: row.encoding,
        mayCreate: row.may_create,
        mayWrite: row.may_write,
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
