/** How a batch is run over a working set that is loaded: its writes wait there until the lane commits. */
import { Batch } from '../apply/batch.js';
import { noteChanges } from '../apply/change-log.js';
import { internalFault } from '../apply/judge-delivery.js';
import { dropMemory, type Stores } from '../apply/stores.js';
import { NotLoaded } from '../apply/tables.js';
import type { Transactions } from '../apply/transactions.js';
import type { Violation } from '../domain/notification.js';
import type { Endpoint } from '../domain/quarantine.js';
import type { CommitReport } from '../domain/store.js';
import { type Claim, claimName, ClaimsNotLoaded } from './not-loaded.js';
import type { PostgresTables } from './tables.js';
import type { WorkingSet } from './working-set.js';

type Shown = Pick<CommitReport, 'heard' | 'snapshots'>;

export interface LaneTransactionsOptions {
  readonly schemaVersionOf: (endpoint: Endpoint) => string;
  readonly nowMs: () => number;
  /** The number of the commit that is being made. */
  readonly commitNo: () => number;
}

type Received = Parameters<Batch['receive']>;

/**
 * A batch that goes on behind a delivery that looked at what is not loaded, as if there were none: what the others look at is
 * loaded with it. Otherwise as many new groups as a batch has would run it so many times.
 */
class LookingBatch extends Batch {
  readonly #missing = new Map<string, Claim>();
  readonly #undoTo: (length: number) => void;
  readonly #length: () => number;

  constructor(
    parts: ConstructorParameters<typeof Batch>,
    log: { readonly length: () => number; readonly undoTo: (length: number) => void },
  ) {
    super(...parts);
    this.#length = log.length;
    this.#undoTo = log.undoTo;
  }

  override receive(...received: Received): void {
    const takeBack = this.mark();
    const length = this.#length();
    try {
      super.receive(...received);
    } catch (error) {
      if (!(error instanceof ClaimsNotLoaded)) throw error;
      this.#undoTo(length);
      takeBack();
      for (const claim of error.claims) this.#missing.set(claimName(claim), claim);
    }
  }

  /** Throws NotLoaded where anything was. */
  mustBeLoaded(): void {
    if (this.#missing.size > 0) throw new ClaimsNotLoaded([...this.#missing.values()]);
  }
}

export class LaneTransactions implements Transactions {
  readonly #set: WorkingSet;
  readonly #tables: PostgresTables;
  readonly #stores: Stores;
  readonly #options: LaneTransactionsOptions;
  #shown: readonly Shown[] = [];

  constructor(set: WorkingSet, tables: PostgresTables, stores: Stores, options: LaneTransactionsOptions) {
    this.#set = set;
    this.#tables = tables;
    this.#stores = stores;
    this.#options = options;
  }

  /** Durable when the lane has committed. Throws NotLoaded too, and then nothing of it remains. */
  run(work: (batch: Batch) => void, keep = true): CommitReport {
    const { schemaVersionOf, nowMs, commitNo } = this.#options;
    const batch = new LookingBatch([this.#stores, schemaVersionOf], {
      length: () => this.#set.log.length,
      undoTo: (length) => {
        this.undoTo(length);
      },
    });
    try {
      work(batch);
      batch.mustBeLoaded();
      const changes = batch.changes();
      if (keep) {
        noteChanges(this.#tables.changes, changes, { nowMs: nowMs(), isRetold: batch.isRetold });
        this.#show(changes);
      } else this.undoTo(0);
      return { ...changes, no: commitNo(), commitSeconds: 0, syncSeconds: 0 };
    } catch (error) {
      this.undoTo(0);
      // What failed may have missed a delivery before it.
      batch.mustBeLoaded();
      throw error;
    }
  }

  attempt(batch: Batch, work: () => void): Violation | null {
    const takeBack = batch.mark();
    const { length } = this.#set.log;
    try {
      work();
      return null;
    } catch (error) {
      if (error instanceof NotLoaded) throw error;
      this.undoTo(length);
      takeBack();
      return internalFault(error);
    }
  }

  /** What is shown of the groups that the transaction has changed. */
  shown(): Shown {
    const snapshots = new Map(this.#shown.flatMap((one) => one.snapshots).map((one) => [one.groupNo, one]));
    return { heard: this.#shown.flatMap(({ heard }) => heard), snapshots: [...snapshots.values()] };
  }

  #show({ heard, snapshots }: Shown): void {
    const before = this.#shown;
    this.#set.log.note(() => {
      this.#shown = before;
    });
    this.#shown = [...before, { heard, snapshots }];
  }

  /** To be called when a transaction begins. */
  begin(): void {
    this.#shown = [];
  }

  /** What was put into memory for the sake of what is undone goes with it. */
  undoTo(length: number): void {
    this.#set.log.rollBackTo(length);
    dropMemory(this.#stores);
    this.#stores.quarantine.recount();
  }
}
