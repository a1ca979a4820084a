import { useLayoutEffect } from 'preact/hooks';
import { onKey } from '../keys.js';

/** `j`, `k` and the arrows move in a list, `enter` opens. */
export function useMoving(
  ids: readonly string[],
  current: string | null,
  setCurrent: (id: string) => void,
  open: (id: string) => void,
): void {
  useLayoutEffect(() => {
    const move = (by: number) => {
      const index = current === null ? -1 : ids.indexOf(current);
      const next = ids[Math.min(Math.max(index + by, 0), ids.length - 1)];
      if (next !== undefined) setCurrent(next);
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
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [ids, current]);
}
