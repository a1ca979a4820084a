import type { PlacedKey, StandingKey, StandingRows } from '../apply/evidence-rows.js';
import type { Connection } from './database.js';

export class StandingTable implements StandingRows {
  readonly #sql;

  constructor(db: Connection) {
    const key = 'group_no = ? AND at_ms = ? AND statement_no = ? AND tag = ?';
    this.#sql = {
      insert: db.prepare('INSERT INTO standing_samples VALUES (?, ?, ?, ?, ?)'),
      receivedMs: db.prepare(`SELECT received_ms FROM standing_samples WHERE ${key}`).pluck(),
      newest: db
        .prepare(
          `SELECT statement_no, tag, received_ms FROM standing_samples WHERE group_no = ? AND at_ms = ?
           ORDER BY received_ms DESC, statement_no DESC, tag DESC LIMIT 1`,
        )
        .raw(),
      remove: db.prepare(`DELETE FROM standing_samples WHERE ${key}`),
    };
  }

  insert(groupNo: number, { atMs, statementNo, tag }: StandingKey, receivedMs: number): void {
    this.#sql.insert.run(groupNo, atMs, statementNo, tag, receivedMs);
  }

  receivedMs(groupNo: number, { atMs, statementNo, tag }: StandingKey): number | null {
    return (this.#sql.receivedMs.get(groupNo, atMs, statementNo, tag) as number | undefined) ?? null;
  }

  newest(groupNo: number, atMs: number): PlacedKey | null {
    const row = this.#sql.newest.get(groupNo, atMs) as readonly [number, number, number] | undefined;
    if (row === undefined) return null;
    const [statementNo, tag, receivedMs] = row;
    return { atMs, statementNo, tag, receivedMs };
  }

  remove(groupNo: number, { atMs, statementNo, tag }: StandingKey): void {
    this.#sql.remove.run(groupNo, atMs, statementNo, tag);
  }
}
