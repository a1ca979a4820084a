/** A contact centre on an ordinary day: who dials when, and what OCS posts of it. Pure: time and chance are arguments. */
import type { Body } from '../../src/domain/json.js';
import { bodyOf, type BodyHabits } from '../../src/simulator/body.js';
import { dial, type Dialer, exhausted, type Figures, figuresOf, freshDialer } from '../../src/simulator/dialer.js';
import { type Condition, settingOf } from '../../src/simulator/life.js';
import { Random } from '../../src/simulator/random.js';
import { type CampaignGroup, campaignGroups } from '../../src/simulator/scenario.js';

/** What somebody, or OCS by itself, does to a group. */
export type Deed =
  'load' | 'start' | 'stop' | 'stop-by-ocs' | 'change-goal' | 'unload' | 'unload-that-hangs' | 'unloaded';

export interface Planned {
  readonly atMs: number;
  readonly deed: Deed;
}

/** What befalls the figures that OCS knows of a group, or its lists. */
export interface Spell {
  readonly fromMs: number;
  readonly toMs: number;
  readonly figures: (figures: Figures) => Figures;
}

/** One post. `isChange`: it tells of a deed. */
export interface Told {
  readonly source: string;
  readonly group: CampaignGroup;
  readonly isChange: boolean;
  readonly state: Condition['state'];
  readonly body: Body;
}

const HABITS: BodyHabits = { withoutStatistics: false, oldSpellings: false, periodicAction: 'repeats' };
/** Agents who stay below the limit of abandoned calls; a day that wants more says so. */
const GOALS: readonly (readonly [string, number])[] = [
  ['busy_factor', 80],
  ['overdial_rate', 2],
  ['busy_factor', 84],
  ['average_waiting_time', 14],
];

export interface CentreOptions {
  /** Sources, with how many groups each. */
  readonly groups: Readonly<Record<string, number>>;
  readonly seed: number;
  /** Between two periodic posts. */
  readonly intervalMs: number;
  /** Records of the lists, in hours of dialing. */
  readonly hoursOfRecords: number;
}

/** Groups that dial all day with the records they have. */
export function groupsOf({ groups, seed, hoursOfRecords }: CentreOptions): CampaignGroup[] {
  return Object.entries(groups).flatMap(([source, count], sourceIndex) =>
    campaignGroups({ groups: count, sources: 1 }, new Random(seed).fork(source)).map((group, index) => {
      const [optimizeBy, optimizeGoal] = GOALS[(index + sourceIndex) % GOALS.length] ?? ['busy_factor', 80];
      const perSecond = group.agents / group.handleSeconds;
      const lists = group.lists.map((list) => ({
        ...list,
        // The ratio falls to a third on the way, so that a list lasts for about twice what its first hour says.
        records: Math.ceil((perSecond * hoursOfRecords * 3600) / list.freshHitRatio / group.lists.length),
        pace: 1,
      }));
      return { ...group, source, lists, optimizeBy, optimizeGoal, dialModes: ['predictive'] as const };
    }),
  );
}

/** What a deed changes; null: there is nothing to do. */
const CHANGES: Readonly<Record<Deed, (before: Condition, group: CampaignGroup) => Partial<Condition> | null>> = {
  load: ({ state }, { optimizeGoal }) =>
    state === 'not_loaded' ? { state: 'active', action: 'load', actor: 'client', optimizeGoal } : null,
  start: ({ state }) => (state === 'active' ? { state: 'running', action: 'start', actor: 'client' } : null),
  // An overdial rate is of all calls since the load: another goal shows in it only after hours.
  'change-goal': ({ state, optimizeGoal }, { optimizeBy }) =>
    state === 'running' && optimizeBy !== 'overdial_rate'
      ? { action: 'set_dial_mode', actor: 'client', optimizeGoal: optimizeGoal - 1 }
      : null,
  stop: ({ state }) => (state === 'running' ? { state: 'active', action: 'stop', actor: 'client' } : null),
  'stop-by-ocs': ({ state }) => (state === 'running' ? { state: 'active', action: 'stop', actor: 'automatic' } : null),
  unload: unloading,
  'unload-that-hangs': unloading,
  unloaded: ({ state }) => {
    if (state === 'waiting_unload') return { state: 'unload_in_progress' };
    return state === 'unload_in_progress' ? { state: 'not_loaded' } : null;
  },
};

/** OCS by itself, where it has stopped the group at the end of its lists. */
function unloading({ state, action, actor }: Condition): Partial<Condition> | null {
  if (state !== 'active' && state !== 'running') return null;
  const byOcs = actor === 'automatic' && action === 'stop';
  return { state: 'waiting_unload', action: 'unload', actor: byOcs ? 'automatic' : 'client' };
}

export interface PlayedGroupOptions {
  readonly plan: readonly Planned[];
  readonly spells: readonly Spell[];
  readonly random: Random;
  readonly intervalMs: number;
  /** By how much OCS's own clock is wrong. */
  readonly clockAheadMs: number;
}

