/** A batch of deliveries in one transaction: the main path of every store. */
import { MonitorError } from '../domain/errors.js';
import type { CommitReport, Delivery } from '../domain/store.js';
import type { Batch } from './batch.js';
import type { RemovedUpTo } from './campaigns.js';
import { type AnyJudgement, type Judges, judgeDelivery } from './judge-delivery.js';
import { NotLoaded } from './tables.js';
import type { Transactions } from './transactions.js';

export interface Judged {
  readonly delivery: Delivery;
  readonly judgement: AnyJudgement;
  /** Up to when evidence counts as removed, if it is not what retention says. */
  readonly removed?: RemovedUpTo;
  /** Evidence is to go that was imported; left out: it comes. */
  readonly takesBack?: boolean;
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
      for (const one of judged) receive(batch, one);
    }, keep);
  } catch (error) {
    if (error instanceof MonitorError || error instanceof NotLoaded) throw error;
    return transactions.run((batch) => {
      for (const one of judged) receiveAlone(transactions, batch, one);
    }, keep);
  }
}

function receive(batch: Batch, { delivery, judgement, removed, takesBack = false }: Judged): void {
  if (takesBack) batch.takeBack(delivery, judgement);
  else batch.receive(delivery, judgement, removed);
}

function receiveAlone(transactions: Transactions, batch: Batch, one: Judged): void {
  const fault = transactions.attempt(batch, () => {
    receive(batch, one);
  });
  if (fault) batch.quarantine(one.delivery, 'internal', [fault]);
}
