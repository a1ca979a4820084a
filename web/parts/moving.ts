import { useLayoutEffect, useRef } from 'preact/hooks';
import { leaveToView } from '../focus.js';
import { onKey } from '../keys.js';
import { groupLeft } from '../route.js';

/** Where the keyboard is in a list; another one each time it goes there. */
export interface Cursor {
  readonly id: string;
}

/** On the row whose group was looked at. */
export function cursorBack(): Cursor | null {
  const id = groupLeft();
  return id === null ? null : { id };
}

export interface Moving {
  /** Goes to the first of the list. */
  readonly enter: () => void;
}

/** `j`, `k` and the arrows move in a list, `enter` opens, `escape` leaves it. */
export function useMoving(
  ids: readonly string[],
  cursor: Cursor | null,
  setCursor: (cursor: Cursor | null) => void,
  open: (id: string) => void,
): Moving {
  const current = cursor?.id ?? null;
  const place = useRef(-1);
  const known = current === null ? -1 : ids.indexOf(current);
  // Where the row stood that is not in the list any more.
  if (known >= 0 || current === null) place.current = known;
  useLayoutEffect(() => {
    const move = (by: number) => {
      const isGone = current !== null && !ids.includes(current);
      const from = isGone && by > 0 ? place.current - 1 : place.current;
      const next = ids[Math.min(Math.max(from + by, 0), ids.length - 1)];
      if (next !== undefined) setCursor({ id: next });
    };
    const ends = [
      onKey(['j', 'ArrowDown'], () => {
        move(1);
      }),
      onKey(['k', 'ArrowUp'], () => {
        move(-1);
      }),
      onKey(['Enter'], () => {
        if (current !== null) open(current);
      }),
      ...(current === null
        ? []
        : [
            onKey(['Escape'], () => {
              leaveToView();
              setCursor(null);
            }),
          ]),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [ids, current]);
  const enter = () => {
    const [first] = ids;
    if (first !== undefined) setCursor({ id: first });
  };
  return { enter };
}
