/**
 * The registry of callback key-value pairs (KVPs): what Genesys Callback reports in its UserEvents, and where Genesys
 * Info Mart puts it. The one place that knows them: schema, decoder, SQL views, docs and simulator are made from it.
 * Source: sources.md#callback-kvps. Held against the facts by a test.
 */
import type { CallbackRecord } from '../domain/callback-record.js';

/** How a value is written on the wire: integer; whole seconds of UTC time; a duration in seconds; 0 or 1; open word; text. */
export type KeyType = 'integer' | 'timestamp' | 'seconds' | 'flag' | 'word' | 'text';

export const INFO_MART_TABLES = [
  'CALLBACK_FACT',
  'CALLBACK_DIM_1',
  'CALLBACK_DIM_2',
  'CALLBACK_DIM_3',
  'CALLBACK_DIM_4',
  'CALLBACK_DIAL_RESULTS',
] as const;
export type InfoMartTable = (typeof INFO_MART_TABLES)[number];

export interface KeyValuePair {
  readonly name: string;
  readonly type: KeyType;
  /** Words of a `word`; open: others are kept as they are. */
  readonly words?: readonly string[];
  /** Info Mart makes no record of an event that lacks it. */
  readonly mandatory?: true;
  /** Also attached to the call, so that the callback can be tied to its interactions. */
  readonly attached?: true;
  /** Spelling in the request that starts a callback. */
  readonly parameter?: string;
  /** First version that sends it; absent: 8.5.105.12, with which reporting began; null: unknown. */
  readonly since?: string | null;
  readonly infoMart?: { readonly table: InfoMartTable; readonly columns: readonly string[] };
  /** Holds a customer's number. */
  readonly personal?: true;
  /** May be below 0. */
  readonly signed?: true;
  readonly help: string;
}

/** GMS version that introduced reporting through UserEvents. */
export const BASE_VERSION = 'GMS 8.5.105.12';

const DIAL_RESULTS = [
  'CREATE_CALL_ERROR',
  'BUSY',
  'NO_ANSWER',
  'ANSWERING_MACHINE',
  'ERROR_TONE',
  'FAX',
  'PERSON',
  'CONNECTED',
  'FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA',
  'PUSH_DELIVERY_CONFIRMED',
  'PUSH_SEND_ERROR',
  'PUSH_DELIVERY_NOT_CONFIRMED',
  'USERORIGINATED_CONNECTED',
] as const;

