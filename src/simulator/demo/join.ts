/** How a plot goes on from what the service knows already: by legal steps, so that nothing has to be inferred. Pure. */
import type { Condition } from '../life.js';
import type { CampaignGroup } from '../scenario.js';
import type { Beat } from './beat.js';
import { played, type Player, type Turn, UNLOADED, usualOverdial } from './plot.js';
import type { Change, Session } from './session.js';

/** How a group stands by what the service knows of it. */
export interface Known {
  readonly state: string;
  readonly guid: string;
  readonly dialMode: string | null;
  readonly optimizeBy: string | null;
  readonly optimizeGoal: number | null;
  readonly atMs: number;
  /** When it was loaded for the first time; null: longer ago than the day, or not known. */
  readonly firstLoadMs: number | null;
}

type Step = readonly [step: Change['step'], more?: Pick<Change, 'dialMode' | 'optimizeGoal'>];

const STEP_MS = 1000;
/** The longest way is seven steps. */
const STEPS_MS = 8 * STEP_MS;
const REST_OF_RECORDS_MS = 3_600_000;

/** The beat that is known, and what follows it from `atMs` on. */
export function joined(player: Player, turns: readonly Turn[], known: Known, atMs: number): Beat[] {
  const planned = played(player, turns, null);
  const at = planned.findLastIndex((beat) => beat.atMs <= atMs + STEPS_MS);
  const target = planned[at] ?? null;
  const wanted = target?.condition ?? UNLOADED;
  const first = knownBeat(player, known, target);
  const { state } = first.condition;
  const isKept = keptOf(state, target) !== null;
  const own = isKept ? first.session : (target ?? first).session;
  const way = stepsBetween(state, wanted, known, player.group);
  const loadAt = isKept ? 0 : way.findIndex(([step]) => step === 'load');
  const steps = way.map(([step, more], index): Turn => {
    const session = loadAt >= 0 && index >= loadAt ? own : first.session;
    return { session, change: { atMs: Math.round(atMs + index * STEP_MS), step, ...more } };
  });
  const rest = turns.slice(at + 1).map((turn) => (turn.session === target?.session ? { ...turn, session: own } : turn));
  return [first, ...played(player, [...steps, ...rest], first)];
}

/** What is planned, where the load that is known takes its place. */
function keptOf(state: Condition['state'], target: Beat | null): Beat | null {
  return isLoaded(state) && target?.condition.state !== 'not_loaded' ? target : null;
}

function knownBeat({ group, salt }: Player, known: Known, target: Beat | null): Beat {
  const state = knownState(known);
  const { atMs, guid } = known;
  const runningSinceMs = state === 'running' ? atMs : null;
  const kept = keptOf(state, target);
  if (kept !== null) {
    const condition: Condition = { ...kept.condition, state, guid, action: null };
    const session = { ...kept.session, guid };
    return { ...kept, atMs, condition, session, runningSinceMs, isKnown: true };
  }
  const condition: Condition = { ...startOf(group), state, guid, action: isGoing(state) ? 'unload' : null };
  const session: Session = { guid, dialMs: REST_OF_RECORDS_MS, changes: [] };
  const overdial = usualOverdial(group, condition, salt);
  const dialledMs = REST_OF_RECORDS_MS / 2;
  return { atMs, condition, session, dialledMs, runningSinceMs, overdial, salt, isKnown: true };
}

function isGoing(state: Condition['state']): boolean {
  return state === 'waiting_unload' || state === 'unload_in_progress';
}

function knownState({ state }: Known): Condition['state'] {
  switch (state) {
    case 'not_loaded':
    case 'waiting_unload':
    case 'unload_in_progress':
    case 'running':
      return state;
    default:
      // Anything else counts as loaded.
      return 'active';
  }
}

function isLoaded(state: Condition['state']): boolean {
  return state === 'active' || state === 'running';
}

function startOf({ dialModes, optimizeGoal }: CampaignGroup): Condition {
  return { ...UNLOADED, dialMode: dialModes[0], optimizeGoal };
}

function stepsBetween(from: Condition['state'], to: Condition, known: Known, group: CampaignGroup): Step[] {
  if (isLoaded(from) && to.state !== 'not_loaded') return onwards(from, to, known, group);
  if (from === to.state) return [];
  if (from === 'waiting_unload' && to.state === 'unload_in_progress') return [['unload_progress']];
  const down = WAY_DOWN.slice(WAY_DOWN.findIndex(([state]) => state === from) + 1).map(([, step]): Step => [step]);
  const setting = startOf(group);
  const isOther = to.dialMode !== setting.dialMode || to.optimizeGoal !== setting.optimizeGoal;
  const reset: Step[] = to.state === 'running' && isOther ? [setOf(to)] : [];
  return [...down, ...WAY_UP[to.state].map((step): Step => [step]), ...reset];
}

/** From each state down, the step that leads to the next. */
const WAY_DOWN: readonly (readonly [Condition['state'], Change['step']])[] = [
  ['running', 'stop'],
  ['active', 'stop'],
  ['waiting_unload', 'unload'],
  ['unload_in_progress', 'unload_progress'],
  ['not_loaded', 'unloaded'],
];

const WAY_UP: Readonly<Record<Condition['state'], readonly Change['step'][]>> = {
  not_loaded: [],
  active: ['load'],
  running: ['load', 'start'],
  waiting_unload: ['load', 'unload'],
  unload_in_progress: ['load', 'unload', 'unload_progress'],
};

/** Within a load. */
function onwards(from: Condition['state'], to: Condition, known: Known, group: CampaignGroup): Step[] {
  switch (to.state) {
    case 'running':
      if (from === 'active') return [['start']];
      return isSet(to, known, group) ? [] : [setOf(to)];
    case 'active':
      return from === 'active' ? [] : [['stop']];
    case 'waiting_unload':
      return [['unload']];
    case 'unload_in_progress':
      return [['unload'], ['unload_progress']];
    case 'not_loaded':
      return [];
  }
}

function isSet(to: Condition, known: Known, { optimizeBy }: CampaignGroup): boolean {
  const isSameMethod = known.optimizeBy === null || known.optimizeBy === optimizeBy;
  return known.dialMode === to.dialMode && isSameMethod && (known.optimizeGoal ?? to.optimizeGoal) === to.optimizeGoal;
}

function setOf({ dialMode, optimizeGoal }: Condition): Step {
  return ['set', { dialMode, optimizeGoal }];
}
