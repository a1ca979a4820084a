/** Every domain metric: name, type, labels, help. docs/metrics.md is generated from it. */

const GROUP = ['source', 'tenant', 'campaign_group', 'dbid'] as const;

export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
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
  info: family('ocs_campaign_group_info', 'Static properties of the campaign group; always 1.', [
    'guid',
    'tenant_ccid',
    'campaign',
    'group',
    'template',
    'queue',
  ]),
  state: family(
    'ocs_campaign_group_state',
    '1 for the state last reported (GSW_CAMPAIGN_GROUP_STATE), 0 for the others.',
    ['state'],
  ),
  stateCode: family('ocs_campaign_group_state_code', 'State as the number that OCS sent.'),
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
  silent: family(
    'ocs_campaign_group_silent',
    '1 when the group was running and has not been heard of for longer than the limit while we were listening.',
  ),
  lastNotification: family(
    'ocs_campaign_group_last_notification_timestamp_seconds',
    'Receive clock at the newest notification of any kind.',
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
    'Transitions first derived, explicit and inferred. Those in the database = counted - withdrawn while the process lives.',
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
