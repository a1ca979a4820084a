import { LIST_QUARTER_COLUMNS, QUARTER_COLUMNS } from '../../apply/stored/quarter-row.js';
import type { Connection } from '../database.js';

/** In the order in which every store tells what a group has. */
export function groupStatements(db: Connection) {
  return {
    group: db.prepare('SELECT * FROM campaign_groups WHERE source = ? AND dbid = ?'),
    statements: db.prepare('SELECT * FROM statements WHERE group_no = ? ORDER BY content_digest'),
    lists: db.prepare('SELECT * FROM calling_lists WHERE group_no = ? ORDER BY list_no'),
    steps: db.prepare('SELECT * FROM steps WHERE group_no = ? ORDER BY at_ms, action_rank, content_digest'),
    repeats: db.prepare('SELECT * FROM repeats WHERE group_no = ? ORDER BY from_ms'),
    standing: db.prepare(`
      SELECT s.* FROM standing_samples AS s JOIN statements AS w ON w.statement_no = s.statement_no
      WHERE s.group_no = ? ORDER BY s.at_ms, w.content_digest, s.tag`),
    chunks: db.prepare(`
      SELECT c.chunk_no, h.hour, c.count, h.newest_ms, c.written_ms, c.samples
      FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
      WHERE h.group_no = ? ORDER BY h.hour, h.chunk_no`),
    damaged: db.prepare('SELECT * FROM damaged_chunks WHERE group_no = ? ORDER BY chunk_no'),
    settled: db
      .prepare(
        `SELECT max(c.journal_no) FROM chunk_hours AS h JOIN chunks AS c ON c.chunk_no = h.chunk_no
         WHERE h.group_no = ?`,
      )
      .pluck(),
    entry: db
      .prepare(
        `SELECT at_ms, statement_no, tag, lag_ms, busy_ratio, hit_ratio, overdial_ratio, time_to_complete_seconds, lists
         FROM journal WHERE entry_no = ? AND group_no = ?`,
      )
      .raw(),
    quarters: db.prepare(`SELECT ${QUARTER_COLUMNS} FROM quarter_hours WHERE group_no = ? ORDER BY start_ms`).raw(),
    listQuarters: db
      .prepare(
        `SELECT q.list_no, ${LIST_QUARTER_COLUMNS} FROM calling_lists AS l
         JOIN list_quarter_hours AS q ON q.list_no = l.list_no WHERE l.group_no = ? ORDER BY q.list_no, q.start_ms`,
      )
      .raw(),
  };
}
