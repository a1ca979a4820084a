/** Pages of transitions, over the rows of any database. */
import { readCursor, writeCursor } from '../../domain/cursor.js';
import type { Page, TransitionRow } from '../../domain/store.js';
import { pageOf } from '../../reports/page.js';
import { type StepRow, transitionOf } from './step-row.js';

/** A step that is a transition, with its group. */
export interface StoredTransition extends StepRow {
  readonly campaign_group_id: string;
  readonly source: string;
  readonly dbid: string;
  readonly group_no: number;
  readonly transition_id: string;
}

/** Before which transition a page begins: the order is of these, newest first. */
export interface TransitionPlace {
  readonly atMs: number;
  readonly rank: number;
  readonly digest: string;
  readonly no: number;
}

/** Throws OCM_BAD_PARAMETER for a cursor that no page gave out. */
export function transitionPlace(cursor: string | null, toMs: number): TransitionPlace {
  if (cursor === null) return { atMs: toMs, rank: -1, digest: '', no: -1 };
  const [atMs, rank, digest, no] = readCursor('transitions', cursor, ['number', 'number', 'string', 'number']);
  return { atMs: Number(atMs), rank: Number(rank), digest: String(digest), no: Number(no) };
}

/** Of rows of which one more was read than fits. */
export function transitionPage(rows: readonly StoredTransition[], limit: number): Page<TransitionRow> {
  return pageOf(rows, limit, transitionRowOf, (row) =>
    writeCursor('transitions', [row.at_ms, row.action_rank, row.content_digest, row.group_no]),
  );
}

function transitionRowOf(row: StoredTransition): TransitionRow {
  const { campaign_group_id: campaignGroupId, source, dbid } = row;
  return { ...transitionOf(row, row.transition_id), campaignGroupId, source, dbid };
}
