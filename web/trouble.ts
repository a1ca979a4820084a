/** What wants a person, and the order of the wall that follows from it. */
import type { CampaignGroup } from './api-types.js';
import type { Limits } from './service-info.js';

export const TROUBLES = ['stopped_by_itself', 'over_dialing', 'silent', 'stuck_unloading'] as const;
export type Trouble = (typeof TROUBLES)[number];

export const TROUBLE_WORDS: Readonly<Record<Trouble, string>> = {
  stopped_by_itself: 'Stopped by itself',
  over_dialing: 'Over-dialing',
  silent: 'Silent',
  stuck_unloading: 'Stuck in unload',
};

/** What groups are judged by. */
export interface Yardstick {
  readonly nowMs: number;
  /** Null until the service said them: nothing that goes by a limit is trouble yet. */
  readonly limits: Limits | null;
  /** Whether a group over-dials by what was watched of it; without it the figure at hand says so. */
  readonly isOverDialing?: (group: Judged) => boolean;
}

export type Judged = Pick<
  CampaignGroup,
  'state' | 'state_seen_since' | 'silent' | 'ended' | 'statistics' | 'name' | 'id'
>;

/** The worst that can be said of a group; null when all is well. */
export function troubleOf(group: Judged, by: Yardstick): Trouble | null {
  const { state, state_seen_since, silent, ended } = group;
  const { nowMs, limits } = by;
  if (ended === 'by_itself' && state !== 'not_loaded') return 'stopped_by_itself';
  if (silent) return 'silent';
  if (limits === null) return null;
  if (state === 'running' && isOverDialing(group, by)) return 'over_dialing';
  if (isUnloading(state) && nowMs - Date.parse(state_seen_since) > limits.unload_stuck_seconds * 1000)
    return 'stuck_unloading';
  return null;
}

function isOverDialing(group: Judged, { limits, ...by }: Yardstick): boolean {
  return by.isOverDialing?.(group) ?? isAboveLimit(group.statistics.overdial_ratio, limits);
}

/** A figure above the compliance line, whatever the group's own goal, as the alert rules have it. */
export function isAboveLimit(ratio: number | null, limits: Pick<Limits, 'overdial_ratio'> | null): boolean {
  return ratio !== null && limits !== null && ratio > limits.overdial_ratio;
}

/** Worst first: by trouble, then running, then by how much of a group's life is left. */
export function rankOf(group: Judged, by: Yardstick): number {
  const trouble = troubleOf(group, by);
  if (trouble !== null) return TROUBLES.indexOf(trouble);
  return TROUBLES.length + REST.indexOf(isUnloading(group.state) ? 'unloading' : restOf(group.state));
}

const REST = ['running', 'unloading', 'active', 'other', 'inactive', 'not_loaded'] as const;

function restOf(state: string): (typeof REST)[number] {
  return REST.find((one) => one === state) ?? 'other';
}

/** Compares for a list that stands still while nothing happens: equal ranks go by name. */
export function byTrouble(by: Yardstick): (a: Judged, b: Judged) => number {
  return (a, b) => rankOf(a, by) - rankOf(b, by) || compareNames(a, b);
}

export function compareNames(a: Pick<Judged, 'name' | 'id'>, b: Pick<Judged, 'name' | 'id'>): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function isUnloading(state: string): boolean {
  return state === 'waiting_unload' || state === 'unload_in_progress';
}
