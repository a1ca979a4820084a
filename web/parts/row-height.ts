/** How high the rows of a list are: as its view has them, and more where text that a reader spaces or enlarges needs it. */
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { printing } from '../printing.js';

export interface RowHeight {
  readonly heightPx: number;
  /** Follows what is in a row; returns what ends that. */
  readonly watch: (content: Element) => () => void;
}

/** A row's content is at least as high as the row: it is seen to need more when it is higher. Of another width, it begins anew. */
export function useRowHeight(leastPx: number, widthPx: number, tell?: (heightPx: number) => void): RowHeight {
  const [needed, setNeeded] = useState({ of: '', heightPx: 0 });
  const of = `${leastPx} ${widthPx}`;
  const follower = useMemo(
    () =>
      new ResizeObserver((entries) => {
        if (printing.value) return;
        const heightPx = Math.ceil(Math.max(...entries.map(({ borderBoxSize: [box] }) => box?.blockSize ?? 0)) - 0.5);
        if (heightPx > leastPx)
          setNeeded((known) => (known.of === of && known.heightPx >= heightPx ? known : { of, heightPx }));
      }),
    [of],
  );
  useLayoutEffect(
    () => () => {
      follower.disconnect();
    },
    [follower],
  );
  const heightPx = needed.of === of ? needed.heightPx : leastPx;
  useLayoutEffect(() => {
    if (heightPx > leastPx) tell?.(heightPx);
  }, [heightPx, leastPx]);
  const watch = useMemo(
    () => (content: Element) => {
      follower.observe(content);
      return () => {
        follower.unobserve(content);
      };
    },
    [follower],
  );
  return { heightPx, watch };
}
