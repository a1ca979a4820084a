/** What was done to campaign groups, counted by group and who did it. */
import type { ActionsRequest } from '../../domain/store.js';
import type { ActionRows, CountedActions } from '../../reports/actions-by-day.js';
import type { Connection } from '../database.js';
import { FORGOTTEN } from '../removal-tables.js';

interface StoredActions {
  readonly group_no: number;
  readonly campaign_group_id: string;
  readonly source: string;
  readonly dbid: string;
  readonly client: number;
  readonly automatic: number;
  readonly unattributed: number;
  readonly inferred: number;
}

export class ActionsReader {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  rowsOf({ groupId, source }: ActionsRequest): ActionRows {
    const sql = this.#sql;
    return {
      lastMs: ({ fromMs, toMs }) => sql.last.pluck().get({ from: fromMs, to: toMs }) as number | null,
      counted: ({ fromMs, toMs }, after, limit) => {
        const asked = { from: fromMs, to: toMs, after, group: groupId, source, limit };
        return (sql.counted.all(asked) as StoredActions[]).map(countedOf);
      },
    };
  }
}

function countedOf(row: StoredActions): CountedActions {
  const { group_no: groupNo, campaign_group_id: campaignGroupId, ...counts } = row;
  return { groupNo, counts: { campaignGroupId, ...counts } };
}

/** An unload is one action, though OCS names it at each state on the way out. */
const GOES_ON = `
  s.from_state IN ('waiting_unload', 'unload_in_progress') AND s.action IN ('unload', 'force_unload') AND s.action = (
    SELECT before.action FROM steps AS before
    WHERE before.group_no = s.group_no AND before.transition_id IS NOT NULL
      AND (before.at_ms, before.action_rank, before.content_digest) < (s.at_ms, s.action_rank, s.content_digest)
    ORDER BY before.at_ms DESC, before.action_rank DESC, before.content_digest DESC LIMIT 1)`;

function prepare(db: Connection) {
  const inRange = 's.transition_id IS NOT NULL AND s.at_ms >= @from AND s.at_ms < @to';
  return {
    last: db.prepare(`SELECT max(s.at_ms) FROM steps AS s WHERE ${inRange}`),
    counted: db.prepare(`
      SELECT g.group_no, g.id AS campaign_group_id, g.source, g.dbid,
        sum(d.who = 'client') AS client, sum(d.who = 'automatic') AS automatic,
        sum(d.who = 'unattributed') AS unattributed, sum(d.who = 'inferred') AS inferred
      FROM (
        SELECT s.group_no, CASE WHEN s.inferred = 1 THEN 'inferred' WHEN ${GOES_ON} THEN NULL
          WHEN s.actor IN ('client', 'automatic') THEN s.actor ELSE 'unattributed' END AS who
        FROM steps AS s WHERE ${inRange}) AS d
      JOIN campaign_groups AS g ON g.group_no = d.group_no
      WHERE d.who IS NOT NULL AND g.group_no > @after AND g.source <> '${FORGOTTEN}'
        AND (@group IS NULL OR g.id = @group) AND (@source IS NULL OR g.source = @source)
      GROUP BY g.group_no ORDER BY g.group_no LIMIT @limit`),
  };
}
