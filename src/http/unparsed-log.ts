/** Requests that could not be read, in the log: a line a minute at most, whoever sent them and however many there were. */
import type { Clock } from '../domain/clock.js';
import type { Logger } from '../domain/log.js';
import type { UnparsedReason } from '../domain/unparsed.js';
import { rangeOf } from './refused-secrets.js';

const MINUTE_MS = 60_000;

export class UnparsedLog {
  readonly #log: Logger;
  readonly #clock: Clock;
  /** Since the last line. */
  readonly #reasons = new Map<UnparsedReason, number>();
  /** Of the last one. */
  #address = '';
  #loggedMs = -Infinity;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  note(reason: UnparsedReason, address: string): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    this.#address = address;
    if (!this.#isQuiet()) this.#say();
  }

  /** Logs what was counted and not said. To be called every minute. */
  sweep(): void {
    if (this.#reasons.size > 0 && !this.#isQuiet()) this.#say();
  }

  #isQuiet(): boolean {
    return this.#clock.nowMs() - this.#loggedMs < MINUTE_MS;
  }

  #say(): void {
    const reasons = Object.fromEntries(this.#reasons);
    const count = [...this.#reasons.values()].reduce((sum, one) => sum + one, 0);
    const what = 'requests could not be read and were refused; /api/v1/arrivals and ocs-monitor doctor say more';
    this.#log.warn({ count, reasons, range: rangeOf(this.#address) }, what);
    this.#reasons.clear();
    this.#loggedMs = this.#clock.nowMs();
  }
}
