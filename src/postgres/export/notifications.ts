/** Notifications as they were received, group by group. */
import { HeldNotifications, type HeldPage } from '../../apply/held-notifications.js';
import type { NumberedList } from '../../apply/evidence-rows.js';
import type { Notification } from '../../domain/notification.js';
import type { TimeRange } from '../../domain/store.js';
import type { BlockingConnection } from '../blocking/blocking-connection.js';
import { type FoundGroup, OF_GROUP } from '../readers/found-group.js';
import { groupEvidence } from '../readers/group-evidence.js';
import { named } from '../readers/named-sql.js';

/** Each page is of one moment; of a group that is removed meanwhile no more comes. */
export function* exportedNotifications(
  db: BlockingConnection,
  { source, ...range }: TimeRange & { readonly source: string | null },
): Generator<readonly Notification[]> {
  for (const group of db.all<FoundGroup>(GROUPS, { source })) {
    for (let fromMs: number | null = range.fromMs; fromMs !== null;) {
      const asked: TimeRange = { ...range, fromMs };
      const page = db.atOneMoment(() => pageOf(db, group, asked));
      if (page !== null && page.notifications.length > 0) yield page.notifications;
      fromMs = page?.nextMs ?? null;
    }
  }
}

function pageOf(db: BlockingConnection, group: FoundGroup, range: TimeRange): HeldPage | null {
  const [found] = db.all<{ dbid: string }>(DBID, group);
  if (found === undefined) return null;
  const { tables, evidence } = groupEvidence(db, group);
  const lists = { lists: () => db.all<NumberedList>(LISTS, group) };
  const { source, groupNo } = group;
  return new HeldNotifications({ ...tables, lists }, evidence).page({ source, groupNo, dbid: found.dbid }, range);
}

const GROUPS = named(`
  SELECT source, group_no AS "groupNo" FROM campaign_groups
  WHERE forgotten = 0 AND (@source::text IS NULL OR source = @source) ORDER BY id`);

const DBID = named(`SELECT dbid FROM campaign_groups WHERE ${OF_GROUP} AND forgotten = 0`);

const LISTS = named(`
  SELECT list_no AS "listNo", name, nullif(dbid, '') AS dbid FROM calling_lists WHERE ${OF_GROUP} ORDER BY place`);
