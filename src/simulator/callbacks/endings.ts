/** How callbacks end: the words of every enumeration of the reference (sources.md#callback-kvps), as data. */
import type { Defect } from './defects.js';
import type { Trait } from './services.js';

/** How far it got. */
export type Reach =
  | 'not-offered'
  | 'declined'
  | 'abandoned-offer'
  /** GMS could not start the service: no UserEvent at all. */
  | 'never-started'
  | 'never-dialed'
  | 'never-answered'
  /** Somebody answered and settled the matter in the dialogue, without waiting for an agent. */
  | 'dialogue'
  | 'no-agent-needed'
  | 'abandoned-waiting'
  | 'timed-out'
  | 'transfer-failed'
  | 'agent';

export interface Ending {
  readonly name: string;
  /** Services with this trait end so. */
  readonly trait: Trait;
  /** How many cards of the deck it has with each of these services: its share. */
  readonly cards: number;
  readonly reach: Reach;
  /** Of the final record; null where there is none. */
  readonly disposition: string | null;
  /** Result of each attempt; the record has slots for five. */
  readonly dials: readonly string[];
  readonly finalDialResult?: string;
  readonly dialogResult?: string;
  /** Transfers to the agent that failed. */
  readonly transfersFailed?: number;
  /** Put off once before the first attempt. */
  readonly snoozed?: true;
  /** The ending itself is one of the known defects. */
  readonly defect?: Defect;
}

const REACHED = { reach: 'agent', disposition: 'COMPLETED.AGENT', dialogResult: 'RIGHT_PERSON' } as const;
const PERSON = { dials: ['PERSON'], finalDialResult: 'PERSON' } as const;
const FAILED = { reach: 'never-answered', disposition: 'COMPLETED.FAILED', cards: 1 } as const;
const UNDIALED = { dials: [], cards: 1 } as const;
const PUSHED = 'PUSH_DELIVERY_CONFIRMED';
const UNCONFIRMED = 'PUSH_DELIVERY_NOT_CONFIRMED';
const CALLED_IN = 'USERORIGINATED_CONNECTED';
const NO_MEDIA = 'FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA';

/** Attempts that fail, from some word of a list on, so that every word comes at every attempt. */
function failing(words: readonly string[], first: number, attempts: number): string[] {
  return Array.from({ length: attempts }, (_, index) => words[(first + index) % words.length] ?? '');
}

const UNREACHED = ['NO_ANSWER', 'BUSY', 'ANSWERING_MACHINE', 'CREATE_CALL_ERROR', 'ERROR_TONE', 'FAX'] as const;
const UNPUSHED = [UNCONFIRMED, 'PUSH_SEND_ERROR', PUSHED, NO_MEDIA] as const;

/** Success at the second to fifth attempt, and the redial limit after five. */
function redials(trait: Trait, failures: readonly string[], successes: readonly string[]): Ending[] {
  const reached = [2, 3, 4, 5].flatMap((attempts) =>
    successes.map((result) => ({
      ...REACHED,
      trait,
      name: `agent-at-attempt-${attempts}-${result.toLowerCase()}`,
      cards: 1,
      dials: [...failing(failures, attempts, attempts - 1), result],
      finalDialResult: result,
    })),
  );
  const limits = failures.map((_, first) => ({
    ...FAILED,
    trait,
    name: `redial-limit-${first + 1}`,
    disposition: 'COMPLETED.REDIAL_LIMIT_REACHED',
    dials: failing(failures, first, 5),
    finalDialResult: 'REDIAL_LIMIT_REACHED',
  }));
  return [...reached, ...limits];
}

