/** What the heads of many groups are made of, in one statement: to ask for each group by itself takes four times as long. */
import { GROUP_COLUMNS, groupOf, type StoredGroup } from '../apply/stored/group-row.js';
import { bearingOf, entersState, type StepRow } from '../apply/stored/step-row.js';
import type { HeadParts, LastStep } from '../apply/tables.js';
import type { Connection } from './database.js';
import { FORGOTTEN } from './removal-tables.js';

const STEP_COLUMNS = [
  ...(['at_ms', 'content_digest', 'state', 'guid', 'dial_mode', 'optimize_by', 'optimize_goal'] as const),
  ...(['from_state', 'begins_session'] as const),
];
type LastStepRow = Pick<StepRow, (typeof STEP_COLUMNS)[number]>;
type NoStep = Record<keyof LastStepRow, null>;

/** Of these groups, or of all, in the order of their numbers. */
export function* headParts(db: Connection, groupNos: readonly number[] | null): Generator<HeadParts> {
  const query = db.prepare(sqlOf(groupNos !== null));
  const rows = groupNos === null ? query.iterate() : query.iterate(JSON.stringify(groupNos));
  for (const row of rows as Iterable<StoredGroup & (LastStepRow | NoStep)>) {
    yield { group: groupOf(row), step: row.state === null ? null : lastStepOf(row) };
  }
}

function lastStepOf(row: LastStepRow): LastStep {
  const { at_ms: atMs, content_digest: contentDigest } = row;
  return { atMs, contentDigest, fromState: row.from_state, bearing: bearingOf(row), entersState: entersState(row) };
}

function sqlOf(isSome: boolean): string {
  const columns = [...GROUP_COLUMNS.map((name) => `g.${name}`), ...STEP_COLUMNS.map((name) => `t.${name}`)];
  return `
    SELECT ${columns.join(', ')}
    FROM campaign_groups AS g
    LEFT JOIN steps AS t ON t.group_no = g.group_no AND (t.at_ms, t.action_rank, t.content_digest) = (
      SELECT at_ms, action_rank, content_digest FROM steps WHERE group_no = g.group_no
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1)
    WHERE g.source <> '${FORGOTTEN}' ${isSome ? 'AND g.group_no IN (SELECT value FROM json_each(?))' : ''}
    ORDER BY g.group_no`;
}
