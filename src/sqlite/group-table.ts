import type { GroupRow, GroupRows, SaidMarks } from '../apply/tables.js';
import type { Connection } from './database.js';
import { FORGOTTEN } from './removal-tables.js';

export interface StoredGroup {
  readonly group_no: number;
  readonly id: string;
  readonly source: string;
  readonly dbid: string;
  readonly heard_ms: number;
  readonly said_ms: number | null;
  readonly actor_said_ms: number | null;
  readonly other_said_ms: number | null;
}

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

  insert({ id, source, dbid, heardMs }: Omit<GroupRow, 'groupNo' | 'marks'>): number {
    return Number(this.#sql.insert.run(id, source, dbid, heardMs).lastInsertRowid);
  }

  hear(groupNo: number, heardMs: number): void {
    this.#sql.hear.run(heardMs, groupNo);
  }

  keepMarks(groupNo: number, { saidMs, actorSaidMs, otherSaidMs }: SaidMarks): void {
    this.#sql.keepMarks.run(saidMs, actorSaidMs, otherSaidMs, groupNo);
  }
}

export function groupOf(row: StoredGroup): GroupRow {
  const marks = { saidMs: row.said_ms, actorSaidMs: row.actor_said_ms, otherSaidMs: row.other_said_ms };
  return { groupNo: row.group_no, id: row.id, source: row.source, dbid: row.dbid, heardMs: row.heard_ms, marks };
}

function prepare(db: Connection) {
  const columns = 'group_no, id, source, dbid, heard_ms, said_ms, actor_said_ms, other_said_ms';
  return {
    find: db.prepare(`SELECT ${columns} FROM campaign_groups WHERE source = ? AND dbid = ?`),
    byNo: db.prepare(`SELECT ${columns} FROM campaign_groups WHERE group_no = ? AND source <> '${FORGOTTEN}'`),
    insert: db.prepare('INSERT INTO campaign_groups (id, source, dbid, heard_ms) VALUES (?, ?, ?, ?)'),
    hear: db.prepare('UPDATE campaign_groups SET heard_ms = ? WHERE group_no = ?'),
    keepMarks: db.prepare(
      'UPDATE campaign_groups SET said_ms = ?, actor_said_ms = ?, other_said_ms = ? WHERE group_no = ?',
    ),
  };
}
