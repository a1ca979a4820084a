/**
 * What the heads of many groups are made of, in one statement: to ask for each group by itself takes ten statements, and
 * four times as long. A group that has several rows at its newest moment, or at the one that says its last action, comes
 * without them: such groups are few, and are loaded by themselves.
 */
import type { HeadParts, LastStep } from '../apply/tables.js';
import type { Connection } from './database.js';
import { type SampleRow, sampleOf } from './evidence-table.js';
import { FORGOTTEN } from './removal-tables.js';
import { groupOf, type StoredGroup } from './group-table.js';
import { type StoredStatementRow, statementRowOf } from './statement-table.js';
import { bearingOf, entersState, type StepRow } from './step-table.js';

const STEP_COLUMNS = [
  ...(['at_ms', 'state', 'guid', 'dial_mode', 'optimize_by', 'optimize_goal'] as const),
  ...(['from_state', 'begins_session'] as const),
];
type LastStepRow = Pick<StepRow, (typeof STEP_COLUMNS)[number]>;

const GROUP_COLUMNS = [
  ...(['group_no', 'id', 'source', 'dbid', 'heard_ms', 'said_ms', 'actor_said_ms', 'other_said_ms'] as const),
];
const SAMPLE_COLUMNS = [
  ...(['at_ms', 'statement_no', 'lag_ms', 'busy_ratio', 'hit_ratio', 'overdial_ratio'] as const),
  ...(['time_to_complete_seconds', 'list_set_no', 'tag'] as const),
];
const STATEMENT_COLUMNS = [
  ...(['statement_no', 'content_digest', 'state_code', 'dial_mode_code', 'optimize_by_code', 'optimize_goal'] as const),
  ...(['action_code', 'actor_code', 'name', 'tenant', 'tenant_ccid', 'guid', 'agent_group', 'campaign'] as const),
  ...(['template', 'queue', 'sends_statistics', 'extras'] as const),
];

/** Where the columns of each table begin. */
const SAMPLE_AT = GROUP_COLUMNS.length;
const STEP_AT = SAMPLE_AT + SAMPLE_COLUMNS.length;
const STATEMENT_AT = STEP_AT + STEP_COLUMNS.length;
const SAID_AT = STATEMENT_AT + STATEMENT_COLUMNS.length;

/** Parts of the heads of these groups, or of all, in the order of their numbers. */
export function* headParts(db: Connection, groupNos: readonly number[] | null): Generator<HeadParts> {
  const rows = db.prepare(sqlOf(groupNos !== null)).raw();
  const found = groupNos === null ? rows.iterate() : rows.iterate(JSON.stringify(groupNos));
  let before: unknown[] | null = null;
  let isOne = true;
  for (const row of found as Iterable<unknown[]>) {
    if (before !== null && before[0] === row[0]) {
      isOne = false;
      continue;
    }
    if (before !== null) yield partsOf(before, isOne);
    before = row;
    isOne = true;
  }
  if (before !== null) yield partsOf(before, isOne);
}

function partsOf(row: readonly unknown[], isOne: boolean): HeadParts {
  const stored = pick(row, 0, GROUP_COLUMNS) as StoredGroup;
  const group = groupOf(stored);
  const isPlain = isOne && stored.actor_said_ms === null && stored.other_said_ms === null;
  // No evidence, a repeat of its moment, no step: nothing of it is usual.
  if (!isPlain || row[STEP_AT - 1] !== 0 || row[STEP_AT] === null) return { group, parts: null };
  return {
    group,
    parts: {
      sample: sampleOf(pick(row, SAMPLE_AT, SAMPLE_COLUMNS) as SampleRow),
      statement: statementRowOf(pick(row, STATEMENT_AT, STATEMENT_COLUMNS) as StoredStatementRow),
      step: lastStepOf(pick(row, STEP_AT, STEP_COLUMNS) as LastStepRow),
      said: row[SAID_AT] === null ? null : statementRowOf(pick(row, SAID_AT, STATEMENT_COLUMNS) as StoredStatementRow),
    },
  };
}

function lastStepOf(row: LastStepRow): LastStep {
  return { atMs: row.at_ms, fromState: row.from_state, bearing: bearingOf(row), entersState: entersState(row) };
}

function pick(row: readonly unknown[], at: number, columns: readonly string[]): unknown {
  const picked: Record<string, unknown> = {};
  for (let n = 0; n < columns.length; n++) picked[columns[n] ?? ''] = row[at + n];
  return picked;
}

function sqlOf(isSome: boolean): string {
  const columns = [
    ...GROUP_COLUMNS.map((name) => `g.${name}`),
    ...SAMPLE_COLUMNS.map((name) => `e.${name}`),
    ...STEP_COLUMNS.map((name) => `t.${name}`),
    ...STATEMENT_COLUMNS.map((name) => `s.${name}`),
    ...STATEMENT_COLUMNS.map((name) => `a.${name}`),
  ];
  return `
    SELECT ${columns.join(', ')}
    FROM campaign_groups AS g
    LEFT JOIN evidence AS e ON e.group_no = g.group_no
      AND e.at_ms = (SELECT max(at_ms) FROM evidence WHERE group_no = g.group_no)
    LEFT JOIN statements AS s ON s.statement_no = e.statement_no
    LEFT JOIN steps AS t ON t.group_no = g.group_no AND (t.at_ms, t.action_rank, t.content_digest) = (
      SELECT at_ms, action_rank, content_digest FROM steps WHERE group_no = g.group_no
      ORDER BY at_ms DESC, action_rank DESC, content_digest DESC LIMIT 1)
    LEFT JOIN evidence AS said ON said.group_no = g.group_no AND said.at_ms = g.said_ms AND g.said_ms <> e.at_ms
    LEFT JOIN statements AS a ON a.statement_no = said.statement_no
    WHERE g.source <> '${FORGOTTEN}' ${isSome ? 'AND g.group_no IN (SELECT value FROM json_each(?))' : ''}
    ORDER BY g.group_no`;
}
