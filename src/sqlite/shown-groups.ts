/** Which groups a start hands over: no more than are shown, however many are stored. */
import { MAX_WAITING_GROUPS } from '../domain/campaign-group.js';
import type { ShownGroups } from '../apply/tables.js';
import type { Connection } from './database.js';
import { FORGOTTEN } from './removal-tables.js';

/** Group number, receive time of the newest evidence of an unloaded one, null for a loaded one. */
type Row = readonly [groupNo: number, unloadedHeardMs: number | null];

/**
 * As the roster chooses: loaded groups first, in the order of their numbers, and some more that wait for room; then
 * unloaded ones, those heard last. Two look-ups per group, and nothing else is read of those that are not shown.
 */
export function shownGroups(db: Connection, maxGroups: number): ShownGroups {
  const stored = db.prepare(`SELECT count(*) FROM campaign_groups WHERE source <> '${FORGOTTEN}'`).pluck();
  if (Number(stored.get()) <= maxGroups) return { groupNos: null, leftOut: 0 };
  const rows = db
    .prepare(
      `SELECT group_no, CASE WHEN coalesce((
           SELECT s.state FROM steps AS s WHERE s.group_no = g.group_no
           ORDER BY s.at_ms DESC, s.action_rank DESC, s.content_digest DESC LIMIT 1), 'not_loaded') = 'not_loaded'
         THEN max(heard_ms, coalesce((
           SELECT e.at_ms + e.lag_ms FROM evidence AS e WHERE e.group_no = g.group_no ORDER BY e.at_ms DESC LIMIT 1), 0))
         END
       FROM campaign_groups AS g WHERE source <> '${FORGOTTEN}' ORDER BY group_no`,
    )
    .raw()
    .all() as Row[];
  const loaded = rows.filter(([, heardMs]) => heardMs === null);
  const unloaded = rows.filter(([, heardMs]) => heardMs !== null);
  unloaded.sort(([, a], [, b]) => (b ?? 0) - (a ?? 0));
  const shown = [
    ...loaded.slice(0, maxGroups + MAX_WAITING_GROUPS),
    ...unloaded.slice(0, Math.max(0, maxGroups - loaded.length)),
  ];
  const groupNos = shown.map(([groupNo]) => groupNo).sort((a, b) => a - b);
  return { groupNos, leftOut: Math.max(0, loaded.length - maxGroups - MAX_WAITING_GROUPS) };
}
