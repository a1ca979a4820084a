/** The shapes in which the API answers: snake_case, times ISO 8601 UTC with milliseconds, null for what is not known. */
import type { AuditRow } from '../domain/audit.js';
import { NO_STATISTICS } from '../domain/campaign-group.js';
import type { Statistics } from '../domain/notification.js';
import type { QuarantinedBody } from '../domain/quarantine.js';
import type { Silence } from '../domain/silence.js';
import type {
  ActionsRow,
  Aggregate,
  CallingListRow,
  SessionRow,
  StatisticsRow,
  TransitionRow,
} from '../domain/store.js';
import type { Roster, RosterEntry } from '../live/roster.js';

import type {
  ACTIONS_SCHEMA,
  AUDIT_SCHEMA,
  CALLING_LIST_SCHEMA,
  CAMPAIGN_GROUP_SCHEMA,
  QUARANTINE_SCHEMA,
  SAMPLE_SCHEMA,
  SESSION_SCHEMA,
  SILENCE_SCHEMA,
  TRANSITION_SCHEMA,
} from './row-schemas.js';

export type Row = Readonly<Record<string, unknown>>;

/** The columns of a list: name to value. Their order is that of JSON and CSV. */
export type Columns<T, Name extends string = string> = Readonly<Record<Name, (item: T) => unknown>>;

export function rowOf<T>(columns: Columns<T>, item: T): Row {
  return Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, value(item)]));
}

/** `rowOf` of each: what is the same for all is looked up once. */
export function rowsOf<T>(columns: Columns<T>, items: readonly T[]): Row[] {
  const cells = Object.entries(columns);
  return items.map((item) => {
    const row: Record<string, unknown> = {};
    for (const [name, value] of cells) row[name] = value(item);
    return row;
  });
}

export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function campaignGroupColumns(
  roster: Roster,
  nowMs: number,
): Columns<RosterEntry, keyof typeof CAMPAIGN_GROUP_SCHEMA> {
  const silent = (entry: RosterEntry) => roster.silent(entry, nowMs);
  let sources: ReadonlySet<string> | null = null;
  const silentSources = () => (sources ??= roster.silentSources(nowMs));
  // A silent or stopped group's last figures are not current.
  const isCurrent = (entry: RosterEntry) => entry.snapshot.state === 'running' && !silent(entry);
  return {
    id: ({ snapshot }) => snapshot.id,
    source: ({ snapshot }) => snapshot.source,
    tenant: ({ snapshot }) => snapshot.attributes.tenant,
    tenant_ccid: ({ snapshot }) => snapshot.attributes.tenantCcid,
    dbid: ({ snapshot }) => snapshot.dbid,
    guid: ({ snapshot }) => snapshot.attributes.guid,
    name: ({ snapshot }) => snapshot.attributes.name,
    group: ({ snapshot }) => snapshot.attributes.group,
    campaign: ({ snapshot }) => snapshot.attributes.campaign,
    template: ({ snapshot }) => snapshot.attributes.template,
    queue: ({ snapshot }) => snapshot.attributes.queue,
    state: ({ snapshot }) => snapshot.state,
    state_code: ({ snapshot }) => snapshot.stateCode,
    state_since: ({ snapshot }) => (snapshot.isStateSinceKnown ? isoTime(snapshot.stateSinceMs) : null),
    state_seen_since: ({ snapshot }) => isoTime(snapshot.stateSinceMs),
    display_state: (entry) => (silent(entry) ? `unknown (was ${entry.snapshot.state})` : entry.snapshot.state),
    dial_mode: ({ snapshot }) => snapshot.dialMode,
    optimize_by: ({ snapshot }) => snapshot.optimizeBy,
    optimize_goal: ({ snapshot }) => snapshot.optimizeGoal,
    last_action: ({ snapshot }) => snapshot.lastAction,
    last_actor: ({ snapshot }) => snapshot.lastActor,
    last_action_in_state: ({ snapshot }) => snapshot.lastActionInState,
    ended: ({ snapshot }) => snapshot.ended?.how ?? null,
    ended_at: ({ snapshot }) => isoTime(snapshot.ended?.atMs ?? null),
    last_event_at: ({ figures }) => isoTime(figures.lastEventMs),
    last_heard_at: ({ figures }) => isoTime(figures.lastHeardMs),
    silent,
    silent_since: (entry) => isoTime(roster.silentSinceMs(entry, nowMs)),
    source_silent: ({ snapshot }) => silentSources().has(snapshot.source),
    sends_statistics: ({ snapshot }) => roster.sendsStatistics(snapshot.source),
    statistics: (entry) => statisticsRow(isCurrent(entry) ? entry.figures.statistics : NO_STATISTICS),
  };
}

function statisticsRow(statistics: Statistics): Row {
  return {
    busy_ratio: statistics.busyRatio,
    hit_ratio: statistics.hitRatio,
    overdial_ratio: statistics.overdialRatio,
    time_to_complete_seconds: statistics.timeToCompleteSeconds,
  };
}

