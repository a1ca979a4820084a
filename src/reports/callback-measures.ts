/**
 * The measures of the callback summary: the one table from which the code, the columns and docs/callback-measures.md
 * come. Definitions follow the vendor's reports (sources.md#callback-reports).
 */
import type { CallbackRecord } from '../domain/callback-record.js';
import { pairOf } from '../gms/key-value-pairs.js';
import { timesOutOfOrder } from './callback-times.js';
import { comparableWord, isDeclined, isFirstAttemptSuccess, type Ending } from './callback-outcome.js';

/** What a site says of itself. */
export interface SiteFigures {
  /** Cost of a minute on the line, in the site's currency; null when nobody said. */
  readonly tollPerMinute: number | null;
}

export interface Measure {
  readonly name: string;
  readonly unit: 'callbacks' | 'attempts' | 'offers' | 'seconds' | 'ratio' | 'money';
  /** count: sum, 0 for none. total: sum, null when no callback reports a value. mean: over callbacks that report one. */
  readonly kind: 'count' | 'total' | 'mean';
  readonly definition: string;
  /** Not reported by a source that sends accepted callbacks only. */
  readonly needsRefusals: boolean;
  /** Sources that report none of these keys say nothing of it; empty: what it is made of is always reported. */
  readonly reportedBy: readonly (keyof CallbackRecord)[];
  /** What one callback adds; null when it has no say. */
  readonly of: (outcome: Ending, site: SiteFigures) => number | null;
}

type Test = (outcome: Ending) => boolean;

const key = (field: keyof CallbackRecord) => `\`${pairOf(field).name}\``;

function count(name: string, definition: string, test: Test): Measure {
  const of = (one: Ending) => Number(test(one));
  return { name, unit: 'callbacks', kind: 'count', definition, needsRefusals: false, reportedBy: [], of };
}

/** Share of the callbacks of a whole that are part of something too, of sources that say whether they are. */
function share(
  [name, ...reportedBy]: readonly [string, ...(keyof CallbackRecord)[]],
  definition: string,
  part: Test,
  whole: Test,
): Measure {
  const of = (one: Ending) => (whole(one) ? Number(part(one)) : null);
  return { name, unit: 'ratio', kind: 'mean', definition, needsRefusals: false, reportedBy, of };
}

function mean(name: string, unit: Measure['unit'], definition: string, of: Measure['of']): Measure {
  return { name, unit, kind: 'mean', definition, needsRefusals: false, reportedBy: [], of };
}

function seconds(name: string, field: keyof CallbackRecord, what: string): Measure {
  return mean(name, 'seconds', `Mean of ${key(field)}: ${what}`, ({ record }) => record[field] as number | null);
}

const withRefusals = (measures: readonly Measure[]) => measures.map((measure) => ({ ...measure, needsRefusals: true }));

const isOffered: Test = (one) => one.isOffered;
const isRequested: Test = (one) => one.isRequested;
const isAttempted: Test = (one) => one.isAttempted;
const hasSubState = (subState: string) => (one: Ending) => one.subState === subState;

/**
 * Ends of a callback that count: name, definition, test, and the keys that tell of it. Each has a share of the requested
 * ones beside it.
 */
