/** How often something happened in the last hour, by the minute: sixty-one numbers at most, however often it was. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export class LastHour {
  /** Oldest first; only minutes in which something happened. */
  #minutes: { readonly startMs: number; count: number }[] = [];

  add(nowMs: number): void {
    const startMs = nowMs - (nowMs % MINUTE_MS);
    const last = this.#minutes.at(-1);
    if (last?.startMs === startMs) last.count++;
    else {
      this.#dropOld(nowMs);
      this.#minutes.push({ startMs, count: 1 });
    }
  }

  count(nowMs: number): number {
    this.#dropOld(nowMs);
    return this.#minutes.reduce((sum, { count }) => sum + count, 0);
  }

  /** The clock was set. */
  move(byMs: number): void {
    this.#minutes = this.#minutes.map(({ startMs, count }) => ({ startMs: startMs + byMs, count }));
  }

  /** A minute goes with its end. */
  #dropOld(nowMs: number): void {
    while ((this.#minutes[0]?.startMs ?? Infinity) + MINUTE_MS <= nowMs - HOUR_MS) this.#minutes.shift();
  }
}
