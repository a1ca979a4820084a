/** Whether posts can be made durable: asked by probes, told by whatever was refused and by every commit. */
import { messageOf, MonitorError } from '../domain/errors.js';
import type { Logger } from '../domain/log.js';
import type { Readiness } from '../http/ports.js';

/** A probe's answer is good for so long, so that health checks do not become load. */
const PROBE_MS = 1000;
/** A store that does not answer within this is not ready: whoever asks has a limit of his own, such as 5 s. */
const PROBE_LIMIT_MS = 3000;
/**
 * A refusal counts until something was committed after it: a probe writes little, and what it finds is not what a post
 * would. Where nobody posts to a service that is not ready, this is how long nothing else may have been refused.
 */
const REFUSAL_COUNTS_MS = 10_000;

export interface StoreHealthOptions {
  readonly log: Logger;
  /** Resolves when the store can write; rejects with what keeps it from that. */
  readonly probe: () => Promise<void>;
  /** Told when the database is lost: a new start opens whatever file is there then, or a new one. */
  readonly onFatal: (error: Error) => void;
  /** A clock that nobody sets. */
  readonly elapsedMs: () => number;
  /** Calls `work` once after some time, unless it is cancelled. */
  readonly after: (ms: number, work: () => void) => () => void;
}

export class StoreHealth implements Readiness {
  readonly #options: StoreHealthOptions;
  /** What was refused since the last commit, and when it was the last time. */
  #fault: { readonly message: string; atMs: number } | null = null;
  /** The probe that the store has not answered yet. */
  #asked: Promise<void> | null = null;
  #probed: { readonly atMs: number; readonly answer: Promise<string | null> } | null = null;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  /** Null when the store can write, else what is wrong; the store itself is asked at most once a second. */
  async whyNotReady(): Promise<string | null> {
    return (await this.#whatTheProbeFound()) ?? this.#whatWasRefused();
  }

  /** Told of everything that could not be made durable; logs the first of a row, not each of thousands. */
  failed(error: unknown): void {
    const { log, onFatal, elapsedMs } = this.#options;
    const message = messageOf(error);
    if (this.#fault?.message === message) {
      this.#fault.atMs = elapsedMs();
      return;
    }
    this.#fault = { message, atMs: elapsedMs() };
    const code = error instanceof MonitorError ? error.code : null;
    const isLost = code === 'OCM_STORE_LOST' || code === 'OCM_DAMAGED';
    if (isLost && error instanceof MonitorError) onFatal(error);
    log.error({ code, why: message }, 'posts cannot be made durable and are answered 503');
  }

  /** Told of every commit. */
  wrote(): void {
    if (this.#fault === null) return;
    this.#options.log.info({}, 'the store can write again');
    this.#fault = null;
  }

  #whatWasRefused(): string | null {
    if (this.#fault === null) return null;
    if (this.#options.elapsedMs() - this.#fault.atMs >= REFUSAL_COUNTS_MS) return null;
    return `refused since the last commit: ${this.#fault.message}`;
  }

  #whatTheProbeFound(): Promise<string | null> {
    const { probe, elapsedMs } = this.#options;
    const nowMs = elapsedMs();
    if (this.#probed && nowMs - this.#probed.atMs < PROBE_MS) return this.#probed.answer;
    // On a disk that takes seconds, probes would wait behind each other, and posts behind them.
    this.#asked ??= probe().finally(() => (this.#asked = null));
    const answer = this.#inTime(this.#asked).then(
      () => null,
      (error: unknown) => {
        if (error instanceof MonitorError && error.code === 'OCM_DAMAGED') this.failed(error);
        return messageOf(error);
      },
    );
    this.#probed = { atMs: nowMs, answer };
    return answer;
  }

  #inTime(probed: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.after(PROBE_LIMIT_MS, () => {
        reject(new Error(`the store has not answered for ${PROBE_LIMIT_MS / 1000} s`));
      });
      probed.then(resolve, reject).finally(cancel);
    });
  }
}
