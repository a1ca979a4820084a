/** When equal copies of a group's newest notification came: they leave no evidence, and are signs of life all the same. */
import type { Gap } from '../domain/silence.js';
import type { Connection } from './database.js';

/** Copies that follow each other within it are one while: shorter than the limit of any interval from ten seconds on. */
const TOGETHER_MS = 25_000;

export class RepeatTable {
  readonly #sql;

  constructor(db: Connection) {
    const last = 'SELECT max(from_ms) FROM repeats WHERE group_no = @group AND from_ms <= @at';
    this.#sql = {
      extend: db.prepare(`
        UPDATE repeats SET to_ms = max(to_ms, @at)
        WHERE group_no = @group AND from_ms = (${last}) AND @at - to_ms <= ${TOGETHER_MS}`),
      begin: db.prepare('INSERT OR IGNORE INTO repeats (group_no, from_ms, to_ms) VALUES (@group, @at, @at)'),
      within: db.prepare(`
        SELECT from_ms AS fromMs, to_ms AS toMs FROM repeats
        WHERE group_no = @group AND from_ms >= coalesce((${last}), 0) AND from_ms < @to AND to_ms > @at ORDER BY from_ms`),
    };
  }

  note(group: number, receivedAtMs: number): void {
    const place = { group, at: receivedAtMs };
    if (this.#sql.extend.run(place).changes === 0) this.#sql.begin.run(place);
  }

  /** Those that reach into a gap, oldest first. */
  within(group: number, { fromMs, toMs }: Gap): Gap[] {
    return this.#sql.within.all({ group, at: fromMs, to: toMs }) as Gap[];
  }
}
