/**
 * A lane that is asked in one breath, as SQLite is: each transaction is run to its end while the thread waits. So replay,
 * removal, retention and import are the same code over both. A lane is a connection's life: after one was lost the next
 * transaction has another lane.
 */
import type { Batch } from '../apply/batch.js';
import type { Judged } from '../apply/commit.js';
import type { Stores } from '../apply/stores.js';
import type { Tables } from '../apply/tables.js';
import type { Transactions } from '../apply/transactions.js';
import { MonitorError } from '../domain/errors.js';
import type { Violation } from '../domain/notification.js';
import type { CommitReport } from '../domain/store.js';
import type { BlockingWire } from './blocking/blocking-wire.js';
import type { Answer } from './exchange.js';
import type { LanePlace } from './fence.js';
import { CommitUnknown, type Talk } from './lane.js';
import { commitThrough } from './lane-commit.js';
import { unavailable } from './lane-driver.js';
import type { Claim } from './not-loaded.js';
import type { Statement } from './statements.js';
import { type LaneOptions, openLane, type OpenLane } from './open-lane.js';

export interface AtOnceOptions extends Omit<LaneOptions, 'id'> {
  /** An id that no lane has had. */
  readonly newId: () => string;
  /** Throws what keeps it from writing at all; left out: nothing does. */
  readonly mayWrite?: () => void;
  /** Told what `run` made in a commit of which nobody knows whether it was done. */
  readonly onUnknown?: (place: LanePlace, report: CommitReport) => void;
}

export class LaneAtOnce implements Transactions {
  readonly #wire: BlockingWire;
  readonly #options: AtOnceOptions;
  #lane: OpenLane;
  #isOpen = false;
  /** Of the last commit: it rises when a lane gives way to another. */
  #moment = 0;
  #exchangeMs = 0;

  constructor(wire: BlockingWire, options: AtOnceOptions) {
    this.#wire = wire;
    this.#options = options;
    this.#lane = this.#newLane();
  }

  /** Methods may be called in a transaction, or outside of any. What they iterate is read to its end. */
  get tables(): Tables {
    return asked(() => this.#lane.tables, this);
  }

  get stores(): Stores {
    return asked(() => this.#lane.stores, this);
  }

  /** See `BatchWriter.commit`. Throws OCM_UNAVAILABLE when nothing of it is durable, or nobody knows whether it is. */
  commit(judged: readonly Judged[]): CommitReport {
    return this.#numbered(() => {
      return this.converse(({ lane, transactions }) => commitThrough(lane, transactions, judged));
    });
  }

  run(work: (batch: Batch) => void, keep = true): CommitReport {
    try {
      return this.#numbered(() => this.within(() => this.#lane.transactions.run(work, keep)));
    } catch (error) {
      const unknown = error instanceof MonitorError ? error.cause : error;
      if (unknown instanceof CommitUnknown) this.#options.onUnknown?.(unknown.place, unknown.made as CommitReport);
      throw error;
    }
  }

  attempt(batch: Batch, work: () => void): Violation | null {
    return this.#lane.transactions.attempt(batch, work);
  }

  /**
   * In the transaction that is open, or in one of its own. Work is run again when it looks at what is not loaded: nothing that
   * it did before remains in the store, and nothing of it may remain elsewhere.
   */
  within<T>(work: () => T, claims: readonly Claim[] = []): T {
    if (this.#isOpen) return work();
    const open = () => {
      this.#isOpen = true;
      try {
        return work();
      } finally {
        this.#isOpen = false;
      }
    };
    return this.converse(({ lane }) => lane.perform(open, claims));
  }

  /** Told by its moment, so that it has its place among those of other receivers; and with the time that it took: what the last round trip took, with COMMIT, is what the disk of the server did. */
  #numbered(work: () => CommitReport): CommitReport {
    const beganMs = performance.now();
    const report = work();
    const commitSeconds = (performance.now() - beganMs) / 1000;
    this.#moment = Math.max(this.#moment, this.#lane.lane.moment);
    return { ...report, no: this.#moment, commitSeconds, syncSeconds: this.#exchangeMs / 1000 };
  }

  #newLane(): OpenLane {
    return openLane({ ...this.#options, id: this.#options.newId() });
  }

  /** What a lane has to say, to its end. Throws OCM_UNAVAILABLE when the database fails. */
  converse<T>(speak: (lane: OpenLane) => Talk<T>): T {
    this.#options.mayWrite?.();
    if (this.#wire.takeHasFailed()) this.#lane = this.#newLane();
    try {
      return this.#drive(speak(this.#lane));
    } catch (error) {
      throw unavailable(error);
    }
  }

  #drive<T>(spoken: Talk<T>): T {
    let step = spoken.next();
    while (!step.done) {
      let answers;
      try {
        answers = this.#exchange(step.value);
      } catch (error) {
        step = spoken.throw(error);
        continue;
      }
      step = spoken.next(answers);
    }
    return step.value;
  }

  #exchange(statements: readonly Statement[]): readonly Answer[] {
    const beganMs = performance.now();
    const answers = this.#wire.exchange(statements);
    this.#exchangeMs = performance.now() - beganMs;
    return answers;
  }
}

/** The same object, each of whose methods may be called outside of a transaction, whichever lane there is then. */
function asked<T extends object>(of: () => T, lane: LaneAtOnce): T {
  return new Proxy(of(), {
    get: (_, name) => {
      const value: unknown = Reflect.get(of(), name, of());
      // Around transactions, not in one.
      if (name === 'aroundHidden') return (work: () => unknown) => work();
      // Its rows are those of the transaction in which it is asked.
      if (name === 'journal' && typeof value === 'function')
        return () => asked(() => Reflect.apply(Reflect.get(of(), name, of()) as () => object, of(), []), lane);
      if (typeof value === 'function') {
        return (...args: readonly unknown[]) =>
          lane.within(() => read(Reflect.apply(Reflect.get(of(), name, of()) as () => unknown, of(), [...args])));
      }
      const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
      return isPlain ? asked(() => Reflect.get(of(), name, of()) as object, lane) : value;
    },
  });
}

/** What is read as it is iterated is read to its end, and given out again. */
function read(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value && 'next' in value)) return value;
  const reading = value as Iterator<unknown>;
  const values: unknown[] = [];
  let step = reading.next();
  for (; !step.done; step = reading.next()) values.push(step.value);
  return again(values, step.value);
}

function* again(values: readonly unknown[], returned: unknown): Generator<unknown, unknown> {
  yield* values;
  return returned;
}
