/** What the writer's thread does beside posts: long work one after the other, a slice at a time. */
import type { ForgetSlice, ReplaySlice } from '../../domain/store.js';
import type { WriterReply } from './messages.js';

interface Work {
  readonly kind: 'replay' | 'forget';
  /** Does a slice and says what it did; true when that was the last one. */
  readonly slice: () => boolean;
  /** Whether a slice waits for `goOn`: what it says is more than may pile up with whoever is told. */
  readonly waits: boolean;
}

/** Live posts are committed between two slices. */
export class SlicedWork {
  readonly #onFailed: (kind: 'replay' | 'forget', error: unknown) => void;
  readonly #asked: Work[] = [];
  #running: Work | null = null;
  #isHeld = false;

  constructor(onFailed: (kind: 'replay' | 'forget', error: unknown) => void) {
    this.#onFailed = onFailed;
  }

  add(work: Work): void {
    this.#asked.push(work);
    if (this.#running === null) this.#next();
  }

  /** Whoever was told of the last slice has taken it in. */
  goOn(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#soon();
  }

  stop(): void {
    this.#asked.length = 0;
    this.#running = null;
    this.#isHeld = false;
  }

  #next(): void {
    this.#running = this.#asked.shift() ?? null;
    if (this.#running) this.#soon();
  }

  #soon(): void {
    setImmediate(() => {
      this.#slice();
    });
  }

  #slice(): void {
    if (this.#running === null) return;
    try {
      if (this.#running.slice()) this.#next();
      else if (this.#running.waits) this.#isHeld = true;
      else this.#soon();
    } catch (error) {
      this.#onFailed(this.#running.kind, error);
      this.#next();
    }
  }
}

export function replayWork(slices: Generator<ReplaySlice, void>, reply: (message: WriterReply) => void): Work {
  const slice = () => {
    const { value, done = false } = slices.next();
    reply({ kind: 'replayed', slice: value ?? null });
    return done;
  };
  return { kind: 'replay', slice, waits: true };
}

export function forgetWork(slices: Generator<ForgetSlice, void>, reply: (message: WriterReply) => void): Work {
  const slice = () => {
    const { value, done = false } = slices.next();
    reply({ kind: 'forgotten', slice: value ?? null, done });
    return done;
  };
  return { kind: 'forget', slice, waits: false };
}

/** Work of our own: when it fails nobody is told, and the next start tries again. Damage is told by whoever meets it next. */
export function withoutAsker({ slice, ...work }: Work): Work {
  const attempt = () => {
    try {
      return slice();
    } catch {
      return true;
    }
  };
  return { ...work, slice: attempt };
}
