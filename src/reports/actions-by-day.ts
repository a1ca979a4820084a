/** What was done to campaign groups, counted by day, group and who did it. */
import { readCursor, writeCursor } from '../domain/cursor.js';
import { LocalTime } from '../domain/local-time.js';
import type { ActionsRequest, ActionsRow, Page, PageRequest, TimeRange } from '../domain/store.js';
import { pageOf } from './page.js';

/** What was done to one group. `groupNo` orders groups; outside the store it says nothing. */
export interface CountedActions {
  readonly groupNo: number;
  readonly counts: Omit<ActionsRow, 'day'>;
}

/** Actions of the groups that are asked for. Ranges are half-open. */
export interface ActionRows {
  /** When something was last done, to whatever group; null: never in the range. */
  lastMs(range: TimeRange): number | null;
  /** Groups to which something was done, with higher numbers than `afterNo`, in that order; `limit` at most. */
  counted(range: TimeRange, afterNo: number, limit: number): readonly CountedActions[];
}

/** Of a day the actions until `toMs`, of groups with higher numbers. */
interface DayPlace {
  readonly toMs: number;
  readonly afterNo: number;
}

/** Newest day first; day after day, until the page is full. */
export function actionsPage(
  rows: ActionRows,
  range: TimeRange,
  timeZone: ActionsRequest['timeZone'],
  { limit, cursor }: PageRequest,
): Page<ActionsRow> {
  const time = new LocalTime(timeZone);
  const found: { readonly row: ActionsRow; readonly place: DayPlace }[] = [];
  let place = cursor === null ? { toMs: range.toMs, afterNo: -1 } : placeIn(cursor);
  while (found.length <= limit) {
    const { toMs, afterNo } = place;
    const lastMs = rows.lastMs({ fromMs: range.fromMs, toMs });
    if (lastMs === null) break;
    const startMs = time.startOf('day', lastMs);
    const ofDay = { fromMs: Math.max(range.fromMs, startMs), toMs };
    const day = new Date(time.localMs(startMs)).toISOString().slice(0, 10);
    for (const { groupNo, counts } of rows.counted(ofDay, afterNo, limit + 1 - found.length))
      found.push({ row: { day, ...counts }, place: { toMs, afterNo: groupNo } });
    place = { toMs: startMs, afterNo: -1 };
  }
  return pageOf(
    found,
    limit,
    ({ row }) => row,
    (one) => writeCursor('actions', [one.place.toMs, one.place.afterNo]),
  );
}

function placeIn(cursor: string): DayPlace {
  const [toMs, afterNo] = readCursor('actions', cursor, ['number', 'number']);
  return { toMs: Number(toMs), afterNo: Number(afterNo) };
}
