/** Databases as the version before the journal left them: its migrations, and rows as it inserted them. */
import Database from 'better-sqlite3';
import type { TaggedSample } from '../../src/evidence/sample.js';
import { OURS } from '../../src/sqlite/damage/damage.js';
import type { Connection } from '../../src/sqlite/database.js';
import { readMigrations } from '../../src/sqlite/migrate.js';
import { digest } from './notifications.js';

/** The last schema without a journal. */
const SCHEMA_BEFORE = 9;

export interface OldSample extends TaggedSample {
  readonly groupNo: number;
}

/** Writes a database of the version before at a path. Returns it open. */
export function oldDatabase(path: string): Connection {
  const db = new Database(path);
  db.pragma('page_size = 8192');
  db.pragma(`application_id = ${String(OURS)}`);
  db.pragma('journal_mode = WAL');
  for (const { sql } of readMigrations().slice(0, SCHEMA_BEFORE)) db.exec(sql);
  db.pragma(`user_version = ${String(SCHEMA_BEFORE)}`);
  return db;
}

/** Inserts groups with two statements each, `2 n - 1` and `2 n` of group n, and a first step at the given time. */
export function addOldGroups(
  db: Connection,
  count: number,
  { atMs, lists = 0 }: { atMs: number; lists?: number },
): void {
  const group = db.prepare('INSERT INTO campaign_groups (group_no, id, source, dbid, heard_ms) VALUES (?, ?, ?, ?, 0)');
  const statement = db.prepare(`
    INSERT INTO statements VALUES (?, ?, ?, 5, NULL, NULL, NULL, NULL, NULL, ?, 'Environment', '1', 'guid', 'Agents',
      'Sale', '', '8001', 1, '')`);
  const list = db.prepare('INSERT INTO calling_lists VALUES (?, ?, ?, ?)');
  const step = db.prepare(`
    INSERT INTO steps (group_no, at_ms, action_rank, content_digest, state, implied_steps) VALUES (?, ?, 0, ?, 'running', '')`);
  db.transaction(() => {
    for (let no = 1; no <= count; no++) {
      group.run(no, digest(`group ${String(no)}`), 'default', String(100 + no));
      for (const part of [1, 0]) {
        const statementNo = 2 * no - part;
        statement.run(statementNo, no, digest(`statement ${String(statementNo)}`), `Sale ${String(part)}@Agents`);
      }
      for (let n = 1; n <= lists; n++) list.run(listNo(no, n), no, `List ${String(n)}`, String(n));
      step.run(no, atMs, digest(`statement ${String(2 * no)}`));
    }
  })();
}

/** Of a group the list of this place, from 1 on. */
export function listNo(groupNo: number, place: number): number {
  return 100 * groupNo + place;
}

/** Inserts evidence, its sets of list figures once per distinct content. */
export function addOldSamples(db: Connection, samples: Iterable<OldSample>): void {
  const evidence = db.prepare('INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const findSet = db.prepare('SELECT list_set_no FROM list_sets WHERE group_no = ? AND content_digest = ?').pluck();
  const set = db.prepare('INSERT INTO list_sets (group_no, content_digest) VALUES (?, ?)');
  const figures = db.prepare('INSERT INTO list_figures VALUES (?, ?, ?, ?)');
  const setNoOf = ({ groupNo, lists }: OldSample): number => {
    if (lists.length === 0) return 0;
    const content = digest(JSON.stringify(lists));
    const known = findSet.get(groupNo, content);
    if (typeof known === 'number') return known;
    const no = Number(set.run(groupNo, content).lastInsertRowid);
    for (const { listNo: list, hitRatio, timeToCompleteSeconds } of lists)
      figures.run(no, list, hitRatio, timeToCompleteSeconds);
    return no;
  };
  db.transaction(() => {
    for (const sample of samples) {
      const { groupNo, atMs, statementNo, tag, receivedMs, statistics } = sample;
      const { busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds } = statistics;
      const row = [busyRatio, hitRatio, overdialRatio, timeToCompleteSeconds];
      evidence.run(groupNo, atMs, statementNo, tag, receivedMs - atMs, ...row, setNoOf(sample));
    }
  })();
}