export const KEY_VALUE_PAIRS = {
  tenantDbid: {
    name: '_CB_TENANT_DBID',
    type: 'integer',
    infoMart: { table: 'CALLBACK_FACT', columns: ['TENANT_KEY'] },
    help: 'Configuration DBID of the tenant owning the callback',
  },
  disposition: {
    name: '_CB_DISPOSITION',
    type: 'text',
    infoMart: { table: 'CALLBACK_DIM_3', columns: ['DISPOSITION'] },
    help: 'State and sub-state joined by a dot: state in SCHEDULED QUEUED ROUTING PROCESSING COMPLETED; may be replaced by an agent-supplied completion reason',
  },
  serviceId: {
    name: '_CB_SERVICE_ID',
    type: 'text',
    mandatory: true,
    attached: true,
    infoMart: { table: 'CALLBACK_FACT', columns: ['SERVICE_ID'] },
    help: 'Correlation id of the callback: GMS service instance id (the _id of the API answer) or the ORS session id',
  },
  originationIxnId: {
    name: '_CB_ORIGINATION_IXN_ID',
    type: 'text',
    parameter: '_cb_origination_ixn_id',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['ORIGINATION_IXN_ID'] },
    help: 'Call id (or chat interaction id) on which the offer was made and accepted; undefined unless the start request passed it',
  },
  firstOutIxnId: {
    name: '_CB_FIRST_OUT_IXN_ID',
    type: 'text',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['FIRST_OUT_IXN_ID'] },
    help: 'Call id of the first outbound call the service made',
  },
  lastOutIxnId: {
    name: '_CB_LAST_OUT_IXN_ID',
    type: 'text',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['LAST_OUT_IXN_ID'] },
    help: 'Call id of the latest outbound call the service made',
  },
  dial1Result: {
    name: '_CB_DIAL_1_RESULT',
    type: 'word',
    words: DIAL_RESULTS,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_DIAL_RESULTS', columns: ['DIAL_1_RESULT'] },
    help: 'Outcome of dial attempt 1',
  },
  dial2Result: {
    name: '_CB_DIAL_2_RESULT',
    type: 'word',
    words: DIAL_RESULTS,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_DIAL_RESULTS', columns: ['DIAL_2_RESULT'] },
    help: 'Outcome of dial attempt 2',
  },
  dial3Result: {
    name: '_CB_DIAL_3_RESULT',
    type: 'word',
    words: DIAL_RESULTS,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_DIAL_RESULTS', columns: ['DIAL_3_RESULT'] },
    help: 'Outcome of dial attempt 3',
  },
  dial4Result: {
    name: '_CB_DIAL_4_RESULT',
    type: 'word',
    words: DIAL_RESULTS,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_DIAL_RESULTS', columns: ['DIAL_4_RESULT'] },
    help: 'Outcome of dial attempt 4',
  },
  dial5Result: {
    name: '_CB_DIAL_5_RESULT',
    type: 'word',
    words: DIAL_RESULTS,
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_DIAL_RESULTS', columns: ['DIAL_5_RESULT'] },
    help: 'Outcome of dial attempt 5',
  },
  dial1Ms: {
    name: '_CB_T_DIAL_1',
    type: 'timestamp',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['DIAL_1_TS'] },
    help: 'When dial attempt 1 was made',
  },
  dial2Ms: {
    name: '_CB_T_DIAL_2',
    type: 'timestamp',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['DIAL_2_TS'] },
    help: 'When dial attempt 2 was made',
  },
  dial3Ms: {
    name: '_CB_T_DIAL_3',
    type: 'timestamp',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['DIAL_3_TS'] },
    help: 'When dial attempt 3 was made',
  },
  dial4Ms: {
    name: '_CB_T_DIAL_4',
    type: 'timestamp',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['DIAL_4_TS'] },
    help: 'When dial attempt 4 was made',
  },
  dial5Ms: {
    name: '_CB_T_DIAL_5',
    type: 'timestamp',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_FACT', columns: ['DIAL_5_TS'] },
    help: 'When dial attempt 5 was made',
  },
  ignoringAvailability: {
    name: '_CB_IXN_START_IGNORING_AVAILABILITY',
    type: 'flag',
    since: 'GMS 8.5.200.07',
    infoMart: { table: 'CALLBACK_DIM_4', columns: ['DIAL_IGNORING_AVAILABILITY'] },
    help: 'Dial started without regard to availability; constant 0 for premise callback',
  },
  finalRecord: {
    name: '_CB_FINAL_RECORD',
    type: 'flag',
    infoMart: { table: 'CALLBACK_FACT', columns: ['FINAL_RECORD'] },
    help: '1 when this is the closing record of the service, 0 otherwise',
  },
  ewtWhenReadySeconds: {
    name: '_CB_EWT_WHEN_READY_TO_START_MEDIA_IXN',
    type: 'seconds',
    infoMart: { table: 'CALLBACK_FACT', columns: ['EWT_READY_TO_START_IXN'] },
    help: 'Estimated wait when the centre was ready for the first callback interaction',
  },
  ewtWhenOfferedSeconds: {
    name: '_CB_EWT_WHEN_CALLBACK_WAS_OFFERED',
    type: 'seconds',
    parameter: '_cb_ewt_when_callback_was_offered',
    infoMart: { table: 'CALLBACK_FACT', columns: ['EWT_WHEN_OFFERED'] },
    help: 'Estimated wait at the moment of the offer',
  },
  posWhenReady: {
    name: '_CB_POS_WHEN_READY_TO_START_MEDIA_IXN',
    type: 'integer',
    infoMart: { table: 'CALLBACK_FACT', columns: ['POS_READY_TO_START_IXN'] },
    help: 'Queue position when the centre was ready for the first callback interaction',
  },
  posWhenOffered: {
    name: '_CB_POS_WHEN_CALLBACK_WAS_OFFERED',
    type: 'integer',
    parameter: '_cb_pos_when_callback_was_offered',
    infoMart: { table: 'CALLBACK_FACT', columns: ['POS_WHEN_OFFERED'] },
    help: 'Queue position at the moment of the offer',
  },
  offerSeconds: {
    name: '_CB_D_CALLBACK_OFFER',
    type: 'seconds',
    mandatory: true,
    parameter: '_cb_d_callback_offer',
    infoMart: { table: 'CALLBACK_FACT', columns: ['CALLBACK_OFFER_TIME'] },
    help: 'How long the offer dialogue lasted',
  },
  ewtInboundVqSeconds: {
    name: '_CB_OFFER_EWT_INBOUND_VQ',
    type: 'seconds',
    since: 'GMS 8.5.111.04',
    infoMart: { table: 'CALLBACK_FACT', columns: ['EWT_WHEN_REJECTED'] },
    help: 'Estimated wait of the queue that takes declined or not-offered calls; same as the offer EWT if one VQ serves both',
  },
  abandonedDuringOffer: {
    name: '_CB_N_ABANDONED_DURING_CALLBACK_OFFER',
    type: 'flag',
    since: 'GMS 8.5.111.04',
    infoMart: { table: 'CALLBACK_DIM_4', columns: ['ABANDONED_DURING_CB_OFFER'] },
    help: 'Caller hung up during the offer without answering yes or no',
  },
  customerAni: {
    name: '_CB_CUSTOMER_ANI',
    type: 'text',
    personal: true,
    since: 'GMS 8.5.111.04',
    infoMart: { table: 'CALLBACK_FACT', columns: ['CUSTOMER_ANI'] },
    help: 'Caller number for in-queue scenarios (personal data); may be empty or equal the callback number',
  },
  serviceEndMs: {
    name: '_CB_T_SERVICE_END',
    type: 'timestamp',
    since: 'GMS 8.5.111.04',
    infoMart: { table: 'CALLBACK_FACT', columns: ['SERVICE_END_TS'] },
    help: 'When the service completed or was terminated',
  },
  waitedBeforeOfferSeconds: {
    name: '_CB_D_CUSTOMER_WAITED_BEFORE_OFFER',
    type: 'seconds',
    since: 'GMS 8.5.106.14',
    infoMart: { table: 'CALLBACK_FACT', columns: ['WAITED_BEFORE_OFFER_TIME'] },
    help: 'Queue wait before the offer was made',
  },
  offlineWaitSeconds: {
    name: '_CB_D_WAITING_FOR_AGENT_OFFLINE',
    type: 'seconds',
    infoMart: { table: 'CALLBACK_FACT', columns: ['WAIT_AGENT_OFFLINE_TIME'] },
    help: 'Wait off the line until an agent became available',
  },
  establishMediaSeconds: {
    name: '_CB_D_ESTABLISH_MEDIA_IXN',
    type: 'seconds',
    infoMart: { table: 'CALLBACK_FACT', columns: ['ESTABLISH_MEDIA_IXN_TIME'] },
    help: 'Time needed to establish the callback interaction',
  },
  onlineWaitSeconds: {
    name: '_CB_D_CUSTOMER_CONNECTED_WAITING_FOR_AGENT',
    type: 'seconds',
    infoMart: { table: 'CALLBACK_FACT', columns: ['CONN_WAITING_AGENT_TIME'] },
    help: 'Wait on the line for an agent after the callback interaction was up',
  },
  acceptedMs: {
    name: '_CB_T_CALLBACK_ACCEPTED',
    type: 'timestamp',
    attached: true,
    parameter: '_cb_t_callback_accepted',
    infoMart: { table: 'CALLBACK_FACT', columns: ['CALLBACK_ACCEPTED_TS'] },
    help: 'When the offer was accepted',
  },
  offeredMs: {
    name: '_CB_T_CALLBACK_OFFERED',
    type: 'timestamp',
    mandatory: true,
    parameter: '_cb_t_callback_offered',
    infoMart: { table: 'CALLBACK_FACT', columns: ['CALLBACK_OFFERED_TS'] },
    help: 'When the offer was made',
  },
  readyMs: {
    name: '_CB_T_READY_TO_START_MEDIA_IXN',
    type: 'timestamp',
    infoMart: { table: 'CALLBACK_FACT', columns: ['READY_START_MEDIA_IXN_TS'] },
    help: 'When the centre was ready to dial or push; set once, before the first attempt',
  },
  customerConnectedMs: {
    name: '_CB_T_CUSTOMER_CONNECTED',
    type: 'timestamp',
    attached: true,
    infoMart: { table: 'CALLBACK_FACT', columns: ['CUSTOMER_CONNECTED_TS'] },
    help: 'When the customer was reconnected and began waiting for the agent',
  },
  agentAdded: {
    name: '_CB_N_AGENT_ADDED_TO_IXN',
    type: 'flag',
    infoMart: { table: 'CALLBACK_FACT', columns: ['AGENT_ADDED_TO_IXN'] },
    help: 'An agent was joined to the callback interaction',
  },
  transfersFailed: {
    name: '_CB_N_TRANSFER_TO_AGENT_FAILED',
    type: 'integer',
    infoMart: { table: 'CALLBACK_FACT', columns: ['XFER_TO_AGENT_FAILED'] },
    help: 'Count of failed transfers to the agent',
  },
  abandonedWaiting: {
    name: '_CB_N_CUSTOMER_ABANDONED_WHILE_WAITING_FOR_AGENT',
    type: 'flag',
    infoMart: { table: 'CALLBACK_FACT', columns: ['ABANDONED_WAITING'] },
    help: 'Customer left while waiting for the agent',
  },
  timedOutWaiting: {
    name: '_CB_N_TIMEOUT_WHILE_WAITING_FOR_AGENT',
    type: 'flag',
    infoMart: { table: 'CALLBACK_FACT', columns: ['TIMEOUT_WAITING'] },
    help: 'Customer was cut off by the wait-for-agent timeout',
  },
  agentRequired: {
    name: '_CB_N_IXN_REQ_AGENT',
    type: 'flag',
    infoMart: { table: 'CALLBACK_FACT', columns: ['IXN_REQ_AGENT'] },
    help: 'The interaction needed an agent',
  },
  offered: {
    name: '_CB_N_CALLBACK_OFFERED',
    type: 'flag',
    mandatory: true,
    infoMart: { table: 'CALLBACK_FACT', columns: ['CALLBACK_OFFERED'] },
    help: 'At least one offer was made in the session',
  },
  accepted: {
    name: '_CB_N_CALLBACK_ACCEPTED',
    type: 'flag',
    infoMart: { table: 'CALLBACK_FACT', columns: ['CALLBACK_ACCEPTED'] },
    help: 'An offer was accepted',
  },
  attempts: {
    name: '_CB_N_CALLBACK_MEDIA_ATTEMPTS',
    type: 'integer',
    infoMart: { table: 'CALLBACK_FACT', columns: ['CALLBACK_ATTEMPTS'] },
    help: 'All dial or notification attempts, good and bad',
  },
  serviceStartMs: {
    name: '_CB_T_SERVICE_START',
    type: 'timestamp',
    mandatory: true,
    attached: true,
    infoMart: { table: 'CALLBACK_FACT', columns: ['SERVICE_START_TS', 'START_DATE_TIME_KEY'] },
    help: 'Start of the service: request time, or offer time by deployment; for a scheduled callback the attached-data copy holds the scheduled time',
  },
  vqDbid: {
    name: '_CB_DIM_VQ_DBID',
    type: 'integer',
    infoMart: { table: 'CALLBACK_FACT', columns: ['RESOURCE_KEY'] },
    help: 'DBID of the virtual queue used to find the agent (part of the RESOURCE_KEY look-up)',
  },
  vqConfigTypeId: {
    name: 'VQ_CFG_TYPE_ID',
    type: 'integer',
    infoMart: { table: 'CALLBACK_FACT', columns: ['RESOURCE_KEY'] },
    help: 'Configuration type id of that virtual queue (name carries no _CB_ prefix)',
  },
  vqConfigType: {
    name: 'VQ_CFG_TYPE',
    type: 'text',
    infoMart: { table: 'CALLBACK_FACT', columns: ['RESOURCE_KEY'] },
    help: 'Configuration type of that virtual queue (name carries no _CB_ prefix)',
  },
  vq: {
    name: '_CB_DIM_VQ',
    type: 'text',
    infoMart: { table: 'CALLBACK_FACT', columns: ['RESOURCE_KEY'] },
    help: 'Name of that virtual queue',
  },
  channel: {
    name: '_CB_DIM_CHANNEL',
    type: 'word',
    words: ['IVR', 'WEB', 'MOBILE'],
    parameter: '_cb_dim_channel',
    infoMart: { table: 'CALLBACK_DIM_1', columns: ['CHANNEL'] },
    help: 'Channel the request came from',
  },
  offerType: {
    name: '_CB_DIM_CALLBACK_OFFER_TYPE',
    type: 'word',
    words: ['SCHEDULED', 'WAIT_FOR_AGENT', 'COMBINED_SCHEDULED_AND_WAIT_FOR_AGENT', 'IMMEDIATE'],
    parameter: '_cb_dim_callback_offer_type',
    infoMart: { table: 'CALLBACK_DIM_1', columns: ['CALLBACK_OFFER_TYPE'] },
    help: 'Kind of offer shown to the customer',
  },
  callbackType: {
    name: '_CB_DIM_TYPE',
    type: 'word',
    words: ['IMMEDIATE', 'WAIT_FOR_AGENT', 'SCHEDULED'],
    infoMart: { table: 'CALLBACK_DIM_1', columns: ['CALLBACK_TYPE'] },
    help: 'Kind of callback the customer chose',
  },
  connectOrder: {
    name: '_CB_DIM_CONNECT_ORDER',
    type: 'word',
    words: ['CUSTOMER_FIRST', 'AGENT_FIRST_PREVIEW', 'AGENT_FIRST_NO_PREVIEW'],
    infoMart: { table: 'CALLBACK_DIM_1', columns: ['CONNECT_ORDER'] },
    help: 'Which party was connected first in the last callback interaction',
  },
  dialogResult: {
    name: '_CB_DIM_DIAL_DIALOG_RESULT',
    type: 'word',
    words: ['RIGHT_PERSON', 'RESCHEDULED', 'CANCELLED', 'TRANSFERRED_TO_RP', 'PERSON', 'CANCEL', 'ERROR_TONE'],
    infoMart: { table: 'CALLBACK_DIM_2', columns: ['DIAL_DIALOG_RESULT'] },
    help: 'Result of the last dialogue; on outbound error may carry a dial result instead',
  },
  callDirection: {
    name: '_CB_DIM_CALL_DIRECTION',
    type: 'word',
    words: ['CUSTOMER_TERMINATED', 'CUSTOMER_ORIGINATED'],
    infoMart: { table: 'CALLBACK_DIM_2', columns: ['CALL_DIRECTION'] },
    help: 'CUSTOMER_TERMINATED: centre dials out; CUSTOMER_ORIGINATED: the customer app starts the contact after a push',
  },
  finalDialResult: {
    name: '_CB_DIM_FINAL_DIAL_RESULT',
    type: 'word',
    words: [
      'CREATE_CALL_ERROR',
      'BUSY',
      'NO_ANSWER',
      'ANSWERING_MACHINE',
      'ERROR_TONE',
      'FAX',
      'PERSON',
      'CANCEL',
      'CONNECTED',
      'FAILED_TO_ESTABLISH_CUSTOMER_ORIGINATED_MEDIA',
      'PUSH_DELIVERY_CONFIRMED',
      'PUSH_SEND_ERROR',
      'PUSH_DELIVERY_NOT_CONFIRMED',
      'USERORIGINATED_CONNECTED',
      'REDIAL_LIMIT_REACHED',
      'ABANDONED_IN_QUEUE',
      'FAIL',
      'UNKNOWN',
      'RESCHEDULED',
      'FAIL_FAX_REACHED',
    ],
    infoMart: { table: 'CALLBACK_DIM_2', columns: ['FINAL_DIAL_RESULT'] },
    help: 'Outcome of the last attempt; CANCEL means the on_dial plugin asked for it',
  },
  offerTiming: {
    name: '_CB_DIM_OFFER_TIMING',
    type: 'word',
    words: ['ON-HOURS', 'OFF-HOURS'],
    parameter: '_cb_dim_offer_timing',
    infoMart: { table: 'CALLBACK_DIM_2', columns: ['OFFER_TIMING'] },
    help: 'Offer inside or outside business hours',
  },
  finalTarget: {
    name: '_CB_DIM_FINAL_TARGET',
    type: 'text',
    infoMart: { table: 'CALLBACK_DIM_3', columns: ['FINAL_TARGET'] },
    help: 'Routing target used to find the agent',
  },
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
