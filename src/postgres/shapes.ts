/**
 * What a batch reads and writes. What the columns mean stands in `migrations/postgres`, but for what is said here: migrations
 * are not changed, and of `journal.entry_no` and `chunks.journal_no` they say what was meant before there were lanes.
 */
import { shape } from './shape.js';

const FIGURE = {
  busy_ratio: 'float8?',
  hit_ratio: 'float8?',
  overdial_ratio: 'float8?',
  time_to_complete_seconds: 'float8?',
} as const;
const OF_GROUP = { source: 'text', group_no: 'bigint' } as const;

export const GROUPS = shape(
  'campaign_groups',
  {
    ...OF_GROUP,
    id: 'text',
    dbid: 'text',
    life: 'bigint',
    forgotten: 'bigint',
    heard_ms: 'bigint',
    said_ms: 'bigint?',
    actor_said_ms: 'bigint?',
    other_said_ms: 'bigint?',
    heard_limit_at_ms: 'bigint?',
    heard_limit_ms: 'bigint?',
    evidence_no: 'bigint',
    changes: 'bigint',
  },
  ['source', 'group_no'],
);

export const STATEMENTS = shape(
  'statements',
  {
    ...OF_GROUP,
    statement_no: 'bigint',
    content_digest: 'text',
    state_code: 'bigint',
    dial_mode_code: 'bigint?',
    optimize_by_code: 'bigint?',
    optimize_goal: 'float8?',
    action_code: 'bigint?',
    actor_code: 'bigint?',
    name: 'text',
    tenant: 'text',
    tenant_ccid: 'text',
    guid: 'text',
    agent_group: 'text',
    campaign: 'text',
    template: 'text',
    queue: 'text',
    sends_statistics: 'bigint',
    extras: 'text',
    origin: 'text?',
    tenant_key: 'bigint?',
    campaign_key: 'bigint?',
    agent_group_key: 'bigint?',
  },
  ['source', 'group_no', 'statement_no'],
  { insertsOnly: true },
);

export const NAMES = shape(
  'dimension_names',
  { dimension: 'text', dimension_key: 'bigint', source: 'text', tenant: 'text', tenant_ccid: 'text', name: 'text' },
  ['dimension', 'dimension_key'],
  { insertsOnly: true, isOfNobody: true },
);

export const LISTS = shape(
  'calling_lists',
  {
    ...OF_GROUP,
    list_no: 'bigint',
    place: 'bigint',
    name: 'text',
    dbid: 'text',
    said_at_ms: 'bigint?',
    said_received_ms: 'bigint?',
    hit_ratio: 'float8?',
    time_to_complete_seconds: 'float8?',
  },
  ['source', 'group_no', 'list_no'],
);

export const STEPS = shape(
  'steps',
  {
    ...OF_GROUP,
    at_ms: 'bigint',
    action_rank: 'bigint',
    content_digest: 'text',
    state: 'text',
    dial_mode: 'text?',
    optimize_by: 'text?',
    optimize_goal: 'float8?',
    transition_id: 'text?',
    from_state: 'text?',
    from_dial_mode: 'text?',
    from_optimize_by: 'text?',
    from_optimize_goal: 'float8?',
    action: 'text?',
    actor: 'text?',
    inferred: 'bigint?',
    unexpected: 'bigint?',
    implied_steps: 'text?',
    not_before_ms: 'bigint?',
    guid: 'text?',
    begins_session: 'bigint',
    fact_key: 'bigint?',
    vendor_state: 'bigint?',
  },
  ['source', 'group_no', 'at_ms', 'action_rank', 'content_digest'],
);

export const REPEATS = shape('repeats', { ...OF_GROUP, from_ms: 'bigint', to_ms: 'bigint' }, [
  'source',
  'group_no',
  'from_ms',
]);

/**
 * `entry_no`: higher than those of the rows that its group has, and since schema 17 than those that it has had
 * (`campaign_groups.evidence_no`); given under the group's lock. Rows of two groups have the same ones.
 */
export const JOURNAL = shape(
  'journal',
  {
    ...OF_GROUP,
    entry_no: 'bigint',
    at_ms: 'bigint',
    statement_no: 'bigint',
    tag: 'bigint',
    lag_ms: 'bigint',
    ...FIGURE,
    lists: 'bytea?',
  },
  ['source', 'group_no', 'entry_no'],
);

