/**
 * Calls from one thread to another. What may be asked is an interface of methods, a port: `Calls` asks them, `answer`
 * has them answered, and both are held to the port by their types. A question carries an id, and so does its answer.
 */
import type { MessagePort } from 'node:worker_threads';
import { errorOf, type Fault, faultOf } from './fault.js';

type Port<P> = { readonly [M in keyof P]: (...args: never[]) => unknown };

/** What a promise of an answer resolves with. An answer in slices ends with what its generator returns. */
type Result<P extends Port<P>, M extends keyof P> =
  ReturnType<P[M]> extends AsyncGenerator<unknown, infer Last> ? Last : Awaited<ReturnType<P[M]>>;

type Sliced<P extends Port<P>> = {
  [M in keyof P]: ReturnType<P[M]> extends AsyncGenerator ? M : never;
}[keyof P];

type Slice<P extends Port<P>, M extends keyof P> = ReturnType<P[M]> extends AsyncGenerator<infer S> ? S : never;

/** A port as the thread has it that answers: at once, or later where it promises to. */
export type Answering<P extends Port<P>> = {
  [M in keyof P]: (...args: Parameters<P[M]>) => ReturnType<P[M]> | Awaited<ReturnType<P[M]>>;
};

/** Ports as they are answered, each by an object of its own. */
type Answerers<Ports extends readonly object[]> = {
  readonly [I in keyof Ports]: Ports[I] extends Port<Ports[I]> ? Answering<Ports[I]> : never;
};

/** To the thread that answers. */
type Asked =
  | { readonly kind: 'question'; readonly id: number; readonly method: PropertyKey; readonly args: readonly unknown[] }
  /** The last slice was taken in: the next may come. */
  | { readonly kind: 'go-on'; readonly id: number };

/** To the thread that asks. Of which type a value is, its question knows. */
type Told<Value> =
  | { readonly kind: 'answer'; readonly id: number; readonly value: Value }
  | { readonly kind: 'slice'; readonly id: number; readonly slice: Value }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: Fault }
  /** Told without being asked. */
  | { readonly kind: 'news'; readonly method: PropertyKey; readonly args: readonly unknown[] };

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onSlice?: (slice: never) => unknown;
}

/** A `Worker`, or one end of a `MessageChannel`. */
interface Thread {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: Told<never>) => void): unknown;
}

/** Questions to a thread. Its answers resolve in the order in which it gives them. */
export class Calls<P extends Port<P>, News extends readonly object[] = []> {
  readonly #thread: Thread;
  readonly #hearers: readonly object[];
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: Error | null = null;

  /** `hearers` hear what the thread tells unasked. */
  constructor(thread: Thread, hearers: Answerers<News>) {
    this.#thread = thread;
    this.#hearers = hearers;
    thread.on('message', (message) => {
      this.#receive(message);
    });
  }

  /** Questions without an answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  ask<M extends keyof P>(method: M, ...args: Parameters<P[M]>): Promise<Result<P, M>> {
    return new Promise((resolve, reject) => {
      this.#ask(method, args, { resolve, reject });
    });
  }

  /**
   * A question that is answered in slices. `onSlice` hears of each as a promise tells of an answer, so that it stands
   * between the answers before and after it; the next comes when it is through. What it throws rejects the question, and
   * the thread goes on.
   */
  follow<M extends Sliced<P>>(
    onSlice: (slice: Slice<P, M>) => unknown,
    method: M,
    ...args: Parameters<P[M]>
  ): Promise<Result<P, M>> {
    return new Promise((resolve, reject) => {
      this.#ask(method, args, { resolve, reject, onSlice });
    });
  }

