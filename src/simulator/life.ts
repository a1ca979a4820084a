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

export interface Beginning {
  /** Campaign time of the first load. */
  readonly loadAtMs: number;
  /** Campaign time from the first load to the first start. */
  readonly startAfterMs: number;
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

/** How it dials now, null when it is not running. Optimisation is defined for predictive modes only. */
export function settingOf(life: Life, group: CampaignGroup): Setting | null {
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
  const nowMs = life.dialer.atMs;
  const soon = (next: Step, from: number, to: number): Plan => ({
    step: next,
    atMs: nowMs + random.between(from, to) * 1000,
  });
  const client = { ...life, actor: 'client' as const, statServerLost: false };
  const changed = (after: Life): Advance => ({ life: after, changed: true });
  switch (step) {
    case 'load': {
      const loaded = { guid: random.uuid(), dialMode: group.dialModes[0], optimizeGoal: group.optimizeGoal };
      const dialer = freshDialer(group, nowMs);
      return changed({ ...client, ...loaded, dialer, state: 'active', action: 'load', next: soon('start', 1, 5) });
    }
    case 'start': {
      const running = { ...client, state: 'running' as const, action: 'start' as const };
      return changed({ ...running, next: planWhileRunning(running, group, random) });
    }
    case 'change_mode': {
      const dialMode = group.dialModes.find((mode) => mode !== life.dialMode) ?? life.dialMode;
      const after = { ...life, dialMode, action: 'set_dial_mode' as const, actor: 'client' as const };
      return changed({ ...after, next: planWhileRunning(after, group, random) });
    }
    case 'change_goal': {
      const optimizeGoal = life.optimizeGoal + (life.optimizeGoal > group.optimizeGoal ? -1 : 1);
      const after = { ...life, optimizeGoal, action: 'set_dial_mode' as const, actor: 'client' as const };
      return changed({ ...after, next: planWhileRunning(after, group, random) });
    }
    case 'stop': {
      const next = random.chance(0.75) ? soon('start', 60, 300) : soon('unload', 10, 120);
      return changed({ ...client, state: 'active', action: 'stop', next });
    }
    case 'lose_stat_server':
      return { life: { ...life, statServerLost: true, next: soon('regain_stat_server', 90, 300) }, changed: false };
    case 'regain_stat_server': {
      const after = { ...life, statServerLost: false };
      return { life: { ...after, next: planWhileRunning(after, group, random) }, changed: false };
    }
    case 'complete':
      return changed({ ...client, state: 'active', action: 'stop', actor: 'automatic', next: soon('unload_completed', 1, 3) });
    case 'unload':
    case 'unload_completed':
    case 'unload_progress':
    case 'unload_done':
    case 'force_unload':
      return changed(unload(step, client, soon, random));
  }
}
