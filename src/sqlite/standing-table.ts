import type { StandingKey, StandingRows } from '../apply/tables.js';
import type { Connection } from './database.js';

export class StandingTable implements StandingRows {
  readonly #sql;

  constructor(db: Connection) {
    const key = 'group_no = ? AND at_ms = ? AND statement_no = ? AND tag = ?';
    this.#sql = {
      insert: db.prepare('INSERT INTO standing_samples VALUES (?, ?, ?, ?, ?)'),
      receivedMs: db.prepare(`SELECT received_ms FROM standing_samples WHERE ${key}`).pluck(),
      newestMs: db.prepare('SELECT max(received_ms) FROM standing_samples WHERE group_no = ? AND at_ms = ?').pluck(),
    };
  }

  insert(groupNo: number, { atMs, statementNo, tag }: StandingKey, receivedMs: number): void {
    this.#sql.insert.run(groupNo, atMs, statementNo, tag, receivedMs);
  }

  receivedMs(groupNo: number, { atMs, statementNo, tag }: StandingKey): number | null {
    return (this.#sql.receivedMs.get(groupNo, atMs, statementNo, tag) as number | undefined) ?? null;
  }

  newestMs(groupNo: number, atMs: number): number | null {
    return this.#sql.newestMs.get(groupNo, atMs) as number | null;
  }
}
