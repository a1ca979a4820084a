/** Zooming for fingers, where no key is at hand: as `+` and `−`. */
import { lookAt, type Range } from '../range.js';

export function ZoomButtons({ range: { fromMs, toMs } }: { readonly range: Range }) {
  const length = toMs - fromMs;
  return (
    <span class="segments zoom-buttons" role="group" aria-label="Zoom">
      <button
        type="button"
        aria-label="A longer time"
        title="A longer time: −"
        onClick={() => {
          lookAt(fromMs - length, toMs);
        }}
      >
        −
      </button>
      <button
        type="button"
        aria-label="A shorter time"
        title="A shorter time: +"
        onClick={() => {
          lookAt(fromMs + length / 2, toMs);
        }}
      >
        +
      </button>
    </span>
  );
}