const ENDS: readonly (readonly [string, string, Test, ...(keyof CallbackRecord)[]])[] = [
  ['connected', `${key('customerConnectedMs')} is set`, (one) => one.isConnected, 'customerConnectedMs'],
  ['successful', `${key('agentAdded')} = 1`, (one) => one.isSuccessful, 'agentAdded'],
  [
    'unsuccessful',
    'Requested, and neither successful, completed without agent, transferred to a routing point, rescheduled, redial limit reached nor rejected',
    (one) => one.isUnsuccessful,
    'agentAdded',
  ],
  [
    'completed_without_agent',
    `${key('agentRequired')} is reported as 0, the customer was connected, and no agent was added`,
    (one) => one.isCompletedWithoutAgent,
    'agentRequired',
  ],
  ['cancelled', 'Sub-state CANCELLED', hasSubState('CANCELLED'), 'disposition'],
  ['rejected', 'Sub-state REJECTED', (one) => one.isRejected, 'disposition'],
  [
    'rescheduled',
    `${key('dialogResult')} or ${key('finalDialResult')} is RESCHEDULED`,
    (one) => one.isRescheduled,
    'dialogResult',
    'finalDialResult',
  ],
  [
    'transferred_to_rp',
    `Sub-state or ${key('dialogResult')} TRANSFERRED_TO_RP: sent to a routing point`,
    (one) => one.isTransferredToRp,
    'disposition',
    'dialogResult',
  ],
  [
    'redial_limit_reached',
    `Sub-state or ${key('finalDialResult')} REDIAL_LIMIT_REACHED`,
    (one) => one.isRedialLimitReached,
    'disposition',
    'finalDialResult',
  ],
  [
    'abandoned_waiting',
    `${key('abandonedWaiting')} = 1`,
    ({ record }) => record.abandonedWaiting === 1,
    'abandonedWaiting',
  ],
  ['timed_out', `${key('timedOutWaiting')} = 1`, ({ record }) => record.timedOutWaiting === 1, 'timedOutWaiting'],
  [
    'transfer_failed',
    `${key('transfersFailed')} > 0`,
    ({ record }) => (record.transfersFailed ?? 0) > 0,
    'transfersFailed',
  ],
];

const OFFERS: readonly Measure[] = [
  count('callbacks', 'Callbacks with a final record', () => true),
  count('offered', `${key('offered')} = 1`, isOffered),
  count('accepted', `${key('accepted')} = 1, or ${key('acceptedMs')} is set`, (one) => one.isAccepted),
  ...withRefusals([
    count('declined', 'Offered, neither accepted nor abandoned during the offer', isDeclined),
    count('abandoned_during_offer', `${key('abandonedDuringOffer')} = 1`, (one) => one.isAbandonedInOffer),
    share(['accepted_ratio'], 'Share of the offered that were accepted', (one) => one.isAccepted, isOffered),
    share(['declined_ratio'], 'Share of the offered that were declined', isDeclined, isOffered),
    share(
      ['abandoned_during_offer_ratio'],
      'Share of the offered that were abandoned during the offer',
      (one) => one.isAbandonedInOffer,
      isOffered,
    ),
  ]),
];

const RESULTS: readonly Measure[] = [
  count('requested', 'Accepted; or attempted, connected or successful without a reported acceptance', isRequested),
  count('attempted', `${key('attempts')} > 0`, isAttempted),
  ...ENDS.map(([name, definition, test]) => count(name, definition, test)),
  {
    ...count('attempts', `Sum of ${key('attempts')}`, () => true),
    unit: 'attempts',
    of: ({ record }) => record.attempts ?? 0,
  },
  share(['attempted_ratio', 'attempts'], 'Share of the requested that were attempted', isAttempted, isRequested),
  ...ENDS.map(([name, , test, ...reportedBy]) =>
    share([`${name}_ratio`, ...reportedBy], `Share of the requested that are \`${name}\``, test, isRequested),
  ),
  mean('attempts_per_callback', 'attempts', `Mean of ${key('attempts')} of the attempted`, (one) =>
    one.isAttempted ? one.record.attempts : null,
  ),
  count(
    'first_attempt_success',
    `${key('dial1Result')} is PERSON, CONNECTED or USERORIGINATED_CONNECTED`,
    (one) => isFirstAttemptSuccess(one) === true,
  ),
  share(
    ['first_attempt_success_ratio'],
    `Share of the callbacks with a ${key('dial1Result')} whose first attempt succeeded`,
    (one) => isFirstAttemptSuccess(one) === true,
    (one) => isFirstAttemptSuccess(one) !== null,
  ),
];

/** Every requested callback is in exactly one of the four. */
const FUNNEL: readonly Measure[] = [
  count('bridged', 'Funnel: an agent was added (as `successful`)', (one) => one.isSuccessful),
  count('answered_not_bridged', 'Funnel: connected, no agent added', (one) => one.isConnected && !one.isSuccessful),
  count(
    'dialed_not_answered',
    'Funnel: attempted, not connected',
    (one) => one.isAttempted && !one.isConnected && !one.isSuccessful,
  ),
  count(
    'never_dialed',
    'Funnel: requested, and none of the three before',
    (one) => one.isRequested && !one.isAttempted && !one.isConnected && !one.isSuccessful,
  ),
];

