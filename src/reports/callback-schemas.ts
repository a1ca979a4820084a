/** What the columns of callbacks mean. Texts of what stands in a record come from the registry of its keys. */
import { ABANDONED_RECORD, CALLBACK_STATES, DUE_KINDS } from '../domain/callback.js';
import type { CallbackRecord } from '../domain/callback-record.js';
import { IMPORTED_FROM } from '../domain/origin.js';
import { FIELDS, pairOf } from '../gms/key-value-pairs.js';
import { FINDINGS } from './callback-findings.js';
import { MEASURES } from './callback-measures.js';
import { DIMENSIONS } from './callback-dimensions.js';
import { INTERVALS } from '../domain/local-time.js';
import {
  anything,
  count,
  flag,
  listOf,
  number,
  objectOf,
  oneOf,
  orNull,
  type Properties,
  type Schema,
  seconds,
  text,
  time,
} from './schema.js';

/** A value of the record as a column shows it. */
function reported(field: keyof CallbackRecord): Schema {
  const { name, type, help, words, signed } = pairOf(field);
  const description = `${name}: ${help}`;
  switch (type) {
    case 'integer':
      return orNull(signed ? { type: 'integer', description } : count(description));
    case 'seconds':
      return orNull(seconds(description));
    case 'timestamp':
      return orNull(time(description));
    case 'flag':
      return orNull(flag(description));
    case 'word':
    case 'text':
      return orNull(text(description, words ? { examples: [...words] } : {}));
  }
}

const identity = {
  source: text('Where it was reported from, as in the URL that is posted to.'),
  service_id: text('_CB_SERVICE_ID.'),
  tenant: orNull(text('Name of the tenant, or its DBID when no name is known.')),
  state: oneOf(
    [...CALLBACK_STATES, 'unknown', ABANDONED_RECORD],
    'From the disposition; abandoned-record: it has not reported for too long.',
  ),
  sub_state: orNull(text("The vendor's sub-state; other: an agent's own reason.")),
  disposition: reported('disposition'),
  final: flag('Whether its final record is held.'),
};
const dimensions = {
  queue: reported('vq'),
  channel: reported('channel'),
  callback_type: reported('callbackType'),
  offer_type: reported('offerType'),
  offer_timing: reported('offerTiming'),
  connect_order: reported('connectOrder'),
  call_direction: reported('callDirection'),
  final_dial_result: reported('finalDialResult'),
  dialog_result: reported('dialogResult'),
  target: reported('finalTarget'),
};
const numbers = {
  customer_ani: reported('customerAni'),
  customer_phone_number: reported('customerPhoneNumber'),
  phone_hash: orNull(text('Keyed hash of the number to call.')),
  ani_hash: orNull(text("Keyed hash of the caller's number.")),
};
const endedAt = orNull(time('End of the service, or when the final record was received.'));

export const CALLBACK_SCHEMA = {
  ...identity,
  ...dimensions,
  service_start_at: reported('serviceStartMs'),
  service_end_at: reported('serviceEndMs'),
  ended_at: endedAt,
  offered_at: reported('offeredMs'),
  accepted_at: reported('acceptedMs'),
  ready_at: reported('readyMs'),
  customer_connected_at: reported('customerConnectedMs'),
  offline_wait_seconds: reported('offlineWaitSeconds'),
  online_wait_seconds: reported('onlineWaitSeconds'),
  attempts: reported('attempts'),
  agent_added_to_ixn: reported('agentAdded'),
  ...numbers,
  origination_ixn_id: reported('originationIxnId'),
  first_out_ixn_id: reported('firstOutIxnId'),
  last_out_ixn_id: reported('lastOutIxnId'),
  ors_session_id: reported('orsSessionId'),
  due_kind: orNull(oneOf(DUE_KINDS, 'What is due; null: nothing.')),
  due_at: orNull(time('When it is due.')),
  overdue: flag('Whether it was due already.'),
  live_event: orNull(text('Newest status notification.')),
  live_state: orNull(text('The state it tells of; null once the callback is over.')),
  live_at: orNull(time('When it was received.')),
  attachments: count('Sets of attached data.'),
  events: count('Different events.'),
  late_events: count('Events that came after the final record.'),
  first_received_at: time('When it first reported.'),
  last_event_at: orNull(time('When its newest event was received.')),
};

const dial = (n: 1 | 2 | 3 | 4 | 5) =>
  ({ [`dial_${n}_at`]: reported(`dial${n}Ms`), [`dial_${n}_result`]: reported(`dial${n}Result`) }) as Readonly<
    Record<`dial_${typeof n}_at` | `dial_${typeof n}_result`, Schema>
  >;
const finding = oneOf(Object.keys(FINDINGS), 'What does not fit together.');

export const CALLBACK_DETAIL_SCHEMA = {
  ...identity,
  outcome: text('How it ended, in one word.'),
  ...dimensions,
  offered_at: CALLBACK_SCHEMA.offered_at,
  accepted_at: CALLBACK_SCHEMA.accepted_at,
  service_start_at: CALLBACK_SCHEMA.service_start_at,
  ready_at: CALLBACK_SCHEMA.ready_at,
  customer_connected_at: CALLBACK_SCHEMA.customer_connected_at,
  service_end_at: CALLBACK_SCHEMA.service_end_at,
  ended_at: endedAt,
  attempts: CALLBACK_SCHEMA.attempts,
  ...dial(1),
  ...dial(2),
  ...dial(3),
  ...dial(4),
  ...dial(5),
  offer_seconds: reported('offerSeconds'),
  wait_before_offer_seconds: reported('waitedBeforeOfferSeconds'),
  expected_wait_seconds: reported('ewtWhenOfferedSeconds'),
  offline_wait_seconds: reported('offlineWaitSeconds'),
  expected_wait_error_seconds: orNull(seconds('How much longer the wait was than expected; below 0: shorter.')),
  establish_seconds: reported('establishMediaSeconds'),
  online_wait_seconds: reported('onlineWaitSeconds'),
  agent_added_to_ixn: CALLBACK_SCHEMA.agent_added_to_ixn,
  abandoned_waiting: reported('abandonedWaiting'),
  timed_out: reported('timedOutWaiting'),
  transfers_failed: reported('transfersFailed'),
  ...numbers,
  findings: listOf(finding, 'What in its records does not fit together.'),
};

