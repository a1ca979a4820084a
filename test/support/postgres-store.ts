/** A store over PostgreSQL, asked in one breath: what a lane sends is waited for. */
import { Compaction } from '../../src/apply/compaction.js';
import type { Stores } from '../../src/apply/stores.js';
import type { Tables } from '../../src/apply/tables.js';
import type { Batch } from '../../src/apply/batch.js';
import type { Transactions } from '../../src/apply/transactions.js';
import type { Violation } from '../../src/domain/notification.js';
import type { CommitReport } from '../../src/domain/store.js';
import type { ListSample } from '../../src/evidence/sample.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import type { Lane, Talk } from '../../src/postgres/lane.js';
import type { LaneTransactions } from '../../src/postgres/lane-transactions.js';
import { type LaneOptions, openLane } from '../../src/postgres/open-lane.js';
import { partOf } from '../../src/postgres/row-sets.js';
import type { BlockingWire } from './blocking-wire.js';
import type { StoreSettings } from './memory-store.js';
import { digest } from './notifications.js';

/** Does what a lane asks for, and waits. */
export function talk<T>(wire: BlockingWire, spoken: Talk<T>): T {
  let step = spoken.next();
  while (!step.done) {
    let answers;
    try {
      answers = wire.exchange(step.value);
    } catch (error) {
      step = spoken.throw(error);
      continue;
    }
    step = spoken.next(answers);
  }
  return step.value;
}

export interface OpenedLane {
  readonly tables: Tables;
  readonly stores: Stores;
  readonly transactions: Transactions;
  /** What compacted evidence said last of the lists of a group. */
  readonly listFigures: (groupNo: number) => readonly (ListSample & { readonly atMs: number })[];
}

let lanes = 0;

export function laneOptions({ nowMs, maxHeads, quarantineLimitBytes }: StoreSettings, rowsAtOnce: number): LaneOptions {
  return {
    id: `lane ${String(process.pid)} ${String(++lanes)}`,
    enumerations: ENUMERATIONS,
    digest,
    hashNumber: (number) => `hash of ${number}`,
    numberMark: null,
    maxHeads,
    quarantineLimitBytes,
    schemaVersionOf: () => 'schema 1',
    nowMs,
    rowsAtOnce,
  };
}

export type LaneParts = Pick<LaneOptions, 'rowsAtOnce' | 'dialect'>;

export function openBlockingLane(wire: BlockingWire, settings: StoreSettings, parts: LaneParts): OpenedLane {
  const { rowsAtOnce, ...more } = parts;
  const {
    lane,
    set,
    tables,
    stores,
    transactions: inner,
  } = openLane({ ...laneOptions(settings, rowsAtOnce), ...more });
  const transactions = new BlockingTransactions(wire, lane, inner);
  const ask: Ask = { transactions, loadJournal: () => set.loaded('journal.all') };
  return {
    tables: asked(tables, ask),
    stores: asked(stores, ask),
    transactions,
    listFigures: (groupNo) =>
      transactions.within(() => {
        tables.lists.lists(groupNo);
        return set.sets.lists.of(partOf.group(groupNo)).flatMap((row) => {
          const { list_no: listNo, said_at_ms: atMs, hit_ratio, time_to_complete_seconds } = row;
          if (atMs === null) return [];
          return [{ listNo, hitRatio: hit_ratio, timeToCompleteSeconds: time_to_complete_seconds, atMs }];
        });
      }),
  };
}

/** Runs one transaction after the other, each to its end. */
class BlockingTransactions implements Transactions {
  readonly #wire: BlockingWire;
  readonly #lane: Lane;
  readonly #inner: LaneTransactions;
  #isOpen = false;

  constructor(wire: BlockingWire, lane: Lane, inner: LaneTransactions) {
    this.#wire = wire;
    this.#lane = lane;
    this.#inner = inner;
  }

  run(work: (batch: Batch) => void, keep = true): CommitReport {
    return this.within(() => this.#inner.run(work, keep));
  }

  attempt(batch: Batch, work: () => void): Violation | null {
    return this.#inner.attempt(batch, work);
  }

  /** In the transaction that is open, or in one of its own. */
  within<T>(work: () => T): T {
    if (this.#isOpen) return work();
    const open = () => {
      this.#isOpen = true;
      try {
        return work();
      } finally {
        this.#isOpen = false;
      }
    };
    return talk(this.#wire, this.#lane.perform(open));
  }
}

interface Ask {
  readonly transactions: BlockingTransactions;
  readonly loadJournal: () => unknown;
}

/** The same object, each of whose methods may be called outside of a transaction. */
function asked<T extends object>(target: T, ask: Ask): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      // Around transactions, not in one.
      if (name === 'aroundHidden') return (work: () => unknown) => work();
      if (typeof value === 'function') {
        return (...args: readonly unknown[]) =>
          ask.transactions.within(() => {
            // Whoever compacts all has to have all.
            if (target instanceof Compaction && name === 'all') ask.loadJournal();
            return read((value as (...args: readonly unknown[]) => unknown).apply(target, [...args]));
          });
      }
      const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
      return isPlain ? asked(value, ask) : value;
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
