/** The calling lists of a group with the newest figures of each. */
import { comparePositions, readCursor, writeCursor } from '../domain/cursor.js';
import type { CallingListRow, Page, PageRequest } from '../domain/store.js';
import { pageOf } from './page.js';

/** `no` tells lists of one name apart: in which order their group named them, the same in every store. */
export interface NewestFigures extends CallingListRow {
  readonly no: number;
}

/** By name. */
export function callingListsPage(
  newest: readonly NewestFigures[],
  { limit, cursor }: PageRequest,
): Page<CallingListRow> {
  const place = cursor === null ? null : readCursor('calling-lists', cursor, ['string', 'number']);
  const lists = newest
    .map(({ no, ...list }) => ({ list, place: [list.name, no] }))
    .sort((a, b) => comparePositions(a.place, b.place))
    .filter((one) => place === null || comparePositions(one.place, place) > 0);
  return pageOf(
    lists,
    limit,
    ({ list }) => list,
    (one) => writeCursor('calling-lists', one.place),
  );
}
