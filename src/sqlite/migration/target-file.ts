/** A new database of SQLite that is being filled by a migration, under a name that no service looks for. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mark } from '../../apply/migration/mark.js';
import {
  BODIES_OF_PART,
  DAY_MS,
  HOUR_MS,
  type MovedRow,
  type Unit,
  unitName,
} from '../../apply/migration/moved-row.js';
import type { MarkOf, MoveTarget } from '../../apply/migration/stores.js';
import type { AuditEntry } from '../../domain/audit.js';
import { MonitorError } from '../../domain/errors.js';
import { AuditLog } from '../audit-log.js';
import { cannotWrite, type Connection, openForWriting } from '../database.js';
import { createInfoMartViews } from '../info-mart-views.js';
import { migrate } from '../migrate.js';
import { syncFile } from '../own-files.js';
import { giveVendorKeys } from '../vendor-keys.js';
import { GroupWriting } from './group-writing.js';
import { MovedFile } from './moved-file.js';
import { OtherWriting } from './other-writing.js';
import { RowWriter } from './row-writer.js';

/** What a group has, by its number; lists go last, for quarters of theirs go by them. */
const OF_GROUP = [
  ...['steps', 'repeats', 'standing_samples', 'damaged_chunks', 'journal', 'quarter_hours', 'calling_lists'],
  ...['statements', 'campaign_groups'],
];

export class TargetFile extends MovedFile implements MoveTarget {
  readonly #db: Connection;
  readonly #path: string;
  readonly #write: RowWriter;
  readonly #groups: GroupWriting;
  readonly #others: OtherWriting;

  private constructor(db: Connection, path: string) {
    super(db, `sqlite:${path}`);
    this.#path = path;
    this.#db = db;
    this.#write = new RowWriter(db);
    this.#groups = new GroupWriting(db, this.#write);
    this.#others = new OtherWriting(this.#write);
  }

  /**
   * `path` is canonical, and the caller holds its writer's lock. `from` tells one migration from another. Throws
   * OCM_UNAVAILABLE when something stands there, or what is unfinished is of another migration.
   */
  static open(path: string, from: string): TargetFile {
    mustBeFree(path);
    const file = unfinishedOf(path);
    const db = openForWriting(file);
    try {
      migrate(db);
      giveVendorKeys(db);
      // What is read after it was written is whole: a group that goes is not looked for in every table.
      db.pragma('foreign_keys = OFF');
      // A power cut may cost the last units, which are moved again: it is one file that gets its name when it is whole.
      db.pragma('synchronous = NORMAL');
      begin(db, path, from);
      return new TargetFile(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  marks(): Promise<Map<string, Mark>> {
    const rows = this.#db.prepare("SELECT unit, mark FROM migration_marks WHERE unit <> ''").raw().all();
    return Promise.resolve(
      new Map((rows as [string, string][]).map(([unit, mark]) => [unit, JSON.parse(mark) as Mark])),
    );
  }

  async replace(
    unit: Unit,
    rows: AsyncIterable<readonly MovedRow[]>,
    { markOf, isNew }: { readonly markOf: MarkOf; readonly isNew: boolean },
  ): Promise<void> {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      // Numbers of a new database are of its schema.
      if (!isNew || unit.kind === 'table') this.#remove(unit);
      for await (const some of rows)
        for (const row of some)
          if (unit.kind === 'group') this.#groups.put(row);
          else this.#others.put(row, isNew);
      const mark = markOf();
      this.#write.run('DELETE FROM migration_marks WHERE unit = ?', unitName(unit));
      if (mark !== null)
        this.#write.run('INSERT INTO migration_marks VALUES (?, ?)', unitName(unit), JSON.stringify(mark));
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
    this.dropJournal();
  }

  #remove(unit: Unit): void {
    switch (unit.kind) {
      case 'group':
        this.#removeGroup(unit.source, unit.dbid);
        return;
      case 'callbacks':
        this.#others.removeCallbacks(
          'first_received_ms >= ? AND first_received_ms < ?',
          unit.hour * HOUR_MS,
          (unit.hour + 1) * HOUR_MS,
        );
        return;
      case 'bodies':
        this.#removeRange('quarantine', 'quarantine_no', unit.part, BODIES_OF_PART);
        return;
      case 'legacy':
        this.#removeRange('legacy_callback_events', 'at_ms', unit.day, DAY_MS);
        return;
      case 'table':
        this.#others.removeWhole(unit.table);
    }
  }

  #removeRange(table: string, column: string, part: number, width: number): void {
    const sql = `DELETE FROM ${table} WHERE ${column} >= ? AND ${column} < ?`;
    this.#write.run(sql, part * width, (part + 1) * width);
  }

  #removeGroup(source: string, dbid: string): void {
    const sql = 'SELECT group_no FROM campaign_groups WHERE source = ? AND dbid = ?';
    const groupNo = this.#write.number(sql, source, dbid);
    if (groupNo === null) return;
    const ofLists = 'list_no IN (SELECT list_no FROM calling_lists WHERE group_no = ?)';
    this.#write.run(`DELETE FROM list_quarter_hours WHERE ${ofLists}`, groupNo);
    const chunkNos = 'SELECT chunk_no FROM chunk_hours WHERE group_no = ?';
    this.#write.run(`DELETE FROM chunks WHERE chunk_no IN (${chunkNos})`, groupNo);
    this.#write.run('DELETE FROM chunk_hours WHERE group_no = ?', groupNo);
    for (const table of OF_GROUP) this.#write.run(`DELETE FROM ${table} WHERE group_no = ?`, groupNo);
  }

  /** Ends the migration: the file gets its name. Not to be used afterwards. */
  finish(entry: AuditEntry): void {
    const lost = this.#db.prepare('PRAGMA foreign_key_check').all();
    if (lost.length > 0)
      throw new Error(`${String(lost.length)} rows of the new database name others that are not there`);
    createInfoMartViews(this.#db);
    this.#db.transaction(() => {
      this.#db.exec('DROP TABLE migration_marks');
      new AuditLog(this.#db).append(entry);
    })();
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
    mustBeFree(this.#path);
    const file = unfinishedOf(this.#path);
    syncFile(file);
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    // An empty file may stand there.
    renameSync(file, this.#path);
    syncFile(dirname(this.#path));
  }

  close(): void {
    if (this.#db.open) this.#db.close();
  }
}

export function unfinishedOf(path: string): string {
  return `${path}.migrating`;
}

function mustBeFree(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const message = `${path} is there already, and nothing is moved into a database that holds something: name a file that does not exist, or move it away`;
  throw new MonitorError('OCM_UNAVAILABLE', message);
}

function begin(db: Connection, path: string, from: string): void {
  try {
    db.exec('CREATE TABLE IF NOT EXISTS migration_marks (unit TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID');
    db.prepare("INSERT OR IGNORE INTO migration_marks VALUES ('', ?)").run(from);
  } catch (error) {
    throw cannotWrite(unfinishedOf(path), error, 'make room there, or name another file with --to');
  }
  const begun = String(db.prepare("SELECT mark FROM migration_marks WHERE unit = ''").pluck().get());
  if (begun === from) return;
  const message = `${unfinishedOf(path)} is what a migration from ${begun} has moved so far: go on with --from ${begun}, or remove that file`;
  throw new MonitorError('OCM_UNAVAILABLE', message);
}