/** Transitions, with the group they belong to as far as the roster knows it. */
export function transitionColumns(roster: Roster): Columns<TransitionRow, keyof typeof TRANSITION_SCHEMA> {
  const group = (row: TransitionRow) => roster.get(row.campaignGroupId)?.snapshot;
  return {
    id: (row) => row.id,
    campaign_group_id: (row) => row.campaignGroupId,
    source: (row) => row.source,
    tenant: (row) => group(row)?.attributes.tenant ?? null,
    campaign_group: (row) => group(row)?.attributes.name ?? null,
    dbid: (row) => row.dbid,
    at: (row) => isoTime(row.atMs),
    from_state: (row) => row.fromState,
    to_state: (row) => row.toState,
    from_dial_mode: (row) => row.fromDialMode,
    to_dial_mode: (row) => row.toDialMode,
    from_optimize_by: (row) => row.fromOptimizeBy,
    to_optimize_by: (row) => row.toOptimizeBy,
    from_optimize_goal: (row) => row.fromOptimizeGoal,
    to_optimize_goal: (row) => row.toOptimizeGoal,
    action: (row) => row.action,
    actor: (row) => row.actor,
    inferred: (row) => row.inferred,
    unexpected: (row) => row.unexpected,
    implied_steps: (row) => row.impliedSteps,
    sort_key: (row) => row.sortKey,
    not_before: (row) => isoTime(row.notBeforeMs),
  };
}

export function actionsColumns(roster: Roster): Columns<ActionsRow, keyof typeof ACTIONS_SCHEMA> {
  const group = (row: ActionsRow) => roster.get(row.campaignGroupId)?.snapshot;
  return {
    day: (row) => row.day,
    campaign_group_id: (row) => row.campaignGroupId,
    source: (row) => row.source,
    tenant: (row) => group(row)?.attributes.tenant ?? null,
    campaign_group: (row) => group(row)?.attributes.name ?? null,
    dbid: (row) => row.dbid,
    client: (row) => row.client,
    automatic: (row) => row.automatic,
    unattributed: (row) => row.unattributed,
    inferred: (row) => row.inferred,
  };
}

/** Samples as they were sent. */
export const SAMPLE_COLUMNS: Columns<StatisticsRow, keyof typeof SAMPLE_SCHEMA> = {
  at: (row) => isoTime(row.atMs),
  busy_ratio: (row) => row.busyRatio?.last ?? null,
  hit_ratio: (row) => row.hitRatio?.last ?? null,
  overdial_ratio: (row) => row.overdialRatio?.last ?? null,
  time_to_complete_seconds: (row) => row.timeToCompleteSeconds?.last ?? null,
};

/** Steps: the plain name is the mean of the samples; beside it least, greatest and last. */
export const STEP_COLUMNS: Columns<StatisticsRow> = {
  at: (row) => isoTime(row.atMs),
  samples: (row) => row.count,
  ...aggregateColumns('busy_ratio', (row) => row.busyRatio),
  ...aggregateColumns('hit_ratio', (row) => row.hitRatio),
  ...aggregateColumns('overdial_ratio', (row) => row.overdialRatio),
  ...aggregateColumns('time_to_complete_seconds', (row) => row.timeToCompleteSeconds),
};

function aggregateColumns(name: string, of: (row: StatisticsRow) => Aggregate | null): Columns<StatisticsRow> {
  return {
    [name]: (row) => of(row)?.mean ?? null,
    [`${name}_min`]: (row) => of(row)?.min ?? null,
    [`${name}_max`]: (row) => of(row)?.max ?? null,
    [`${name}_last`]: (row) => of(row)?.last ?? null,
  };
}

/** A session, with how much of it its group was silent; null: nobody looked. */
export interface SessionView extends SessionRow {
  readonly silentMs: number | null;
}

export const SESSION_COLUMNS: Columns<SessionView, keyof typeof SESSION_SCHEMA> = {
  started_at: ({ startMs }) => isoTime(startMs),
  ended_at: ({ endMs }) => isoTime(endMs),
  first_seen_at: ({ firstSeenMs }) => isoTime(firstSeenMs),
  duration_seconds: ({ startMs, endMs }) => (startMs === null || endMs === null ? null : (endMs - startMs) / 1000),
  observed_seconds: ({ observedMs }) => (observedMs === null ? null : observedMs / 1000),
  silent_seconds: ({ silentMs }) => (silentMs === null ? null : silentMs / 1000),
  active: ({ endMs }) => endMs === null,
};

export function silenceColumns(nowMs: number): Columns<Silence, keyof typeof SILENCE_SCHEMA> {
  return {
    from: ({ fromMs }) => isoTime(fromMs),
    to: ({ toMs }) => isoTime(toMs),
    duration_seconds: ({ fromMs, toMs }) => Math.max(0, (toMs ?? nowMs) - fromMs) / 1000,
    at_least: ({ isAtLeast }) => isAtLeast,
  };
}

export const CALLING_LIST_COLUMNS: Columns<CallingListRow, keyof typeof CALLING_LIST_SCHEMA> = {
  name: (row) => row.name,
  dbid: (row) => row.dbid,
  at: (row) => isoTime(row.atMs),
  hit_ratio: (row) => row.hitRatio,
  time_to_complete_seconds: (row) => row.timeToCompleteSeconds,
};

export const AUDIT_COLUMNS: Columns<AuditRow, keyof typeof AUDIT_SCHEMA> = {
  id: (row) => row.id,
  at: (row) => isoTime(row.atMs),
  action: (row) => row.action,
  actor: (row) => row.actor,
  address: (row) => row.address,
  result: (row) => row.result,
  detail: (row) => row.detail,
};

export const QUARANTINE_COLUMNS: Columns<QuarantinedBody, keyof typeof QUARANTINE_SCHEMA> = {
  id: (row) => row.id,
  source: (row) => row.source,
  endpoint: (row) => row.endpoint,
  reason: (row) => row.reason,
  violations: (row) => row.violations,
  schema_version: (row) => row.schemaVersion,
  count: (row) => row.count,
  first_received_at: (row) => isoTime(row.firstReceivedMs),
  last_received_at: (row) => isoTime(row.lastReceivedMs),
  size_bytes: (row) => row.size,
  replayed_at: (row) => isoTime(row.replayedMs),
  applied_id: (row) => row.appliedId,
  origin: (row) => row.origin,
};
