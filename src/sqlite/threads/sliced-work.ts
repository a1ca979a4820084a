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

  /** No slice is done from now on. */
  stop(): void {
    this.#isStopped = true;
  }
}
