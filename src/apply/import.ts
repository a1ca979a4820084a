/**
 * The import engine: evidence and callbacks that did not come by a post, through the same `apply/` as posts.
 *
 * Whatever is imported is a body (`ImportItem`): of an endpoint, as it was received elsewhere, or, where a log or a table
 * tells the same in other words, as it would have been posted (`ocs/encode-notification.ts` writes such bodies). It is
 * judged as a post is, and what is invalid is quarantined with every reason, marked with where it came from. `origin` is
 * kept beside all that is stored: on the statement of evidence, on the event of a callback, on the body in quarantine.
 *
 * - Idempotent: the identity of evidence and of events is their content, so what is imported again is a duplicate. A body
 *   with origin `import` is the same evidence as the post it was; what a log tells (`ocs-log`, `icon`, `tserver-log`) is a
 *   statement of its own, and no duplicate of a post. So an import may break off anywhere, and begins again. Tables
 *   (`icon`) tell in fewer words: what is held in more is a duplicate (`retold-changes.ts`, `domain/covering.ts`).
 * - Nothing live moves: no group is heard, no rhythm learned, no silence ended, nothing counted but what quarantine holds.
 *   Groups and callbacks are shown as they stand afterwards, and whoever follows the stream starts over.
 * - What another program told can be taken back, item by item: history is told as if it had never been.
 * - A batch is a transaction. Between two of them posts are committed, so whoever imports sends them one by one, each when
 *   the one before has been answered.
 *
 * Its callers: `WriterClient.importBatch` (the writer's thread), `service/imports.ts` (an import of a running service, from
 * its beginning to its line in the audit log), `cli/import-run.ts` (a command: files, lines, progress, summary).
 */
import type { ImportBatch, ImportedBatch, ImportItem } from '../domain/import.js';
import type { Delivery } from '../domain/store.js';
import type { RemovedUpTo } from './campaigns.js';
import { commitJudged, type Judged } from './commit.js';
import { type AnyJudgement, type Judges, judgeDelivery } from './judge-delivery.js';
import type { Transactions } from './transactions.js';

/** As if retention had removed nothing. */
const NOTHING_REMOVED: RemovedUpTo = { samplesMs: -Infinity, historyMs: -Infinity };

export function importBatch(
  { items, dryRun, raisesHorizon, takesBack = false }: ImportBatch,
  { judges, nowMs, transactions }: { judges: Judges; nowMs: number; transactions: Transactions },
): ImportedBatch {
  const removed = raisesHorizon ? { removed: NOTHING_REMOVED } : {};
  const judged = items.map((item) => ({ ...judgeItem(judges, item, nowMs), ...removed, takesBack }));
  const report = commitJudged(judged, transactions, !dryRun);
  return { receipts: report.receipts, report: dryRun ? null : report };
}

function judgeItem(judges: Judges, { receivedAtMs, ...item }: ImportItem, nowMs: number): Judged {
  const delivery: Delivery = { ...item, receivedAtMs: Math.min(receivedAtMs ?? nowMs, nowMs) };
  const judgement = judgeDelivery(judges, delivery, nowMs);
  return { delivery, judgement: receivedAtMs === null ? receivedWhenSaid(judgement, nowMs) : judgement };
}

/** Of what nobody knows when it was received: when it says that it happened, not now. */
function receivedWhenSaid(judgement: AnyJudgement, nowMs: number): AnyJudgement {
  switch (judgement.kind) {
    case 'notification': {
      const { notification } = judgement;
      return { ...judgement, notification: { ...notification, receivedAtMs: Math.min(notification.atMs, nowMs) } };
    }
    case 'several': {
      const parts = judgement.parts.map(({ delivery, judgement: part }) => {
        return { delivery, judgement: receivedWhenSaid(part, nowMs) as typeof part };
      });
      return { ...judgement, parts };
    }
    case 'event': {
      const { event } = judgement;
      const saidMs = event.record.serviceEndMs ?? event.record.serviceStartMs ?? nowMs;
      return { ...judgement, event: { ...event, receivedAtMs: Math.min(saidMs, nowMs) } };
    }
    case 'legacy': {
      const { legacy } = judgement;
      return { ...judgement, legacy: { ...legacy, atMs: Math.min(legacy.startedMs ?? nowMs, nowMs) } };
    }
    case 'attached':
    case 'status':
    case 'refused':
      return judgement;
  }
}
