/** Every metric that the service exposes, for the documents and for the checks of dashboards and rules. */
import { type GroupSnapshot, NO_STATISTICS } from '../src/domain/campaign-group.js';
import { RULE_PROFILES } from '../src/domain/compliance.js';
import { Roster } from '../src/live/roster.js';
import {
  CALLBACK_EVENTS,
  CALLBACK_GAUGES,
  CALLBACK_HISTOGRAMS,
  DOMAIN_FAMILIES,
  EVENT_FAMILIES,
} from '../src/prometheus/catalogue.js';
import { ServiceMetrics, type ServiceMetricsOptions } from '../src/prometheus/service-metrics.js';

export interface DescribedFamily {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

const A_GROUP: GroupSnapshot = {
  ...{ groupNo: 1, id: '', source: 'default', dbid: '', state: 'running', stateCode: 5, stateSinceMs: 0 },
  attributes: { name: '', tenant: '', tenantCcid: '', guid: '', group: '', campaign: '', template: '', queue: '' },
  ...{ dialMode: null, optimizeBy: null, optimizeGoal: null, sendsStatistics: true, callingLists: [] },
  ...{ lastAction: null, lastActor: 'unknown', lastActionInState: false, isStateSinceKnown: true, ended: null },
  figures: { lastEventMs: 0, lastHeardMs: 0, statistics: NO_STATISTICS },
};

/** The service's own metrics, of a service to which nothing has happened but one expected notification. */
export function idleServiceMetrics(): ServiceMetrics {
  const roster = new Roster({
    maxGroups: 1,
    maxSources: 1,
    upSinceMs: 0,
    rhythmOf: () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 }),
  });
  // One expected notification, so that the computed gauges have a sample and with it their labels.
  roster.load([A_GROUP]);
  const { statistics } = A_GROUP.figures;
  const heard = { groupNo: 1, receivedAtMs: 10_000, atMs: 10_000, lastEventMs: 10_000, statistics };
  roster.apply({ no: 1, heard: [{ ...heard, outcome: 'refresh' }], snapshots: [] });
  return new ServiceMetrics({ ...idleOptions(roster), leftOut: () => 0, maxSources: 1 });
}

/** What a service is asked for at a scrape that has nothing to do. */
export function idleOptions(roster: Roster): Omit<ServiceMetricsOptions, 'leftOut' | 'maxSources'> {
  return {
    roster,
    waiting: () => 0,
    logDropped: () => 0,
    isSuccessor: false,
    maxWaiting: 0,
    nowMs: () => 0,
    ruleProfiles: RULE_PROFILES,
    shifts: new Map([['default', { endMs: () => 0 }]]),
    version: '',
    storeSizes: () => ({ main: 0, wal: 0 }),
    asideFiles: () => 0,
    checkpointFailures: () => 0,
    storeNotes: () => 0,
    certificateExpiresMs: () => 0,
    storeFree: () => 0,
    retention: A_RETENTION,
    spool: { status: { away: null, items: 0, bytes: 0, limitBytes: 0, oldestMs: 0, aside: [] } },
    upkeep: { damagedChunks: 0, failures: { compaction: 0, set_aside: 0, retention: 0, forgetting: 0 } },
    stream: { clients: 0, dropped: 0 },
    receivers: { isLeading: true, lagSeconds: 0 },
    otlp: () => ({ exports: 0, failures: 0, seconds: 0 }),
    processMetrics: false,
  };
}

/** A run that has found something of every class. */
const A_RETENTION = {
  settings: {
    retentionMs: { notifications: 1, rollups: 1, history: 1, callbacks: 1, quarantine: 1, audit: 1 },
    storeLimitBytes: null,
  },
  report: {
    atMs: 0,
    kept: {
      notifications: { oldestMs: 0, bytes: 0 },
      rollups: { oldestMs: 0, bytes: 0 },
      history: { oldestMs: 0, bytes: 0 },
      callbacks: { oldestMs: 0, bytes: 0 },
      quarantine: { oldestMs: 0, bytes: 0 },
      audit: { oldestMs: 0, bytes: 0 },
    },
    removed: { notifications: 0, rollups: 0, history: 0, callbacks: 0, quarantine: 0, audit: 0 },
    failed: [],
    usedBytes: 0,
    leftovers: { statements: 0, groups: 0, runs: 0, missing_keys: 0 },
    isLimited: false,
  },
};

/** The service's own metrics as a registry with one source describes them. */
export async function serviceFamilies(): Promise<readonly DescribedFamily[]> {
  const metrics = idleServiceMetrics();
  metrics.holds([]);
  return metrics.describe();
}

/** All but those of prom-client itself. */
export async function allFamilies(): Promise<readonly DescribedFamily[]> {
  return [
    ...[DOMAIN_FAMILIES, EVENT_FAMILIES, CALLBACK_GAUGES, CALLBACK_EVENTS, CALLBACK_HISTOGRAMS].flatMap(
      (families): DescribedFamily[] => Object.values(families),
    ),
    ...(await serviceFamilies()),
  ];
}