const OFFERED: readonly Ending[] = [
  { ...UNDIALED, trait: 'offers-in-queue', name: 'declined', cards: 6, reach: 'declined', disposition: 'COMPLETED' },
  {
    ...UNDIALED,
    trait: 'offers-in-queue',
    name: 'abandoned-offer',
    cards: 2,
    reach: 'abandoned-offer',
    disposition: 'COMPLETED',
  },
  { ...UNDIALED, trait: 'offers-in-queue', name: 'not-offered', reach: 'not-offered', disposition: 'COMPLETED' },
  { ...UNDIALED, trait: 'has-slots', name: 'no-slot', reach: 'not-offered', disposition: 'COMPLETED' },
  { ...UNDIALED, trait: 'any', name: 'submit-failed', reach: 'never-started', disposition: null },
  { ...UNDIALED, trait: 'any', name: 'cancelled', cards: 2, reach: 'never-dialed', disposition: 'COMPLETED.CANCELLED' },
  { ...UNDIALED, trait: 'previews', name: 'rejected', reach: 'never-dialed', disposition: 'COMPLETED.REJECTED' },
];

const DIALED: readonly Ending[] = [
  { ...REACHED, ...PERSON, trait: 'dials', name: 'agent', cards: 45 },
  {
    ...REACHED,
    trait: 'dials',
    name: 'agent-connected',
    cards: 4,
    dials: ['CONNECTED'],
    finalDialResult: 'CONNECTED',
    disposition: 'COMPLETED.CONNECTED',
  },
  { ...REACHED, ...PERSON, trait: 'dials', name: 'agent-at-second-transfer', cards: 1, transfersFailed: 1 },
  {
    ...REACHED,
    trait: 'dials',
    name: 'more-than-five-attempts',
    cards: 1,
    dials: ['NO_ANSWER', 'BUSY', 'NO_ANSWER', 'NO_ANSWER', 'BUSY', 'NO_ANSWER', 'PERSON'],
    finalDialResult: 'PERSON',
    defect: 'more-than-five-attempts',
  },
  {
    ...PERSON,
    trait: 'dials',
    name: 'no-agent-needed',
    cards: 2,
    reach: 'no-agent-needed',
    disposition: 'COMPLETED.CONNECTED',
    dialogResult: 'PERSON',
  },
  {
    dials: ['PERSON'],
    trait: 'dials',
    name: 'abandoned-in-queue',
    cards: 4,
    reach: 'abandoned-waiting',
    disposition: 'COMPLETED.ABANDONED_IN_QUEUE',
    finalDialResult: 'ABANDONED_IN_QUEUE',
    dialogResult: 'RIGHT_PERSON',
  },
  { ...FAILED, ...PERSON, trait: 'dials', name: 'timed-out', reach: 'timed-out', dialogResult: 'RIGHT_PERSON' },
  {
    ...FAILED,
    ...PERSON,
    trait: 'dials',
    name: 'transfer-failed',
    reach: 'transfer-failed',
    dialogResult: 'RIGHT_PERSON',
    transfersFailed: 2,
  },
  {
    ...PERSON,
    trait: 'dials',
    name: 'cancelled-in-dialogue',
    cards: 1,
    reach: 'dialogue',
    disposition: 'COMPLETED.CANCELLED',
    dialogResult: 'CANCELLED',
  },
  {
    dials: ['PERSON'],
    trait: 'dials',
    name: 'rescheduled-in-dialogue',
    cards: 2,
    reach: 'dialogue',
    disposition: 'COMPLETED',
    finalDialResult: 'RESCHEDULED',
    dialogResult: 'RESCHEDULED',
  },
  {
    ...PERSON,
    trait: 'dials',
    name: 'transferred-to-rp',
    cards: 1,
    reach: 'dialogue',
    disposition: 'COMPLETED.TRANSFERRED_TO_RP',
    dialogResult: 'TRANSFERRED_TO_RP',
  },
];

