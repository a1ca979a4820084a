/** Long work of the writer's thread, one after the other, a slice at a time. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { MonitorError } from '../../domain/errors.js';

/** While posts come, long work rests so many times what a slice took: most of the thread is theirs. */
const REST = 2;

export class SlicedWork {
  #last: Promise<unknown> = Promise.resolve();
  #hasCommitted = false;
  #isStopped = false;

  /**
   * Does a slice whenever one is asked for, the first when all work that was asked for before is over. Live posts are
   * committed between two slices, and the next one waits for some more of them.
   */
  async *inTurn<Slice, Last>(slices: Iterator<Slice, Last>): AsyncGenerator<Slice, Last> {
    const before = this.#last;
    let leave: () => void = () => undefined;
    this.#last = new Promise<void>((resolve) => (leave = resolve));
    await before;
    let tookMs = 0;
    try {
      for (;;) {
        await this.rest(tookMs);
        if (this.#isStopped) throw new MonitorError('OCM_UNAVAILABLE', 'the service is stopping');
        const beganMs = performance.now();
        const slice = slices.next();
        tookMs = performance.now() - beganMs;
        if (slice.done === true) return slice.value;
        yield slice.value;
      }
    } finally {
      leave();
    }
  }

  /** Behind a slice that took so long: posts have their turn, and more of the time if there were any. */
  async rest(tookMs: number): Promise<void> {
    await turn();
    if (this.#hasCommitted && tookMs > 0) await sleep(REST * tookMs);
    this.#hasCommitted = false;
  }

  /** To be told that posts were committed. */
  noteCommit(): void {
    this.#hasCommitted = true;
  }

  /** Does one piece of work, when all that was asked for before is over. */
  async once<T>(work: () => T): Promise<T> {
    const slices: Iterator<never, T> = { next: () => ({ done: true, value: work() }) };
    const { value } = await this.inTurn(slices).next();
    return value;
  }

  /** No slice is done from now on. */
  stop(): void {
    this.#isStopped = true;
  }
}
