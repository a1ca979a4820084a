import type { AnyJudgement } from './judge-delivery.js';

/** What a post tells of, within its source: a campaign group or a callback. Null: several, or something else. */
export function subjectOf(judgement: AnyJudgement): string | null {
  switch (judgement.kind) {
    case 'notification':
      return `group ${judgement.notification.dbid}`;
    case 'event':
      return `callback ${judgement.event.record.serviceId}`;
    case 'attached':
      return `callback ${judgement.attached.serviceId}`;
    case 'status':
      return `callback ${judgement.status.serviceId}`;
    case 'legacy':
    case 'several':
    case 'refused':
      return null;
  }
}
