/** Where keys move a cursor along samples. Pure. */

/** Page Up and Page Down take so many steps over the whole. */
const PAGES = 10;

/**
 * Which of so many samples, oldest first, a key leads to; null for a key that is for others. `current` is null before the
 * first step, which is onto the newest.
 */
export function stepOf(key: string, samples: number, current: number | null): number | null {
  const last = Math.max(0, samples - 1);
  const page = Math.max(1, Math.round(samples / PAGES));
  const moved = (by: number) => (current === null ? last : Math.min(Math.max(current + by, 0), last));
  switch (key) {
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowLeft':
      return moved(-1);
    case 'ArrowRight':
      return moved(1);
    case 'PageUp':
      return moved(-page);
    case 'PageDown':
      return moved(page);
    default:
      return null;
  }
}
