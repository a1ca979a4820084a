/** What the columns of campaign groups, their history and the quarantine mean. */
import { ORIGINS } from '../domain/origin.js';
import { LEFTOVERS, RETENTION_CLASSES } from '../domain/retention.js';
import { UPKEEP_TASKS } from '../domain/store-upkeep.js';
import { ENDPOINTS, QUARANTINE_REASONS } from '../domain/quarantine.js';
import { ENDED_HOW } from '../domain/run-end.js';
import { CALLBACK_OUTCOMES, OUTCOMES } from '../domain/store.js';
import { STATES } from '../domain/vocabulary.js';
import { ENUMERATIONS } from '../ocs/enumerations.js';
import {
  anything,
  bytes,
  count,
  flag,
  listOf,
  number,
  objectOf,
  oneOf,
  orNull,
  ratio,
  refTo,
  seconds,
  text,
  time,
  word,
} from './schema.js';

const ENDED = [...ENDED_HOW];
const ACTIONS = [...ENUMERATIONS.action.values()];
const ACTORS = [...ENUMERATIONS.actor.values()];
const MODES = [...ENUMERATIONS.dialMode.values()];
const METHODS = [...ENUMERATIONS.optimizeBy.values()];

const source = text('Name of the sending OCS or environment, as in the URL it posts to.');
const dbid = text('DBID of the campaign group.');

export const STATISTICS_SCHEMA = {
  busy_ratio: orNull(ratio('Share of their time in which agents are busy.')),
  hit_ratio: orNull(ratio('Share of dials that reach somebody.')),
  overdial_ratio: orNull(ratio('Share of calls answered for which no agent was free.')),
  time_to_complete_seconds: orNull(seconds('Time until the calling lists are dialed through, as OCS estimates it.')),
};

export const CAMPAIGN_GROUP_SCHEMA = {
  id: text('Opaque and URL-safe; stays when the group is renamed.'),
  source,
  tenant: text('Name of the tenant; Unknown when it was not said.'),
  tenant_ccid: text("The tenant's CCID; `Unknown` is what OCS sends, and what stands here, when there is none."),
  dbid,
  guid: text("The group's GUID, '' when it was not said."),
  name: text('Name of the campaign group.'),
  group: text('Name of the agent or place group.'),
  campaign: text('Name of the campaign.'),
  template: text('Name of the template it was made from.'),
  queue: text('Name of its queue.'),
  state: word(STATES, 'State by the newest notification; silence never changes it.'),
  state_code: { type: 'integer', description: 'The number OCS sent for the state.' },
  state_since: orNull(
    time('Since when it is in this state; null when that is not known: it was in it when it was first heard of.'),
  ),
  state_seen_since: time('Since when it is known to be in this state: `state_since`, or when it was first heard of.'),
  display_state: text('The state for people: `unknown (was running)` while the group is silent.'),
  dial_mode: orNull(word(MODES, 'Dialing mode.')),
  optimize_by: orNull(word(METHODS, 'What predictive dialing goes by.')),
  optimize_goal: orNull(number('The goal of that, as OCS sends it: percent or seconds.')),
  last_action: orNull(word(ACTIONS, 'What was done last. It stays until another action is said.')),
  last_actor: orNull(word(ACTORS, 'Who did it.')),
  last_action_in_state: flag(
    'The last action was said since the group entered its state; false: what led to it was not told.',
  ),
  ended: orNull(
    word(
      ENDED,
      'How its dialing ended: asked for by a client, completed (OCS came to the end of its lists), by itself (OCS ended it before that), attended (the same, and a client has acted since), or untold (the post that said who did it was lost, or says nobody). Null while it runs, and of a group that was loaded and has not run.',
    ),
  ),
  ended_at: orNull(time('When its dialing ended; of a group that was unloaded without having run, when that was.')),
  last_event_at: time('GSW_DATE_TIME of the newest notification.'),
  last_heard_at: time('When a notification of it was received last.'),
  silent: flag('Running, and has not reported for longer than the limit although this service was listening.'),
  silent_since: orNull(time('When the first notification that did not come was due.')),
  source_silent: flag(
    'Its source as a whole is silent, or the way from it: no running group of it is heard, and more fell silent with its last post than told shortly before that they stopped.',
  ),
  sends_statistics: flag('Whether its source has sent statistics at all.'),
  statistics: objectOf(STATISTICS_SCHEMA, 'The newest figures; null while the group is silent or not running.'),
};

