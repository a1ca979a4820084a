/** The quarters of an hour that the view DATE_TIME shows: all from the first fact to the last, by whole days of UTC. */
import type { Connection } from './database.js';

const QUARTER_SECONDS = 900;
const DAY_SECONDS = 86_400;
/** Facts that last end in it, as in Info Mart, which has one row of the far future for that: no report need test for null. */
const FAR_FUTURE_SECONDS = 2_147_482_800;
/**
 * @bound days without facts that the calendar spans
 * @beyond the days of the facts on both sides stand in it, those between do not: a date-time may be far off
 * @seen no metric; `SELECT count(DISTINCT CAL_DATE) FROM DATE_TIME`
 */
const MAX_DAYS_SPANNED = 366;

export class QuarterCalendar {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** Sees to it that a moment has its row, its whole day too, and the days to the nearest ones that have. */
  cover(atMs: number): void {
    const second = Math.floor(atMs / 1000);
    const quarter = second - mod(second, QUARTER_SECONDS);
    if (this.#sql.has.get(quarter) !== undefined) return;
    const day = second - mod(second, DAY_SECONDS);
    const before = this.#sql.before.get(quarter) as number | null;
    const after = this.#sql.after.get(quarter) as number | null;
    const reach = MAX_DAYS_SPANNED * DAY_SECONDS;
    this.#sql.fill.run({
      from: before !== null && day - before <= reach ? Math.min(before, day) : day,
      to: after !== null && after - day <= reach ? after : day + DAY_SECONDS - QUARTER_SECONDS,
    });
  }
}

/** The remainder that is never negative. */
function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function prepare(db: Connection) {
  return {
    has: db.prepare('SELECT 1 FROM quarters WHERE start_seconds = ?').pluck(),
    before: db.prepare('SELECT max(start_seconds) FROM quarters WHERE start_seconds < ?').pluck(),
    after: db
      .prepare(
        `SELECT min(start_seconds) FROM quarters WHERE start_seconds > ? AND start_seconds < ${FAR_FUTURE_SECONDS}`,
      )
      .pluck(),
    fill: db.prepare(`
      WITH RECURSIVE missing(start) AS (
        SELECT @from UNION ALL SELECT start + ${QUARTER_SECONDS} FROM missing WHERE start + ${QUARTER_SECONDS} <= @to)
      INSERT OR IGNORE INTO quarters SELECT start FROM missing`),
  };
}
