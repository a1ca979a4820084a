/** Which times a log tells of: what is received in others is not unexpected. */
/** A log that says nothing at all for so long was not written, or its file was not given. */
const HOLE_MS = 600_000;
/**
 * @bound holes in the logs of an audit
 * @beyond further ones are taken as if there were lines
 * @seen -
 */
const MAX_HOLES = 10_000;

export class Coverage {
  /** Newest last; they may touch or overlap where a clock was set back. */
  readonly #spans: { fromMs: number; toMs: number }[] = [];
  #firstMs = Infinity;
  #lastMs = -Infinity;

  /** When the first notification was sent, and the last; null: none was. */
  get firstMs(): number | null {
    return this.#firstMs === Infinity ? null : this.#firstMs;
  }

  get lastMs(): number | null {
    return this.#lastMs === -Infinity ? null : this.#lastMs;
  }

  line(atMs: number): void {
    const last = this.#spans.at(-1);
    const isNear = last !== undefined && atMs <= last.toMs + HOLE_MS && atMs >= last.fromMs;
    if (last !== undefined && (isNear || this.#spans.length > MAX_HOLES)) {
      if (atMs > last.toMs) last.toMs = atMs;
    } else this.#spans.push({ fromMs: atMs, toMs: atMs });
  }

  notification(atMs: number): void {
    this.line(atMs);
    this.#firstMs = Math.min(this.#firstMs, atMs);
    this.#lastMs = Math.max(this.#lastMs, atMs);
  }

  /** Whether the log tells of all that happened between two moments. */
  isWhole(fromMs: number, toMs: number): boolean {
    return this.#spans.some((span) => span.fromMs <= fromMs && toMs <= span.toMs);
  }

  /** Whether lines of the log surround a moment. */
  has(atMs: number): boolean {
    return this.#spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
  }
}
