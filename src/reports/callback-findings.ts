/** What in one callback's records does not fit together. */
import { type Callback, isAbandonedRecord } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { pairOf } from '../gms/key-value-pairs.js';
import { comparableWord, dialResultsOf } from './callback-outcome.js';
import { timesOutOfOrder } from './callback-times.js';

/** Dials that have keys of their own. */
const DIAL_SLOTS = 5;

export const FINDINGS = {
  accepted_without_time: 'Flagged as accepted, without a time of acceptance',
  accepted_time_without_flag: 'A time of acceptance, without the flag: Info Mart counts it as not accepted',
  dial_results_not_attempts: 'Another number of dial results than of attempts (of five at most), in a final record',
  last_dial_not_final_result: 'The last dial result is not the final one, where that is a result of a dial',
  more_than_five_attempts: 'More than five attempts: the later ones have no keys, their results are not known',
  ready_not_first_dial: 'The time of being ready is not that of the first dial',
  times_out_of_order:
    'Times that are not in the order in which things happen: a clock was set back, or those of two hosts differ. Lengths of time between them are absent',
  queue_without_dbid: 'A virtual queue without its DBID: Info Mart does not find it',
  queue_without_type: 'A virtual queue without its configuration type or the id of that: Info Mart does not find it',
  final_without_start: 'A final record, but no event from the start of the session',
  start_without_final: 'Open, and has not reported for longer than `OCM_CALLBACK_TTL`: its session must have died',
  accepted_without_attached_data:
    'Accepted, but no call came with its keys attached. Not found where no call need carry them: channel WEB or MOBILE, not connected',
  events_after_final: 'Events came after the final record; they are kept and not counted',
} as const;

export type FindingName = keyof typeof FINDINGS;

export interface Finding {
  readonly finding: FindingName;
  /** What was found, for people. Without personal data. */
  readonly detail: string;
}

export interface FindingContext {
  readonly nowMs: number;
  /** How long a callback that nobody speaks of is taken for open. */
  readonly ttlMs: number;
  /** Whether an event that is not final is held of it. */
  readonly hasStart: boolean;
}

/**
 * What does not fit together, in the order of `FINDINGS`. Different service starts never are a finding: the copy attached
 * to a call may be the appointment (sources.md#callback-kvps).
 */
export function findingsOf(callback: Callback, context: FindingContext): readonly Finding[] {
  return [
    ...acceptanceFindings(callback.record),
    ...dialFindings(callback),
    ...readyFindings(callback.record),
    ...orderFindings(callback.record),
    ...queueFindings(callback.record),
    ...eventFindings(callback, context),
  ];
}

function acceptanceFindings({ accepted, acceptedMs }: CallbackRecord): Finding[] {
  if (accepted === 1 && acceptedMs === null) {
    return [{ finding: 'accepted_without_time', detail: `${name('accepted')} is 1, ${name('acceptedMs')} is absent` }];
  }
  if (accepted !== 1 && acceptedMs !== null) {
    const flag = accepted === null ? 'absent' : '0';
    const detail = `${name('acceptedMs')} is set, ${name('accepted')} is ${flag}`;
    return [{ finding: 'accepted_time_without_flag', detail }];
  }
  return [];
}

function dialFindings({ record, isFinal }: Callback): Finding[] {
  const findings: Finding[] = [];
  const results = dialResultsOf(record);
  const attempts = record.attempts ?? 0;
  // While it runs an attempt may be told before its result.
  if (isFinal && results.length !== Math.min(attempts, DIAL_SLOTS)) {
    const detail = `${results.length} results of dials, ${attempts} attempts`;
    findings.push({ finding: 'dial_results_not_attempts', detail });
  }
  const last = results.at(-1);
  const final = comparableWord(record.finalDialResult);
  if (attempts <= DIAL_SLOTS && last !== undefined && DIAL_WORDS.has(final) && last !== final) {
    findings.push({ finding: 'last_dial_not_final_result', detail: `last dial ${last}, final result ${final ?? ''}` });
  }
  if (attempts > DIAL_SLOTS) findings.push({ finding: 'more_than_five_attempts', detail: `${attempts} attempts` });
  return findings;
}

function readyFindings(record: CallbackRecord): Finding[] {
  const { readyMs, dial1Ms } = record;
  if (readyMs === null || dial1Ms === null || readyMs === dial1Ms) return [];
  // The other order is found for what it is.
  if (timesOutOfOrder(record).some(({ later }) => later === 'dial1Ms')) return [];
  const detail = `first dial ${Math.abs(dial1Ms - readyMs) / 1000} s ${dial1Ms > readyMs ? 'after' : 'before'} ready`;
  return [{ finding: 'ready_not_first_dial', detail }];
}

function orderFindings(record: CallbackRecord): Finding[] {
  const found = timesOutOfOrder(record);
  if (found.length === 0) return [];
  const parts = found.map(({ earlier, later, byMs }) => `${name(later)} ${byMs / 1000} s before ${name(earlier)}`);
  return [{ finding: 'times_out_of_order', detail: parts.join(', ') }];
}

/** The final result may also be a word that no single dial has, such as REDIAL_LIMIT_REACHED. */
const DIAL_WORDS: ReadonlySet<string | null> = new Set(pairOf('dial1Result').words?.map(comparableWord));

function queueFindings({ vq, vqDbid, vqConfigType, vqConfigTypeId }: CallbackRecord): Finding[] {
  if (vq === null) return [];
  const findings: Finding[] = [];
  if (vqDbid === null) findings.push({ finding: 'queue_without_dbid', detail: `${name('vqDbid')} is absent` });
  const missing = [
    ...(vqConfigType === null ? [name('vqConfigType')] : []),
    ...(vqConfigTypeId === null ? [name('vqConfigTypeId')] : []),
  ];
  if (missing.length > 0) {
    const detail = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} absent`;
    findings.push({ finding: 'queue_without_type', detail });
  }
  return findings;
}

function eventFindings(callback: Callback, { nowMs, ttlMs, hasStart }: FindingContext): Finding[] {
  const findings: Finding[] = [];
  if (callback.isFinal && !hasStart) {
    findings.push({ finding: 'final_without_start', detail: 'no event before the final one is held' });
  }
  if (hasStart && isAbandonedRecord(callback, nowMs, ttlMs)) {
    findings.push({ finding: 'start_without_final', detail: `no final record after ${ttlMs / 1000} s of silence` });
  }
  if (needsAttachedData(callback.record) && callback.attachments === 0) {
    findings.push({ finding: 'accepted_without_attached_data', detail: 'no call carries its keys' });
  }
  if (callback.lateEvents > 0) {
    findings.push({ finding: 'events_after_final', detail: `${callback.lateEvents} after the final record` });
  }
  return findings;
}

/** At the acceptance of an offer in the queue, and when the customer is connected, a call has keys attached. */
export function needsAttachedData(record: CallbackRecord): boolean {
  const isAccepted = record.accepted === 1 || record.acceptedMs !== null;
  const hasNoCall = ['WEB', 'MOBILE'].includes(comparableWord(record.channel) ?? '');
  return isAccepted && (!hasNoCall || record.customerConnectedMs !== null);
}

function name(field: keyof CallbackRecord): string {
  return pairOf(field).name;
}