export const MISSING_KEY_SCHEMA = {
  day: text('UTC day.', { format: 'date' }),
  source: identity.source,
  service: orNull(text('Name of the callback service; null where events do not say it.')),
  key: text('The mandatory key that is missing.'),
  events: count('Events that lack it.'),
  last_received_at: time('When the last of them was received.'),
  last_service_id: orNull(text('Its callback.')),
};

export const LEGACY_SCHEMA = {
  at: time('When it was distributed; where an import does not know, when its service started.'),
  source: identity.source,
  origin: oneOf([...IMPORTED_FROM], 'Where it was imported from.'),
  dn: orNull(text('The DN it was distributed on.')),
  sent_to_icon: orNull(flag('Whether it was sent on to ICON; null where the log does not say.')),
  session_id: orNull(text('gms_SessionId.')),
  sequence: orNull(count('gms_SessionEventSeq: its place among the events of its session.')),
  service: orNull(text('gms_ServiceName.')),
  user_id: orNull(text('gms_UserId.')),
  external_id: orNull(text('gms_externalId.')),
  started_at: orNull(time('gms_ServiceStartAt.')),
  waiting_at: orNull(time('gms_WaitingForAgent.')),
  agent_available_at: orNull(time('gms_AgentAvailable.')),
  agent_connected_at: orNull(time('gms_AgentConnected.')),
  user_connected_at: orNull(time('gms_UserConnected.')),
  completed_at: orNull(time('gms_IxnCompleted.')),
  stopped_at: orNull(time('gms_ServiceStoppedAt.')),
};

export const CAPACITY_SCHEMA = {
  slot_start: time('Begin of the slot.'),
  slot_end: time('Its end.'),
  queue: text('The virtual queue.'),
  agents: number('Agents there are for callbacks.'),
  accepted: count('Callbacks accepted in it.'),
  due: count('Open callbacks due in it.'),
  waiting: count('Open callbacks that wait now.'),
  open: count('Both.'),
  accepted_per_agent: orNull(number('Null without agents.')),
  open_per_agent: orNull(number('Null without agents.')),
};

/** Summaries carry the dimensions they were asked for, so none of these is always there. */
export const SUMMARY_SCHEMA: Properties = {
  interval_start: time('Begin of the interval, by the clock of the zone asked for.'),
  ...Object.fromEntries(
    DIMENSIONS.filter((one) => !INTERVALS.some((interval) => interval === one)).map((name) => [
      name,
      text(`When asked by \`${name}\`; UNKNOWN where it is not reported.`),
    ]),
  ),
  ...Object.fromEntries(
    MEASURES.map(({ name, definition, unit }) => [name, orNull(number(definition, { 'x-unit': unit }))]),
  ),
};

const receivedAt = time('When it was received.');
const keys = anything('Keys and values as received; numbers of customers masked unless whole ones were asked for.');

export const STORY_SCHEMA = {
  ...CALLBACK_SCHEMA,
  other_sources: listOf(text('A source.'), 'Other sources that report a callback of this id.'),
  keys: objectOf(
    Object.fromEntries(FIELDS.map((field) => [pairOf(field).name, keySchema(field)])),
    "The merged record in the vendor's names and units; null: not reported.",
  ),
  dials: listOf(
    objectOf({ n: count('Number of the attempt.'), at: orNull(time('When.')), result: orNull(text('Its result.')) }),
    'Attempts that are reported one by one.',
  ),
  events: listOf(
    objectOf({
      sequence: count('Order of arrival, from 1.'),
      received_at: receivedAt,
      final: flag('Whether it says that it is final.'),
      after_final: flag('Whether it counts as come after the final record.'),
      counts: flag('Whether it is the final record that counts.'),
      keys,
    }),
    'Every different event.',
  ),
  interactions: listOf(
    objectOf({
      interaction_id: text('Its id.'),
      role: text('How it belongs to the callback.'),
      first_received_at: receivedAt,
    }),
    'Calls and chats that belong to it.',
  ),
  attached_data: listOf(
    objectOf({ interaction_id: text('The call that carries them.'), received_at: receivedAt, keys }),
    'Keys attached to calls.',
  ),
  state_changes: listOf(
    objectOf({
      event: text('Name of the event.'),
      state: orNull(text('The state it tells of.')),
      received_at: receivedAt,
      body: keys,
    }),
    'Status notifications.',
  ),
  findings: listOf(
    objectOf({ finding, detail: text('What was found.') }),
    'What in its records does not fit together.',
  ),
};

function keySchema(field: keyof CallbackRecord): Schema {
  const { type, help, words } = pairOf(field);
  if (type === 'word' || type === 'text') return orNull(text(help, words ? { examples: [...words] } : {}));
  return orNull({ type: 'integer', description: help });
}
