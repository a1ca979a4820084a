/** A wall screen in pages: whatever wants a person is on each of them, the rest take turns. Pure. */

/** How long a page stays: long enough to be read across a room. */
export const PAGE_MS = 12_000;
/** Of a page at most this share is kept for trouble: where there is more of it, that takes turns as well. */
const MOST_PINNED = 2 / 3;

/** Pages of at most `rows` ids; `ids` come trouble first, the first `troubles` of them. */
export function pagesOf(ids: readonly string[], troubles: number, rows: number): readonly (readonly string[])[] {
  if (ids.length <= rows) return [ids];
  const pinned = ids.slice(0, Math.min(troubles, Math.floor(rows * MOST_PINNED)));
  const rest = ids.slice(pinned.length);
  const room = rows - pinned.length;
  const pages: string[][] = [];
  for (let first = 0; first < rest.length; first += room) pages.push([...pinned, ...rest.slice(first, first + room)]);
  return pages;
}

/** Rows that have room, and how high they are then: together they fill the height, as long as there are enough of them. */
export function rowsIn(
  heightPx: number,
  leastPx: number,
  items: number,
): { readonly rows: number; readonly heightPx: number } {
  const rows = Math.max(1, Math.floor(heightPx / leastPx));
  const shown = Math.max(1, Math.min(rows, items));
  const filling = Math.min(heightPx / shown, leastPx * MOST_STRETCHED);
  return { rows, heightPx: Math.max(leastPx, Math.floor(filling)) };
}

/** Few groups are not spread over a whole screen. */
const MOST_STRETCHED = 1.5;

/** Which page is shown at a moment: all screens of one site turn together. */
export function pageAt(nowMs: number, pages: number): number {
  return Math.floor(nowMs / PAGE_MS) % Math.max(1, pages);
}

/** A pointer that moves holds the page for so long: one that is only parked on the screen does not. */
const HELD_MS = 10_000;

export interface Hold {
  /** Since when: the page of that moment is held. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

export function heldOn(hold: Hold | null, nowMs: number): Hold {
  const isHeld = hold !== null && nowMs < hold.untilMs;
  return { sinceMs: isHeld ? hold.sinceMs : nowMs, untilMs: nowMs + HELD_MS };
}