const changes = {
  from_state: orNull(word(STATES, 'State before; null when unknown.')),
  to_state: word(STATES, 'State after.'),
  from_dial_mode: orNull(word(MODES, 'Dialing mode before.')),
  to_dial_mode: orNull(word(MODES, 'Dialing mode after.')),
  from_optimize_by: orNull(word(METHODS, 'Optimisation before.')),
  to_optimize_by: orNull(word(METHODS, 'Optimisation after.')),
  from_optimize_goal: orNull(number('Goal before.')),
  to_optimize_goal: orNull(number('Goal after.')),
};

export const TRANSITION_SCHEMA = {
  id: text('Opaque; the same when history is told again.'),
  campaign_group_id: text('Id of the campaign group.'),
  source,
  tenant: orNull(text('Name of the tenant; null when the group is not on the roster.')),
  campaign_group: orNull(text('Name of the campaign group; null likewise.')),
  dbid,
  at: time('When it happened; of an inferred one the end of the interval in which it did.'),
  ...changes,
  action: orNull(word(ACTIONS, 'What was done; null when it is inferred.')),
  actor: orNull(word(ACTORS, 'Who did it.')),
  inferred: flag('No notification explains it: one was lost.'),
  unexpected: flag('No lost notification explains it either.'),
  implied_steps: listOf(
    word(ACTIONS, 'An action.'),
    'What must have been done between, when more than one step was missed.',
  ),
  sort_key: text('Sorts transitions of a campaign group as they followed each other, within one millisecond too.'),
  not_before: orNull(time('Of an inferred one the begin of the interval; null when there is none.')),
};

export const ACTIONS_SCHEMA = {
  day: text('The day, by the clock of `tz`: YYYY-MM-DD.'),
  campaign_group_id: text('Id of the campaign group.'),
  source,
  tenant: orNull(text('Name of the tenant; null when the group is not on the roster.')),
  campaign_group: orNull(text('Name of the campaign group; null likewise.')),
  dbid,
  client: count('Actions of clients: loads, starts, changes of mode, stops, unloads.'),
  automatic: count('Actions of OCS itself.'),
  unattributed: count('Actions of which no known actor is told.'),
  inferred: count('Transitions that no notification explains; they are in none of the other counts.'),
};

export const SAMPLE_SCHEMA = { at: time('When the figures were sent.'), ...STATISTICS_SCHEMA };

const aggregate = (name: keyof typeof STATISTICS_SCHEMA) => ({
  [name]: orNull({ ...STATISTICS_SCHEMA[name], type: 'number', description: 'Mean of the samples.' }),
  [`${name}_min`]: orNull({ ...STATISTICS_SCHEMA[name], type: 'number', description: 'Least of the samples.' }),
  [`${name}_max`]: orNull({ ...STATISTICS_SCHEMA[name], type: 'number', description: 'Greatest of the samples.' }),
  [`${name}_last`]: orNull({ ...STATISTICS_SCHEMA[name], type: 'number', description: 'Last of the samples.' }),
});
export const STEP_SCHEMA = {
  at: time('Begin of the step.'),
  samples: count('Notifications with figures in it.'),
  ...aggregate('busy_ratio'),
  ...aggregate('hit_ratio'),
  ...aggregate('overdial_ratio'),
  ...aggregate('time_to_complete_seconds'),
};

export const SESSION_SCHEMA = {
  started_at: orNull(time('When the group was loaded; null when that was before its first report.')),
  ended_at: orNull(time('When it was unloaded; null while it is loaded.')),
  first_seen_at: time('When it first reported in this session.'),
  duration_seconds: orNull(seconds('Null while it lasts, and when its begin is not known.')),
  observed_seconds: orNull(
    seconds('How much of it, since it was first heard of, this service listened; null while it lasts.'),
  ),
  silent_seconds: orNull(
    seconds(
      'How much of it the group was silent: running, this service listening, and nothing coming. Until now while it lasts; null: more than can be looked through for one answer, or its samples have gone.',
    ),
  ),
  active: flag('Whether it lasts.'),
};

export const SILENCE_SCHEMA = {
  from: time('When the first notification that did not come was due.'),
  to: orNull(
    time(
      'When the group was heard of again, or this service stopped listening, or maintenance began; null while it lasts.',
    ),
  ),
  duration_seconds: seconds('How long it was; how long until now while it lasts.'),
  at_least: flag(
    'It may have been longer: it lasts, or this service did not listen before or after, or maintenance kept it from being one.',
  ),
};

export const CALLING_LIST_SCHEMA = {
  name: text('Name of the calling list.'),
  dbid: orNull(text('DBID of the calling list.')),
  at: time('GSW_DATE_TIME of the newest notification that names it.'),
  hit_ratio: STATISTICS_SCHEMA.hit_ratio,
  time_to_complete_seconds: STATISTICS_SCHEMA.time_to_complete_seconds,
};

