/** A long list of which only what is on the screen exists, and all of it on paper: rows of one height, placed where they belong. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { printing } from '../printing.js';
import { Boundary } from './boundary.js';

/** Rows beyond each edge, so that scrolling shows no empty band. */
const BEYOND = 6;

export interface VirtualListProps {
  readonly ids: readonly string[];
  readonly rowHeight: number;
  readonly label: string;
  readonly render: (id: string, index: number) => ComponentChildren;
  /** Scrolled into sight when it changes. */
  readonly current?: string | null;
  /** Where the list was scrolled to when this view was left is found again under this name. */
  readonly memory: string;
  readonly role?: 'rowgroup' | 'list';
}

/** Renders within the boundary, not around it. */
function Row({
  id,
  index,
  render,
}: Pick<VirtualListProps, 'render'> & { readonly id: string; readonly index: number }) {
  return <>{render(id, index)}</>;
}

const remembered = new Map<string, number>();

export function VirtualList({ ids, rowHeight, label, render, current, memory, role = 'rowgroup' }: VirtualListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [frame, setFrame] = useState({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = () => {
      remembered.set(memory, element.scrollTop);
      setFrame((known) =>
        known.top === element.scrollTop && known.height === element.clientHeight
          ? known
          : { top: element.scrollTop, height: element.clientHeight },
      );
    };
    element.scrollTop = remembered.get(memory) ?? 0;
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [memory]);
  useEffect(() => {
    const element = box.current;
    const index = current ? ids.indexOf(current) : -1;
    if (element === null || index < 0) return;
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight;
  }, [current]);
  const isWhole = useCell(printing);
  const first = isWhole ? 0 : Math.max(0, Math.floor(frame.top / rowHeight) - BEYOND);
  const last = isWhole ? ids.length : Math.min(ids.length, Math.ceil((frame.top + frame.height) / rowHeight) + BEYOND);
  return (
    <div class="virtual" ref={box} tabIndex={0} role={role} aria-label={label}>
      <div class="virtual-all" role="presentation" style={{ height: `${ids.length * rowHeight}px` }}>
        {ids.slice(first, last).map((id, offset) => (
          <div
            key={id}
            class="virtual-row"
            role="presentation"
            style={{ transform: `translateY(${(first + offset) * rowHeight}px)`, height: `${rowHeight}px` }}
          >
            <Boundary what="This row" as="row">
              <Row id={id} index={first + offset} render={render} />
            </Boundary>
          </div>
        ))}
      </div>
    </div>
  );
}
