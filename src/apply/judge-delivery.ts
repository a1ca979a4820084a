/** Looking into deliveries, before any transaction: what is not known yet is only whether a final record is held. */
import type { Violation } from '../domain/notification.js';
import type { Delivery } from '../domain/store.js';
import type { Judge, Judgement } from '../ingest/judge.js';
import type { CallbackJudge, CallbackJudgement, LegacyEvent, SeveralEvents } from '../ingest/judge-callback.js';

export interface Judges {
  readonly judge: Judge;
  readonly judgeCallback: CallbackJudge;
}

export type AnyJudgement = Judgement | CallbackJudgement | LegacyEvent | SeveralEvents;

/** Throws nothing: a body that makes the program fail is refused as `internal`. */
export function judgeDelivery({ judge, judgeCallback }: Judges, delivery: Delivery, nowMs: number): AnyJudgement {
  try {
    return delivery.endpoint === 'campaign-group-state' ? judge(delivery, nowMs) : judgeCallback(delivery);
  } catch (error) {
    return { kind: 'refused', reason: 'internal', violations: [internalFault(error)] };
  }
}

/** A fault of the program, as it is kept with the body that met it. */
export function internalFault(error: unknown): Violation {
  const found = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : 'an unknown fault';
  return { field: '', rule: 'a body this program can process; please report it', found };
}
