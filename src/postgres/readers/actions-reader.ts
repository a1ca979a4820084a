/** What was done to campaign groups, counted by group and who did it. */
import type { ActionsRequest } from '../../domain/store.js';
import type { ActionRows, CountedActions } from '../../reports/actions-by-day.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { named } from './named-sql.js';

type StoredActions = { readonly groupNo: number } & CountedActions['counts'];

export function actionRowsOf(db: Rows, { groupId, source }: ActionsRequest): ActionRows {
  return {
    lastMs: ({ fromMs, toMs }) => db.all<{ ms: number | null }>(LAST, { fromMs, toMs })[0]?.ms ?? null,
    counted: ({ fromMs, toMs }, after, limit) =>
      db
        .all<StoredActions>(COUNTED, { fromMs, toMs, after, groupId, source, limit })
        .map(({ groupNo, ...counts }) => ({ groupNo, counts })),
  };
}

/** An unload is one action, though OCS names it at each state on the way out. */
const GOES_ON = `
  s.from_state IN ('waiting_unload', 'unload_in_progress') AND s.action IN ('unload', 'force_unload') AND s.action = (
    SELECT before.action FROM steps AS before
    WHERE before.source = s.source AND before.group_no = s.group_no AND before.transition_id IS NOT NULL
      AND (before.at_ms, before.action_rank, before.content_digest) < (s.at_ms, s.action_rank, s.content_digest)
    ORDER BY before.at_ms DESC, before.action_rank DESC, before.content_digest DESC LIMIT 1)`;

const IN_RANGE = 's.transition_id IS NOT NULL AND s.at_ms >= @fromMs AND s.at_ms < @toMs';
const by = (who: string) => `count(*) FILTER (WHERE d.who = '${who}') AS ${who}`;

const LAST = named(`SELECT max(s.at_ms) AS ms FROM steps AS s WHERE ${IN_RANGE}`);

const COUNTED = named(`
  SELECT g.group_no AS "groupNo", g.id AS "campaignGroupId", g.source, g.dbid,
    ${['client', 'automatic', 'unattributed', 'inferred'].map(by).join(', ')}
  FROM (
    SELECT s.source, s.group_no, CASE WHEN s.inferred = 1 THEN 'inferred' WHEN ${GOES_ON} THEN NULL
      WHEN s.actor IN ('client', 'automatic') THEN s.actor ELSE 'unattributed' END AS who
    FROM steps AS s WHERE ${IN_RANGE}) AS d
  JOIN campaign_groups AS g ON g.source = d.source AND g.group_no = d.group_no
  WHERE d.who IS NOT NULL AND g.group_no > @after AND g.forgotten = 0
    AND (@groupId::text IS NULL OR g.id = @groupId) AND (@source::text IS NULL OR g.source = @source)
  GROUP BY g.source, g.group_no, g.id, g.dbid ORDER BY g.group_no LIMIT @limit`);
