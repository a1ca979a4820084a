import type { GroupSnapshot } from '../../src/domain/campaign-group.js';

export const NOW = 1_795_161_600_000;

/** A running group, heard of a second ago; say only what matters to the test. */
export function aSnapshot(parts: Partial<GroupSnapshot> = {}): GroupSnapshot {
  const groupNo = parts.groupNo ?? 1;
  return {
    groupNo,
    id: `id-${String(groupNo)}`,
    source: 'default',
    dbid: String(100 + groupNo),
    attributes: {
      name: 'Spring Sale@Agents',
      tenant: 'Environment',
      tenantCcid: '1',
      guid: 'g',
      group: 'Agents',
      campaign: 'Spring Sale',
      template: '',
      queue: '8001',
    },
    state: 'running',
    stateCode: 5,
    stateSinceMs: NOW - 60_000,
    isStateSinceKnown: true,
    dialMode: 'predictive',
    optimizeBy: 'overdial_rate',
    optimizeGoal: 3,
    lastAction: 'start',
    lastActor: 'client',
    lastActionInState: true,
    ended: null,
    sendsStatistics: true,
    callingLists: [],
    figures: {
      lastEventMs: NOW - 1000,
      lastHeardMs: NOW - 1000,
      statistics: { busyRatio: 0.85, hitRatio: 0, overdialRatio: null, timeToCompleteSeconds: 600 },
    },
    ...parts,
  };
}
