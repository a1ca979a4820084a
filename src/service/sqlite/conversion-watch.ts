/** Tells of a start that brings evidence of an older version into chunks, now and then: it may take minutes. */
import type { Logger } from '../../domain/log.js';
import type { ConversionProgress } from '../../sqlite/convert.js';

/** While it lasts it is said again after this. */
const AGAIN_MS = 5000;

export class ConversionWatch {
  readonly #log: Logger;
  #saidMs = -Infinity;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** To be told how far it is, and when, by a clock that nobody sets. */
  note(elapsedMs: number, { done, of, leftMs }: ConversionProgress): void {
    if (done === of) {
      this.#log.info({ notifications: of }, 'notifications of an older version were brought into chunks');
      return;
    }
    if (elapsedMs - this.#saidMs < AGAIN_MS) return;
    this.#saidMs = elapsedMs;
    const percent = Math.floor((100 * done) / of);
    const secondsLeft = Math.ceil(leftMs / 1000);
    this.#log.info(
      { notifications: of, percent, seconds_left: secondsLeft },
      'bringing notifications of an older version into chunks; the service listens when that is done',
    );
  }
}
