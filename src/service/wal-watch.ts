/** Watches the write-ahead log: whoever reads without end keeps it from being written back, and it fills the disk. */
import { LIMITS } from '../domain/limits.js';
import type { Logger } from '../domain/log.js';

/** While it lasts it is said again after this. */
const AGAIN_MS = 600_000;

export class WalWatch {
  readonly #log: Logger;
  #saidMs: number | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** To be told of its size every minute or so, and when, by a clock that nobody sets. */
  note(elapsedMs: number, bytes: number): void {
    if (bytes <= LIMITS.walBytes) {
      if (this.#saidMs !== null) this.#log.info({ walBytes: bytes }, 'the write-ahead log is small again');
      this.#saidMs = null;
      return;
    }
    if (this.#saidMs !== null && elapsedMs - this.#saidMs < AGAIN_MS) return;
    this.#saidMs = elapsedMs;
    const next = 'end the program that has the database open for reading (lsof, fuser), or wait for the backup';
    this.#log.warn({ walBytes: bytes, limitBytes: LIMITS.walBytes, next }, 'the write-ahead log grows');
  }
}
