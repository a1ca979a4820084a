/** Reads of a group's sessions, which are derived from the transitions they begin and end with. */
import { readCursor, writeCursor } from '../domain/cursor.js';
import { deriveSessions } from '../domain/history.js';
import type { Page, PageRequest, SessionRow, TimeRange } from '../domain/store.js';
import type { Connection } from './database.js';
import { type StepRow, transitionOf } from './step-table.js';

/** A transition that a session begins or ends with. */
interface Border extends StepRow {
  readonly action_rank: number;
  readonly content_digest: string;
  readonly transition_id: string;
}

export class SessionReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** Sessions that touch the range, newest first. Only their borders are read, and those of one page. */
  page(group: number, range: TimeRange, { limit, cursor }: PageRequest): Page<SessionRow> {
    const types = ['number', 'number', 'string'] as const;
    const [at, rank, digest] = cursor === null ? [Infinity, 0, ''] : readCursor('sessions', cursor, types);
    // The one that is open where the range begins started before; the one open at its end goes on beyond.
    const from = this.#sql.lastBegin.pluck().get({ group, from: range.fromMs }) ?? range.fromMs;
    const end = this.#sql.firstEnd.pluck().get({ group, to: range.toMs }) ?? range.toMs;
    const place = { group, from, end, at, rank, digest, limit: 2 * limit + 3 };
    const rows = (this.#sql.borders.all(place) as Border[]).reverse();
    // A session begins with each border that leads out of not_loaded.
    const begins = rows.filter(({ state }) => state !== 'not_loaded');
    const sessions = deriveSessions(rows.map((row) => transitionOf(row, row.transition_id)))
      .map((session, n) => ({ session, begin: begins[n] }))
      .filter(({ session }) => session.firstSeenMs < range.toMs && (session.endMs ?? Infinity) > range.fromMs)
      .reverse();
    const last = sessions.length > limit ? sessions[limit - 1]?.begin : undefined;
    const nextCursor = last ? writeCursor('sessions', [last.at_ms, last.action_rank, last.content_digest]) : null;
    return { items: sessions.slice(0, limit).map(({ session }) => session), nextCursor };
  }
}

/** Where sessions begin, and where they end. */
const BORDERS = `group_no = @group AND transition_id IS NOT NULL AND from_state IS NOT state
  AND (state = 'not_loaded' OR coalesce(from_state, 'not_loaded') = 'not_loaded')`;

function prepare(db: Connection) {
  return {
    lastBegin: db.prepare(`
      SELECT at_ms FROM steps WHERE ${BORDERS} AND state <> 'not_loaded' AND at_ms <= @from
      ORDER BY at_ms DESC LIMIT 1`),
    firstEnd: db.prepare(`
      SELECT at_ms FROM steps WHERE ${BORDERS} AND state = 'not_loaded' AND at_ms >= @to ORDER BY at_ms LIMIT 1`),
    borders: db.prepare(`
      SELECT * FROM steps
      WHERE ${BORDERS} AND at_ms >= @from AND at_ms <= @end AND (at_ms, action_rank, content_digest) < (@at, @rank, @digest)
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT @limit`),
  };
}