export const VIOLATION_SCHEMA = {
  field: text("The field that is meant; '' for the whole body."),
  rule: text('What it should be.'),
  found: text('What it is.'),
};

export const QUARANTINE_SCHEMA = {
  id: text('Opaque.'),
  source,
  endpoint: oneOf(ENDPOINTS, 'Where it was posted to.'),
  reason: oneOf(QUARANTINE_REASONS, 'Why it was not applied.'),
  violations: listOf(refTo('Violation'), 'Everything that is wrong with it.'),
  schema_version: text('Version of the schema that refused it.'),
  count: count('How often this body was received from this source.'),
  first_received_at: time('When it was received first.'),
  last_received_at: time('When it was received last.'),
  size_bytes: bytes(
    'Bytes of the body. Of one too large only the first are kept; its size is what Content-Length declared, or what was counted until it ended or the count was given up (the violation then says "or more").',
  ),
  replayed_at: orNull(time('When a replay applied it.')),
  applied_id: orNull(text('What the replay made of it: id of a notification or of a callback.')),
  origin: oneOf(ORIGINS, 'How its first copy came: by a post, or by which import.'),
};

export const QUARANTINED_BODY_SCHEMA = {
  ...QUARANTINE_SCHEMA,
  body: text('The body as text. Numbers of customers are masked unless whole ones were asked for.'),
  body_base64: orNull(text('The raw bytes; null when something of them is hidden.', { contentEncoding: 'base64' })),
};

export const LAST_BODY_SCHEMA = {
  received_at: orNull(time('When it was received.')),
  outcome: orNull(oneOf(OUTCOMES, 'What became of it.')),
  id: orNull(text('Id of the notification.')),
  size_bytes: orNull(bytes('Bytes received.')),
  body: orNull(QUARANTINED_BODY_SCHEMA.body),
  body_base64: QUARANTINED_BODY_SCHEMA.body_base64,
  reason: orNull(text('Why there is none.')),
};

export const AUDIT_SCHEMA = {
  id: text('Opaque.'),
  at: time('When it was done.'),
  action: text('Noun and verb.', { examples: ['quarantine.replay'] }),
  actor: text('Who did it: `token:` and the first digits of its hash, `cli:` and the user, `signal`, or `anonymous`.'),
  address: orNull(text('Where it came from; null: from this machine.')),
  result: text('`done`, or what it failed for.'),
  detail: anything('What was asked for.'),
};

export const SOURCE_SCHEMA = {
  source,
  last_heard_at: orNull(
    time('When anything of its groups or of its callbacks was received last; null: nothing of either.'),
  ),
  interval_seconds: orNull(seconds('Interval at which notifications of a running group are expected; null: at none.')),
  interval_origin: oneOf(['configured', 'learned', 'assumed', 'none'], 'Where the interval comes from.'),
  interval_seen_seconds: orNull(
    seconds('Usual gap between periodic notifications as received; null until 20 gaps were seen.'),
  ),
  delivery_ratio: orNull(
    ratio('Periodic notifications received of those expected in the last hour; null while none is.'),
  ),
  silent: flag('Whether every running group of it is silent.'),
  silent_since: orNull(time('When the last of them fell silent.')),
  campaign_groups: count('Its campaign groups.'),
  running: count('Those that are running.'),
  quarantined: count('Bodies in quarantine.'),
  sends_statistics: flag('Whether it has sent statistics at all.'),
  maintenance: flag('Whether a maintenance window is open, in which no group counts as silent.'),
  maintenance_until: orNull(time('When it closes.')),
};

export const RETENTION_SCHEMA = objectOf({
  last_run_at: orNull(time('When what is too old was last removed; null: not yet since the start.')),
  used_bytes: orNull(bytes('In use within the database then; what is freed is used again.')),
  limit_bytes: orNull(bytes('What it may use (OCM_STORE_LIMIT); null: as much as the disk has.')),
  limit_reached: flag('Whether samples go before their time for the limit.'),
  classes: listOf(
    objectOf({
      class: oneOf([...RETENTION_CLASSES], 'What is kept.'),
      kept_seconds: orNull(seconds('For how long; null: for ever.')),
      oldest_at: orNull(time('When the oldest that nothing holds is of; null: there is none, or it is not known yet.')),
      bytes: orNull(bytes('What it takes, estimated of some rows; null: not known yet.')),
      removed: orNull(count('Rows that the last run removed; null: there was none yet.')),
      failed: orNull(text('Why the last run could not remove all it should; null: it could, or there was none yet.')),
    }),
    'One for each class.',
  ),
  leftovers: listOf(
    objectOf({
      what: oneOf([...LEFTOVERS], 'What is of no class: it goes when nothing that is kept needs it any more.'),
      removed: orNull(count('Rows that the last run removed; null: there was none yet.')),
    }),
    'One for each of them.',
  ),
});

