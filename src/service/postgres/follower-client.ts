/** Shows what other receivers commit: asks the follower's thread again and again, and starts it again when it dies. */
import type { Worker } from 'node:worker_threads';
import { messageOf, MonitorError } from '../../domain/errors.js';
import type { Logger } from '../../domain/log.js';
import type { CommitOrder } from '../commit-order.js';
import type { Following } from '../store.js';
import { Calls } from '../threads/calls.js';
import type { FollowerCalls, HeldPiece } from './follower-calls.js';

/** How often it is asked what others have committed; sooner where something waits for the answer. */
const POLL_MS = 250;
const SOON_MS = 50;
/** How often it is looked whether something has waited too long. */
const LATE_LOOKS_MS = 500;

interface Running {
  readonly worker: Worker;
  readonly calls: Calls<FollowerCalls>;
}

export class FollowerClient {
  readonly #spawn: () => Worker;
  readonly #log: Logger;
  readonly #beganAlone: boolean;
  #running: Running | null = null;
  #isClosed = false;
  #mustReload = false;
  /** What kept it from following, as it was said. */
  #fault: string | null = null;
  /** When it was last asked for what was then all. */
  #wholeMs = performance.now();
  #wake: () => void = () => undefined;

  /** `isAlone`: whether no other receiver is at work, as long as it was not asked. */
  constructor(spawn: () => Worker, log: Logger, isAlone: boolean) {
    this.#beganAlone = isAlone;
    this.#spawn = spawn;
    this.#log = log;
  }

  /** All that others committed so many seconds ago is shown. */
  get lagSeconds(): number {
    return (performance.now() - this.#wholeMs) / 1000;
  }

  begin(shown: Following): void {
    shown.order.isAlone = this.#beganAlone;
    shown.order.onWaiting = () => {
      this.#wake();
    };
    const looking = setInterval(() => {
      if (shown.order.flushLate() > 0) this.#mustReload = true;
    }, LATE_LOOKS_MS).unref();
    void this.#run(shown).finally(() => {
      clearInterval(looking);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    const { worker } = this.#running ?? {};
    this.#lose(new MonitorError('OCM_UNAVAILABLE', 'the service is stopping'));
    await worker?.terminate();
  }

  async #run(shown: Following): Promise<void> {
    while (!this.#isClosed) {
      const askedMs = performance.now();
      const isAgain = await this.#step(shown, askedMs).catch((error: unknown) => {
        this.#fail(shown, error);
        return false;
      });
      if (!isAgain) await this.#rest(shown.order, askedMs);
    }
    shown.order.isAlone = true;
    shown.order.flush();
  }

  /** Resolves with whether there is more at once. */
  async #step(shown: Following, askedMs: number): Promise<boolean> {
    if (this.#mustReload) await this.#reload(shown);
    const { order } = shown;
    const { waiting } = order;
    const { commits, isWhole, hasOthers, isBehind } = await this.#calls().ask('poll');
    this.#works();
    if (isBehind) {
      this.#log.warn({}, 'other receivers have committed more than can be read any more: everything is loaded anew');
      this.#mustReload = true;
      return true;
    }
    order.release(
      waiting,
      commits.map((commit) => ({
        no: commit.no,
        show: () => {
          shown.follow(commit);
        },
      })),
    );
    order.isAlone = !hasOthers;
    if (isWhole) this.#wholeMs = askedMs;
    return !isWhole;
  }

  async #reload(shown: Following): Promise<void> {
    const pieces: HeldPiece[] = [];
    const rest = await this.#calls().follow((piece) => pieces.push(piece), 'reload');
    this.#mustReload = false;
    shown.showAnew({
      ...rest,
      snapshots: pieces.flatMap(({ snapshots }) => snapshots),
      openCallbacks: pieces.flatMap(({ openCallbacks }) => openCallbacks),
    });
  }

  /** What was committed here is shown all the same; in which order with that of others, only the database can say then. */
  #fail({ order }: Following, error: unknown): void {
    if (this.#isClosed) return;
    if (order.flush() > 0) this.#mustReload = true;
    const why = messageOf(error);
    if (this.#fault === why) return;
    this.#fault = why;
    this.#log.warn({ why }, 'what other receivers commit cannot be read, and is not shown here until it can');
  }

  #works(): void {
    if (this.#fault !== null) this.#log.info({}, 'what other receivers commit can be read again');
    this.#fault = null;
  }

  /** Until it is time, or something waits. */
  async #rest(order: CommitOrder, askedMs: number): Promise<void> {
    const passedMs = performance.now() - askedMs;
    const pause = (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms).unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    await pause(Math.max(0, SOON_MS - passedMs));
    if (!this.#isClosed && order.waiting === 0) await pause(Math.max(0, POLL_MS - SOON_MS - passedMs));
    this.#wake = () => undefined;
  }

  #calls(): Calls<FollowerCalls> {
    return (this.#running ??= this.#start()).calls;
  }

  #start(): Running {
    const worker = this.#spawn();
    const die = (error: Error) => {
      if (this.#running?.worker !== worker) return;
      this.#lose(error);
      // Where it was, nobody knows.
      this.#mustReload = true;
    };
    worker.on('error', (error) => {
      die(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => {
      die(new Error(`the follower's thread ended with code ${code}`));
    });
    return { worker, calls: new Calls<FollowerCalls>(worker, []) };
  }

  #lose(error: Error): void {
    this.#running?.calls.end(error);
    this.#running = null;
  }
}
