/** What somebody types to find a callback, and which callbacks a step or an end of the funnel counts. Pure. */
import type { CallbackDetail, RefusedBody } from './callback-types.js';

const UUID = /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi;
/** Seven digits or more with what people write between them, not within a word. */
const NUMBER_WITHIN = /(?:\+|(?<!\w))\(?\d(?:[\s()./-]{0,4}\d){6,}(?!\w)/;

/** Fewer digits are an id. */
export const LEAST_DIGITS = 5;

/** A number is never put into a URL; what may be one is taken for one. */
export function isNumber(text: string): boolean {
  const isDigits = isOfDigits(text) && text.replace(/\D/g, '').length >= LEAST_DIGITS;
  return isDigits || NUMBER_WITHIN.test(text.replace(UUID, ''));
}

/** Digits and what people write between them, and nothing else. */
export function isOfDigits(text: string): boolean {
  return /^\+?[\d\s()./-]+$/.test(text);
}

type Test = (one: CallbackDetail) => boolean;

const isConnected: Test = (one) => one.customer_connected_at !== null;
const isJoined: Test = (one) => one.agent_added_to_ixn === true;
const isAttempted: Test = (one) => (one.attempts ?? 0) > 0;
const ended = (name: string): Test => {
  const word = name.toUpperCase();
  return (one) => one.sub_state === word || one.dialog_result === word || one.final_dial_result === word;
};

/** As reports count them: docs/callback-measures.md. */
const TESTS: Readonly<Record<string, Test>> = {
  offered: (one) => one.offered_at !== null,
  requested: (one) => one.accepted_at !== null || isAttempted(one) || isConnected(one) || isJoined(one),
  attempted: isAttempted,
  connected: isConnected,
  successful: isJoined,
  completed_without_agent: (one) => one.outcome === 'completed_without_agent',
  cancelled: (one) => one.sub_state === 'CANCELLED',
  rejected: (one) => one.sub_state === 'REJECTED',
  rescheduled: (one) => one.dialog_result === 'RESCHEDULED' || one.final_dial_result === 'RESCHEDULED',
  transferred_to_rp: ended('transferred_to_rp'),
  redial_limit_reached: ended('redial_limit_reached'),
  abandoned_waiting: (one) => one.abandoned_waiting === true,
  timed_out: (one) => one.timed_out === true,
  transfer_failed: (one) => (one.transfers_failed ?? 0) > 0,
};

/** Those that a bar counts; none for a bar that there is not. */
export function ofStep(details: readonly CallbackDetail[], step: string): CallbackDetail[] {
  const test = Object.hasOwn(TESTS, step) ? TESTS[step] : undefined;
  return test === undefined ? [] : details.filter(test);
}

/** Records of callbacks that were refused within a time, and how often which key was at fault. */
export function refusedRecords(bodies: readonly RefusedBody[], fromMs: number, toMs: number) {
  const fields = new Map<string, number>();
  let records = 0;
  for (const { endpoint, count, last_received_at: at, replayed_at: replayed, violations } of bodies) {
    const ms = Date.parse(at);
    if (endpoint === 'campaign-group-state' || replayed !== null || ms < fromMs || ms >= toMs) continue;
    records += count;
    for (const field of new Set(violations.map((one) => one.field)))
      fields.set(field, (fields.get(field) ?? 0) + count);
  }
  const most = [...fields].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return { records, fields: most };
}