export class PlayedGroup {
  group: CampaignGroup;
  readonly #random: Random;
  readonly #intervalMs: number;
  readonly #clockAheadMs: number;
  readonly #plan: Planned[];
  readonly #spells: readonly Spell[];
  #condition: Condition = {
    ...{ state: 'not_loaded', guid: '', dialMode: 'predictive', optimizeGoal: 0, action: null },
    ...{ actor: 'unknown', statServerLost: false },
  };
  #dialer: Dialer;
  #nextPeriodicMs = Infinity;
  /** What was posted last; null before the first. */
  lastBody: Body | null = null;

  constructor(group: CampaignGroup, { plan, spells, random, intervalMs, clockAheadMs }: PlayedGroupOptions) {
    this.group = group;
    this.#random = random;
    this.#intervalMs = intervalMs;
    this.#clockAheadMs = clockAheadMs;
    this.#plan = [...plan].sort((a, b) => a.atMs - b.atMs);
    this.#spells = spells;
    this.#dialer = freshDialer(group, 0);
  }

  /** What is posted at a moment; to be asked every second or so. */
  tell(nowMs: number): Told[] {
    const told: Told[] = [];
    for (let next = this.#plan[0]; next && next.atMs <= nowMs; next = this.#plan[0]) {
      this.#plan.shift();
      if (this.#do(next.deed, nowMs)) told.push(this.#told(nowMs, true));
    }
    if (nowMs < this.#nextPeriodicMs) return told;
    this.#nextPeriodicMs += this.#intervalMs;
    this.#dial(nowMs);
    if (exhausted(this.#dialer)) {
      this.#complete(nowMs);
      told.push(this.#told(nowMs, true));
    } else told.push(this.#told(nowMs, false));
    return told;
  }

  #dial(nowMs: number): void {
    const setting = settingOf(this.#condition, this.group);
    this.#dialer = dial(this.#dialer, this.group, setting, { atMs: nowMs, random: this.#random });
  }

  /** At the end of its lists OCS stops the group, and unloads it within seconds. */
  #complete(nowMs: number): void {
    this.#condition = { ...this.#condition, state: 'active', action: 'stop', actor: 'automatic' };
    this.#nextPeriodicMs = Infinity;
    this.#soon(nowMs + 2000, 'unload');
  }

  /** False where there is nothing to do: a group that has completed is not stopped at the end of the shift. */
  #do(deed: Deed, nowMs: number): boolean {
    const before = this.#condition;
    const change = CHANGES[deed](before, this.group);
    if (change === null) return false;
    this.#dial(nowMs);
    if (deed === 'load') {
      this.#dialer = freshDialer(this.group, nowMs);
      this.#condition = { ...before, ...change, guid: this.#random.uuid() };
    } else this.#condition = { ...before, ...change };
    const { state } = this.#condition;
    if (state !== 'running') this.#nextPeriodicMs = Infinity;
    else if (before.state !== 'running') this.#nextPeriodicMs = nowMs + this.#intervalMs;
    if (deed === 'unload' || state === 'unload_in_progress') this.#soon(nowMs + 2000, 'unloaded');
    return true;
  }

  #soon(atMs: number, deed: Deed): void {
    this.#plan.push({ atMs, deed });
    this.#plan.sort((a, b) => a.atMs - b.atMs);
  }

  #told(nowMs: number, isChange: boolean): Told {
    const { group } = this;
    const life = this.#condition;
    const known = usual(figuresOf(this.#dialer, group, settingOf(life, group), this.#random));
    const spell = this.#spells.find(({ fromMs, toMs }) => nowMs >= fromMs && nowMs < toMs);
    const figures = spell ? spell.figures(known) : known;
    const kind = isChange ? 'change' : 'periodic';
    const body = bodyOf({ group, life, figures, atMs: nowMs + this.#clockAheadMs, kind }, HABITS);
    this.lastBody = body;
    return { source: group.source, group, isChange, state: life.state, body };
  }
}

/** Simulated groups dial at 2.8 % where nothing else is asked of them, and that is where a limit of 3 % is all but broken. */
const USUAL_SHARE = 0.7;

function usual(figures: Figures): Figures {
  const { overdialRatio } = figures.statistics;
  if (overdialRatio === null) return figures;
  return { ...figures, statistics: { ...figures.statistics, overdialRatio: overdialRatio * USUAL_SHARE } };
}

const HOUR_MS = 3_600_000;

/** Hours of a day, like 9.5, as milliseconds. */
export function hours(count: number): number {
  return Math.round(count * HOUR_MS);
}

/** A shift: loaded and started within some minutes, stopped and unloaded at its end; with a break when one is given. */
export function shift(
  {
    dayMs,
    from = 9,
    to = 19,
    pause = null,
  }: { dayMs: number; from?: number; to?: number; pause?: readonly [number, number] | null },
  random: Random,
): Planned[] {
  const at = (hour: number, minutes: number) => dayMs + hours(hour) + Math.round(random.between(0, minutes) * 60_000);
  const load = at(from, 6);
  const stop = at(to, 8);
  const plan: Planned[] = [
    { atMs: load, deed: 'load' },
    { atMs: load + 20_000, deed: 'start' },
    { atMs: at((from + to) / 2 + 1, 30), deed: 'change-goal' },
    { atMs: stop, deed: 'stop' },
    { atMs: stop + 40_000, deed: 'unload' },
  ];
  if (pause === null) return plan;
  return [...plan, { atMs: at(pause[0], 3), deed: 'stop' }, { atMs: at(pause[1], 3), deed: 'start' }];
}
