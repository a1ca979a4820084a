/** Days of campaign groups as lines: read beside whoever writes, a group and a day at a time. */
import type { TimeRange } from '../../domain/store.js';
import type { Enumerations } from '../../domain/vocabulary.js';
import { complianceLines, type Stay } from '../../reports/export/compliance-lines.js';
import { GroupReports } from '../../reports/group-reports.js';
import type { BlockingConnection } from '../blocking/blocking-connection.js';
import type { FoundGroup } from '../readers/found-group.js';
import { PostgresGroupRows } from '../readers/group-reader.js';
import { observedMs } from '../readers/kept-sql.js';
import { named } from '../readers/named-sql.js';

const DAY_MS = 86_400_000;

type StayRow = Omit<Stay, 'inferred'> & { readonly inferred: number };

export class ComplianceExport {
  readonly #db: BlockingConnection;
  readonly #reports: GroupReports;

  /** `words`: under which history is told. */
  constructor(db: BlockingConnection, words: Enumerations) {
    this.#db = db;
    this.#reports = new GroupReports(new PostgresGroupRows(db, words));
  }

  /** When the first transition took place; null: there is none. */
  firstMs(source: string | null): number | null {
    return this.#db.all<{ ms: number | null }>(FIRST, { source })[0]?.ms ?? null;
  }

  /** Lines of a day, group by group. */
  *day(day: TimeRange, source: string | null): Generator<readonly string[]> {
    for (const { id, ...group } of this.#db.all<FoundGroup & { readonly id: string }>(GROUPS, { source }))
      yield this.#db.atOneMoment(() => this.#ofGroup(group, id, day));
  }

  #ofGroup(group: FoundGroup, id: string, day: TimeRange): string[] {
    const rows = this.#db.all<StayRow>(STAYS, { ...group, ...day });
    const stays = rows.map((row): Stay => ({ ...row, inferred: row.inferred === 1 }));
    if (stays.every(({ state }) => state === 'not_loaded')) return [];
    const page = { limit: 1, cursor: null };
    const { items } = this.#reports.statistics(id, day, { ms: DAY_MS, timeZone: 'UTC' }, page);
    const observed = ({ fromMs, toMs }: TimeRange) =>
      this.#db.all<{ ms: number }>(OBSERVED, { fromMs, toMs })[0]?.ms ?? 0;
    return complianceLines(day, { stays, statistics: items[0] ?? null }, observed);
  }
}

const IS_ASKED = 'g.forgotten = 0 AND (@source::text IS NULL OR g.source = @source)';
const enters = (alias: string) =>
  `${alias}.transition_id IS NOT NULL AND (${alias}.from_state IS DISTINCT FROM ${alias}.state OR ${alias}.begins_session = 1)`;
const ofGroup = (alias: string) => `${alias}.source = @source AND ${alias}.group_no = @groupNo`;

const FIRST = named(`
  SELECT min(s.at_ms) AS ms FROM steps AS s
  JOIN campaign_groups AS g ON g.source = s.source AND g.group_no = s.group_no
  WHERE ${enters('s')} AND ${IS_ASKED}`);

const GROUPS = named(`
  SELECT g.source, g.group_no AS "groupNo", g.id FROM campaign_groups AS g WHERE ${IS_ASKED} ORDER BY g.id`);

const STAYS = named(`
  SELECT g.id AS "campaignGroupId", g.source, g.dbid, w.tenant, w.name AS "campaignGroup", w.campaign,
    w.agent_group AS "agentGroup", s.state, s.at_ms AS "enteredMs", s.left_ms AS "leftMs", s.inferred
  FROM (
    SELECT t.*, coalesce(lead(t.at_ms) OVER (ORDER BY t.at_ms, t.action_rank, t.content_digest),
      (SELECT min(n.at_ms) FROM steps AS n WHERE ${ofGroup('n')} AND n.at_ms >= @toMs AND ${enters('n')})) AS left_ms
    FROM steps AS t
    WHERE ${ofGroup('t')} AND ${enters('t')} AND t.at_ms < @toMs AND t.at_ms >= coalesce(
      (SELECT max(b.at_ms) FROM steps AS b WHERE ${ofGroup('b')} AND b.at_ms <= @fromMs AND ${enters('b')}), @fromMs)
  ) AS s
  JOIN campaign_groups AS g ON g.source = s.source AND g.group_no = s.group_no
  JOIN statements AS w ON w.source = s.source AND w.group_no = s.group_no AND w.content_digest = s.content_digest
  ORDER BY s.at_ms, s.action_rank, s.content_digest`);

const OBSERVED = named(`SELECT ${observedMs('@fromMs::bigint', '@toMs::bigint')} AS ms`);
