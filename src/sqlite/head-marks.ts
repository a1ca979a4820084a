import type { Connection } from './database.js';
import { ENTERS_STATE } from './step-table.js';

/**
 * A text for each group that is another one as soon as what its head is made of has changed: which group it is (the
 * number of a group that was removed is used again), when it was heard, its newest evidence and how many samples share
 * that moment (evidence is only ever added), its last steps, which late evidence may have told anew, and where the last
 * action was said, with the samples of that moment. How its dialing ended is not in it. Cheaper than loading the heads:
 * measured 0.1 s against 0.5 s for 10,000 groups.
 */
export function headMarks(db: Connection): ReadonlyMap<number, string> {
  return new Map(db.prepare(MARKS).raw().all() as [number, string][]);
}

const MARKS = `
    WITH newest AS (
      SELECT g.*, (SELECT max(at_ms) FROM evidence AS e WHERE e.group_no = g.group_no) AS at_ms
      FROM campaign_groups AS g)
    SELECT n.group_no, json_array(
      n.id, n.heard_ms, n.at_ms, n.said_ms, n.actor_said_ms, n.other_said_ms,
      (SELECT count(*) FROM evidence AS e WHERE e.group_no = n.group_no AND e.at_ms = n.at_ms),
      (SELECT count(*) FROM evidence AS e
       WHERE e.group_no = n.group_no AND e.at_ms IN (n.said_ms, n.actor_said_ms, n.other_said_ms)),
      (SELECT json_array(s.at_ms, s.action_rank, s.content_digest, s.state, s.dial_mode, s.optimize_by, s.optimize_goal,
        s.guid)
       FROM steps AS s WHERE s.group_no = n.group_no AND s.at_ms <= n.at_ms
       ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC LIMIT 1),
      (SELECT json_array(s.at_ms, s.from_state) FROM steps AS s
       WHERE s.group_no = n.group_no AND ${ENTERS_STATE}
       ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC LIMIT 1))
    FROM newest AS n`;
