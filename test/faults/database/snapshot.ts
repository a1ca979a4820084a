/** All that a PostgreSQL holds, as a file of SQLite that the oracle reads: the columns have the same names in both. */
import Database from 'better-sqlite3';
import { rmSync } from 'node:fs';
import type pg from 'pg';
import type { Connection } from '../../../src/sqlite/database.js';
import { onDatabase, type Server } from '../../support/postgres-server.js';

/** By the name in SQLite, in its order of columns where the oracle goes by that. */
const TABLES: Readonly<Record<string, string>> = {
  campaign_groups: 'SELECT * FROM campaign_groups WHERE forgotten = 0',
  statements: 'SELECT * FROM statements',
  calling_lists: 'SELECT * FROM calling_lists',
  steps: 'SELECT * FROM steps',
  // SQLite counts through, PostgreSQL in each group; what a chunk has is not in the journal any more.
  journal: `SELECT row_number() OVER (ORDER BY group_no, entry_no)::bigint AS entry_no, group_no, at_ms, statement_no, tag,
    lag_ms, busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds, lists FROM journal`,
  chunks: 'SELECT * FROM chunks',
  chunk_hours: 'SELECT chunk_no, group_no, hour, newest_ms FROM chunks',
  quarter_hours: 'SELECT * FROM quarter_hours',
  callbacks: 'SELECT * FROM callbacks',
  callback_events: 'SELECT * FROM callback_events',
  callback_attachments: 'SELECT * FROM callback_attachments',
  callback_notifications: 'SELECT * FROM callback_notifications',
  quarantine: 'SELECT * FROM quarantine',
};
const TRANSITIONS = `CREATE VIEW transitions AS
  SELECT g.source, g.dbid, s.at_ms, s.from_state, s.state AS to_state, s.inferred, s.action
  FROM steps AS s JOIN campaign_groups AS g ON g.group_no = s.group_no WHERE s.transition_id IS NOT NULL`;
/** By what the oracle finds rows: of the journal one by one, and all of them would be looked at for each. */
const INDEXED = [
  ...['campaign_groups (group_no)', 'statements (statement_no)', 'steps (group_no, at_ms)', 'journal (entry_no)'],
  ...['chunks (group_no, hour)', 'chunks (chunk_no)', 'callbacks (callback_no)', 'callback_events (callback_no)'],
  ...['callback_attachments (callback_no)', 'callback_notifications (callback_no)', 'calling_lists (list_no)'],
];
/** Of PostgreSQL: bytea, bigint, float8. */
const [BYTEA, INT8, FLOAT8] = [17, 20, 701];
const TYPE_OF: Readonly<Record<number, string>> = { [BYTEA]: 'BLOB', [INT8]: 'INTEGER', [FLOAT8]: 'REAL' };
const ROWS_AT_ONCE = 5000;

/** As of one moment; the file is written anew. */
export async function writeSnapshot(server: Server, database: string, path: string): Promise<void> {
  rmSync(path, { force: true });
  const file = new Database(path);
  try {
    file.pragma('synchronous = OFF');
    file.exec('BEGIN');
    await onDatabase(server, database, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      for (const [table, sql] of Object.entries(TABLES)) await copy(client, file, table, sql);
      await client.query('ROLLBACK');
    });
    file.exec(TRANSITIONS);
    for (const [n, columns] of INDEXED.entries()) file.exec(`CREATE INDEX looked_at_${String(n)} ON ${columns}`);
    file.exec('COMMIT');
  } finally {
    file.close();
  }
}

async function copy(client: pg.Client, file: Connection, table: string, sql: string): Promise<void> {
  await client.query(`DECLARE ${table}_rows CURSOR FOR ${sql}`);
  for (let isFirst = true; ; isFirst = false) {
    const text = `FETCH ${String(ROWS_AT_ONCE)} FROM ${table}_rows`;
    const { rows, fields } = await client.query<unknown[]>({ text, rowMode: 'array', types: { getTypeParser } });
    if (isFirst) {
      const columns = fields.map(({ name, dataTypeID }) => `${name} ${TYPE_OF[dataTypeID] ?? 'TEXT'}`);
      file.exec(`CREATE TABLE ${table} (${columns.join(', ')})`);
    }
    const insert = file.prepare(`INSERT INTO ${table} VALUES (${fields.map(() => '?').join(', ')})`);
    for (const row of rows) insert.run(row);
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

const getTypeParser = (oid: number): ((text: string) => unknown) => {
  if (oid === BYTEA) return (text) => Buffer.from(text.slice(2), 'hex');
  return oid === INT8 || oid === FLOAT8 ? Number : String;
};
