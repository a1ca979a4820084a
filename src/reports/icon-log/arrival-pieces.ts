/** Two lists of moments, cut where nothing on one side goes with anything on the other, so that little is compared at once. */

export interface Piece {
  readonly arrivals: readonly number[];
  readonly held: readonly number[];
}

/**
 * @bound moments that an audit of an ICON log compares at once
 * @beyond they are cut where most time lies between two
 * @seen -
 */
const MAX_MOMENTS = 20_000;

/** Both lists are in order. A moment follows the one before it within a piece by `toleranceMs` at most. */
export function* piecesOf(
  arrivals: Float64Array,
  held: Iterable<number>,
  toleranceMs: number,
): Generator<Piece, void, undefined> {
  const open = new OpenPiece();
  const others = held[Symbol.iterator]();
  let next = others.next();
  for (let at = 0; ;) {
    const arrivalMs = arrivals[at] ?? Infinity;
    const heldMs = next.done === true ? Infinity : next.value;
    const ms = Math.min(arrivalMs, heldMs);
    if (ms - open.lastMs > toleranceMs) yield open.take(Infinity);
    if (ms === Infinity) return;
    if (open.length >= MAX_MOMENTS) yield open.take(open.widestMs());
    if (arrivalMs <= heldMs) {
      open.arrivals.push(arrivalMs);
      at++;
    } else {
      open.held.push(heldMs);
      next = others.next();
    }
    open.lastMs = ms;
  }
}

class OpenPiece {
  arrivals: number[] = [];
  held: number[] = [];
  lastMs = Infinity;

  get length(): number {
    return this.arrivals.length + this.held.length;
  }

  /** What is not later than a moment; the rest stays. */
  take(untilMs: number): Piece {
    const { arrivals, held } = this;
    const [isTaken, isLeft] = [(ms: number) => ms <= untilMs, (ms: number) => ms > untilMs];
    [this.arrivals, this.held] = [arrivals.filter(isLeft), held.filter(isLeft)];
    return { arrivals: arrivals.filter(isTaken), held: held.filter(isTaken) };
  }

  /** The moment in the later half behind which most time goes by. */
  widestMs(): number {
    const times = [...this.arrivals, ...this.held].sort((a, b) => a - b).slice(this.length >> 1);
    let [widestMs, gapMs] = [times[0] ?? 0, -1];
    times.forEach((ms, n) => {
      const next = times[n + 1];
      if (next !== undefined && next - ms > gapMs) [widestMs, gapMs] = [ms, next - ms];
    });
    return widestMs;
  }
}
