/** What was done to campaign groups, counted by day, group and who did it. */
import { readCursor, writeCursor } from '../domain/cursor.js';
import { LocalTime } from '../domain/local-time.js';
import type { ActionsRequest, ActionsRow, Page, PageRequest, TimeRange } from '../domain/store.js';
import type { Connection } from './database.js';
import { FORGOTTEN } from './removal-tables.js';

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

  /** Newest day first; day after day, until the page is full. */
  page(
    { groupId, source, timeZone }: ActionsRequest,
    range: TimeRange,
    { limit, cursor }: PageRequest,
  ): Page<ActionsRow> {
    const time = new LocalTime(timeZone);
    let [toMs, after] = cursor === null ? [range.toMs, -1] : placeOf(cursor);
    const items: { row: ActionsRow; place: readonly [number, number] }[] = [];
    while (items.length <= limit) {
      const last = this.#sql.last.pluck().get({ from: range.fromMs, to: toMs }) as number | null;
      if (last === null) break;
      const startMs = time.startOf('day', last);
      const asked = { from: Math.max(range.fromMs, startMs), to: toMs, after, group: groupId, source };
      const found = this.#sql.ofDay.all({ ...asked, limit: limit + 1 - items.length }) as StoredActions[];
      const day = new Date(time.localMs(startMs)).toISOString().slice(0, 10);
      for (const one of found) items.push({ row: rowOf(one, day), place: [toMs, one.group_no] });
      [toMs, after] = [startMs, -1];
    }
    const more = items.length > limit ? items[limit - 1] : undefined;
    return {
      items: items.slice(0, limit).map(({ row }) => row),
      nextCursor: more ? writeCursor('actions', [...more.place]) : null,
    };
  }
}

function placeOf(cursor: string): [toMs: number, groupNo: number] {
  const [toMs, groupNo] = readCursor('actions', cursor, ['number', 'number']);
  return [Number(toMs), Number(groupNo)];
}

function rowOf(
  { campaign_group_id: campaignGroupId, source, dbid, ...counts }: StoredActions,
  day: string,
): ActionsRow {
  const { client, automatic, unattributed, inferred } = counts;
  return { day, campaignGroupId, source, dbid, client, automatic, unattributed, inferred };
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
    ofDay: db.prepare(`
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
