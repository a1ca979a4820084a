/** Days of campaign groups as lines: read beside whoever writes, a group and a day at a time. */
import type { TimeRange } from '../../domain/store.js';
import { complianceLines, type Stay } from '../../reports/export/compliance-lines.js';
import { GroupReports } from '../../reports/group-reports.js';
import type { Connection } from '../database.js';
import { SqliteGroupRows } from '../readers/group-reader.js';
import { FORGOTTEN } from '../removal-tables.js';
import { observedMs } from '../uptime-ledger.js';

const DAY_MS = 86_400_000;

interface StayRow extends Omit<Stay, 'inferred'> {
  readonly inferred: number;
}

export class ComplianceExport {
  readonly #db: Connection;
  readonly #reports: GroupReports;
  readonly #sql;

  constructor(db: Connection) {
    this.#db = db;
    this.#reports = new GroupReports(new SqliteGroupRows(db));
    this.#sql = prepare(db);
  }

  /** When the first transition took place; null: there is none. */
  firstMs(source: string | null): number | null {
    return this.#sql.first.get(source) as number | null;
  }

  /** Lines of a day, group by group. */
  *day(day: TimeRange, source: string | null): Generator<readonly string[]> {
    for (const { groupNo, id } of this.#sql.groups.all(source) as { groupNo: number; id: string }[])
      yield this.#db.transaction(() => this.#ofGroup(groupNo, id, day)).deferred();
  }

  #ofGroup(group: number, id: string, day: TimeRange): string[] {
    const rows = this.#sql.stays.all({ group, from: day.fromMs, to: day.toMs }) as StayRow[];
    const stays = rows.map((row): Stay => ({ ...row, inferred: row.inferred === 1 }));
    if (stays.every(({ state }) => state === 'not_loaded')) return [];
    const page = { limit: 1, cursor: null };
    const { items } = this.#reports.statistics(id, day, { ms: DAY_MS, timeZone: 'UTC' }, page);
    const observed = ({ fromMs, toMs }: TimeRange) => this.#sql.observed.get({ from: fromMs, to: toMs }) as number;
    return complianceLines(day, { stays, statistics: items[0] ?? null }, observed);
  }
}

function prepare(db: Connection) {
  const isKept = `g.source <> '${FORGOTTEN}' AND g.source = coalesce(?, g.source)`;
  const enters = 'transition_id IS NOT NULL AND (from_state IS NOT state OR begins_session = 1)';
  const place = 'at_ms, action_rank, content_digest';
  return {
    first: db
      .prepare(
        `SELECT min((SELECT min(at_ms) FROM steps AS s WHERE s.group_no = g.group_no AND ${enters}))
         FROM campaign_groups AS g WHERE ${isKept}`,
      )
      .pluck(),
    groups: db.prepare(`SELECT group_no AS groupNo, id FROM campaign_groups AS g WHERE ${isKept} ORDER BY g.id`),
    stays: db.prepare(`
      SELECT g.id AS campaignGroupId, g.source, g.dbid, w.tenant, w.name AS campaignGroup, w.campaign,
        w.agent_group AS agentGroup, s.state, s.at_ms AS enteredMs, s.leftMs, s.inferred
      FROM (
        SELECT *, coalesce(lead(at_ms) OVER (ORDER BY ${place}),
          (SELECT min(n.at_ms) FROM steps AS n WHERE n.group_no = @group AND n.at_ms >= @to AND ${enters})) AS leftMs
        FROM steps
        WHERE group_no = @group AND ${enters} AND at_ms < @to AND at_ms >= coalesce(
          (SELECT max(b.at_ms) FROM steps AS b WHERE b.group_no = @group AND b.at_ms <= @from AND ${enters}), @from)
      ) AS s
      JOIN campaign_groups AS g ON g.group_no = s.group_no
      JOIN statements AS w ON w.group_no = s.group_no AND w.content_digest = s.content_digest
      ORDER BY s.at_ms, s.action_rank, s.content_digest`),
    observed: db.prepare(`SELECT ${observedMs('@from', '@to')}`).pluck(),
  };
}
