/** Every domain metric: name, type, labels, help. docs/metrics.md is generated from it. */

const GROUP = ['source', 'tenant', 'campaign_group', 'dbid'] as const;

export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

const family = (
  name: string,
  help: string,
  labels: readonly string[] = [],
  type: Family['type'] = 'gauge',
): Family => ({
  name,
  type,
  labels: [...GROUP, ...labels],
  help,
});

/** Gauges of `/metrics/domain`: a view of the store, the same on every receiver; never sum them over instances. */
export const DOMAIN_FAMILIES = {
  info: family('ocs_campaign_group_info', 'Static properties of the campaign group; id is that of the API; always 1.', [
    'id',
    'guid',
    'tenant_ccid',
    'campaign',
    'group',
    'template',
    'queue',
  ]),
  state: family(
    'ocs_campaign_group_state',
    '1 for the state last reported (GSW_CAMPAIGN_GROUP_STATE); 0 for active, running, and each state the group was shown in before. The first group of each source and tenant has all seven.',
    ['state'],
  ),
  stateCode: family(
    'ocs_campaign_group_state_code',
    'State as the number that OCS sent; tells apart states that share the label unknown.',
  ),
  stateSince: family(
    'ocs_campaign_group_state_since_timestamp_seconds',
    'When the group entered its state, by GSW_DATE_TIME; of the state it was first seen in, its first evidence. A change of mode or goal does not move it.',
  ),
  end: family(
    'ocs_campaign_group_end_info',
    'How the dialing of a group that does not run ended: by_client, completed (at the end of its lists), by_itself (by OCS, before that), attended (the same, and a client has acted since), untold; always 1, its label changes.',
    ['how'],
  ),
  dialing: family(
    'ocs_campaign_group_dialing_info',
    'Dialing mode and optimisation method in force while running; always 1, its labels change with them.',
    ['dial_mode', 'optimize_by'],
  ),
  busy: family(
    'ocs_campaign_group_busy_ratio',
    'GSW_STAT_BUSY_FACTOR as a fraction; absent when OCS does not know it.',
  ),
  hit: family('ocs_campaign_group_hit_ratio', 'GSW_STAT_HIT_RATIO as a fraction; absent when OCS does not know it.'),
  overdial: family(
    'ocs_campaign_group_overdial_ratio',
    'GSW_STAT_OVERDIAL_RATE as a fraction since load, may exceed 1; absent when OCS does not know it.',
  ),
  timeToComplete: family(
    'ocs_campaign_group_time_to_complete_seconds',
    'GSW_STAT_TIME_TO_COMPLETE; absent when OCS does not know it.',
  ),
  goalRatio: family(
    'ocs_campaign_group_optimization_goal_ratio',
    'GSW_OPTIMIZE_GOAL of the percent methods (busy factor, overdial rate) divided by 100.',
    ['optimize_by'],
  ),
  goalSeconds: family(
    'ocs_campaign_group_optimization_goal_seconds',
    'GSW_OPTIMIZE_GOAL of the time methods (waiting, distribution).',
    ['optimize_by'],
  ),
  abandonmentEstimated: family(
    'ocs_campaign_group_abandonment_estimated_ratio',
    'Share of abandoned calls over the period of a rule, of all groups whose calls the rule takes together: a guess that proves nothing, the last overdial rates weighted by the times of dialing. Of a group that is heard of it is 6 minutes old, of another 31, where the reader has time to renew it; one of more than 2 hours is left out. Absent when no rate was said.',
    ['profile'],
  ),
  abandonmentLow: family(
    'ocs_campaign_group_abandonment_low_ratio',
    'The same share is proved to be no less, but for rounding; as old as the guess. Absent while nothing is proved.',
    ['profile'],
  ),
  abandonmentHigh: family(
    'ocs_campaign_group_abandonment_high_ratio',
    'The same share is proved to be no more, but for rounding; as old as the guess. Absent while nothing is proved.',
    ['profile'],
  ),
  silent: family(
    'ocs_campaign_group_silent',
    '1 while the group, last reported as running, has not been heard of for longer than OCM_SILENCE_AFTER although this service was listening; else 0.',
  ),
  lastNotification: family(
    'ocs_campaign_group_last_notification_timestamp_seconds',
    'When the newest notification of any kind was received, duplicates and late ones included, by the clock of this service.',
  ),
  listHit: family(
    'ocs_calling_list_hit_ratio',
    'GSW_STAT_HIT_RATIO of the calling list as a fraction; absent when OCS does not know it.',
    ['calling_list'],
  ),
  listTimeToComplete: family(
    'ocs_calling_list_time_to_complete_seconds',
    'GSW_STAT_TIME_TO_COMPLETE of the calling list; absent when OCS does not know it.',
    ['calling_list'],
  ),
} as const satisfies Record<string, Family>;

/** Counters of `/metrics`: counted by the process that committed the row, so that rates may be summed over instances. */
export const EVENT_FAMILIES = {
  transitions: family(
    'ocs_campaign_group_transitions_total',
    'Transitions first derived, explicit and inferred; 0 for what may come next. Those in the database = counted - withdrawn while the process lives, for groups that are shown.',
    ['action', 'actor', 'inferred'],
    'counter',
  ),
  withdrawn: family(
    'ocs_campaign_group_transitions_withdrawn_total',
    'Transitions that later evidence disproved.',
    [],
    'counter',
  ),
} as const satisfies Record<string, Family>;

