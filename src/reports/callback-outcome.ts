/** What became of one callback, as reports count it: the definitions of docs/callback-measures.md. */
import { type Callback, comparable, dispositionOf } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { FIELDS, pairOf } from '../gms/key-value-pairs.js';

/** What a report needs of a callback. */
export type ReportedCallback = Pick<Callback, 'source' | 'record' | 'isFinal' | 'endedMs'>;

export interface Ending {
  readonly record: CallbackRecord;
  readonly subState: string | null;
  readonly isOffered: boolean;
  readonly isAccepted: boolean;
  readonly isAbandonedInOffer: boolean;
  readonly isAttempted: boolean;
  readonly isConnected: boolean;
  /** Accepted; or, where nobody reports the acceptance, attempted, connected or joined by an agent. */
  readonly isRequested: boolean;
  readonly isSuccessful: boolean;
  readonly isCompletedWithoutAgent: boolean;
  readonly isTransferredToRp: boolean;
  readonly isRescheduled: boolean;
  readonly isRedialLimitReached: boolean;
  readonly isRejected: boolean;
  /** Requested, and none of the six before. */
  readonly isUnsuccessful: boolean;
  readonly isCustomerOriginated: boolean;
  /** Results of all dials, the final one among them, and the sub-state. */
  readonly dialWords: readonly string[];
}

/** Known words in the form in which words are compared; only others have to be brought into it. */
const COMPARABLE: ReadonlyMap<string, string> = new Map(
  FIELDS.flatMap((field) => (pairOf(field).words ?? []).map((word) => [word, comparable(word)] as const)),
);

/** A word as it is compared, null for none. */
export function comparableWord(word: string | null): string | null {
  return word === null ? null : (COMPARABLE.get(word) ?? comparable(word));
}

export function outcomeOf({ record, isFinal }: Pick<Callback, 'record' | 'isFinal'>): Ending {
  const { subState } = dispositionOf(record.disposition, isFinal);
  const reach = reachOf(record);
  const ends = endsOf(record, subState, reach);
  const hasOwnEnd = reach.isSuccessful || Object.values(ends).some((isSo) => isSo);
  return {
    record,
    subState,
    isOffered: record.offered === 1,
    isAbandonedInOffer: record.abandonedDuringOffer === 1,
    ...reach,
    ...ends,
    isUnsuccessful: reach.isRequested && !hasOwnEnd,
    isCustomerOriginated: comparableWord(record.callDirection) === 'CUSTOMER_ORIGINATED',
    dialWords: [...dialResultsOf(record), comparableWord(record.finalDialResult), subState].filter(
      (word) => word !== null,
    ),
  };
}

function reachOf(record: CallbackRecord) {
  const isAccepted = record.accepted === 1 || record.acceptedMs !== null;
  const isAttempted = (record.attempts ?? 0) > 0;
  const isConnected = record.customerConnectedMs !== null;
  const isSuccessful = record.agentAdded === 1;
  const isRequested = isAccepted || isAttempted || isConnected || isSuccessful;
  return { isAccepted, isAttempted, isConnected, isSuccessful, isRequested };
}

function endsOf(record: CallbackRecord, subState: string | null, reach: ReturnType<typeof reachOf>) {
  const dialog = comparableWord(record.dialogResult);
  const finalDial = comparableWord(record.finalDialResult);
  return {
    isCompletedWithoutAgent: record.agentRequired === 0 && reach.isConnected && !reach.isSuccessful,
    isTransferredToRp: subState === 'TRANSFERRED_TO_RP' || dialog === 'TRANSFERRED_TO_RP',
    isRescheduled: dialog === 'RESCHEDULED' || finalDial === 'RESCHEDULED',
    isRedialLimitReached: subState === 'REDIAL_LIMIT_REACHED' || finalDial === 'REDIAL_LIMIT_REACHED',
    isRejected: subState === 'REJECTED',
  };
}

/** Results of dials 1 to 5 that are reported, in their order. */
export function dialResultsOf(record: CallbackRecord): string[] {
  return [record.dial1Result, record.dial2Result, record.dial3Result, record.dial4Result, record.dial5Result]
    .map(comparableWord)
    .filter((word) => word !== null)
    .filter((word) => word !== 'UNKNOWN');
}

/** Offered, neither accepted nor hung up on. */
export function isDeclined({ isOffered, isAccepted, isAbandonedInOffer }: Ending): boolean {
  return isOffered && !isAccepted && !isAbandonedInOffer;
}

/** Whether it shows that its source reports offers nobody took. */
export function isRefused({ isOffered, isAccepted, isAbandonedInOffer }: Ending): boolean {
  return !isAccepted && (isOffered || isAbandonedInOffer);
}

const FIRST_SUCCESSES: readonly string[] = ['PERSON', 'CONNECTED', 'USERORIGINATED_CONNECTED'];

/** Whether the first attempt reached the customer; null when its result is not reported. */
export function isFirstAttemptSuccess({ record }: Ending): boolean | null {
  const word = comparableWord(record.dial1Result);
  return word === null || word === 'UNKNOWN' ? null : FIRST_SUCCESSES.includes(word);
}

/** Words for the end of one callback; the first that holds is its outcome. */
const OUTCOMES: readonly (readonly [name: string, holds: (outcome: Ending) => boolean])[] = [
  // Nobody asked for a callback: whatever the disposition says, there was none.
  ['abandoned_during_offer', (outcome) => !outcome.isRequested && outcome.isAbandonedInOffer],
  ['declined', (outcome) => !outcome.isRequested && isDeclined(outcome)],
  ['successful', ({ isSuccessful }) => isSuccessful],
  ['completed_without_agent', ({ isCompletedWithoutAgent }) => isCompletedWithoutAgent],
  ['transferred_to_rp', ({ isTransferredToRp }) => isTransferredToRp],
  ['rescheduled', ({ isRescheduled }) => isRescheduled],
  ['cancelled', ({ subState }) => subState === 'CANCELLED'],
  ['rejected', ({ isRejected }) => isRejected],
  ['redial_limit_reached', ({ isRedialLimitReached }) => isRedialLimitReached],
  ['abandoned_waiting', ({ record }) => record.abandonedWaiting === 1],
  ['timed_out', ({ record }) => record.timedOutWaiting === 1],
  ['transfer_failed', ({ record }) => (record.transfersFailed ?? 0) > 0],
  ['unsuccessful', ({ isUnsuccessful }) => isUnsuccessful],
];

export const OUTCOME_NAMES = [...OUTCOMES.map(([name]) => name), 'not_offered'];

/** How a final callback ended, in one word; null while it is open. */
export function outcomeName(callback: Pick<Callback, 'record' | 'isFinal'>): string | null {
  if (!callback.isFinal) return null;
  const outcome = outcomeOf(callback);
  return OUTCOMES.find(([, holds]) => holds(outcome))?.[0] ?? 'not_offered';
}
