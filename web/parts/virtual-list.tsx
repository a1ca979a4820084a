/** A long list of which only what is on the screen exists, and all of it on paper: rows of one height, placed where they belong. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { printing } from '../printing.js';
import { Boundary } from './boundary.js';
import type { Cursor } from './moving.js';

/** Rows beyond each edge, so that scrolling shows no empty band. */
const BEYOND = 6;

export interface VirtualListProps {
  readonly ids: readonly string[];
  readonly rowHeight: number;
  readonly label: string;
  readonly render: (id: string, index: number) => ComponentChildren;
  /** Scrolled into sight, with the focus on it, when it changes. */
  readonly cursor?: Cursor | null;
  /** Where the list was scrolled to when this view was left is found again under this name. */
  readonly memory: string;
  readonly role?: 'rowgroup' | 'list';
  /** What arrows do while the focus is in it. */
  readonly arrows?: string;
}

/** Renders within the boundary, not around it. */
function Row({
  id,
  index,
  render,
}: Pick<VirtualListProps, 'render'> & { readonly id: string; readonly index: number }) {
  return <>{render(id, index)}</>;
}

/** Those on the screen, and the one with the cursor wherever it is: the focus goes with it. */
function placesOf(first: number, last: number, here: number): number[] {
  const places = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  if (here < 0 || (here >= first && here < last)) return places;
  return here < first ? [here, ...places] : [...places, here];
}

const remembered = new Map<string, number>();

export function VirtualList({
  ids,
  rowHeight,
  label,
  render,
  cursor = null,
  memory,
  role = 'rowgroup',
  ...rest
}: VirtualListProps) {
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
  const at = cursor === null ? -1 : ids.indexOf(cursor.id);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || at < 0) return;
    const top = at * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight;
    element.querySelector<HTMLElement>('.is-here a')?.focus({ preventScroll: true });
  }, [cursor]);
  const isWhole = useCell(printing);
  const first = isWhole ? 0 : Math.max(0, Math.floor(frame.top / rowHeight) - BEYOND);
  const last = isWhole ? ids.length : Math.min(ids.length, Math.ceil((frame.top + frame.height) / rowHeight) + BEYOND);
  return (
    <div class="virtual" ref={box} tabIndex={0} role={role} aria-label={label} data-arrows={rest.arrows ?? 'list'}>
      <div class="virtual-all" role="presentation" style={{ height: `${ids.length * rowHeight}px` }}>
        {placesOf(first, last, at).map((place) => {
          const id = ids[place] ?? '';
          return (
            <div
              key={id}
              class={`virtual-row${place === at ? ' is-here' : ''}`}
              role="presentation"
              style={{ transform: `translateY(${place * rowHeight}px)`, height: `${rowHeight}px` }}
            >
              <Boundary what="This row" as="row">
                <Row id={id} index={place} render={render} />
              </Boundary>
            </div>
          );
        })}
      </div>
    </div>
  );
}
