import type { Clock, ClockSteps, OnClockStep } from '../domain/clock.js';
import { ClockWatch } from '../domain/clock-watch.js';

/** The machine's clock. The only user of Date.now. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** The same for a service: whoever asks it what time it is makes it notice that it was set, before the answer. */
export class WatchedClock implements Clock {
  readonly #clock: Clock;
  readonly #elapsedMs: () => number;
  readonly #watch: ClockWatch;
  readonly #listeners: OnClockStep[] = [];

  constructor(clock: Clock = systemClock, elapsedMs: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#elapsedMs = elapsedMs;
    this.#watch = new ClockWatch(clock.nowMs(), elapsedMs());
  }

  readonly steps: ClockSteps = (listener) => {
    this.#listeners.push(listener);
  };

  nowMs(): number {
    const nowMs = this.#clock.nowMs();
    const byMs = this.#watch.look(nowMs, this.#elapsedMs());
    if (byMs !== 0) for (const listener of this.#listeners) listener(byMs);
    return nowMs;
  }
}
