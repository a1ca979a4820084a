import type { GroupRow, GroupRows, HeardLimit, NewGroup, SaidMarks } from '../apply/tables.js';
import { GROUP_COLUMNS, groupOf, type StoredGroup } from '../apply/stored/group-row.js';
import type { Connection } from './database.js';
import { FORGOTTEN } from './removal-tables.js';

export class GroupTable implements GroupRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  find(source: string, dbid: string): GroupRow | null {
    const row = this.#sql.find.get(source, dbid) as StoredGroup | undefined;
    return row === undefined ? null : groupOf(row);
  }

  byNo(groupNo: number): GroupRow | null {
    const row = this.#sql.byNo.get(groupNo) as StoredGroup | undefined;
    return row === undefined ? null : groupOf(row);
  }

  insert({ id, source, dbid, heardMs }: NewGroup): number {
    return Number(this.#sql.insert.run(id, source, dbid, heardMs).lastInsertRowid);
  }

  hear(groupNo: number, heardMs: number): void {
    this.#sql.hear.run(heardMs, groupNo);
  }

  limitHeard(groupNo: number, { atMs, limitMs }: HeardLimit): void {
    this.#sql.limitHeard.run(atMs, limitMs, groupNo);
  }

  keepMarks(groupNo: number, { saidMs, actorSaidMs, otherSaidMs }: SaidMarks): void {
    this.#sql.keepMarks.run(saidMs, actorSaidMs, otherSaidMs, groupNo);
  }
}

function prepare(db: Connection) {
  const columns = GROUP_COLUMNS.join(', ');
  return {
    find: db.prepare(`SELECT ${columns} FROM campaign_groups WHERE source = ? AND dbid = ?`),
    byNo: db.prepare(`SELECT ${columns} FROM campaign_groups WHERE group_no = ? AND source <> '${FORGOTTEN}'`),
    // Never a number that a group had before: rows of the journal may still name it.
    insert: db.prepare(`
      INSERT INTO campaign_groups (group_no, id, source, dbid, heard_ms) SELECT 1 + max(
        coalesce((SELECT max(group_no) FROM campaign_groups), 0),
        coalesce((SELECT value FROM kept_numbers WHERE name = 'group'), 0)), ?, ?, ?, ?`),
    limitHeard: db.prepare('UPDATE campaign_groups SET heard_limit_at_ms = ?, heard_limit_ms = ? WHERE group_no = ?'),
    hear: db.prepare('UPDATE campaign_groups SET heard_ms = ? WHERE group_no = ?'),
    keepMarks: db.prepare(
      'UPDATE campaign_groups SET said_ms = ?, actor_said_ms = ?, other_said_ms = ? WHERE group_no = ?',
    ),
  };
}
