/** The table `campaign_groups`, as every database has it. */
import type { GroupRow } from '../tables.js';

export interface StoredGroup {
  readonly group_no: number;
  readonly id: string;
  readonly source: string;
  readonly dbid: string;
  readonly heard_ms: number;
  readonly said_ms: number | null;
  readonly actor_said_ms: number | null;
  readonly other_said_ms: number | null;
  readonly heard_limit_at_ms: number | null;
  readonly heard_limit_ms: number | null;
}

export const GROUP_COLUMNS = [
  ...(['group_no', 'id', 'source', 'dbid', 'heard_ms', 'said_ms', 'actor_said_ms', 'other_said_ms'] as const),
  ...(['heard_limit_at_ms', 'heard_limit_ms'] as const),
];

export function groupOf(row: StoredGroup): GroupRow {
  const marks = { saidMs: row.said_ms, actorSaidMs: row.actor_said_ms, otherSaidMs: row.other_said_ms };
  const { heard_limit_at_ms: atMs, heard_limit_ms: limitMs } = row;
  const heardLimit = atMs === null || limitMs === null ? null : { atMs, limitMs };
  return {
    groupNo: row.group_no,
    id: row.id,
    source: row.source,
    dbid: row.dbid,
    heardMs: row.heard_ms,
    marks,
    heardLimit,
  };
}
