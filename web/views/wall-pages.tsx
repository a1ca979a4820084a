/** The list of a wall screen: nobody scrolls there, so what has no room takes turns. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useNow } from '../clock.js';
import { model } from '../model.js';
import type { Cursor } from '../parts/moving.js';
import { VirtualList } from '../parts/virtual-list.js';
import { troubleOf } from '../trouble.js';
import { heldOn, type Hold, pageAt, pagesOf, rowsIn } from '../wall-pages.js';

interface Props {
  readonly ids: readonly string[];
  /** Rows are at least so high. */
  readonly rowHeight: number;
  readonly cursor: Cursor | null;
  /** Whether the wall is sorted so that trouble comes first. */
  readonly isTroubleFirst: boolean;
  readonly render: (id: string, index: number) => ComponentChildren;
}

export function WallPages({ ids, rowHeight, cursor, isTroubleFirst, render }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const height = useHeight(box);
  const now = useNow();
  const [hold, setHold] = useState<Hold | null>(null);
  const isHeld = hold !== null && now < hold.untilMs;
  const [higher, setHigher] = useState({ of: rowHeight, heightPx: 0 });
  const leastPx = higher.of === rowHeight ? Math.max(rowHeight, higher.heightPx) : rowHeight;
  const { rows, heightPx } = rowsIn(height, leastPx, ids.length);
  const troubled = ids.filter(isTroubled);
  const listed = isTroubleFirst ? ids : [...troubled, ...ids.filter((id) => !isTroubled(id))];
  const pages = pagesOf(listed, troubled.length, rows);
  // Where somebody has chosen a row, its page stays; while a pointer moves none is turned.
  const ofCurrent = cursor === null ? -1 : pages.findIndex((page) => page.includes(cursor.id));
  const number = ofCurrent >= 0 ? ofCurrent : pageAt(isHeld ? hold.sinceMs : now, pages.length);
  const page = pages[number] ?? [];
  return (
    <div
      class="wall-pages"
      ref={box}
      onPointerMove={({ movementX, movementY }) => {
        // Rows that move under a pointer at rest are told as moves of none.
        if (movementX !== 0 || movementY !== 0) setHold((known) => heldOn(known, now));
      }}
    >
      <VirtualList
        ids={page}
        rowHeight={heightPx}
        onHigher={(needed) => {
          setHigher({ of: rowHeight, heightPx: needed });
        }}
        label="Campaign groups"
        memory="wall-screen"
        cursor={cursor}
        render={(id) => render(id, listed.indexOf(id))}
      />
      {pages.length > 1 && (
        <p class="wall-page-number" data-tick>
          Page {number + 1} of {pages.length}
          {troubled.length > 0 && ' · trouble stays'}
          {isHeld && ' · held'}
        </p>
      )}
    </div>
  );
}

function isTroubled(id: string): boolean {
  const group = model.groups.get(id)?.value;
  return group !== undefined && troubleOf(group, model.yardstick()) !== null;
}

/** What the list itself has; the line below it is left out. */
function useHeight(box: { readonly current: HTMLDivElement | null }): number {
  const [height, setHeight] = useState(innerHeight);
  useLayoutEffect(() => {
    const list = box.current?.querySelector('.virtual');
    if (list === null || list === undefined) return undefined;
    const measure = () => {
      setHeight(list.clientHeight);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(list);
    return () => {
      observer.disconnect();
    };
  }, []);
  return height;
}
