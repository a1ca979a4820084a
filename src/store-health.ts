/** Whether posts can be made durable: asked by probes, told by posts that failed and by every commit. */
import { messageOf, MonitorError } from './domain/errors.js';
import type { Logger } from './domain/log.js';

/** A probe's answer is good for so long, so that health checks do not become load. */
const PROBE_MS = 1000;

export interface StoreHealthOptions {
  readonly log: Logger;
  /** Resolves when the store can write; rejects with what keeps it from that. */
  readonly probe: () => Promise<void>;
  /** Told when the database is lost: a new start opens whatever file is there then, or a new one. */
  readonly onFatal: (error: Error) => void;
}

export class StoreHealth {
  readonly #options: StoreHealthOptions;
  #fault: string | null = null;
  #probed: { readonly atMs: number; readonly answer: Promise<string | null> } | null = null;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  /** Null when the store can write, else what is wrong; asked at most once a second. */
  whyNotReady(): Promise<string | null> {
    const nowMs = performance.now();
    if (this.#probed && nowMs - this.#probed.atMs < PROBE_MS) return this.#probed.answer;
    const answer = this.#options.probe().then(
      () => null,
      (error: unknown) => {
        if (error instanceof MonitorError && error.code === 'OCM_DAMAGED') this.failed(error);
        return messageOf(error);
      },
    );
    this.#probed = { atMs: nowMs, answer };
    return answer;
  }

  /** Told of every post that could not be made durable; logs the first of a row, not each of thousands. */
  failed(error: unknown): void {
    const { log, onFatal } = this.#options;
    const message = messageOf(error);
    if (this.#fault === message) return;
    this.#fault = message;
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
}