const callbackFamily = (
  name: string,
  help: string,
  labels: readonly string[] = [],
  type: Family['type'] = 'counter',
): Family => ({ name: `gms_callback_${name}`, type, labels: ['source', 'tenant', ...labels], help });

/** Gauges of `/metrics/domain` about callbacks: a view of the store. */
export const CALLBACK_GAUGES = {
  open: callbackFamily(
    'open',
    'Callbacks with a record, but no final one, by last known state; those past OCM_CALLBACK_TTL are left out.',
    ['virtual_queue', 'state'],
    'gauge',
  ),
  oldestOpen: callbackFamily(
    'oldest_open_start_timestamp_seconds',
    'Smallest _CB_T_SERVICE_START among the open callbacks.',
    ['virtual_queue'],
    'gauge',
  ),
  lastRecord: callbackFamily(
    'last_record_timestamp_seconds',
    'When the newest record was received, by the clock of this service.',
    [],
    'gauge',
  ),
} as const satisfies Record<string, Family>;

/**
 * Counters and histograms of `/metrics` about callbacks, counted by the process that committed the record first.
 * Replayed records are not counted. All but the first three count a callback once, at its first final record.
 */
export const CALLBACK_EVENTS = {
  records: callbackFamily('records_total', 'Records stored, first copy only, by _CB_FINAL_RECORD.', ['final']),
  duplicates: callbackFamily('record_duplicates_total', 'Records that were stored before with equal content.'),
  missing: {
    name: 'gms_callback_missing_mandatory_total',
    type: 'counter',
    labels: ['source', 'key'],
    help: 'Records refused because a mandatory key was missing, by key; Info Mart drops such records silently.',
  },
  offered: callbackFamily('offered_total', 'Finished callbacks that were offered (_CB_N_CALLBACK_OFFERED).', [
    'virtual_queue',
    'channel',
    'offer_timing',
  ]),
  accepted: callbackFamily(
    'accepted_total',
    'Finished callbacks whose offer was accepted (_CB_N_CALLBACK_ACCEPTED, or an accepted time).',
    ['virtual_queue', 'channel', 'offer_timing'],
  ),
  finished: callbackFamily('finished_total', 'Callbacks finished, by _CB_DISPOSITION.', [
    'virtual_queue',
    'state',
    'sub_state',
  ]),
  dialAttempts: callbackFamily('dial_attempts_total', 'Dial attempts of finished callbacks by _CB_DIAL_1…5_RESULT.', [
    'result',
  ]),
  abandoned: callbackFamily(
    'abandoned_total',
    'Finished callbacks that the customer left or that timed out, by stage: offer, waiting, timeout.',
    ['stage'],
  ),
  transferFailures: callbackFamily(
    'agent_transfer_failures_total',
    'Failed transfers to an agent (_CB_N_TRANSFER_TO_AGENT_FAILED).',
  ),
} as const satisfies Record<string, Family>;

/** Seconds; the waits are those a caller would feel. */
const WAIT_BUCKETS = [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400];
const SHORT_BUCKETS = [5, 10, 20, 30, 60, 120];

export interface HistogramFamily extends Family {
  readonly buckets: readonly number[];
}

const histogram = (
  name: string,
  key: string,
  labels: readonly string[],
  buckets: readonly number[],
): HistogramFamily => ({
  ...callbackFamily(
    name,
    `${key} of finished callbacks; those that do not report it are left out.`,
    labels,
    'histogram',
  ),
  buckets,
});

/** The wait that was announced, and the one it became: of callbacks whose time the customer did not choose. */
const promised = (name: string, key: string): HistogramFamily => ({
  ...histogram(name, key, ['virtual_queue'], WAIT_BUCKETS),
  help: `${key} of finished callbacks; scheduled ones, and those that do not report it, are left out.`,
});

export const CALLBACK_HISTOGRAMS = {
  offerSeconds: histogram('offer_duration_seconds', '_CB_D_CALLBACK_OFFER', [], SHORT_BUCKETS),
  waitedBeforeOfferSeconds: histogram(
    'wait_before_offer_seconds',
    '_CB_D_CUSTOMER_WAITED_BEFORE_OFFER',
    [],
    WAIT_BUCKETS,
  ),
  offlineWaitSeconds: promised('offline_wait_seconds', '_CB_D_WAITING_FOR_AGENT_OFFLINE'),
  establishMediaSeconds: histogram('establish_media_seconds', '_CB_D_ESTABLISH_MEDIA_IXN', [], SHORT_BUCKETS),
  onlineWaitSeconds: histogram(
    'connected_wait_seconds',
    '_CB_D_CUSTOMER_CONNECTED_WAITING_FOR_AGENT',
    ['virtual_queue'],
    [5, 10, 20, 30, 60, 120, 300, 600, 1200],
  ),
  ewtWhenOfferedSeconds: promised('expected_wait_seconds', '_CB_EWT_WHEN_CALLBACK_WAS_OFFERED'),
} as const satisfies Record<string, HistogramFamily>;