const isOriginated: Test = (one) => one.isCustomerOriginated;
const says = (word: string) => (one: Ending) => one.isCustomerOriginated && one.dialWords.includes(word);
const AFTER_PUSH = [
  'PUSH_SEND',
  'PUSH_DELIVERY_CONFIRMED',
  'PUSH_DELIVERY_NOT_CONFIRMED',
  'USERORIGINATED_CONNECTED',
  'FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA',
];

function isPushSent(one: Ending): boolean {
  if (!one.isCustomerOriginated) return false;
  if (one.dialWords.some((word) => AFTER_PUSH.includes(word))) return true;
  return one.isAttempted && !one.dialWords.includes('PUSH_SEND_ERROR');
}

function hasCustomerCalled(one: Ending): boolean {
  return one.isCustomerOriginated && (one.isConnected || one.dialWords.includes('USERORIGINATED_CONNECTED'));
}

/** Words of the push funnel stand in a dial result, in the final one, or in the sub-state. */
const PUSHES: readonly Measure[] = [
  count(
    'customer_originated',
    `${key('callDirection')} is CUSTOMER_ORIGINATED; the next six are of these`,
    isOriginated,
  ),
  count(
    'push_sent',
    'A push went out: a result tells of one, or it was attempted and nothing tells of an error in sending',
    isPushSent,
  ),
  count('push_confirmed', 'A result is PUSH_DELIVERY_CONFIRMED', says('PUSH_DELIVERY_CONFIRMED')),
  count('push_not_confirmed', 'A result is PUSH_DELIVERY_NOT_CONFIRMED', says('PUSH_DELIVERY_NOT_CONFIRMED')),
  count('push_send_error', 'A result is PUSH_SEND_ERROR', says('PUSH_SEND_ERROR')),
  count(
    'customer_called',
    `The customer's call came: a result is USERORIGINATED_CONNECTED, or ${key('customerConnectedMs')} is set`,
    hasCustomerCalled,
  ),
  count(
    'failed_to_establish',
    'A result is FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA',
    says('FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA'),
  ),
  share(
    ['customer_called_ratio', 'customerConnectedMs', 'dial1Result', 'finalDialResult'],
    'Share of the callbacks with a push sent whose customer called',
    hasCustomerCalled,
    isPushSent,
  ),
];

/** By how much the expected wait exceeded the threshold of the offer; null when either is not reported. */
function aboveThreshold({ record, isOffered: isMade }: Ending): number | null {
  const { ewtWhenOfferedSeconds, ewtThresholdSeconds } = record;
  if (!isMade || ewtWhenOfferedSeconds === null || ewtThresholdSeconds === null) return null;
  return ewtWhenOfferedSeconds - ewtThresholdSeconds;
}

const isOffHours: Test = ({ isOffered: isMade, record }) =>
  isMade && comparableWord(record.offerTiming) === 'OFF_HOURS';

const POLICY: readonly Measure[] = [
  seconds('expected_wait_seconds', 'ewtWhenOfferedSeconds', 'the wait expected when the callback was offered'),
  seconds('ewt_threshold_seconds', 'ewtThresholdSeconds', 'the expected wait from which on callbacks are offered'),
  count(
    'offers_at_threshold',
    `Offered, and ${key('ewtWhenOfferedSeconds')} is at or above ${key('ewtThresholdSeconds')}`,
    (one) => (aboveThreshold(one) ?? -1) >= 0,
  ),
  count(
    'offers_below_threshold',
    `Offered, and ${key('ewtWhenOfferedSeconds')} is below ${key('ewtThresholdSeconds')}`,
    (one) => (aboveThreshold(one) ?? 0) < 0,
  ),
  share(
    ['offers_at_threshold_ratio'],
    'Share of the offers that report both whose expected wait was at or above the threshold',
    (one) => (aboveThreshold(one) ?? -1) >= 0,
    (one) => aboveThreshold(one) !== null,
  ),
  mean('offers_per_session', 'offers', `Mean of ${key('offersPerSession')}`, ({ record }) => record.offersPerSession),
  seconds(
    'ewt_inbound_queue_seconds',
    'ewtInboundVqSeconds',
    'expected wait of the queue for calls without a callback',
  ),
  count('off_hours_offers', `Offered, and ${key('offerTiming')} is OFF-HOURS`, isOffHours),
  share(
    ['off_hours_ratio'],
    `Share of the offered that report ${key('offerTiming')} that were offered off hours`,
    isOffHours,
    (one) => one.isOffered && one.record.offerTiming !== null,
  ),
];

