/** How long a service that was told to end may take. */
import type { Logger } from '../domain/log.js';

/** A service that waits for a slow disk says so each second; one that has not for so long hangs. */
const SILENT_MS = 5000;
const LOOK_MS = 1000;

interface Process {
  readonly pid: number;
  kill(): void;
}

export interface LimitsOptions {
  readonly after: (ms: number, work: () => void) => () => void;
  readonly nowMs: () => number;
  readonly log: Logger;
}

export class Limits {
  readonly #options: LimitsOptions;
  readonly #signs = new WeakMap<Process, number>();
  readonly #exited = new WeakSet<Process>();

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  noteSign(child: Process): void {
    this.#signs.set(child, this.#options.nowMs());
  }

  noteExit(child: Process): void {
    this.#exited.add(child);
  }

  /** Kills a child that is still there after `ms`; while it gives signs of life not before `longestMs`. */
  limit(child: Process, ms: number, longestMs = ms): void {
    const { after, nowMs, log } = this.#options;
    const beganMs = nowMs();
    const look = () => {
      if (this.#exited.has(child)) return;
      const afterMs = Math.round(nowMs() - beganMs);
      const isAlive = nowMs() - (this.#signs.get(child) ?? -Infinity) < SILENT_MS;
      if (isAlive && afterMs < longestMs) {
        after(LOOK_MS, look);
        return;
      }
      log.error({ pid: child.pid, afterMs }, 'a service did not end and is killed');
      child.kill();
    };
    after(ms, look);
  }
}
