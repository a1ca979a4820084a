/** The last hour as a line, with the goal across it. Says nothing to a screen reader: the figure stands beside it. */
import { useNow } from '../clock.js';
import { sparklinePath } from '../sparkline-path.js';
import { SPARK_SPAN_MS } from '../sparks.js';
import { useWide } from './width.js';

const WIDTH = 84;
/** Where there is room. */
const WIDE_WIDTH = 150;
const HEIGHT = 22;
const PAD = 2;
export interface SparklineProps {
  readonly atMs: readonly number[];
  readonly values: readonly (number | null)[];
  readonly goal: number | null;
  /** The least that the scale reaches to. */
  readonly top: number;
}

export function Sparkline({ atMs, values, goal, top }: SparklineProps) {
  const now = useNow();
  const width = useWide() ? WIDE_WIDTH : WIDTH;
  // A minute is a pixel and a half: the line moves every ten seconds.
  const toMs = Math.ceil(now / 10_000) * 10_000;
  const highest = Math.max(top, ...values.map((value) => value ?? 0), goal === null ? 0 : goal * 1.25);
  const x = (ms: number) => width - ((toMs - ms) / SPARK_SPAN_MS) * width;
  const y = (value: number) => HEIGHT - PAD - (value / highest) * (HEIGHT - 2 * PAD);
  const path = sparklinePath(atMs, values, { x, y });
  const last = values.findLastIndex((value) => value !== null);
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} aria-hidden="true" data-tick>
      {goal !== null && <path class="spark-goal" d={`M0 ${y(goal).toFixed(1)}H${width}`} />}
      {path !== '' && <path class="spark-line" d={path} />}
      {last >= 0 && (
        <circle class="spark-dot" cx={x(atMs[last] ?? 0).toFixed(1)} cy={y(values[last] ?? 0).toFixed(1)} r="1.75" />
      )}
    </svg>
  );
}
