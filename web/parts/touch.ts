/** Fingers on what shows time: one that moves along shows the figures, two zoom. */
interface Fingers {
  /** One finger, at so many pixels from the left edge. */
  readonly onScrub?: (x: number) => void;
  /** What the shares are of, where it is not the element. */
  readonly frame?: Element | null;
  /** What was at two shares of the width is at two others now. */
  readonly onPinch: (from: readonly [number, number], to: readonly [number, number]) => void;
}

/** Nearer than this, two fingers say nothing. */
const LEAST_APART = 0.05;

export function followFingers(
  element: HTMLElement | SVGElement,
  { onScrub = () => undefined, frame = null, onPinch }: Fingers,
): () => void {
  const ending = new AbortController();
  const fingers = new Map<number, { readonly startX: number; x: number }>();
  const shareOf = (x: number) => {
    const box = (frame ?? element).getBoundingClientRect();
    return (x - box.left) / box.width;
  };
  const scrub = ({ clientX }: PointerEvent) => {
    if (fingers.size === 1) onScrub(clientX - element.getBoundingClientRect().left);
  };
  const down = (event: PointerEvent) => {
    if (event.pointerType === 'mouse') return;
    fingers.set(event.pointerId, { startX: event.clientX, x: event.clientX });
    scrub(event);
  };
  const move = (event: PointerEvent) => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    finger.x = event.clientX;
    scrub(event);
  };
  const up = ({ pointerId, type }: PointerEvent) => {
    if (!fingers.has(pointerId)) return;
    const [one, other] = [...fingers.values()];
    fingers.delete(pointerId);
    if (type !== 'pointerup' || one === undefined || other === undefined) return;
    fingers.clear();
    onPinch([shareOf(one.startX), shareOf(other.startX)], [shareOf(one.x), shareOf(other.x)]);
  };
  const { signal } = ending;
  element.addEventListener(
    'pointerdown',
    (event) => {
      down(event as PointerEvent);
    },
    { signal },
  );
  addEventListener('pointermove', move, { signal });
  addEventListener('pointerup', up, { signal });
  addEventListener('pointercancel', up, { signal });
  return () => {
    ending.abort();
  };
}

interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time that is in view when what was under two fingers stays under them; null when they say nothing. */
export function pinched(
  { fromMs, toMs }: TimeSpan,
  from: readonly [number, number],
  to: readonly [number, number],
): TimeSpan | null {
  const apart = (shares: readonly [number, number]) => shares[1] - shares[0];
  if (Math.min(Math.abs(apart(from)), Math.abs(apart(to))) < LEAST_APART) return null;
  const lengthMs = (toMs - fromMs) * (apart(from) / apart(to));
  if (lengthMs <= 0) return null;
  const startMs = fromMs + (toMs - fromMs) * from[0] - lengthMs * to[0];
  return { fromMs: startMs, toMs: startMs + lengthMs };
}
