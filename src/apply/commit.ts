/** A batch of deliveries in one transaction: the main path of every store. */
import { MonitorError } from '../domain/errors.js';
import type { CommitReport, Delivery } from '../domain/store.js';
import type { Batch } from './batch.js';
import type { RemovedUpTo } from './campaigns.js';
import { type AnyJudgement, type Judges, judgeDelivery } from './judge-delivery.js';
import type { Transactions } from './transactions.js';

export interface Judged {
  readonly delivery: Delivery;
  readonly judgement: AnyJudgement;
  /** Up to when evidence counts as removed, if it is not what retention says. */
  readonly removed?: RemovedUpTo;
}

/** See `BatchWriter.commit`. A body that makes the program fail does not take its batch with it: it is quarantined. */
export function commitBatch(
  deliveries: readonly Delivery[],
  { judges, nowMs, transactions }: { judges: Judges; nowMs: number; transactions: Transactions },
): CommitReport {
  const judged = deliveries.map((delivery) => ({ delivery, judgement: judgeDelivery(judges, delivery, nowMs) }));
  return commitJudged(judged, transactions);
}

/** The same of what was judged already; where `keep` is false, only to know what would become of it. */
export function commitJudged(judged: readonly Judged[], transactions: Transactions, keep = true): CommitReport {
  try {
    return transactions.run((batch) => {
      for (const { delivery, judgement, removed } of judged) batch.receive(delivery, judgement, removed);
    }, keep);
  } catch (error) {
    if (error instanceof MonitorError) throw error;
    return transactions.run((batch) => {
      for (const one of judged) receiveAlone(transactions, batch, one);
    }, keep);
  }
}

function receiveAlone(transactions: Transactions, batch: Batch, { delivery, judgement, removed }: Judged): void {
  const fault = transactions.attempt(batch, () => {
    batch.receive(delivery, judgement, removed);
  });
  if (fault) batch.quarantine(delivery, 'internal', [fault]);
}
