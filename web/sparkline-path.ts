/** The line of a sparkline as a path of SVG. Pure. */

/** More than this between two points is a hole, not a line. */
const GAP_MS = 150_000;
/** A point that no line leads to is as wide as this: a path of no length is invisible. */
const POINT_PX = 2.5;

interface Scales {
  readonly x: (ms: number) => number;
  readonly y: (value: number) => number;
}

export function sparklinePath(atMs: readonly number[], values: readonly (number | null)[], { x, y }: Scales): string {
  const runs: { readonly x: number; readonly y: number }[][] = [];
  let previousMs = -Infinity;
  values.forEach((value, index) => {
    const ms = atMs[index];
    if (ms === undefined || x(ms) < 0) return;
    if (value === null) {
      previousMs = -Infinity;
      return;
    }
    const point = { x: x(ms), y: y(value) };
    if (ms - previousMs > GAP_MS) runs.push([point]);
    else runs.at(-1)?.push(point);
    previousMs = ms;
  });
  return runs.map(runPath).join('');
}

function runPath(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first] = points;
  if (points.length === 1 && first !== undefined)
    return `M${(first.x - POINT_PX / 2).toFixed(1)} ${first.y.toFixed(1)}h${POINT_PX}`;
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}
