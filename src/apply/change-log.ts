/** The changed transitions of the last while, for those who resume following: noted with every commit. */
import type { CommitReport } from '../domain/store.js';
import type { ChangeRows } from './tables.js';

/**
 * Changes kept: more than anybody is given to resume; who was away for longer starts over.
 * @bound changed transitions kept for stream clients that resume
 * @beyond the oldest go; clients are told to reload
 * @seen the stream
 */
const CHANGES_KEPT = 4000;

/** To be called in the transaction that makes the changes. `isRetold`: an import changed history too. */
export function noteChanges(
  rows: ChangeRows,
  { made, withdrawn }: Pick<CommitReport, 'made' | 'withdrawn'>,
  { nowMs, isRetold }: { readonly nowMs: number; readonly isRetold: boolean },
): void {
  if (isRetold) startFollowersOver(rows, nowMs);
  let last = 0;
  for (const { groupNo, transition } of withdrawn) last = rows.insert(nowMs, groupNo, true, transition);
  for (const { groupNo, transition } of made) last = rows.insert(nowMs, groupNo, false, transition);
  if (last > CHANGES_KEPT) rows.prune(last - CHANGES_KEPT);
}

/** History was told again, or part of it is gone: whoever follows starts over. */
export function startFollowersOver(rows: ChangeRows, nowMs: number): void {
  rows.insert(nowMs, 0, false, null);
}
