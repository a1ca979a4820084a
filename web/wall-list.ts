/** Which groups the wall shows and in which order: filter, search and sort, pure. */
import { canonical, folded } from '../src/domain/folding.js';
import type { CampaignGroup } from './api-types.js';
import { byTrouble, compareNames, type Trouble, TROUBLES, troubleOf, type Yardstick } from './trouble.js';

/** Trouble, each kind of it, and the states; silence is both. */
export const STATE_FILTERS = [
  'trouble',
  ...TROUBLES,
  'running',
  'active',
  'unloading',
  'inactive',
  'not_loaded',
] as const;
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

type Test = (group: CampaignGroup, by: Yardstick) => boolean;

const inState =
  (state: string): Test =>
  (group) =>
    group.state === state;
const inTrouble =
  (kind: Trouble): Test =>
  (group, by) =>
    troubleOf(group, by) === kind;

const TESTS: Readonly<Record<StateFilter, Test>> = {
  trouble: (group, by) => troubleOf(group, by) !== null,
  stopped_by_itself: inTrouble('stopped_by_itself'),
  over_dialing: inTrouble('over_dialing'),
  silent: ({ silent }) => silent,
  stuck_unloading: inTrouble('stuck_unloading'),
  running: ({ state, silent }) => state === 'running' && !silent,
  active: inState('active'),
  unloading: ({ state }) => state === 'waiting_unload' || state === 'unload_in_progress',
  inactive: inState('inactive'),
  not_loaded: inState('not_loaded'),
};

export function isIn(filter: StateFilter, group: CampaignGroup, by: Yardstick): boolean {
  return TESTS[filter](group, by);
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
