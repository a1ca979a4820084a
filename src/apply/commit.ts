/** A batch of deliveries in one transaction: the main path of every store. */
import { MonitorError } from '../domain/errors.js';
import type { CommitReport, Delivery } from '../domain/store.js';
import type { Batch } from './batch.js';
import { type AnyJudgement, type Judges, judgeDelivery } from './judge-delivery.js';
import type { Transactions } from './transactions.js';

interface Judged {
  readonly delivery: Delivery;
  readonly judgement: AnyJudgement;
}

/** See `BatchWriter.commit`. A body that makes the program fail does not take its batch with it: it is quarantined. */
export function commitBatch(
  deliveries: readonly Delivery[],
  { judges, nowMs, transactions }: { judges: Judges; nowMs: number; transactions: Transactions },
): CommitReport {
  const judged = deliveries.map((delivery) => ({ delivery, judgement: judgeDelivery(judges, delivery, nowMs) }));
  try {
    return transactions.run((batch) => {
      for (const { delivery, judgement } of judged) batch.receive(delivery, judgement);
    });
  } catch (error) {
    if (error instanceof MonitorError) throw error;
    return transactions.run((batch) => {
      for (const one of judged) receiveAlone(transactions, batch, one);
    });
  }
}

function receiveAlone(transactions: Transactions, batch: Batch, { delivery, judgement }: Judged): void {
  const fault = transactions.attempt(batch, () => {
    batch.receive(delivery, judgement);
  });
  if (fault) batch.quarantine(delivery, 'internal', [fault]);
}
