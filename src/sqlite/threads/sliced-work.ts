/** Long work of the writer's thread, one after the other, a slice at a time. */
import { setImmediate as turn } from 'node:timers/promises';
import { MonitorError } from '../../domain/errors.js';

export class SlicedWork {
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  /**
   * Does a slice whenever one is asked for, the first when all work that was asked for before is over. Live posts are
   * committed between two slices.
   */
  async *inTurn<Slice, Last>(slices: Iterator<Slice, Last>): AsyncGenerator<Slice, Last> {
    const before = this.#last;
    let leave: () => void = () => undefined;
    this.#last = new Promise<void>((resolve) => (leave = resolve));
    await before;
    try {
      for (;;) {
        await turn();
        if (this.#isStopped) throw new MonitorError('OCM_UNAVAILABLE', 'the service is stopping');
        const slice = slices.next();
        if (slice.done === true) return slice.value;
        yield slice.value;
      }
    } finally {
      leave();
    }
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
