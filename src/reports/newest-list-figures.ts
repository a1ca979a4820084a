/** The calling lists of a group with the newest figures of each, of the notifications that a store holds. */
import { comparePositions, readCursor, writeCursor } from '../domain/cursor.js';
import type { CallingListRow, Page, PageRequest } from '../domain/store.js';
import { pageOf } from './page.js';

/** Different sets of figures that are looked through for the newest ones of each list, and notifications with any. */
const SETS_READ = 1000;
const NOTIFICATIONS_READ = 50_000;

/** `no` tells lists of one name apart; outside the store it says nothing. */
export interface ListFigures extends Omit<CallingListRow, 'atMs'> {
  readonly no: number;
}

/** Figures of the lists of one group. Equal figures of a notification are one set, which many may have. */
export interface ListRows {
  /** Lists that any notification names. */
  count(): number;
  /** The set of each notification that has one, newest first; read as far as it is iterated, `limit` at most. */
  sets(limit: number): Iterable<{ readonly no: number; readonly atMs: number }>;
  /** The lists of a set, each once. */
  figures(setNo: number): readonly ListFigures[];
}

/** By name. */
export function callingListsPage(rows: ListRows, { limit, cursor }: PageRequest): Page<CallingListRow> {
  const place = cursor === null ? null : readCursor('calling-lists', cursor, ['string', 'number']);
  const lists = [...newestFigures(rows)]
    .map(([no, list]) => ({ list, place: [list.name, no] }))
    .sort((a, b) => comparePositions(a.place, b.place))
    .filter((one) => place === null || comparePositions(one.place, place) > 0);
  return pageOf(
    lists,
    limit,
    ({ list }) => list,
    (one) => writeCursor('calling-lists', one.place),
  );
}

/** From the newest notification back, until each list was met: what repeats is passed over and does not count. */
function newestFigures(rows: ListRows): Map<number, CallingListRow> {
  const lists = rows.count();
  const newest = new Map<number, CallingListRow>();
  const read = new Set<number>();
  for (const { no: setNo, atMs } of rows.sets(NOTIFICATIONS_READ)) {
    if (newest.size === lists || read.size === SETS_READ) break;
    if (read.has(setNo)) continue;
    read.add(setNo);
    for (const { no, ...figures } of rows.figures(setNo)) if (!newest.has(no)) newest.set(no, { ...figures, atMs });
  }
  return newest;
}
