/** Which groups the wall shows and in which order: filter, search and sort, pure. */
import { canonical, folded } from '../domain/folding.js';
import type { CampaignGroup } from './api-types.js';
import { byTrouble, compareNames, troubleOf, type Yardstick } from './trouble.js';

export const STATE_FILTERS = ['trouble', 'running', 'silent', 'active', 'unloading', 'inactive', 'not_loaded'] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];

export const SORTS = [
  'trouble',
  'state',
  'name',
  'mode',
  'since',
  'busy',
  'hit',
  'overdial',
  'finish',
  'heard',
] as const;
export type Sort = (typeof SORTS)[number];

export interface WallChoice {
  readonly state: StateFilter | null;
  readonly search: string;
  readonly source: string;
  readonly tenant: string;
  readonly sort: Sort;
  readonly isReversed: boolean;
}

export function chosen(parameters: Readonly<Record<string, string>>): WallChoice {
  return {
    state: STATE_FILTERS.find((one) => one === parameters['state']) ?? null,
    search: parameters['q'] ?? '',
    source: parameters['source'] ?? '',
    tenant: parameters['tenant'] ?? '',
    sort: SORTS.find((one) => one === parameters['sort']) ?? 'trouble',
    isReversed: parameters['dir'] === 'desc',
  };
}

export function isIn(filter: StateFilter, group: CampaignGroup, by: Yardstick): boolean {
  switch (filter) {
    case 'trouble':
      return troubleOf(group, by) !== null;
    case 'silent':
      return group.silent;
    case 'unloading':
      return group.state === 'waiting_unload' || group.state === 'unload_in_progress';
    case 'running':
      return group.state === 'running' && !group.silent;
    case 'active':
    case 'inactive':
    case 'not_loaded':
      return group.state === filter;
  }
}

export type Counts = Readonly<Record<StateFilter, number>>;

export function countStates(groups: readonly CampaignGroup[], by: Yardstick): Counts {
  const counts = Object.fromEntries(STATE_FILTERS.map((filter) => [filter, 0])) as Record<StateFilter, number>;
  for (const group of groups) for (const filter of STATE_FILTERS) if (isIn(filter, group, by)) counts[filter]++;
  return counts;
}

/** All groups but for the state: what the counts count. Every word of the search is in one of a group's texts. */
export function matching(groups: readonly CampaignGroup[], { search, source, tenant }: WallChoice): CampaignGroup[] {
  const wanted = folded(search).split(/\s+/).filter(Boolean);
  const wantedTenant = canonical(tenant);
  return groups.filter((group) => {
    if (source !== '' && group.source !== source) return false;
    if (tenant !== '' && canonical(group.tenant ?? '') !== wantedTenant) return false;
    if (wanted.length === 0) return true;
    const text = textOf(group);
    return wanted.every((word) => text.includes(word));
  });
}

function textOf({ name, dbid, campaign, group, tenant, source, queue, template, dial_mode }: CampaignGroup): string {
  return folded([name, dbid, campaign, group, tenant, source, queue, template, dial_mode].join(' '));
}

export function ordered(
  groups: readonly CampaignGroup[],
  { sort, isReversed }: WallChoice,
  by: Yardstick,
): CampaignGroup[] {
  if (sort === 'trouble') return [...groups].sort(byTrouble(by));
  const sorted = [...groups].sort(byKey(sort));
  return isReversed ? reversedKnown(sorted, sort) : sorted;
}

type Key = (group: CampaignGroup) => string | number | null;

const KEYS: Readonly<Record<Exclude<Sort, 'trouble'>, Key>> = {
  state: ({ state }) => state,
  name: ({ name }) => name,
  mode: ({ dial_mode }) => dial_mode,
  since: ({ state_seen_since }) => state_seen_since,
  busy: ({ statistics }) => statistics.busy_ratio,
  hit: ({ statistics }) => statistics.hit_ratio,
  overdial: ({ statistics }) => statistics.overdial_ratio,
  finish: ({ statistics, last_event_at }) =>
    statistics.time_to_complete_seconds === null
      ? null
      : Date.parse(last_event_at) + statistics.time_to_complete_seconds * 1000,
  heard: ({ last_heard_at }) => last_heard_at,
};

/** What is not known comes last, whichever way the rest is sorted. */
function byKey(sort: Exclude<Sort, 'trouble'>) {
  const key = KEYS[sort];
  return (a: CampaignGroup, b: CampaignGroup) => {
    const [left, right] = [key(a), key(b)];
    if (left === right) return compareNames(a, b);
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -1 : 1;
  };
}

function reversedKnown(sorted: CampaignGroup[], sort: Exclude<Sort, 'trouble'>): CampaignGroup[] {
  const key = KEYS[sort];
  const firstUnknown = sorted.findIndex((group) => key(group) === null);
  const end = firstUnknown < 0 ? sorted.length : firstUnknown;
  return [...sorted.slice(0, end).reverse(), ...sorted.slice(end)];
}
