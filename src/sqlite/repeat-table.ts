import type { RepeatRows } from '../apply/tables.js';
import type { Gap } from '../domain/silence.js';
import type { Connection } from './database.js';

export class RepeatTable implements RepeatRows {
  readonly #sql;

  constructor(db: Connection) {
    const last = 'SELECT max(from_ms) FROM repeats WHERE group_no = @group AND from_ms <= @at';
    this.#sql = {
      lastBy: db.prepare(`
        SELECT from_ms AS fromMs, to_ms AS toMs FROM repeats
        WHERE group_no = ? AND from_ms <= ? ORDER BY from_ms DESC LIMIT 1`),
      begin: db.prepare('INSERT OR IGNORE INTO repeats (group_no, from_ms, to_ms) VALUES (@group, @from, @from)'),
      extend: db.prepare('UPDATE repeats SET to_ms = ? WHERE group_no = ? AND from_ms = ?'),
      within: db.prepare(`
        SELECT from_ms AS fromMs, to_ms AS toMs FROM repeats
        WHERE group_no = @group AND from_ms >= coalesce((${last}), 0) AND from_ms < @to AND to_ms > @at ORDER BY from_ms`),
    };
  }

  lastBy(groupNo: number, atMs: number): Gap | null {
    return (this.#sql.lastBy.get(groupNo, atMs) as Gap | undefined) ?? null;
  }

  begin(group: number, from: number): void {
    this.#sql.begin.run({ group, from });
  }

  extend(groupNo: number, fromMs: number, toMs: number): void {
    this.#sql.extend.run(toMs, groupNo, fromMs);
  }

  /** Those that reach into a gap, oldest first. */
  within(group: number, { fromMs, toMs }: Gap): Gap[] {
    return this.#sql.within.all({ group, at: fromMs, to: toMs }) as Gap[];
  }
}
