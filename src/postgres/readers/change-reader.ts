/** Transitions that lanes have made and withdrawn lately, for whoever resumes following. */
import type { ChangedSince } from '../../domain/store.js';
import type { Rows } from '../blocking/blocking-connection.js';
import { LANE_LOG_PRUNED, loggedFrom } from '../lane-log.js';
import { bigints, named } from './named-sql.js';

interface ChangedGroup {
  readonly no: number;
  readonly campaignGroupId: string;
  readonly source: string;
  readonly dbid: string;
}

/** Oldest first; null when they are more than `limit`, are not all kept any more, or history was told again. Groups that are gone are left out. */
export function readChanges(db: Rows, sinceMs: number, limit: number): ChangedSince['transitions'] | null {
  const [pruned] = db.all<{ readonly value: number }>(PRUNED, { name: LANE_LOG_PRUNED });
  if (pruned !== undefined && sinceMs < pruned.value) return null;
  const rows = db.all<{ changes: string }>(CHANGES, { sinceMs, limit: limit + 1 });
  const noted = rows.flatMap(({ changes }) => loggedFrom(changes)?.transitions ?? []);
  if (noted.length > limit || noted.some(({ transition }) => transition === null)) return null;
  const groupNos = bigints([...new Set(noted.map(({ groupNo }) => groupNo))]);
  const groups = new Map(db.all<ChangedGroup>(GROUPS, { groupNos }).map(({ no, ...group }) => [no, group]));
  return noted.flatMap(({ groupNo, isWithdrawn, transition }) => {
    const group = groups.get(groupNo);
    if (group === undefined || transition === null) return [];
    return [{ row: { ...transition, ...group }, withdrawn: isWithdrawn }];
  });
}

const PRUNED = named('SELECT value FROM kept_numbers WHERE name = @name');

/** Most commits change no transition; what was put to learn of another commit says nothing. */
const CHANGES = named(`
  SELECT changes FROM lane_log WHERE recorded_ms >= @sinceMs AND changes LIKE '%"transitions":[{%'
  ORDER BY moment, lane, seq LIMIT @limit`);

const GROUPS = named(`
  SELECT group_no AS no, id AS "campaignGroupId", source, dbid FROM campaign_groups
  WHERE group_no = ANY (@groupNos::bigint[]) AND forgotten = 0`);
