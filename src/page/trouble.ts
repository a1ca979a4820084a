/** What wants a person, and the order of the wall that follows from it. */
import type { CampaignGroup } from './api-types.js';

export const TROUBLES = ['stopped_by_itself', 'over_dialing', 'silent', 'stuck_unloading'] as const;
export type Trouble = (typeof TROUBLES)[number];

export const TROUBLE_WORDS: Readonly<Record<Trouble, string>> = {
  stopped_by_itself: 'Stopped by itself',
  over_dialing: 'Over-dialing',
  silent: 'Silent',
  stuck_unloading: 'Stuck in unload',
};

/** Over-dialing without a goal for it: what regulators allow in many places. */
const OVERDIAL_LIMIT = 0.03;
/** An unload takes a minute or two; after this somebody should look. */
const STUCK_AFTER_MS = 10 * 60_000;

type Judged = Pick<
  CampaignGroup,
  | 'state'
  | 'state_since'
  | 'silent'
  | 'last_action'
  | 'last_actor'
  | 'optimize_by'
  | 'optimize_goal'
  | 'statistics'
  | 'name'
  | 'id'
>;

/** The worst that can be said of a group; null when all is well. */
export function troubleOf(group: Judged, nowMs: number): Trouble | null {
  const { state, silent, last_action, last_actor, statistics } = group;
  if (state === 'active' && last_action === 'stop' && last_actor === 'automatic') return 'stopped_by_itself';
  if (silent) return 'silent';
  if (state === 'running' && (statistics.overdial_ratio ?? 0) > overdialLimit(group)) return 'over_dialing';
  if (isUnloading(state) && sinceMs(group, nowMs) > STUCK_AFTER_MS) return 'stuck_unloading';
  return null;
}

/** The goal when over-dialing is what is optimised, else the general limit. */
export function overdialLimit({ optimize_by, optimize_goal }: Pick<Judged, 'optimize_by' | 'optimize_goal'>): number {
  return optimize_by === 'overdial_rate' && optimize_goal !== null ? optimize_goal / 100 : OVERDIAL_LIMIT;
}

/** Worst first: by trouble, then running, then by how much of a group's life is left. */
export function rankOf(group: Judged, nowMs: number): number {
  const trouble = troubleOf(group, nowMs);
  if (trouble !== null) return TROUBLES.indexOf(trouble);
  return TROUBLES.length + REST.indexOf(isUnloading(group.state) ? 'unloading' : restOf(group.state));
}

const REST = ['running', 'unloading', 'active', 'other', 'inactive', 'not_loaded'] as const;

function restOf(state: string): (typeof REST)[number] {
  return REST.find((one) => one === state) ?? 'other';
}

/** Compares for a list that stands still while nothing happens: equal ranks go by name. */
export function byTrouble(nowMs: number): (a: Judged, b: Judged) => number {
  return (a, b) => rankOf(a, nowMs) - rankOf(b, nowMs) || compareNames(a, b);
}

export function compareNames(a: Pick<Judged, 'name' | 'id'>, b: Pick<Judged, 'name' | 'id'>): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function isUnloading(state: string): boolean {
  return state === 'waiting_unload' || state === 'unload_in_progress';
}

function sinceMs({ state_since }: Judged, nowMs: number): number {
  return state_since === null ? 0 : nowMs - Date.parse(state_since);
}
