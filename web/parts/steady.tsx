/** Lists that do not move under the pointer, the keyboard or a finger: their order is held, and applied when these leave. */
import type { ComponentChildren, RefCallback } from 'preact';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { count } from '../format.js';
import { heldOrder } from '../held-order.js';

/** Somebody who left may come back at once: to the bar, or with the next touch. */
const CALM_MS = 1000;
const TOUCH_CALM_MS = 3000;

interface Bar {
  readonly changes: number;
  readonly apply: () => void;
}

export interface Steady<T> {
  readonly items: readonly T[];
  /** Of the element around the list and its bar. */
  readonly zone: RefCallback<HTMLElement>;
  readonly bar: Bar;
  /** Rows that left the list, but still stand in it. */
  readonly gone: ReadonlySet<string>;
}

interface Options {
  /** What was asked for: when it changes, so may the order. */
  readonly choice: string;
  /** False where nobody points: on a screen seen from across a room. */
  readonly isHeldEver?: boolean;
}

export function useSteadyIds(wanted: readonly string[], { choice, isHeldEver = true }: Options) {
  const [zone, setZone] = useState<HTMLElement | null>(null);
  const isHeld = useHeld(zone, isHeldEver);
  const [turn, again] = useReducer<number, undefined>((known) => known + 1, 0);
  const shown = useRef({ choice, ids: wanted });
  if (!isHeld || shown.current.choice !== choice) shown.current = { choice, ids: wanted };
  const held = useMemo(() => heldOrder(shown.current.ids, wanted), [shown.current.ids, wanted, turn]);
  const apply = () => {
    shown.current = { choice, ids: wanted };
    // The bar goes with the click: the focus stays with the list.
    if (zone !== null && zone.querySelector('.order-held') === document.activeElement)
      zone.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
    again(undefined);
  };
  return { ids: held.ids, changed: held.changed, zone: setZone, bar: { changes: held.changed.size, apply } };
}

/** As `useSteadyIds`, for rows that come with their data: those that left are shown as they were last known. */
export function useSteady<T>(wanted: readonly T[], idOf: (item: T) => string, choice: string): Steady<T> {
  const signature = wanted.map(idOf).join('\n');
  const wantedIds = useMemo(() => wanted.map(idOf), [signature]);
  const { ids, zone, bar } = useSteadyIds(wantedIds, { choice });
  const known = useRef(new Map<string, T>());
  const current = new Map(wanted.map((item) => [idOf(item), item]));
  known.current = new Map(
    [...ids, ...wantedIds].flatMap((id) => {
      const item = current.get(id) ?? known.current.get(id);
      return item === undefined ? [] : [[id, item] as const];
    }),
  );
  const items = ids.flatMap((id) => {
    const item = known.current.get(id);
    return item === undefined ? [] : [item];
  });
  return { items, zone, bar, gone: new Set(ids.filter((id) => !current.has(id))) };
}

/** Over the list, so that its coming moves nothing. */
export function OrderHeld({ bar: { changes, apply } }: { readonly bar: Bar }) {
  if (changes === 0) return null;
  return (
    <button type="button" class="order-held" title="Put the list in order now" onClick={apply}>
      Order held · {count(changes)} {changes === 1 ? 'change' : 'changes'}
    </button>
  );
}

interface TableProps {
  readonly label: string;
  readonly className?: string;
  readonly zone: RefCallback<HTMLElement>;
  readonly bar: Bar;
  readonly children: ComponentChildren;
}

/** A table that scrolls, with the bar over it; `label` is the id of its title. */
export function SteadyTable({ label, className = '', zone, bar, children }: TableProps) {
  return (
    <div class="steady" ref={zone}>
      <div class={`table-scroll ${className}`} tabIndex={0} role="group" aria-labelledby={label}>
        {children}
      </div>
      <OrderHeld bar={bar} />
    </div>
  );
}

/** Whether the pointer is in an element, the keyboard's focus or a finger; a short while longer. */
function useHeld(zone: HTMLElement | null, isHeldEver: boolean): boolean {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (zone === null || !isHeldEver) return undefined;
    const end = followHolds(zone, setHeld);
    return () => {
      end();
      setHeld(false);
    };
  }, [zone, isHeldEver]);
  return isHeld;
}

function followHolds(zone: HTMLElement, tell: (isHeld: boolean) => void): () => void {
  const ending = new AbortController();
  const holds = new Set<'pointer' | 'focus' | 'touch'>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const on = (target: EventTarget, names: readonly string[], act: (event: Event) => void) => {
    for (const name of names) target.addEventListener(name, act, { signal: ending.signal, passive: true });
  };
  const hold = (by: 'pointer' | 'focus' | 'touch') => {
    clearTimeout(timer);
    holds.add(by);
    tell(true);
  };
  const release = (by: 'pointer' | 'focus' | 'touch', calmMs: number) => {
    if (!holds.delete(by) || holds.size > 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      tell(false);
    }, calmMs);
  };
  // Heads order a list: who points at them reads no row.
  const isRow = ({ target }: Event) => (target as Element).closest('[data-order="free"]') === null;
  on(zone, ['pointerover', 'pointermove'], (event) => {
    if ((event as PointerEvent).pointerType === 'touch') return;
    if (isRow(event)) hold('pointer');
    else release('pointer', CALM_MS);
  });
  on(zone, ['pointerleave'], () => {
    release('pointer', CALM_MS);
  });
  // A click puts the focus into a list, too: then it is the pointer that counts.
  on(zone, ['focusin', 'keydown'], (event) => {
    const isKeyboard = event.type === 'keydown' || (event.target as Element).matches(':focus-visible');
    if (isKeyboard && isRow(event)) hold('focus');
  });
  on(zone, ['focusout'], (event) => {
    if (!zone.contains((event as FocusEvent).relatedTarget as Node | null)) release('focus', CALM_MS);
  });
  // What has the focus may be taken away, and says nothing then.
  on(document, ['focusin', 'keydown', 'click'], () => {
    if (!zone.contains(document.activeElement)) release('focus', CALM_MS);
  });
  on(zone, ['touchstart'], () => {
    hold('touch');
  });
  on(zone, ['touchend', 'touchcancel'], (event) => {
    if ((event as TouchEvent).touches.length === 0) release('touch', TOUCH_CALM_MS);
  });
  // In a tab that nobody sees, nobody points.
  on(document, ['visibilitychange'], () => {
    if (document.visibilityState === 'visible') return;
    for (const by of [...holds]) release(by, 0);
  });
  if (zone.matches(':hover')) hold('pointer');
  if (zone.querySelector(':focus-visible') !== null) hold('focus');
  return () => {
    clearTimeout(timer);
    ending.abort();
  };
}
