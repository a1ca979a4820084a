/**
 * The registry of callback key-value pairs (KVPs): what Genesys Callback reports in its UserEvents, and where Genesys
 * Info Mart puts it. The one place that knows them: schema, decoder, SQL views, docs and simulator are made from it.
 * Source: sources.md#callback-kvps. Held against the facts by a test.
 */
import type { CallbackRecord } from '../domain/callback-record.js';
import { DIMENSION_KEYS } from './dimension-keys.js';
import { FACT_KEYS } from './fact-keys.js';
import type { KeyValuePair } from './key-value-pair.js';

/** In the order of the vendor's table. */
export const KEY_VALUE_PAIRS = {
  ...FACT_KEYS,
  ...DIMENSION_KEYS,
  orsSessionId: {
    name: '_CB_ORS_SESSION_ID',
    type: 'text',
    since: 'GMS 8.5.114.09',
    infoMart: { table: 'CALLBACK_FACT', columns: ['ORS_SESSION_ID'] },
    help: 'ORS session that ran the callback (the last one if several)',
  },
  ewtWhenLastDialSeconds: {
    name: '_CB_EWT_WHEN_READY_TO_START_LAST_MEDIA_IXN',
    type: 'seconds',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['EWT_WHEN_LAST_DIAL'] },
    help: 'Estimated wait at the last dial or push',
  },
  posWhenLastDial: {
    name: '_CB_POS_WHEN_READY_TO_START_LAST_MEDIA_IXN',
    type: 'integer',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['POS_WHEN_LAST_DIAL'] },
    help: 'Queue position at the last dial or push',
  },
  priorityWhenAccepted: {
    name: '_CB_PRIORITY_WHEN_CALLBACK_ACCEPTED',
    type: 'integer',
    signed: true,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['PRIORITY_WHEN_CB_ACCEPTED'] },
    help: 'Interaction priority when the offer was accepted',
  },
  priorityWhenConnected: {
    name: '_CB_PRIORITY_WHEN_CUSTOMER_CONNECTED',
    type: 'integer',
    signed: true,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['PRIORITY_WHEN_C_CONNECTED'] },
    help: 'Virtual interaction priority when the customer was connected',
  },
  priorityAtEndOfWait: {
    name: '_CB_PRIORITY_AT_THE_END_OF_ONLINE_WAIT',
    type: 'integer',
    signed: true,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['PRIORITY_WHEN_A_CONNECTED'] },
    help: 'Priority when the agent was connected, or when the customer hung up',
  },
  ewtThresholdSeconds: {
    name: '_CB_EWT_THRESHOLD_WHEN_OFFERED',
    type: 'seconds',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['EWT_THRESHOLD_WHEN_OFFERED'] },
    help: 'EWT threshold that triggered the offer; supplied by the offering application',
  },
  snoozed: { name: '_CB_N_IS_SNOOZED', type: 'flag', since: null, help: 'Callback has been put off (snoozed)' },
  nextRedialMs: {
    name: '_CB_T_NEXT_REDIAL_ATTEMPT',
    type: 'timestamp',
    since: null,
    help: 'When the next redial is due',
  },
  lastDialMs: { name: '_CB_T_LAST_DIAL_ATTEMPT', type: 'timestamp', since: null, help: 'When the last dial was made' },
  offersPerSession: {
    name: '_CB_N_CALLBACK_OFFERS_PER_SESSION',
    type: 'integer',
    parameter: '_cb_n_callback_offers_per_session',
    since: null,
    help: 'How many offers the session saw',
  },
  lastOfferSeconds: {
    name: '_CB_D_LAST_CALLBACK_OFFER',
    type: 'seconds',
    parameter: '_cb_d_last_callback_offer',
    since: null,
    help: 'Length of the latest offer',
  },
  customerPhoneNumber: {
    name: '_CB_CUSTOMER_PHONE_NUMBER',
    type: 'text',
    personal: true,
    since: null,
    help: 'Number confirmed or entered for the callback (personal data)',
  },
} as const satisfies Readonly<Record<keyof CallbackRecord, KeyValuePair>>;

export const FIELDS = Object.keys(KEY_VALUE_PAIRS) as readonly (keyof CallbackRecord)[];

/** The pair of a field, as the general type. */
export function pairOf(field: keyof CallbackRecord): KeyValuePair {
  return KEY_VALUE_PAIRS[field];
}

/** Fields of the keys without which Info Mart makes no record. */
export const MANDATORY_FIELDS = FIELDS.filter((field) => pairOf(field).mandatory);
/** Fields of the keys that stand on the call too. */
export const ATTACHED_FIELDS = FIELDS.filter((field) => pairOf(field).attached);

/** Upper-case names and request spellings to fields. */
export const FIELD_OF_KEY: ReadonlyMap<string, keyof CallbackRecord> = new Map(
  FIELDS.flatMap((field) => {
    const { name, parameter } = pairOf(field);
    return [name, ...(parameter === undefined ? [] : [parameter])].map((key) => [key, field] as const);
  }),
);

/** A record that reports nothing but its service id. */
export function emptyRecord(serviceId: string): CallbackRecord {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, null]));
  return { ...fields, serviceId } as unknown as CallbackRecord;
}
