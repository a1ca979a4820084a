/** What GMS and the records of callbacks call things, in words for a supervisor. Pure. */
import type { Callback } from './callback-types.js';
import { duration, words } from './format.js';

/** By the name behind `_cbe_on_`. Others are told by their name. */
const EVENTS: Readonly<Record<string, string>> = {
  service_create: 'Callback created',
  virtual_ixn_create: 'Takes its place in the queue',
  target_found: 'An agent is found',
  dial_init: 'Dialing the customer',
  dial_done: 'Dial ended',
  connect_treatment_start: 'Customer reached, hears the announcement',
  customer_queued: 'Customer reached, waits for an agent',
  route_to_agent: 'Goes to an agent',
  service_exit: 'Callback service ended',
  callback_submitted: 'Callback submitted',
  callback_queued: 'Callback queued',
  callback_scheduled: 'Callback scheduled',
  callback_rescheduled: 'Callback rescheduled',
  callback_cancelled: 'Callback cancelled',
  callback_status_updated: 'Status updated',
  callback_submit_failed: 'Submitting the callback failed',
  callback_processing_failed: 'Processing the callback failed',
  callback_reminder: 'Reminder',
};

const nameOf = (event: string) => event.toLowerCase().replace(/^_*cbe_on_/, '');

/** Whether GMS tells that it begins to dial. */
export function isDialing(event: string | null): boolean {
  return event !== null && nameOf(event) === 'dial_init';
}

export function eventWords(event: string | null): string {
  if (event === null) return 'State change';
  const name = nameOf(event);
  return Object.hasOwn(EVENTS, name) ? (EVENTS[name] ?? '') : words(name);
}

const ROLES: Readonly<Record<string, string>> = {
  originating: 'Call that asked for the callback',
  origination: 'Call on which it was offered',
  first_outbound: 'First call to the customer',
  last_outbound: 'Last call to the customer',
  attached: 'Call that carries its keys',
};

export function roleWords(role: string): string {
  return Object.hasOwn(ROLES, role) ? (ROLES[role] ?? '') : `Interaction, ${words(role).toLowerCase()}`;
}

/** Kinds of what stands under a key. */
export type KeyKind = 'timestamp' | 'seconds' | 'flag' | 'word' | 'plain';

const FLAGS: ReadonlySet<string> = new Set([
  '_CB_FINAL_RECORD',
  '_CB_IXN_START_IGNORING_AVAILABILITY',
  '_CB_N_ABANDONED_DURING_CALLBACK_OFFER',
  '_CB_N_AGENT_ADDED_TO_IXN',
  '_CB_N_CUSTOMER_ABANDONED_WHILE_WAITING_FOR_AGENT',
  '_CB_N_TIMEOUT_WHILE_WAITING_FOR_AGENT',
  '_CB_N_IXN_REQ_AGENT',
  '_CB_N_CALLBACK_OFFERED',
  '_CB_N_CALLBACK_ACCEPTED',
  '_CB_N_IS_SNOOZED',
]);
const WORD =
  /^_CB_(?:DIAL_\d_RESULT|DIM_(?:CHANNEL|CALLBACK_OFFER_TYPE|TYPE|CONNECT_ORDER|DIAL_DIALOG_RESULT|CALL_DIRECTION|FINAL_DIAL_RESULT|OFFER_TIMING))$/;

export function keyKind(name: string): KeyKind {
  if (name.startsWith('_CB_T_')) return 'timestamp';
  if (/^_CB_(?:D_|EWT_|OFFER_EWT_)/.test(name)) return 'seconds';
  if (FLAGS.has(name)) return 'flag';
  return WORD.test(name) ? 'word' : 'plain';
}

/** `Customer connected, waiting for agent` for `_CB_D_CUSTOMER_CONNECTED_WAITING_FOR_AGENT`. */
export function keyWords(name: string): string {
  if (name === '_CB_FINAL_RECORD') return 'Is the last record';
  const bare = name.replace(/^_CB_(?:[TDN]_|DIM_)?/, '').toLowerCase();
  const spelled = bare
    .replace(/\bewt\b|(?<=_)ewt(?=_)|^ewt(?=_)/, 'expected_wait')
    .replace(/^pos(?=_)/, 'position')
    .replace(/(?<=^|_)ixn(?=_|$)/g, 'interaction')
    .replace(/(?<=^|_)vq(?=_|$)/g, 'virtual_queue')
    .replace(/(?<=^|_)cfg(?=_|$)/g, 'configuration')
    .replace(/(?<=^|_)req(?=_|$)/g, 'requires');
  return words(spelled).replace(/\b(dbid|ors|ani|id)\b/gi, (short) => short.toUpperCase());
}

/** A value in words; a time is milliseconds, for whoever shows it in a zone. */
export function keyValue(name: string, value: unknown): string | { readonly atMs: number } {
  const kind = keyKind(name);
  if (typeof value === 'number') {
    if (kind === 'timestamp') return { atMs: value * 1000 };
    if (kind === 'seconds') return duration(value * 1000);
    if (kind === 'flag') return value === 0 ? 'no' : 'yes';
  }
  return kind === 'word' && typeof value === 'string' ? words(value.toLowerCase()) : String(value);
}

/** The state of a callback, and why one that is over stands among the open ones. */
export function stateWords({ state, live_state: live, final }: Pick<Callback, 'state' | 'live_state' | 'final'>): {
  readonly what: string;
  readonly why: string;
} {
  const what = words((live ?? state ?? '').toLowerCase());
  if (final || (live ?? state) !== 'COMPLETED') return { what, why: '' };
  const who = live === null ? 'its last record says so' : 'GMS says so';
  return { what, why: `${who}, but no final record came` };
}
