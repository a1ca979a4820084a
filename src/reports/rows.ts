/** The shapes in which the API answers: snake_case, times ISO 8601 UTC with milliseconds, null for what is not known. */
import { NO_STATISTICS } from '../domain/campaign-group.js';
import type { Statistics } from '../domain/notification.js';
import type { QuarantinedBody } from '../domain/quarantine.js';
import type { Aggregate, CallingListRow, SessionRow, StatisticsRow, TransitionRow } from '../domain/store.js';
import type { Roster, RosterEntry } from '../ingest/roster.js';

export type Row = Readonly<Record<string, unknown>>;

export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function campaignGroupRow(entry: RosterEntry, roster: Roster, nowMs: number): Row {
  const { snapshot, figures } = entry;
  const { attributes } = snapshot;
  const silent = roster.silent(entry, nowMs);
  // A silent or stopped group's last figures are not current.
  const isCurrent = snapshot.state === 'running' && !silent;
  return {
    id: snapshot.id,
    source: snapshot.source,
    tenant: attributes.tenant,
    tenant_ccid: attributes.tenantCcid,
    dbid: snapshot.dbid,
    guid: attributes.guid,
    name: attributes.name,
    group: attributes.group,
    campaign: attributes.campaign,
    template: attributes.template,
    queue: attributes.queue,
    state: snapshot.state,
    state_code: snapshot.stateCode,
    state_since: isoTime(snapshot.stateSinceMs),
    display_state: silent ? `unknown (was ${snapshot.state})` : snapshot.state,
    dial_mode: snapshot.dialMode,
    optimize_by: snapshot.optimizeBy,
    optimize_goal: snapshot.optimizeGoal,
    last_action: snapshot.lastAction,
    last_actor: snapshot.lastActor,
    last_event_at: isoTime(figures.lastEventMs),
    last_heard_at: isoTime(figures.lastHeardMs),
    silent,
    sends_statistics: roster.sendsStatistics(snapshot.source),
    statistics: statisticsRow(isCurrent ? figures.statistics : NO_STATISTICS),
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

/** A transition, with the group it belongs to as far as the roster knows it. */
export function transitionRow(row: TransitionRow, roster: Roster): Row {
  const group = roster.get(row.campaignGroupId)?.snapshot;
  return {
    id: row.id,
    campaign_group_id: row.campaignGroupId,
    source: group?.source ?? null,
    tenant: group?.attributes.tenant ?? null,
    campaign_group: group?.attributes.name ?? null,
    dbid: group?.dbid ?? null,
    at: isoTime(row.atMs),
    from_state: row.fromState,
    to_state: row.toState,
    from_dial_mode: row.fromDialMode,
    to_dial_mode: row.toDialMode,
    from_optimize_by: row.fromOptimizeBy,
    to_optimize_by: row.toOptimizeBy,
    from_optimize_goal: row.fromOptimizeGoal,
    to_optimize_goal: row.toOptimizeGoal,
    action: row.action,
    actor: row.actor,
    inferred: row.inferred,
    unexpected: row.unexpected,
    implied_steps: row.impliedSteps,
    not_before: isoTime(row.notBeforeMs),
  };
}

/** A sample as it was sent. */
export function sampleRow(row: StatisticsRow): Row {
  return {
    at: isoTime(row.atMs),
    busy_ratio: row.busyRatio?.last ?? null,
    hit_ratio: row.hitRatio?.last ?? null,
    overdial_ratio: row.overdialRatio?.last ?? null,
    time_to_complete_seconds: row.timeToCompleteSeconds?.last ?? null,
  };
}

/** A step: the plain name is the mean of its samples; beside it least, greatest and last. */
export function stepRow(row: StatisticsRow): Row {
  return {
    at: isoTime(row.atMs),
    samples: row.count,
    ...aggregateColumns('busy_ratio', row.busyRatio),
    ...aggregateColumns('hit_ratio', row.hitRatio),
    ...aggregateColumns('overdial_ratio', row.overdialRatio),
    ...aggregateColumns('time_to_complete_seconds', row.timeToCompleteSeconds),
  };
}

function aggregateColumns(name: string, aggregate: Aggregate | null): Row {
  return {
    [name]: aggregate?.mean ?? null,
    [`${name}_min`]: aggregate?.min ?? null,
    [`${name}_max`]: aggregate?.max ?? null,
    [`${name}_last`]: aggregate?.last ?? null,
  };
}

export function sessionRow({ startMs, endMs, firstSeenMs }: SessionRow): Row {
  return {
    started_at: isoTime(startMs),
    ended_at: isoTime(endMs),
    first_seen_at: isoTime(firstSeenMs),
    duration_seconds: startMs === null || endMs === null ? null : (endMs - startMs) / 1000,
    active: endMs === null,
  };
}

export function callingListRow(row: CallingListRow): Row {
  return {
    name: row.name,
    dbid: row.dbid,
    at: isoTime(row.atMs),
    hit_ratio: row.hitRatio,
    time_to_complete_seconds: row.timeToCompleteSeconds,
  };
}

export function quarantineRow(row: QuarantinedBody): Row {
  return {
    id: row.id,
    source: row.source,
    endpoint: row.endpoint,
    reason: row.reason,
    violations: row.violations,
    schema_version: row.schemaVersion,
    count: row.count,
    first_received_at: isoTime(row.firstReceivedMs),
    last_received_at: isoTime(row.lastReceivedMs),
    size_bytes: row.size,
    replayed_at: isoTime(row.replayedMs),
    applied_id: row.appliedId,
  };
}
