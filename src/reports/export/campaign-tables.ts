/** Transitions, sessions and statistics as they are exported. No cell depends on when it is asked for. */
import type { RecordedTransition } from '../../domain/campaign-group.js';
import type { Aggregate, StatisticsRow } from '../../domain/store.js';
import type { Statistics } from '../../domain/notification.js';
import type { ExportColumn, ExportTable } from './table.js';

/** Whose a row is. */
export interface ExportedGroup {
  readonly campaignGroupId: string;
  readonly source: string;
  readonly dbid: string;
}

/** With the names that the notification said which told it: a later change of them changes no row. */
export interface NamedGroup extends ExportedGroup {
  readonly tenant: string;
  readonly campaignGroup: string;
  readonly campaign: string;
  readonly agentGroup: string;
}

export interface ExportedTransition extends NamedGroup {
  readonly transition: RecordedTransition;
}

export interface ExportedSession extends NamedGroup {
  /** Id of the transition that begins it. */
  readonly id: string;
  /** Null: the group was loaded when it was first heard of. */
  readonly fromState: string | null;
  readonly firstSeenMs: number;
  readonly endMs: number | null;
  readonly inferred: boolean;
  readonly observedMs: number | null;
}

export interface ExportedSample extends ExportedGroup {
  readonly placeMs: number;
  /** GSW_DATE_TIME. */
  readonly atMs: number;
  readonly receivedMs: number;
  readonly statementNo: number;
  readonly tag: number;
  /** As sent: what it is called may be set anew. */
  readonly stateCode: number;
  readonly statistics: Statistics;
}

export interface ExportedQuarter extends ExportedGroup {
  readonly row: StatisticsRow;
}

const GROUP_COLUMNS: readonly ExportColumn<ExportedGroup>[] = [
  { name: 'campaign_group_id', kind: 'text', of: ({ campaignGroupId }) => campaignGroupId },
  { name: 'source', kind: 'text', of: ({ source }) => source },
  { name: 'dbid', kind: 'text', of: ({ dbid }) => dbid },
];

const NAME_COLUMNS: readonly ExportColumn<NamedGroup>[] = [
  { name: 'tenant', kind: 'text', of: ({ tenant }) => tenant },
  { name: 'campaign_group', kind: 'text', of: ({ campaignGroup }) => campaignGroup },
  { name: 'campaign', kind: 'text', of: ({ campaign }) => campaign },
  { name: 'agent_group', kind: 'text', of: ({ agentGroup }) => agentGroup },
];

export const TRANSITIONS: ExportTable<ExportedTransition> = {
  key: ['id'],
  columns: [
    { name: 'id', kind: 'text', of: ({ transition }) => transition.id },
    ...GROUP_COLUMNS,
    ...NAME_COLUMNS,
    { name: 'at', kind: 'time', of: ({ transition }) => transition.atMs },
    { name: 'from_state', kind: 'text', of: ({ transition }) => transition.fromState },
    { name: 'to_state', kind: 'text', of: ({ transition }) => transition.toState },
    { name: 'from_dial_mode', kind: 'text', of: ({ transition }) => transition.fromDialMode },
    { name: 'to_dial_mode', kind: 'text', of: ({ transition }) => transition.toDialMode },
    { name: 'from_optimize_by', kind: 'text', of: ({ transition }) => transition.fromOptimizeBy },
    { name: 'to_optimize_by', kind: 'text', of: ({ transition }) => transition.toOptimizeBy },
    { name: 'from_optimize_goal', kind: 'number', of: ({ transition }) => transition.fromOptimizeGoal },
    { name: 'to_optimize_goal', kind: 'number', of: ({ transition }) => transition.toOptimizeGoal },
    { name: 'action', kind: 'text', of: ({ transition }) => transition.action },
    { name: 'actor', kind: 'text', of: ({ transition }) => transition.actor },
    { name: 'inferred', kind: 'flag', of: ({ transition }) => transition.inferred },
    { name: 'unexpected', kind: 'flag', of: ({ transition }) => transition.unexpected },
    { name: 'implied_steps', kind: 'words', of: ({ transition }) => transition.impliedSteps },
    { name: 'not_before', kind: 'time', of: ({ transition }) => transition.notBeforeMs },
    { name: 'sort_key', kind: 'text', of: ({ transition }) => transition.sortKey },
  ],
};

