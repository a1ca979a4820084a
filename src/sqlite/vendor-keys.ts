/**
 * Gives the rows of a version that had none the keys of the vendor's tables. Once per database, group by group, each a
 * transaction that notes how far it came: a start that is cut off goes on where it was.
 */
import { factKey } from '../ocs/info-mart.js';
import type { Connection } from './database.js';
import { NameTable } from './name-table.js';
import { QuarterCalendar } from './quarter-calendar.js';
import { FORGOTTEN } from './removal-tables.js';

/** How far it is, in `kept_numbers`; the migration puts it there. */
const KEYED_GROUP = 'keyed_group';

interface StepPlaceRow {
  readonly at_ms: number;
  readonly action_rank: number;
  readonly content_digest: string;
}

interface NamesRow {
  readonly statement_no: number;
  readonly tenant: string;
  readonly tenantCcid: string;
  readonly campaign: string;
  readonly group: string;
}

/** Returns how many groups were given keys. */
export function giveVendorKeys(db: Connection): number {
  const sql = prepare(db);
  if (sql.keyed.get() === undefined) return 0;
  const tables = { names: new NameTable(db), calendar: new QuarterCalendar(db) };
  const keyNext = db.transaction(() => {
    const group = sql.next.get(sql.keyed.get()) as { groupNo: number; id: string } | undefined;
    if (group === undefined) sql.finish.run();
    else keyGroup(sql, tables, group);
    return group !== undefined;
  });
  let groups = 0;
  while (keyNext()) groups++;
  return groups;
}

function keyGroup(
  sql: ReturnType<typeof prepare>,
  { names, calendar }: { readonly names: NameTable; readonly calendar: QuarterCalendar },
  { groupNo, id }: { readonly groupNo: number; readonly id: string },
): void {
  for (const statement of sql.statements.all(groupNo) as NamesRow[]) {
    sql.keyStatement.run({ ...names.keysOf(groupNo, statement), no: statement.statement_no });
  }
  for (const place of sql.transitions.all(groupNo) as StepPlaceRow[]) {
    const { at_ms: atMs, action_rank: rank, content_digest: contentDigest } = place;
    sql.keyStep.run({ ...place, groupNo, key: factKey(id, atMs, { rank, contentDigest }) });
    calendar.cover(atMs);
  }
  sql.keep.run(groupNo);
}

function prepare(db: Connection) {
  return {
    keyed: db.prepare(`SELECT value FROM kept_numbers WHERE name = '${KEYED_GROUP}'`).pluck(),
    keep: db.prepare(`UPDATE kept_numbers SET value = ? WHERE name = '${KEYED_GROUP}'`),
    finish: db.prepare(`DELETE FROM kept_numbers WHERE name = '${KEYED_GROUP}'`),
    next: db.prepare(`
      SELECT group_no AS groupNo, id FROM campaign_groups WHERE group_no > ? AND source <> '${FORGOTTEN}'
      ORDER BY group_no LIMIT 1`),
    statements: db.prepare(`
      SELECT statement_no, tenant, tenant_ccid AS tenantCcid, campaign, agent_group AS "group" FROM statements
      WHERE group_no = ? ORDER BY statement_no`),
    keyStatement: db.prepare(`
      UPDATE statements SET tenant_key = @tenant_key, campaign_key = @campaign_key, agent_group_key = @agent_group_key
      WHERE statement_no = @no`),
    transitions: db.prepare(`
      SELECT at_ms, action_rank, content_digest FROM steps WHERE group_no = ? AND transition_id IS NOT NULL`),
    keyStep: db.prepare(`
      UPDATE steps SET fact_key = @key WHERE group_no = @groupNo AND at_ms = @at_ms AND action_rank = @action_rank
        AND content_digest = @content_digest`),
  };
}
