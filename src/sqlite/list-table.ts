import type { ListName, ListRows } from '../apply/tables.js';
import type { CallingListFigures } from '../domain/notification.js';
import type { Connection } from './database.js';

/** A list for which no DBID is sent has '' in its place: the key has no room for null. */
export class ListTable implements ListRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  findSet(groupNo: number, contentDigest: string): number | null {
    return (this.#sql.findSet.get(groupNo, contentDigest) as number | undefined) ?? null;
  }

  insertSet(groupNo: number, contentDigest: string): number {
    return Number(this.#sql.insertSet.run(groupNo, contentDigest).lastInsertRowid);
  }

  insertFigures(setNo: number, listNo: number, { hitRatio, timeToCompleteSeconds }: CallingListFigures): void {
    this.#sql.insertFigures.run(setNo, listNo, hitRatio, timeToCompleteSeconds);
  }

  figures(setNo: number): CallingListFigures[] {
    const rows = this.#sql.figures.all(setNo) as {
      name: string;
      dbid: string;
      hit_ratio: number | null;
      time_to_complete_seconds: number | null;
    }[];
    return rows.map((row) => ({
      name: row.name,
      dbid: row.dbid === '' ? null : row.dbid,
      hitRatio: row.hit_ratio,
      timeToCompleteSeconds: row.time_to_complete_seconds,
    }));
  }

  findList(groupNo: number, { name, dbid }: ListName): number | null {
    return (this.#sql.findList.get(groupNo, name, dbid ?? '') as number | undefined) ?? null;
  }

  insertList(groupNo: number, { name, dbid }: ListName): number {
    return Number(this.#sql.insertList.run(groupNo, name, dbid ?? '').lastInsertRowid);
  }

  names(groupNo: number): ListName[] {
    const rows = this.#sql.names.all(groupNo) as { name: string; dbid: string }[];
    return rows.map(({ name, dbid }) => ({ name, dbid: dbid === '' ? null : dbid }));
  }
}

function prepare(db: Connection) {
  return {
    findSet: db.prepare('SELECT list_set_no FROM list_sets WHERE group_no = ? AND content_digest = ?').pluck(),
    insertSet: db.prepare('INSERT INTO list_sets (group_no, content_digest) VALUES (?, ?)'),
    insertFigures: db.prepare(
      'INSERT INTO list_figures (list_set_no, list_no, hit_ratio, time_to_complete_seconds) VALUES (?, ?, ?, ?)',
    ),
    findList: db.prepare('SELECT list_no FROM calling_lists WHERE group_no = ? AND name = ? AND dbid = ?').pluck(),
    insertList: db.prepare('INSERT INTO calling_lists (group_no, name, dbid) VALUES (?, ?, ?)'),
    figures: db.prepare(`
      SELECT l.name, l.dbid, f.hit_ratio, f.time_to_complete_seconds
      FROM list_figures AS f JOIN calling_lists AS l ON l.list_no = f.list_no
      WHERE f.list_set_no = ? ORDER BY l.name, l.dbid`),
    names: db.prepare('SELECT name, dbid FROM calling_lists WHERE group_no = ? ORDER BY list_no'),
  };
}