export const SESSIONS: ExportTable<ExportedSession> = {
  key: ['id'],
  columns: [
    { name: 'id', kind: 'text', of: ({ id }) => id },
    ...GROUP_COLUMNS,
    ...NAME_COLUMNS,
    { name: 'started_at', kind: 'time', of: ({ fromState, firstSeenMs }) => (fromState === null ? null : firstSeenMs) },
    { name: 'ended_at', kind: 'time', of: ({ endMs }) => endMs },
    { name: 'first_seen_at', kind: 'time', of: ({ firstSeenMs }) => firstSeenMs },
    {
      name: 'duration_seconds',
      kind: 'number',
      of: ({ fromState, firstSeenMs, endMs }) =>
        fromState === null || endMs === null ? null : (endMs - firstSeenMs) / 1000,
    },
    {
      name: 'observed_seconds',
      kind: 'number',
      of: ({ observedMs }) => (observedMs === null ? null : observedMs / 1000),
    },
    { name: 'active', kind: 'flag', of: ({ endMs }) => endMs === null },
    { name: 'inferred', kind: 'flag', of: ({ inferred }) => inferred },
  ],
};

export const SAMPLES: ExportTable<ExportedSample> = {
  key: ['campaign_group_id', 'sent_at', 'statement', 'tag'],
  columns: [
    ...GROUP_COLUMNS,
    { name: 'at', kind: 'time', of: ({ placeMs }) => placeMs },
    { name: 'sent_at', kind: 'time', of: ({ atMs }) => atMs },
    { name: 'received_at', kind: 'time', of: ({ receivedMs }) => receivedMs },
    { name: 'statement', kind: 'count', of: ({ statementNo }) => statementNo },
    { name: 'tag', kind: 'count', of: ({ tag }) => tag },
    { name: 'state_code', kind: 'count', of: ({ stateCode }) => stateCode },
    { name: 'busy_ratio', kind: 'number', of: ({ statistics }) => statistics.busyRatio },
    { name: 'hit_ratio', kind: 'number', of: ({ statistics }) => statistics.hitRatio },
    { name: 'overdial_ratio', kind: 'number', of: ({ statistics }) => statistics.overdialRatio },
    { name: 'time_to_complete_seconds', kind: 'number', of: ({ statistics }) => statistics.timeToCompleteSeconds },
  ],
};

export const QUARTERS: ExportTable<ExportedQuarter> = {
  key: ['campaign_group_id', 'at'],
  columns: [
    ...GROUP_COLUMNS,
    { name: 'at', kind: 'time', of: ({ row }) => row.atMs },
    { name: 'samples', kind: 'count', of: ({ row }) => row.count },
    ...aggregateColumns('busy_ratio', (row) => row.busyRatio),
    ...aggregateColumns('hit_ratio', (row) => row.hitRatio),
    ...aggregateColumns('overdial_ratio', (row) => row.overdialRatio),
    ...aggregateColumns('time_to_complete_seconds', (row) => row.timeToCompleteSeconds),
  ],
};

/** As the API has them: the plain name is the mean. */
function aggregateColumns(
  name: string,
  of: (row: StatisticsRow) => Aggregate | null,
): readonly ExportColumn<ExportedQuarter>[] {
  const column = (suffix: string, part: keyof Aggregate): ExportColumn<ExportedQuarter> => ({
    name: `${name}${suffix}`,
    kind: 'number',
    of: ({ row }) => of(row)?.[part] ?? null,
  });
  return [column('', 'mean'), column('_min', 'min'), column('_max', 'max'), column('_last', 'last')];
}
