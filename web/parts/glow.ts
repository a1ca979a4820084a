/** A changed figure glows once for a second. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const GLOW: Keyframe[] = [{ backgroundColor: 'var(--glow)' }, { backgroundColor: 'transparent' }];
const STILL = '(prefers-reduced-motion: reduce)';

export function useGlow<T extends HTMLElement>(value: unknown): RefObject<T | null> {
  const element = useRef<T>(null);
  const shown = useRef(value);
  useLayoutEffect(() => {
    if (Object.is(shown.current, value)) return;
    shown.current = value;
    if (!matchMedia(STILL).matches) element.current?.animate(GLOW, { duration: 1000, easing: 'ease-out' });
  }, [value]);
  return element;
}
