/** Reads of a group's sessions, which are derived from the transitions they begin and end with. */
import { readCursor, writeCursor } from '../domain/cursor.js';
import type { Page, PageRequest, SessionRow, TimeRange } from '../domain/store.js';
import type { Connection } from './database.js';
import { ENDS_SESSION } from './step-table.js';
import { observedMs } from './uptime-ledger.js';

/** The transition that a session begins with, and the moment of the one that ends it. */
interface StoredSession {
  readonly at_ms: number;
  readonly action_rank: number;
  readonly content_digest: string;
  readonly from_state: string | null;
  readonly end_ms: number | null;
  readonly observed_ms: number | null;
}

export class SessionReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** Sessions that touch the half-open range, newest first; one without length touches it at its moment. */
  page(group: number, range: TimeRange, { limit, cursor }: PageRequest): Page<SessionRow> {
    const types = ['number', 'number', 'string'] as const;
    const [at, rank, digest] = cursor === null ? [Infinity, 0, ''] : readCursor('sessions', cursor, types);
    const { fromMs, toMs } = range;
    // Of those that began before the range only the last may reach into it.
    const first = this.#sql.lastBegin.pluck().get({ group, from: fromMs }) ?? fromMs;
    const place = { group, first, from: fromMs, to: toMs, at, rank, digest, limit: limit + 1 };
    const rows = this.#sql.sessions.all(place) as StoredSession[];
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(sessionOf),
      nextCursor: last ? writeCursor('sessions', [last.at_ms, last.action_rank, last.content_digest]) : null,
    };
  }
}

function sessionOf(row: StoredSession): SessionRow {
  const { at_ms: firstSeenMs, from_state: fromState, end_ms: endMs, observed_ms: observedMs } = row;
  return { startMs: fromState === null ? null : firstSeenMs, endMs, firstSeenMs, observedMs };
}

/** What is left out is left out before rows are counted: a page is full unless it is the last. */
function prepare(db: Connection) {
  return {
    lastBegin: db.prepare(`
      SELECT at_ms FROM steps WHERE group_no = @group AND begins_session = 1 AND at_ms < @from
      ORDER BY at_ms DESC LIMIT 1`),
    sessions: db.prepare(`
      SELECT at_ms, action_rank, content_digest, from_state, end_ms,
        CASE WHEN end_ms IS NOT NULL THEN ${observedMs('at_ms', 'end_ms')} END AS observed_ms
      FROM (
        SELECT at_ms, action_rank, content_digest, from_state, (
          SELECT later.at_ms FROM steps AS later
          WHERE later.group_no = @group AND later.transition_id IS NOT NULL AND ${ENDS_SESSION}
            AND (later.at_ms, later.action_rank, later.content_digest) >
              (steps.at_ms, steps.action_rank, steps.content_digest)
          ORDER BY later.at_ms, later.action_rank, later.content_digest LIMIT 1) AS end_ms
        FROM steps
        WHERE group_no = @group AND begins_session = 1 AND at_ms >= @first AND at_ms < @to
          AND (at_ms, action_rank, content_digest) < (@at, @rank, @digest))
      WHERE at_ms >= @from OR end_ms IS NULL OR end_ms > @from
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT @limit`),
  };
}