const UNANSWERED: readonly Ending[] = [
  {
    ...FAILED,
    trait: 'dials',
    name: 'cancelled-by-plugin',
    disposition: 'COMPLETED.CANCELLED',
    dials: ['BUSY'],
    finalDialResult: 'CANCEL',
    dialogResult: 'CANCEL',
  },
  ...['BUSY', 'NO_ANSWER', 'ANSWERING_MACHINE', 'CREATE_CALL_ERROR', 'FAX'].map((result) => ({
    ...FAILED,
    trait: 'dials' as const,
    name: result.toLowerCase().replaceAll('_', '-'),
    dials: [result],
    finalDialResult: result,
  })),
  // On an error of the outbound call the dialogue's result may repeat the dial's.
  {
    ...FAILED,
    trait: 'dials',
    name: 'error-tone',
    dials: ['ERROR_TONE'],
    finalDialResult: 'ERROR_TONE',
    dialogResult: 'ERROR_TONE',
  },
  { ...FAILED, trait: 'dials', name: 'fax-reached', dials: ['BUSY', 'FAX'], finalDialResult: 'FAIL_FAX_REACHED' },
  {
    ...FAILED,
    trait: 'dials',
    name: 'failed',
    dials: ['CREATE_CALL_ERROR', 'CREATE_CALL_ERROR', 'ERROR_TONE', 'CREATE_CALL_ERROR'],
    finalDialResult: 'FAIL',
  },
  { ...FAILED, trait: 'dials', name: 'result-unknown', dials: ['NO_ANSWER'], finalDialResult: 'UNKNOWN' },
];

const ORIGINATED: readonly Ending[] = (['is-called', 'pushes'] as const).flatMap((trait): Ending[] => [
  { ...REACHED, trait, name: 'agent', cards: 30, dials: [CALLED_IN], finalDialResult: CALLED_IN },
  {
    trait,
    name: 'abandoned-in-queue',
    cards: 2,
    reach: 'abandoned-waiting',
    disposition: 'COMPLETED.ABANDONED_IN_QUEUE',
    dials: [CALLED_IN],
    finalDialResult: 'ABANDONED_IN_QUEUE',
  },
  { ...FAILED, trait, name: 'media-failed', dials: [NO_MEDIA], finalDialResult: NO_MEDIA },
]);

const PUSHED_ONLY: readonly Ending[] = [
  {
    ...FAILED,
    trait: 'pushes',
    name: 'push-confirmed',
    cards: 3,
    disposition: 'COMPLETED.PUSH_DELIVERY_CONFIRMED',
    dials: [PUSHED],
    finalDialResult: PUSHED,
  },
  {
    ...FAILED,
    trait: 'pushes',
    name: 'push-unconfirmed',
    cards: 3,
    dials: [UNCONFIRMED, UNCONFIRMED, UNCONFIRMED],
    finalDialResult: UNCONFIRMED,
  },
  {
    ...FAILED,
    trait: 'pushes',
    name: 'push-failed',
    cards: 2,
    disposition: 'COMPLETED.PUSH_SEND_ERROR',
    dials: ['PUSH_SEND_ERROR'],
    finalDialResult: 'PUSH_SEND_ERROR',
  },
];

const SPECIAL: readonly Ending[] = [
  { ...REACHED, ...PERSON, trait: 'has-slots', name: 'agent-in-next-slot', cards: 6, snoozed: true },
  ...['Customer satisfied', 'Kunde zufrieden. Rückruf am Montag', 'COMPLETED-SALE', 'Wrong number.AGENT'].map(
    (disposition, index) => ({
      ...REACHED,
      ...PERSON,
      trait: 'disposes' as const,
      name: `completion-reason-${index + 1}`,
      cards: 4,
      disposition,
      defect: 'free-text-disposition' as const,
    }),
  ),
];

export const ENDINGS: readonly Ending[] = [
  ...OFFERED,
  ...DIALED,
  ...UNANSWERED,
  ...ORIGINATED,
  ...redials('dials', UNREACHED, ['PERSON', 'CONNECTED']),
  ...redials('pushes', UNPUSHED, [CALLED_IN]),
  ...PUSHED_ONLY,
  ...SPECIAL,
];
