import { GROUP_COLUMNS } from '../apply/stored/group-row.js';
import type { Connection } from './database.js';
import { ENTERS_STATE } from './step-table.js';

/**
 * A text for each group that is another one as soon as what its head is made of has changed: which group it is, when it was
 * heard, its last steps, which late evidence may have told anew, and where the last action was said. Evidence is not in it:
 * what is new of that stands behind the journal's last row. Nor is how dialing ended.
 */
export function headMarks(db: Connection): ReadonlyMap<number, string> {
  return new Map(db.prepare(MARKS).raw().all() as [number, string][]);
}

const MARKS = `
    SELECT g.group_no, json_array(${GROUP_COLUMNS.map((name) => `g.${name}`).join(', ')},
      (SELECT json_array(s.at_ms, s.action_rank, s.content_digest, s.state, s.dial_mode, s.optimize_by, s.optimize_goal,
        s.guid)
       FROM steps AS s WHERE s.group_no = g.group_no
       ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC LIMIT 1),
      (SELECT json_array(s.at_ms, s.from_state) FROM steps AS s
       WHERE s.group_no = g.group_no AND ${ENTERS_STATE}
       ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC LIMIT 1))
    FROM campaign_groups AS g`;