  /** The thread answers no more: what waits is rejected, and what is asked from now on. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #ask(method: PropertyKey, args: readonly unknown[], waiting: Waiting): void {
    if (this.#ended) {
      waiting.reject(this.#ended);
      return;
    }
    const id = ++this.#lastId;
    this.#thread.postMessage({ kind: 'question', id, method, args } satisfies Asked);
    this.#waiting.set(id, waiting);
  }

  #receive(message: Told<never>): void {
    if (message.kind === 'news') {
      run(this.#hearers, message.method, message.args);
      return;
    }
    const { id } = message;
    const waiting = this.#waiting.get(id);
    if (message.kind === 'slice') {
      if (waiting) this.#tell(id, waiting, message.slice);
      return;
    }
    this.#waiting.delete(id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(errorOf(message.fault));
  }

  #tell(id: number, { onSlice, reject }: Waiting, slice: never): void {
    const goOn = () => {
      if (!this.#ended) this.#thread.postMessage({ kind: 'go-on', id } satisfies Asked);
    };
    Promise.resolve(slice).then(onSlice).catch(reject).then(goOn, goOn);
  }
}

/** Tells news to the thread that asks. */
export function teller<News extends Port<News>>(thread: MessagePort) {
  return <M extends keyof News>(method: M, ...args: Parameters<News[M]>): void => {
    thread.postMessage({ kind: 'news', method, args } satisfies Told<unknown>);
  };
}

/**
 * Answers what a thread asks: each question by the first of `answerers` that has its method, in the order in which they
 * come, but for those that take a promise or go slice by slice. `diagnose` says what to tell of an error that was met.
 */
export function answer<Ports extends readonly object[]>(
  thread: MessagePort,
  answerers: Answerers<Ports>,
  diagnose: (error: unknown) => unknown = (error) => error,
): void {
  const answers = new Answers(thread, answerers, diagnose);
  thread.on('message', (message: Asked) => {
    answers.receive(message);
  });
}

class Answers {
  readonly #thread: MessagePort;
  readonly #answerers: readonly object[];
  readonly #diagnose: (error: unknown) => unknown;
  /** What to do when the last slice of a question was taken in. */
  readonly #goOn = new Map<number, () => void>();

  constructor(thread: MessagePort, answerers: readonly object[], diagnose: (error: unknown) => unknown) {
    this.#thread = thread;
    this.#answerers = answerers;
    this.#diagnose = diagnose;
  }

  receive(message: Asked): void {
    if (message.kind === 'question') {
      this.#answer(message.id, message.method, message.args);
      return;
    }
    this.#goOn.get(message.id)?.();
    this.#goOn.delete(message.id);
  }

  #answer(id: number, method: PropertyKey, args: readonly unknown[]): void {
    try {
      const value = run(this.#answerers, method, args);
      if (isSliced(value)) this.#answerLater(id, this.#slices(id, value));
      else if (value instanceof Promise) this.#answerLater(id, value);
      else this.#tell({ kind: 'answer', id, value });
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #answerLater(id: number, promise: Promise<unknown>): void {
    promise
      .then((value) => {
        this.#tell({ kind: 'answer', id, value });
      })
      .catch((error: unknown) => {
        this.#fail(id, error);
      });
  }

  async #slices(id: number, slices: AsyncGenerator): Promise<unknown> {
    for (;;) {
      const next: IteratorResult<unknown, unknown> = await slices.next();
      if (next.done === true) return next.value;
      const takenIn = new Promise<void>((resolve) => this.#goOn.set(id, resolve));
      this.#tell({ kind: 'slice', id, slice: next.value });
      await takenIn;
    }
  }

  #fail(id: number, error: unknown): void {
    this.#tell({ kind: 'fault', id, fault: faultOf(this.#diagnose(error)) });
  }

  #tell(message: Told<unknown>): void {
    this.#thread.postMessage(message);
  }
}

function run(answerers: readonly object[], method: PropertyKey, args: readonly unknown[]): unknown {
  for (const answerer of answerers) {
    const found: unknown = Reflect.get(answerer, method);
    if (typeof found === 'function') return Reflect.apply(found, answerer, args);
  }
  throw new Error(`nobody answers ${String(method)}`);
}

function isSliced(value: unknown): value is AsyncGenerator {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
