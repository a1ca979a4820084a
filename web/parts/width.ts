/** How wide the page is, where style sheets alone cannot follow: heights of rows, widths of drawings. */
import { Cell, useCell } from '../cell.js';

/** As in the style sheets: below it rows become cards; on paper they are rows. */
const narrow = following('screen and (max-width: 760px)');
/** As in the style sheets: a screen of 4K with no scaling. */
const wide = following('(min-width: 2600px)');

/** As in the style sheets: a row of the wall has room for its last hours; on a wall screen the type is larger. */
const roomy = following('(min-width: 1200px)');
const roomyForWalls = following('(min-width: 1900px)');

function following(query: string): Cell<boolean> {
  const list = matchMedia(query);
  const cell = new Cell(list.matches);
  list.addEventListener('change', () => {
    cell.set(list.matches);
  });
  return cell;
}

/** Whether the page is as narrow as a phone. */
export function useNarrow(): boolean {
  return useCell(narrow);
}

export function useWide(): boolean {
  return useCell(wide);
}

/** Whether rows of the wall show their last hours. */
export function useStripRoom(isWallScreen: boolean): boolean {
  const [isRoomy, isRoomyForWalls] = [useCell(roomy), useCell(roomyForWalls)];
  return isWallScreen ? isRoomyForWalls : isRoomy;
}
