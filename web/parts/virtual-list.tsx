/** A long list of which only what is on the screen exists, and all of it on paper: rows of one height, placed where they belong. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { printing } from '../printing.js';
import { Boundary } from './boundary.js';
import type { Cursor } from './moving.js';
import { type RowHeight, useRowHeight } from './row-height.js';

/** Rows beyond each edge, so that scrolling shows no empty band. */
const BEYOND = 6;

export interface VirtualListProps {
  readonly ids: readonly string[];
  /** At least: rows whose text needs more make all of them higher. */
  readonly rowHeight: number;
  /** Told when they are. */
  readonly onHigher?: (heightPx: number) => void;
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

interface RowProps extends Pick<VirtualListProps, 'render'> {
  readonly id: string;
  readonly index: number;
}

/** Renders within the boundary, not around it. */
function Row({ id, index, render }: RowProps) {
  return <>{render(id, index)}</>;
}

interface PlaceProps extends RowProps {
  readonly isHere: boolean;
  readonly height: RowHeight;
}

/** Where a row stands. */
function Place({ isHere, height: { heightPx, watch }, ...row }: PlaceProps) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const content = place.current?.firstElementChild;
    return content ? watch(content) : undefined;
  }, [watch]);
  return (
    <div
      ref={place}
      class={`virtual-row${isHere ? ' is-here' : ''}`}
      role="presentation"
      style={{ transform: `translateY(${row.index * heightPx}px)`, height: `${heightPx}px` }}
    >
      <Boundary what="This row" as="row">
        <Row {...row} />
      </Boundary>
    </div>
  );
}

/** Those on the screen, and the one with the cursor wherever it is: the focus goes with it. */
function placesOf(first: number, last: number, here: number): number[] {
  const places = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  if (here < 0 || (here >= first && here < last)) return places;
  return here < first ? [here, ...places] : [...places, here];
}

/** In rows: they may be of another height then. */
const remembered = new Map<string, number>();

export function VirtualList({
  ids,
  rowHeight: leastPx,
  onHigher,
  label,
  render,
  cursor = null,
  memory,
  role = 'rowgroup',
  ...rest
}: VirtualListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [frame, setFrame] = useState({ top: 0, height: 800, width: 0 });
  const height = useRowHeight(leastPx, frame.width, onHigher);
  const { heightPx: rowHeight } = height;
  const shownHeight = useRef(rowHeight);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = () => {
      const { scrollTop: top, clientHeight: height, clientWidth: width } = element;
      remembered.set(memory, top / shownHeight.current);
      setFrame((known) =>
        known.top === top && known.height === height && known.width === width ? known : { top, height, width },
      );
    };
    element.scrollTop = (remembered.get(memory) ?? 0) * shownHeight.current;
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [memory]);
  useLayoutEffect(() => {
    // What was in sight stays there.
    if (box.current !== null) box.current.scrollTop *= rowHeight / shownHeight.current;
    shownHeight.current = rowHeight;
  }, [rowHeight]);
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
          return <Place key={id} id={id} index={place} isHere={place === at} height={height} render={render} />;
        })}
      </div>
    </div>
  );
}
