import type { Violation } from '../domain/notification.js';
import type { QuarantineReason } from '../domain/quarantine.js';

/** Why a body, or a part of it, is not applied. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: QuarantineReason;
  readonly violations: readonly Violation[];
}