/** Offline wait minus the wait expected when offered; null when either is not reported. */
export function expectedWaitErrorSeconds(record: CallbackRecord): number | null {
  const { offlineWaitSeconds, ewtWhenOfferedSeconds } = record;
  return offlineWaitSeconds === null || ewtWhenOfferedSeconds === null
    ? null
    : offlineWaitSeconds - ewtWhenOfferedSeconds;
}

function absolute(value: number | null): number | null {
  return value === null ? null : Math.abs(value);
}

/** Null also where a clock was set back in between: what is left is no length of time. */
function serviceSeconds({ record }: Ending): number | null {
  const { serviceStartMs, serviceEndMs } = record;
  if (serviceStartMs === null || serviceEndMs === null || serviceEndMs < serviceStartMs) return null;
  return timesOutOfOrder(record).length > 0 ? null : (serviceEndMs - serviceStartMs) / 1000;
}

const WAITS: readonly Measure[] = [
  mean('offer_seconds', 'seconds', `Mean of ${key('offerSeconds')} of the offered: length of the offer`, (one) =>
    one.isOffered ? one.record.offerSeconds : null,
  ),
  seconds('wait_before_offer_seconds', 'waitedBeforeOfferSeconds', 'wait in the queue before the offer'),
  seconds('offline_wait_seconds', 'offlineWaitSeconds', 'wait off the line'),
  seconds('online_wait_seconds', 'onlineWaitSeconds', 'wait for an agent after the customer was connected'),
  seconds('establish_seconds', 'establishMediaSeconds', 'time to establish the callback'),
  mean(
    'expected_wait_error_seconds',
    'seconds',
    `Mean of ${key('offlineWaitSeconds')} minus ${key('ewtWhenOfferedSeconds')}, of callbacks that report both; positive: longer than expected`,
    ({ record }) => expectedWaitErrorSeconds(record),
  ),
  mean(
    'expected_wait_absolute_error_seconds',
    'seconds',
    'The same without its sign, callback by callback',
    ({ record }) => absolute(expectedWaitErrorSeconds(record)),
  ),
  mean(
    'service_seconds',
    'seconds',
    `Mean time from ${key('serviceStartMs')} to ${key('serviceEndMs')}, of callbacks that report both, and all of their times in order`,
    serviceSeconds,
  ),
  {
    ...seconds('time_saved_seconds', 'offlineWaitSeconds', ''),
    kind: 'total',
    definition: `Sum of ${key('offlineWaitSeconds')}: time the customers did not wait on the line`,
  },
  {
    name: 'money_saved',
    unit: 'money',
    kind: 'total',
    needsRefusals: false,
    reportedBy: [],
    definition: 'Time saved in minutes × `OCM_TOLL_PER_MINUTE`; null when that is not set',
    of: ({ record: { offlineWaitSeconds } }, { tollPerMinute }) =>
      offlineWaitSeconds === null || tollPerMinute === null ? null : (offlineWaitSeconds / 60) * tollPerMinute,
  },
];

/** In the order of the columns. */
export const MEASURES: readonly Measure[] = [...OFFERS, ...RESULTS, ...FUNNEL, ...PUSHES, ...POLICY, ...WAITS];

/** Keys of which it must be known whether a source reports them at all. */
export const REPORTED_KEYS: readonly (keyof CallbackRecord)[] = [
  ...new Set(MEASURES.flatMap(({ reportedBy }) => reportedBy)),
];
