/** The rows of a SQLite database in the tables of PostgreSQL, with their numbers: what both then answer can be compared. */
import type { Connection } from '../../src/sqlite/database.js';
import type { BlockingConnection } from '../../src/postgres/blocking/blocking-connection.js';
import type { Value } from '../../src/postgres/readers/named-sql.js';

/** SQL of SQLite for columns that only PostgreSQL has, by column, or by table and column. */
const MADE: Readonly<Record<string, string>> = {
  life: '0',
  forgotten: '0',
  receiver: "'r1'",
  'campaign_groups.evidence_no': '0',
  'campaign_groups.changes': '0',
  'calling_lists.place': 't.list_no',
  'chunks.newest_ms': '(SELECT h.newest_ms FROM chunk_hours AS h WHERE h.chunk_no = t.chunk_no)',
  'list_quarter_hours.group_no': '(SELECT l.group_no FROM calling_lists AS l WHERE l.list_no = t.list_no)',
  'list_quarter_hours.source': `(SELECT g.source FROM calling_lists AS l JOIN campaign_groups AS g ON g.group_no = l.group_no
    WHERE l.list_no = t.list_no)`,
  'quarantine.bytes': 'length(t.body)',
  'vocabulary.place': '1',
};
const SOURCE_OF_GROUP = '(SELECT g.source FROM campaign_groups AS g WHERE g.group_no = t.group_no)';
const SOURCE_OF_CALLBACK = '(SELECT c.source FROM callbacks AS c WHERE c.callback_no = t.callback_no)';
/** In SQLite whole numbers of a unit. */
const FIGURE = /^(busy_ratio|hit_ratio|overdial_ratio|time_to_complete_seconds)_(min|max|sum|last)$/;
/** What PostgreSQL has for itself. */
const OWN_TABLES = ['lane_log', 'source_lives', 'quarantine_tallies', 'schema_version'];
const ROWS_AT_ONCE = 200;

interface Column {
  readonly table_name: string;
  readonly column_name: string;
}

export function copyRows(from: Connection, to: BlockingConnection): void {
  for (const [table, columns] of tablesOf(to)) {
    const held = columnsIn(from, table);
    if (table !== 'schema_version') to.query(`DELETE FROM ${table}`);
    if (OWN_TABLES.includes(table) || held.length === 0) continue;
    const selected = columns.map((column) => `${sqlOf(table, column, held)} AS ${column}`).join(', ');
    const rows = from.prepare(`SELECT ${selected} FROM ${table} AS t`).raw().all() as Value[][];
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
      insert(to, table, columns, rows.slice(at, at + ROWS_AT_ONCE));
  }
  copyChanges(from, to);
}

/** What changed stands in the log of a lane. */
function copyChanges(from: Connection, to: BlockingConnection): void {
  const rows = from.prepare('SELECT * FROM transition_changes ORDER BY change_no').all() as ChangeRow[];
  for (const row of rows) {
    const transition = row.transition === '' ? null : (JSON.parse(row.transition) as unknown);
    const noted = { no: row.change_no, groupNo: row.group_no, isWithdrawn: row.withdrawn === 1, transition };
    const changes = JSON.stringify({ groups: [], callbacks: [], transitions: [noted] });
    to.query('INSERT INTO lane_log (lane, seq, recorded_ms, changes) VALUES ($1, $2, $3, $4)', [
      ...['lane', row.change_no, row.recorded_ms, changes],
    ]);
  }
}

interface ChangeRow {
  readonly change_no: number;
  readonly recorded_ms: number;
  readonly group_no: number;
  readonly withdrawn: number;
  readonly transition: string;
}

function tablesOf(db: BlockingConnection): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  const columns = db.query<Column>(`
    SELECT c.table_name, c.column_name FROM information_schema.columns AS c
    JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position`);
  for (const { table_name: table, column_name: column } of columns)
    tables.set(table, [...(tables.get(table) ?? []), column]);
  return tables;
}

function columnsIn(db: Connection, table: string): string[] {
  return db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[];
}

function sqlOf(table: string, column: string, held: readonly string[]): string {
  if (held.includes('unit') && FIGURE.test(column)) return `1.0 * t.${column} / t.unit`;
  if (held.includes(column)) return `t.${column}`;
  const made = MADE[`${table}.${column}`] ?? MADE[column];
  if (made !== undefined) return made;
  if (column === 'source' && held.includes('group_no')) return SOURCE_OF_GROUP;
  if (column === 'source' && held.includes('callback_no')) return SOURCE_OF_CALLBACK;
  throw new Error(`nothing in SQLite is ${table}.${column}`);
}

function insert(db: BlockingConnection, table: string, columns: readonly string[], rows: readonly Value[][]): void {
  let n = 0;
  const places = rows.map((row) => `(${row.map(() => `$${String(++n)}`).join(', ')})`).join(', ');
  db.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places}`, rows.flat());
}
