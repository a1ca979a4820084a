/** What of a lane can be told apart when it is drawn: a year of a busy group has more stretches than a screen has pixels. Pure. */

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface DrawnStretch extends Span {
  readonly state: string;
}

/**
 * Stretches in order, without overlap. Those that are long enough stay; of shorter ones that follow each other, each part
 * of that length is one, of the state that lasted longest in it.
 */
export function foldStretches(stretches: readonly DrawnStretch[], leastMs: number): DrawnStretch[] {
  const drawn: DrawnStretch[] = [];
  let part: DrawnStretch[] = [];
  const endPart = () => {
    const [first, last] = [part[0], part.at(-1)];
    if (first !== undefined && last !== undefined)
      drawn.push({ fromMs: first.fromMs, toMs: last.toMs, state: longestState(part) });
    part = [];
  };
  const partOf = ({ fromMs }: Span) => Math.floor(fromMs / leastMs);
  for (const stretch of stretches) {
    const isShort = stretch.toMs - stretch.fromMs < leastMs;
    const [first] = part;
    if (first !== undefined && (!isShort || partOf(first) !== partOf(stretch))) endPart();
    if (isShort) part.push(stretch);
    else drawn.push(stretch);
  }
  endPart();
  return drawn;
}

function longestState(stretches: readonly DrawnStretch[]): string {
  const times = new Map<string, number>();
  for (const { state, fromMs, toMs } of stretches) times.set(state, (times.get(state) ?? 0) + toMs - fromMs);
  const [longest] = [...times].sort(([, a], [, b]) => b - a);
  return longest?.[0] ?? '';
}

/** Spans in order: those that are long enough, and of shorter ones no two that begin nearer to each other. */
export function thinned<T extends Span>(spans: readonly T[], leastMs: number): T[] {
  let lastMs = -Infinity;
  return spans.filter(({ fromMs, toMs }) => {
    const isKept = toMs - fromMs >= leastMs || fromMs - lastMs >= leastMs;
    if (isKept) lastMs = fromMs;
    return isKept;
  });
}
