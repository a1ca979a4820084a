import type { Violation } from '../domain/notification.js';
import type { CommitReport } from '../domain/store.js';
import type { Batch } from './batch.js';

/** How a store runs work: durable as a whole or without a trace, in the rows and in memory. */
export interface Transactions {
  /**
   * Runs `work` and commits it durably, or leaves no trace of it: when `keep` is false, and when anything throws. A store may
   * run it again from its beginning, nothing of the run before being left: what it tells to others, it tells anew.
   * Throws a MonitorError (OCM_UNAVAILABLE, …) when the store fails; whatever else it throws is a fault of `work`.
   */
  run(work: (batch: Batch) => void, keep?: boolean): CommitReport;
  /** Does a part of a transaction's work, or leaves no trace of it and says why: only faults of the program stop here. */
  attempt(batch: Batch, work: () => void): Violation | null;
}
