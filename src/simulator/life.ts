/**
 * A campaign group's life as OCS leads it: load, start, changes of mode or goal, stop and restart, unload through
 * waiting_unload and unload_in_progress, forced unload, completion (stop, then unload within seconds, by OCS
 * itself), and Stat Server lost (stays running, dials nothing). Pure: time and randomness are arguments.
 */
import { isPredictive, type KnownState } from '../domain/vocabulary.js';
import { dial, type Dialer, exhausted, freshDialer, type Setting } from './dialer.js';
import type { Random } from './random.js';
import type { CampaignGroup } from './scenario.js';

export type Action = 'load' | 'unload' | 'start' | 'stop' | 'set_dial_mode' | 'force_unload';
export type Actor = 'unknown' | 'client' | 'automatic';

type Step =
  | 'load'
  | 'start'
  | 'change_mode'
  | 'change_goal'
  | 'stop'
  | 'complete'
  | 'unload'
  | 'unload_completed'
  | 'unload_progress'
  | 'unload_done'
  | 'force_unload'
  | 'lose_stat_server'
  | 'regain_stat_server';

export interface Life {
  readonly state: Exclude<KnownState, 'inactive'>;
  /** Of the loading session; empty before the first load. */
  readonly guid: string;
  readonly dialMode: string;
  readonly optimizeGoal: number;
  /** Of the last change; null before the first. */
  readonly action: Action | null;
  readonly actor: Actor;
  readonly statServerLost: boolean;
  readonly dialer: Dialer;
  readonly next: Plan;
}

interface Plan {
  readonly step: Step;
  /** Campaign time. */
  readonly atMs: number;
}

export function beginLife(group: CampaignGroup, loadAtMs: number): Life {
  return {
    state: 'not_loaded',
    guid: '',
    dialMode: group.dialModes[0],
    optimizeGoal: group.optimizeGoal,
    action: null,
    actor: 'unknown',
    statServerLost: false,
    dialer: freshDialer(group, loadAtMs),
    next: { step: 'load', atMs: loadAtMs },
  };
}

/** What OCS tells of a life. */
export type Condition = Pick<
  Life,
  'state' | 'guid' | 'dialMode' | 'optimizeGoal' | 'action' | 'actor' | 'statServerLost'
>;

/** How it dials now, null when it is not running. Optimisation is defined for predictive modes only. */
export function settingOf(life: Condition, group: CampaignGroup): Setting | null {
  if (life.state !== 'running') return null;
  const { dialMode, optimizeGoal, statServerLost } = life;
  return isPredictive(dialMode)
    ? { dialMode, optimizeBy: group.optimizeBy, optimizeGoal, statServerLost }
    : { dialMode, optimizeBy: null, optimizeGoal: null, statServerLost };
}

export interface Advance {
  readonly life: Life;
  /** Whether OCS reports a change: of the state, the dialing mode or the goal. At most one an advance. */
  readonly changed: boolean;
}

export function isDue(life: Life, atMs: number): boolean {
  return life.next.atMs <= atMs;
}

/** Dials on up to a moment, and takes the next step of the life when it is due. */
export function advance(life: Life, group: CampaignGroup, atMs: number, random: Chances): Advance {
  const dialer = dial(life.dialer, group, settingOf(life, group), { atMs, random: random.figures });
  const dialled = { ...life, dialer };
  if (life.state === 'running' && exhausted(dialer)) return take('complete', dialled, group, random.plan);
  if (!isDue(life, atMs)) return { life: dialled, changed: false };
  return take(life.next.step, dialled, group, random.plan);
}

/** Two streams, so that what happens in a life does not depend on how often its figures were looked at. */
export interface Chances {
  readonly plan: Random;
  readonly figures: Random;
}

function take(step: Step, life: Life, group: CampaignGroup, random: Random): Advance {
  const changed = step !== 'lose_stat_server' && step !== 'regain_stat_server';
  return { life: STEPS[step](life, group, random), changed };
}

type Taking = (life: Life, group: CampaignGroup, random: Random) => Life;

const STEPS: Readonly<Record<Step, Taking>> = {
  load: (life, group, random) => ({
    ...by('client', 'load', life),
    state: 'active',
    guid: random.uuid(),
    dialMode: group.dialModes[0],
    optimizeGoal: group.optimizeGoal,
    dialer: freshDialer(group, life.dialer.atMs),
    next: { step: 'start', atMs: life.next.atMs + random.between(1, 5) * 1000 },
  }),
  start: (life, group, random) => keepRunning({ ...by('client', 'start', life), state: 'running' }, group, random),
  change_mode: (life, group, random) => {
    const dialMode = group.dialModes.find((mode) => mode !== life.dialMode) ?? life.dialMode;
    return keepRunning({ ...by('client', 'set_dial_mode', life), dialMode }, group, random);
  },
  change_goal: (life, group, random) => {
    const optimizeGoal = life.optimizeGoal + (life.optimizeGoal > group.optimizeGoal ? -1 : 1);
    return keepRunning({ ...by('client', 'set_dial_mode', life), optimizeGoal }, group, random);
  },
  stop: (life, _group, random) => {
    const restarts = random.chance(0.75);
    const next = restarts
      ? soon(life, 'start', random.between(60, 300))
      : soon(life, 'unload', random.between(10, 120));
    return { ...by('client', 'stop', life), state: 'active', next };
  },
  lose_stat_server: (life, _group, random) => ({
    ...life,
    statServerLost: true,
    next: soon(life, 'regain_stat_server', random.between(90, 300)),
  }),
  regain_stat_server: (life, group, random) => keepRunning({ ...life, statServerLost: false }, group, random),
  complete: (life, _group, random) => ({
    ...by('automatic', 'stop', life),
    state: 'active',
    next: soon(life, 'unload_completed', random.between(1, 3)),
  }),
  unload: (life, _group, random) => unload(by('client', 'unload', life), random),
  unload_completed: (life, _group, random) => unload(by('automatic', 'unload', life), random),
  unload_progress: (life, _group, random) => ({
    ...life,
    state: 'unload_in_progress',
    next: soon(life, 'unload_done', random.between(1, 5)),
  }),
  unload_done: (life, _group, random) => reloadLater(life, random),
  force_unload: (life, _group, random) => reloadLater(by('client', 'force_unload', life), random),
};

function by(actor: Actor, action: Action, life: Life): Life {
  return { ...life, actor, action, statServerLost: action === 'set_dial_mode' && life.statServerLost };
}

function soon(life: Life, step: Step, seconds: number): Plan {
  return { step, atMs: life.dialer.atMs + seconds * 1000 };
}

/** Now and then an unload gets stuck until somebody forces it. */
function unload(life: Life, random: Random): Life {
  const next = random.chance(0.04)
    ? soon(life, 'force_unload', random.between(960, 1500))
    : soon(life, 'unload_progress', random.between(1, 4));
  return { ...life, state: 'waiting_unload', next };
}

function reloadLater(life: Life, random: Random): Life {
  return { ...life, state: 'not_loaded', next: soon(life, 'load', random.between(30, 300)) };
}

function keepRunning(life: Life, group: CampaignGroup, random: Random): Life {
  const step = random.weighted<Step>(
    [
      ['change_mode', group.dialModes.length > 1 ? 30 : 0],
      ['change_goal', isPredictive(life.dialMode) ? 25 : 0],
      ['stop', 25],
      ['lose_stat_server', 8],
      ['unload', 7],
      ['force_unload', 5],
    ],
    'stop',
  );
  return { ...life, next: soon(life, step, random.between(45, 600)) };
}
