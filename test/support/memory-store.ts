/** A store in memory: the logic of `apply/` over maps, with transactions that can be undone. */
import { Batch } from '../../src/apply/batch.js';
import { CallbackStore } from '../../src/apply/callbacks.js';
import { CampaignStore } from '../../src/apply/campaigns.js';
import { Compaction } from '../../src/apply/compaction.js';
import { Evidence } from '../../src/apply/evidence.js';
import { noteChanges } from '../../src/apply/change-log.js';
import { internalFault } from '../../src/apply/judge-delivery.js';
import { QuarantineStore } from '../../src/apply/quarantine.js';
import { dropMemory, type Stores } from '../../src/apply/stores.js';
import type { Tables } from '../../src/apply/tables.js';
import type { Transactions } from '../../src/apply/transactions.js';
import type { Violation } from '../../src/domain/notification.js';
import type { CommitReport } from '../../src/domain/store.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { type MemoryHold } from './memory-tables.js';
import { digest } from './notifications.js';

export interface StoreSettings {
  readonly maxHeads: number;
  readonly quarantineLimitBytes: number;
  readonly nowMs: () => number;
}

export function storesOver(tables: Tables, { maxHeads, quarantineLimitBytes }: StoreSettings): Stores {
  const evidence = new Evidence(tables);
  return {
    evidence,
    compaction: new Compaction(tables, evidence),
    campaigns: new CampaignStore(tables, evidence, { enumerations: ENUMERATIONS, digest, maxHeads }),
    callbacks: new CallbackStore(tables, { digest, hashNumber: (number) => `hash of ${number}` }),
    legacyEvents: tables.legacyEvents,
    missingKeys: tables.missingKeys,
    quarantine: new QuarantineStore(tables.quarantine, quarantineLimitBytes, digest),
  };
}

export class MemoryTransactions implements Transactions {
  readonly #hold: MemoryHold;
  readonly #tables: Tables;
  readonly #stores: Stores;
  readonly #nowMs: () => number;
  #commits = 0;

  constructor(hold: MemoryHold, tables: Tables, stores: Stores, nowMs: () => number) {
    this.#hold = hold;
    this.#tables = tables;
    this.#stores = stores;
    this.#nowMs = nowMs;
  }

  run(work: (batch: Batch) => void, keep = true): CommitReport {
    const batch = new Batch(this.#stores, () => 'schema 1');
    try {
      work(batch);
      const changes = batch.changes();
      if (keep) noteChanges(this.#tables.changes, changes, { nowMs: this.#nowMs(), isRetold: batch.isRetold });
      else this.#undoTo(0);
      this.#hold.log.forgetAll();
      if (keep) this.#commits++;
      return { ...changes, no: this.#commits, commitSeconds: 0, syncSeconds: 0 };
    } catch (error) {
      this.#undoTo(0);
      throw error;
    }
  }

  attempt(batch: Batch, work: () => void): Violation | null {
    const takeBack = batch.mark();
    const { length } = this.#hold.log;
    try {
      work();
      return null;
    } catch (error) {
      this.#undoTo(length);
      takeBack();
      return internalFault(error);
    }
  }

  #undoTo(length: number): void {
    this.#hold.log.rollBackTo(length);
    dropMemory(this.#stores);
    this.#stores.quarantine.recount();
  }
}