/** `journal_no`: 0. What goes into a chunk leaves the journal in the same transaction, so that a chunk settles no row of it. */
export const CHUNKS = shape(
  'chunks',
  {
    ...OF_GROUP,
    hour: 'bigint',
    chunk_no: 'bigint',
    count: 'bigint',
    newest_ms: 'bigint',
    journal_no: 'bigint',
    written_ms: 'bigint',
    samples: 'bytea',
  },
  ['source', 'group_no', 'hour', 'chunk_no'],
);

export const DAMAGED = shape(
  'damaged_chunks',
  {
    source: 'text',
    chunk_no: 'bigint',
    group_no: 'bigint',
    hour: 'bigint',
    count: 'bigint',
    found_ms: 'bigint',
    why: 'text',
    samples: 'bytea',
  },
  ['source', 'chunk_no'],
);

export const STANDING = shape(
  'standing_samples',
  { ...OF_GROUP, at_ms: 'bigint', statement_no: 'bigint', tag: 'bigint', received_ms: 'bigint' },
  ['source', 'group_no', 'at_ms', 'statement_no', 'tag'],
);

/** Count, least, greatest, sum and last of a figure. */
type Summed<F extends string> = Record<`${F}_count`, 'bigint'> &
  Record<`${F}_min` | `${F}_max` | `${F}_sum` | `${F}_last`, 'float8?'>;

function summed<const F extends string>(...figures: readonly F[]): Summed<F> {
  const columns = figures.flatMap((name) => [
    [`${name}_count`, 'bigint'],
    ...['min', 'max', 'sum', 'last'].map((part) => [`${name}_${part}`, 'float8?']),
  ]);
  return Object.fromEntries(columns) as Summed<F>;
}

export const QUARTERS = shape(
  'quarter_hours',
  {
    ...OF_GROUP,
    start_ms: 'bigint',
    count: 'bigint',
    figures_count: 'bigint',
    observed_ms: 'bigint',
    newest_ms: 'bigint',
    ...summed('busy_ratio', 'hit_ratio', 'overdial_ratio', 'time_to_complete_seconds'),
  },
  ['source', 'group_no', 'start_ms'],
);

export const LIST_QUARTERS = shape(
  'list_quarter_hours',
  {
    ...OF_GROUP,
    list_no: 'bigint',
    start_ms: 'bigint',
    newest_ms: 'bigint',
    ...summed('hit_ratio', 'time_to_complete_seconds'),
  },
  ['source', 'group_no', 'list_no', 'start_ms'],
);

export const KEPT_NUMBERS = shape('kept_numbers', { name: 'text', value: 'bigint' }, ['name']);

export const SOURCES = shape('source_lives', { source: 'text', life: 'bigint', noted_no: 'bigint?' }, ['source']);

export const BODIES = shape(
  'quarantine',
  {
    source: 'text',
    quarantine_no: 'bigint',
    life: 'bigint',
    id: 'text',
    endpoint: 'text',
    reason: 'text',
    violations: 'text',
    schema_version: 'text',
    body: 'bytea',
    size: 'bigint',
    count: 'bigint',
    first_received_ms: 'bigint',
    last_received_ms: 'bigint',
    replayed_ms: 'bigint?',
    applied_id: 'text?',
    origin: 'text?',
    bytes: 'bigint',
  },
  ['source', 'quarantine_no'],
);

export const HOLDS = shape(
  'holds',
  { hold_no: 'bigint', source: 'text?', group_id: 'text?', until_ms: 'bigint', why: 'text', made_ms: 'bigint' },
  ['hold_no'],
);

export const TALLIES = shape(
  'quarantine_tallies',
  { source: 'text', life: 'bigint', reason: 'text', replayed: 'bigint', rows: 'bigint', bytes: 'bigint' },
  ['source', 'life', 'reason', 'replayed'],
);

/** As far as retention needs it. */
export const AUDIT = shape('audit_log', { audit_no: 'bigint', at_ms: 'bigint' }, ['audit_no']);
export const RUNS = shape(
  'uptime',
  { receiver: 'text', run_no: 'bigint', alive_ms: 'bigint' },
  ['receiver', 'run_no'],
  {
    isOfNobody: true,
  },
);
