/** When the live feed sends: what happens is gathered for a moment, and once a second there is a look around. */

/** What happens within so long is rendered together. */
const GATHER_MS = 100;
export const TICK_MS = 1000;
const HEARTBEAT_TICKS = 15;

export interface FeedClockOptions {
  /** Sends what was gathered; resolves with whether more is waiting. One at a time. */
  readonly send: () => Promise<boolean>;
  /** Told when that failed; it is tried again. */
  readonly onFailed: (error: unknown) => void;
  readonly onTick: () => void;
  readonly onHeartbeat: () => void;
}

/** Runs while somebody listens. */
export class FeedClock {
  readonly #options: FeedClockOptions;
  #gathering: NodeJS.Timeout | null = null;
  #ticking: NodeJS.Timeout | null = null;
  #ticks = 0;

  constructor(options: FeedClockOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ticking = setInterval(() => {
      this.#tick();
    }, TICK_MS).unref();
  }

  stop(): void {
    if (this.#ticking) clearInterval(this.#ticking);
    if (this.#gathering) clearTimeout(this.#gathering);
    this.#ticking = this.#gathering = null;
  }

  /** There is something to send: it goes out in a moment, with what comes until then. */
  gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#options.send().then(
        (isMoreWaiting) => {
          this.#gathering = null;
          if (isMoreWaiting) this.gather();
        },
        (error: unknown) => {
          this.#gathering = null;
          this.#options.onFailed(error);
          this.gather();
        },
      );
    }, GATHER_MS).unref();
  }

  #tick(): void {
    this.#options.onTick();
    if (++this.#ticks % HEARTBEAT_TICKS === 0) this.#options.onHeartbeat();
  }
}
