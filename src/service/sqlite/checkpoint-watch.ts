/** Tells of a write-ahead log that cannot be written back: posts are safe in it, and it grows. */
import type { Logger } from '../../domain/log.js';
import type { CheckpointReport } from '../../sqlite/checkpoints.js';

/** While it lasts it is said again after this. */
const AGAIN_MS = 600_000;

export class CheckpointWatch {
  readonly #log: Logger;
  #saidMs: number | null = null;
  /** Attempts that failed, since the start. */
  failures = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** To be told how it went, and when, by a clock that nobody sets. */
  note(elapsedMs: number, { failures, why }: CheckpointReport): void {
    this.failures = failures;
    if (why === null) {
      if (this.#saidMs !== null) this.#log.info({ failures }, 'the write-ahead log is written back again');
      this.#saidMs = null;
      return;
    }
    if (this.#saidMs !== null && elapsedMs - this.#saidMs < AGAIN_MS) return;
    this.#saidMs = elapsedMs;
    const next = 'check the disk; posts are stored in the -wal file meanwhile: keep it with the database';
    this.#log.error({ why, failures, next }, 'the write-ahead log cannot be written back into the database');
  }
}
