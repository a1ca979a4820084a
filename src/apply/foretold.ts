/**
 * What a sender is told of posts that cannot be applied yet: what is faulty in them as ever, and of the others that they are
 * kept. An event that lacks keys is refused, though its callback may have ended: that is known when it is applied.
 */
import { type Digest, listsContent, notificationId, statementContent } from '../domain/identity.js';
import type { BatchReceipt, Delivery, QuarantineReceipt, Receipt, SpooledReceipt } from '../domain/store.js';
import type { CallbackJudgement } from '../ingest/judge-callback.js';
import type { Refusal } from '../ingest/refusal.js';
import type { Judged } from './commit.js';
import { quarantineId } from './quarantine.js';

export function foretold({ delivery, judgement }: Judged, digest: Digest): Receipt {
  switch (judgement.kind) {
    case 'notification': {
      const { notification, warnings } = judgement;
      const { statement, callingLists } = notification;
      const id = notificationId(notification, digest(statementContent(statement)), listsContent(callingLists), digest);
      return { kind: 'spooled', outcome: 'spooled', id, serviceId: null, warnings };
    }
    case 'legacy':
      return { kind: 'spooled', outcome: 'spooled', id: judgement.legacy.digest, serviceId: null, warnings: [] };
    case 'several': {
      const items = judgement.parts.map((part) => ofCallback(part.delivery, part.judgement, digest));
      return { kind: 'batch', outcome: 'batch', items } satisfies BatchReceipt;
    }
    case 'event':
    case 'attached':
    case 'status':
    case 'refused':
      return ofCallback(delivery, judgement, digest);
  }
}

function ofCallback(
  delivery: Delivery,
  judgement: CallbackJudgement,
  digest: Digest,
): SpooledReceipt | QuarantineReceipt {
  switch (judgement.kind) {
    case 'refused':
      return refused(delivery, judgement, digest);
    case 'event': {
      const { event, refusal, warnings } = judgement;
      return refusal === null ? kept(event.record.serviceId, warnings) : refused(delivery, refusal, digest);
    }
    case 'attached':
      return kept(judgement.attached.serviceId, judgement.warnings);
    case 'status':
      return kept(judgement.status.serviceId, judgement.warnings);
  }
}

function kept(serviceId: string, warnings: SpooledReceipt['warnings']): SpooledReceipt {
  return { kind: 'spooled', outcome: 'spooled', id: null, serviceId, warnings };
}

function refused(delivery: Delivery, { reason, violations }: Refusal, digest: Digest): QuarantineReceipt {
  return { kind: 'quarantined', outcome: 'quarantined', id: quarantineId(delivery, digest), reason, violations };
}