export const SERVICE_SCHEMA = {
  version: text('Version of this program.'),
  instance_name: orNull(text('What this installation is called (OCM_INSTANCE_NAME).')),
  started_at: time('When it was started.'),
  node_version: text('Version of the runtime.'),
  base_path: text('What all paths begin with.'),
  unobserved: listOf(
    objectOf({ from: time('Begin.'), to: time('End.') }),
    'When the service was down between two runs, in the last seven days, newest first.',
  ),
  store: objectOf({
    spool: orNull(
      objectOf({
        away_since: orNull(time('Since when the database is away; null: it is there.')),
        why: orNull(text('Why it is away.')),
        items: count('Posts that wait for it.'),
        bytes: bytes('What they take.'),
        limit_bytes: bytes('What they may take (OCM_SPOOL_LIMIT).'),
        oldest_at: orNull(time('When the oldest of them was received.')),
      }),
    ),
    main_bytes: orNull(bytes('The database; null: it may not be looked at.')),
    wal_bytes: orNull(bytes('Its write-ahead log; null: it may not be looked at.')),
    free_bytes: orNull(bytes('Free on its disk; null: the system does not say.')),
    growth_bytes_per_day: orNull(
      number('Growth of the database as measured while this process runs; null until that is an hour.'),
    ),
    growth_measured_seconds: seconds('For how long it was measured, the last day at most.'),
    full_in_seconds: orNull(
      seconds('When the disk is full at this growth; null while that is not known, or nothing grows.'),
    ),
    nearly_full: flag('Whether less is free, or the disk is full sooner, than `limits` say.'),
    retention_seconds: orNull(seconds('How long transitions are kept; null: for ever.')),
    retention: RETENTION_SCHEMA,
    damaged_chunks: count('Chunks set aside because their block could not be read; 0 is well.'),
    failing: listOf(
      objectOf({
        task: oneOf([...UPKEEP_TASKS], 'What the store does beside taking posts.'),
        why: text('What it met when it was last tried.'),
      }),
      'What failed when it was last tried, and is tried again; none is well.',
    ),
  }),
  limits: objectOf({
    overdial_ratio: ratio('Over-dialing above it (OCM_OVERDIAL_LIMIT).'),
    overdial_for_seconds: seconds('Above it for so long makes over-dialing.'),
    overdial_resolve_seconds: seconds('Not above it for so long ends over-dialing.'),
    unload_stuck_seconds: seconds('An unload hangs when it takes longer.'),
    delivery_ratio: ratio('Posts are lost on the way below it.'),
    disk_free_bytes: bytes('The disk is nearly full with less left.'),
    disk_full_within_seconds: seconds('The disk is nearly full when its growth fills it within this time.'),
    wal_bytes: bytes('A write-ahead log that is larger is kept from being written back by some reader.'),
  }),
  received: objectOf({
    last_at: orNull(time('When the last post was received.')),
    total: count('Posts made durable since the start.'),
  }),
  pii: oneOf(['masked', 'full'], "Whether customers' numbers are shown."),
  anonymous: flag('Whether everybody may read.'),
};

const quarantineId = text('Id of the body in quarantine.');
export const RECEIPT_SCHEMAS = {
  notification: {
    outcome: oneOf(
      [...OUTCOMES, 'spooled'],
      'duplicate before late before transition before refresh; coalesced: gave way to a later one; spooled: durable here while the database is away, its outcome is not known yet.',
    ),
    id: text('Of the content: a duplicate has the id of the original.'),
  },
  callback: {
    outcome: oneOf(
      [...CALLBACK_OUTCOMES, 'spooled'],
      'after-final: kept, never counted; spooled: durable here while the database is away.',
    ),
    service_id: text('_CB_SERVICE_ID.'),
  },
  quarantined: {
    outcome: oneOf(['quarantined'], 'Kept, and not applied.'),
    quarantine_id: quarantineId,
    violations: listOf(refTo('Violation'), 'Everything that is wrong with it.'),
  },
};
export const REPLAY_ITEM_SCHEMA = {
  id: quarantineId,
  outcome: oneOf([...new Set([...OUTCOMES, ...CALLBACK_OUTCOMES, 'quarantined'])], 'What became of it.'),
  violations: listOf(refTo('Violation'), 'What is still wrong, or odd.'),
};
/** What stands in answers from memory while the database is away, and else is not there. */
export const STALE_SCHEMA = { stale: flag('True while the database is away: as it stood before.') };
