/** The table `transition_changes`, as every database has it, joined with its groups. */
import { type RecordedTransition, sortKeyOf } from '../../domain/campaign-group.js';
import type { ChangedSince } from '../../domain/store.js';

export interface ChangeRow {
  readonly withdrawn: number;
  readonly transition: string;
  readonly campaign_group_id: string | null;
  readonly source: string;
  readonly dbid: string;
}

/** One that an older version wrote down has no text to sort it by: its time must do. */
function recorded(text: string): RecordedTransition {
  const transition = JSON.parse(text) as Omit<RecordedTransition, 'sortKey'> & { readonly sortKey?: string };
  return { ...transition, sortKey: transition.sortKey ?? sortKeyOf(transition.atMs, 0, '') };
}

/** Null: history was told again. Groups that are gone are left out. */
export function changesIn(rows: readonly ChangeRow[]): ChangedSince['transitions'] | null {
  if (rows.some(({ transition }) => transition === '')) return null;
  return rows.flatMap(({ withdrawn, transition, campaign_group_id: campaignGroupId, source, dbid }) => {
    if (campaignGroupId === null) return [];
    const row = { ...recorded(transition), campaignGroupId, source, dbid };
    return [{ row, withdrawn: withdrawn === 1 }];
  });
}
