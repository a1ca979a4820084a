import type { ListName, ListRows, NumberedList } from '../apply/evidence-rows.js';
import type { ListSample } from '../evidence/sample.js';
import type { Connection } from './database.js';

/** A list for which no DBID is sent has '' in its place: the key has no room for null. */
export class ListTable implements ListRows {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  insert(groupNo: number, { name, dbid }: ListName): number {
    return Number(this.#sql.insert.run(groupNo, name, dbid ?? '').lastInsertRowid);
  }

  lists(groupNo: number): NumberedList[] {
    const rows = this.#sql.lists.all(groupNo) as { listNo: number; name: string; dbid: string }[];
    return rows.map(({ listNo, name, dbid }) => ({ listNo, name, dbid: dbid === '' ? null : dbid }));
  }

  keepNewest(
    { listNo, hitRatio, timeToCompleteSeconds }: ListSample,
    { atMs, receivedMs }: { readonly atMs: number; readonly receivedMs: number },
  ): void {
    this.#sql.keepNewest.run({ listNo, hitRatio, seconds: timeToCompleteSeconds, atMs, receivedMs });
  }
}

function prepare(db: Connection) {
  return {
    insert: db.prepare('INSERT INTO calling_lists (group_no, name, dbid) VALUES (?, ?, ?)'),
    lists: db.prepare('SELECT list_no AS listNo, name, dbid FROM calling_lists WHERE group_no = ? ORDER BY list_no'),
    keepNewest: db.prepare(`
      UPDATE calling_lists SET said_at_ms = @atMs, said_received_ms = @receivedMs, hit_ratio = @hitRatio,
        time_to_complete_seconds = @seconds
      WHERE list_no = @listNo
        AND (said_at_ms IS NULL OR (said_at_ms, said_received_ms) <= (@atMs, @receivedMs))`),
  };
}
