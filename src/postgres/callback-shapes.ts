/** What a batch reads and writes of callbacks. What the columns mean stands in `migrations/postgres`. */
import { pairOf, FIELDS } from '../gms/key-value-pairs.js';
import { DIMENSIONS, type DimensionTable } from '../gms/info-mart.js';
import { columnOf } from '../gms/record-columns.js';
import { type Columns, type Shape, shape } from './shape.js';

/** The fields of a record as columns. */
const RECORD: Columns = Object.fromEntries(
  FIELDS.map((field) => {
    const { type } = pairOf(field);
    return [columnOf(field), type === 'text' || type === 'word' ? 'text?' : 'bigint?'];
  }),
);
type Loose = Readonly<Record<string, 'bigint?' | 'text?'>>;

export const CALLBACKS = shape(
  'callbacks',
  {
    source: 'text',
    callback_no: 'bigint',
    life: 'bigint',
    ...(RECORD as Loose),
    first_received_ms: 'bigint',
    last_event_ms: 'bigint?',
    state: 'text',
    sub_state: 'text?',
    alive_until_ms: 'bigint',
    is_final: 'bigint',
    final_digest: 'text?',
    ended_ms: 'bigint?',
    events: 'bigint',
    late_events: 'bigint',
    attachments: 'bigint',
    attached_start_ms: 'bigint?',
    attached_received_ms: 'bigint?',
    live_event: 'text?',
    live_state: 'text?',
    live_ms: 'bigint?',
    desired_ms: 'bigint?',
    desired_received_ms: 'bigint?',
    phone_hash: 'text?',
    ani_hash: 'text?',
  } as const,
  ['source', 'callback_no'],
);

const OF_CALLBACK = { source: 'text', callback_no: 'bigint' } as const;

export const EVENTS = shape(
  'callback_events',
  {
    ...OF_CALLBACK,
    digest: 'text',
    event_sequence: 'bigint',
    received_ms: 'bigint',
    key_count: 'bigint',
    is_complete: 'bigint',
    is_late: 'bigint',
    received: 'text',
    ...(RECORD as Loose),
    start_date_time_key: 'bigint',
    resource_key: 'bigint',
    dimension_1_key: 'bigint',
    dimension_2_key: 'bigint',
    dimension_3_key: 'bigint',
    dimension_4_key: 'bigint',
    dial_results_key: 'bigint',
    origin: 'text?',
  } as const,
  ['source', 'callback_no', 'digest'],
  { insertsOnly: true },
);

export const ATTACHMENTS = shape(
  'callback_attachments',
  {
    ...OF_CALLBACK,
    digest: 'text',
    interaction_id: 'text',
    received_ms: 'bigint',
    service_start_ms: 'bigint?',
    accepted_ms: 'bigint?',
    customer_connected_ms: 'bigint?',
    offered_ms: 'bigint?',
    received: 'text',
  },
  ['source', 'callback_no', 'digest'],
  { insertsOnly: true },
);

export const NOTIFICATIONS = shape(
  'callback_notifications',
  { ...OF_CALLBACK, digest: 'text', event: 'text', received_ms: 'bigint', desired_ms: 'bigint?', received: 'text' },
  ['source', 'callback_no', 'digest'],
  { insertsOnly: true },
);

export const INTERACTIONS = shape(
  'callback_interactions',
  { ...OF_CALLBACK, interaction_id: 'text', role: 'text', first_received_ms: 'bigint' },
  ['source', 'callback_no', 'interaction_id', 'role'],
);

/** Where the rows of a dimension stand. */
export const STORED_IN: Readonly<Record<DimensionTable, string>> = {
  RESOURCE_: 'callback_resources',
  CALLBACK_DIM_1: 'callback_dimensions_1',
  CALLBACK_DIM_2: 'callback_dimensions_2',
  CALLBACK_DIM_3: 'callback_dimensions_3',
  CALLBACK_DIM_4: 'callback_dimensions_4',
  CALLBACK_DIAL_RESULTS: 'callback_dialings',
};

export const DIMENSION_SHAPES: ReadonlyMap<DimensionTable, Shape> = new Map(
  DIMENSIONS.map(({ table, columns }) => {
    const named = columns.map(([, field]) => {
      const { type } = pairOf(field);
      return [columnOf(field), type === 'text' || type === 'word' ? 'text' : 'bigint'] as const;
    });
    const all: Columns = { id: 'bigint', ...Object.fromEntries(named) };
    return [table, shape(STORED_IN[table], all, ['id'], { insertsOnly: true })];
  }),
);

export const MISSING_KEYS = shape(
  'callback_missing_keys',
  {
    day: 'text',
    source: 'text',
    service: 'text',
    key: 'text',
    events: 'bigint',
    last_received_ms: 'bigint',
    last_service_id: 'text?',
  },
  ['source', 'day', 'service', 'key'],
);

export const LEGACY = shape(
  'legacy_callback_events',
  {
    source: 'text',
    life: 'bigint',
    legacy_no: 'bigint',
    digest: 'text',
    at_ms: 'bigint',
    dn: 'text?',
    sent_to_icon: 'bigint?',
    origin: 'text?',
    session_id: 'text?',
    sequence: 'bigint?',
    service: 'text?',
    user_id: 'text?',
    external_id: 'text?',
    started_ms: 'bigint?',
    waiting_ms: 'bigint?',
    agent_available_ms: 'bigint?',
    agent_connected_ms: 'bigint?',
    user_connected_ms: 'bigint?',
    completed_ms: 'bigint?',
    stopped_ms: 'bigint?',
    received: 'text',
  },
  ['source', 'life', 'digest'],
  { insertsOnly: true, isOfNobody: true },
);
