/** Requests that were turned away at the door: each is counted, and the log hears of them once a minute. */
import type { Clock } from '../domain/clock.js';
import type { Logger } from '../domain/log.js';
import type { UnparsedRequest } from '../domain/unparsed.js';
import type { TurnedAway } from '../http/ports.js';
import { type WantedSecret, RefusedSecrets } from '../http/refused-secrets.js';
import { UnparsedLog } from '../http/unparsed-log.js';
import type { ServiceMetrics } from '../prometheus/service-metrics.js';

export class TurnedAwayRequests implements TurnedAway {
  readonly #metrics: ServiceMetrics;
  readonly #refusedSecrets: RefusedSecrets;
  readonly #unparsedLog: UnparsedLog;

  /** `steady`: a clock that only runs. */
  constructor(metrics: ServiceMetrics, log: Logger, steady: Clock) {
    this.#metrics = metrics;
    this.#refusedSecrets = new RefusedSecrets(log, steady);
    this.#unparsedLog = new UnparsedLog(log, steady);
  }

  refused(listener: WantedSecret, address: string): void {
    this.#metrics.refuse(listener);
    this.#refusedSecrets.note(listener, address);
  }

  unparsed({ reason, address }: UnparsedRequest): void {
    this.#metrics.refuseUnparsed(reason);
    this.#unparsedLog.note(reason, address);
  }

  askedTooOften(): void {
    this.#metrics.limit();
  }

  /** Logs what was counted and not said. To be called every minute. */
  sweep(): void {
    this.#refusedSecrets.sweep();
    this.#unparsedLog.sweep();
  }
}
