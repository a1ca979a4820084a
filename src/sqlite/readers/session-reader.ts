/** The transitions of a group that begin and end its sessions. */
import type { SessionBegin, SessionRows } from '../../reports/sessions.js';
import type { Connection } from '../database.js';
import { ENDS_SESSION } from '../step-table.js';
import { observedMs } from '../uptime-ledger.js';

export class SessionReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  rowsOf(group: number): SessionRows {
    const sql = this.#sql;
    return {
      begins: ({ fromMs, toMs }, { atMs, rank, digest }, limit) =>
        sql.begins.all({ group, from: fromMs, to: toMs, atMs, rank, digest, limit }) as SessionBegin[],
      lastBeginMs: (beforeMs) => (sql.lastBegin.pluck().get({ group, beforeMs }) as number | undefined) ?? null,
      endMs: ({ atMs, rank, digest }) =>
        (sql.end.pluck().get({ group, atMs, rank, digest }) as number | undefined) ?? null,
      observedMs: ({ fromMs, toMs }) => sql.observed.pluck().get({ from: fromMs, to: toMs }) as number,
    };
  }
}

function prepare(db: Connection) {
  const inOrder = 'at_ms, action_rank, content_digest';
  return {
    lastBegin: db.prepare(`
      SELECT at_ms FROM steps WHERE group_no = @group AND begins_session = 1 AND at_ms < @beforeMs
      ORDER BY at_ms DESC LIMIT 1`),
    begins: db.prepare(`
      SELECT at_ms AS atMs, action_rank AS rank, content_digest AS digest, from_state AS fromState FROM steps
      WHERE group_no = @group AND begins_session = 1 AND at_ms >= @from AND at_ms < @to
        AND (${inOrder}) < (@atMs, @rank, @digest)
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT @limit`),
    end: db.prepare(`
      SELECT at_ms FROM steps
      WHERE group_no = @group AND transition_id IS NOT NULL AND ${ENDS_SESSION}
        AND (${inOrder}) > (@atMs, @rank, @digest)
      ORDER BY ${inOrder} LIMIT 1`),
    observed: db.prepare(`SELECT ${observedMs('@from', '@to')}`),
  };
}
