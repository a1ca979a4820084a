/**
 * The life of a campaign group, as far as OCS tells it.
 *
 *   not_loaded --load--> active --start--> running --stop--> active
 *   active | running --unload--> waiting_unload -> unload_in_progress -> not_loaded
 *   any loaded state --force_unload--> not_loaded
 *   running --set_dial_mode--> running, in another dialing mode or with another goal
 *
 * `inactive` counts as loaded, but no action leads there and the life cycle does not know it.
 * A transition is a pure function of two neighbours in time (`between`). It is *explicit* when the later
 * neighbour's action explains what is new, whoever told us first; otherwise a post must have been lost and the
 * transition is *inferred*: it happened in the interval (notBeforeMs, atMs]. Nothing is ever refused here:
 * an edge that no sequence of lost posts within one life could explain is applied and flagged `unexpected`.
 * Sources: Genesys "Campaign Group Status Reporting"; docs/adr/0001-evidence-first.md.
 */
import { isPredictive } from './vocabulary.js';

/** One notification as the state machine sees it. Null = not said (absent, null, empty, or the default 0). */
export interface Moment {
  readonly atMs: number;
  readonly state: string;
  readonly dialMode: string | null;
  readonly optimizeBy: string | null;
  /** As sent: percent or seconds. */
  readonly optimizeGoal: number | null;
  readonly action: string | null;
  readonly actor: string;
}

/** Where a group stands: its state and, while running, the mode and goal last said since it began to run. */
export interface Bearing {
  readonly state: string;
  readonly dialMode: string | null;
  readonly optimizeBy: string | null;
  readonly optimizeGoal: number | null;
}

export interface Transition {
  /** When it happened; of an inferred one the end of its interval. */
  readonly atMs: number;
  /** Null for the first evidence of a group that was already loaded. */
  readonly fromState: string | null;
  readonly toState: string;
  readonly fromDialMode: string | null;
  readonly toDialMode: string | null;
  readonly fromOptimizeBy: string | null;
  readonly toOptimizeBy: string | null;
  readonly fromOptimizeGoal: number | null;
  readonly toOptimizeGoal: number | null;
  /** Null when inferred: the action that did it was never heard of. */
  readonly action: string | null;
  readonly actor: string;
  readonly inferred: boolean;
  readonly unexpected: boolean;
  /** Actions that must have happened between, in order, and were not told. */
  readonly impliedSteps: readonly string[];
  /** Start of an inferred transition's interval (exclusive); null when explicit or when nothing was known before. */
  readonly notBeforeMs: number | null;
}

export interface Step {
  /** The bearing after `next`. */
  readonly bearing: Bearing;
  /** The transition that `next` proves, if any. */
  readonly transition: Transition | null;
}

/** Actions in the order in which they take a group through its life; orders notifications of the same millisecond. */
const ACTION_ORDER = ['load', 'start', 'set_dial_mode', 'stop', 'unload', 'force_unload'];

/** The way down, told by one and the same action. */
const UNLOAD_ORDER = ['waiting_unload', 'unload_in_progress', 'not_loaded'];

/**
 * Rank of a moment among those of the same millisecond: by the action's place in a life, on the way down by the
 * state's. An action that says nothing comes last: it only confirms.
 */
export function rankOf({ action, state }: Pick<Moment, 'action' | 'state'>): number {
  const place = action === null ? -1 : ACTION_ORDER.indexOf(action);
  const rank = (place === -1 ? ACTION_ORDER.length : place) * (UNLOAD_ORDER.length + 1);
  return action === 'unload' || action === 'force_unload' ? rank + UNLOAD_ORDER.indexOf(state) + 1 : rank;
}

/** The step from one neighbour in time to the next. `previous` is null for a group's first evidence. */
export function between(previous: { atMs: number; bearing: Bearing } | null, next: Moment): Step {
  if (previous === null) return firstStep(next);
  const from = previous.bearing;
  const bearing = carry(from, next);
  const stateChanged = from.state !== bearing.state;
  if (!stateChanged && !modeChanged(from, next)) return { bearing, transition: null };
  const inferred = !(stateChanged ? explainsState(next.action, bearing.state) : next.action === 'set_dial_mode');
  const path = stateChanged ? pathBetween(from.state, bearing.state, next.action) : [];
  const transition: Transition = {
    ...edge(from, bearing, next),
    action: inferred ? null : next.action,
    actor: inferred ? 'unknown' : next.actor,
    inferred,
    unexpected: path === null,
    impliedSteps: path ?? [],
    notBeforeMs: inferred ? previous.atMs : null,
  };
  return { bearing, transition };
}

function firstStep(next: Moment): Step {
  const bearing = carry(null, next);
  if (bearing.state === 'not_loaded') return { bearing, transition: null };
  const explicit = next.action === 'load' && explainsState('load', bearing.state);
  const from = { state: explicit ? 'not_loaded' : null, dialMode: null, optimizeBy: null, optimizeGoal: null };
  const transition: Transition = {
    ...edge(from, bearing, next),
    action: explicit ? next.action : null,
    actor: explicit ? next.actor : 'unknown',
    inferred: !explicit,
    unexpected: false,
    impliedSteps: [],
    notBeforeMs: null,
  };
  return { bearing, transition };
}

function edge(from: Omit<Bearing, 'state'> & { state: string | null }, to: Bearing, next: Moment) {
  return {
    atMs: next.atMs,
    fromState: from.state,
    toState: to.state,
    fromDialMode: from.dialMode,
    toDialMode: to.dialMode,
    fromOptimizeBy: from.optimizeBy,
    toOptimizeBy: to.optimizeBy,
    fromOptimizeGoal: from.optimizeGoal,
    toOptimizeGoal: to.optimizeGoal,
  };
}

/** Modes and goals live only while running, and what is not said again stays as it was. */
function carry(from: Bearing | null, next: Moment): Bearing {
  if (next.state !== 'running') {
    return { state: next.state, dialMode: null, optimizeBy: null, optimizeGoal: null };
  }
  const before = from?.state === 'running' ? from : null;
  const dialMode = next.dialMode ?? before?.dialMode ?? null;
  const optimizeBy = next.optimizeBy ?? (isPredictive(dialMode) ? (before?.optimizeBy ?? null) : null);
  const optimizeGoal = next.optimizeGoal ?? (optimizeBy === before?.optimizeBy ? before.optimizeGoal : null);
  return { state: 'running', dialMode, optimizeBy, optimizeGoal };
}

/** Whether a running group says another mode or goal than the one last said; the first saying is no change. */
function modeChanged(from: Bearing, next: Moment): boolean {
  if (next.state !== 'running') return false;
  return (
    differs(from.dialMode, next.dialMode) ||
    differs(from.optimizeBy, next.optimizeBy) ||
    differs(from.optimizeGoal, next.optimizeGoal)
  );
}

function differs(before: string | number | null, said: string | number | null): boolean {
  return before !== null && said !== null && before !== said;
}

/** Whether an action, by itself, leads to a state. Depends on nothing else. */
function explainsState(action: string | null, state: string): boolean {
  switch (action) {
    case 'load':
    case 'stop':
      return state === 'active';
    case 'start':
      return state === 'running';
    case 'unload':
    case 'force_unload':
      return state === 'waiting_unload' || state === 'unload_in_progress' || state === 'not_loaded';
    case null:
    default:
      return false;
  }
}

/** Untold actions on the way between two states within one life; what is missing here no lost post explains. */
const PATHS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  not_loaded: {
    active: ['load'],
    running: ['load', 'start'],
    waiting_unload: ['load', 'unload'],
    unload_in_progress: ['load', 'unload'],
  },
  active: { running: ['start'], waiting_unload: ['unload'], unload_in_progress: ['unload'], not_loaded: ['unload'] },
  running: {
    active: ['stop'],
    waiting_unload: ['unload'],
    unload_in_progress: ['unload'],
    not_loaded: ['stop', 'unload'],
  },
  waiting_unload: { unload_in_progress: [], not_loaded: [] },
  unload_in_progress: { not_loaded: [] },
};

/**
 * The actions between two states that `action` itself does not account for, or null when the life cycle knows no way.
 * A forced unload leads from any loaded state straight to not_loaded, and otherwise stands for the unload it forces;
 * a load on top of a load proves that one ended.
 */
function pathBetween(from: string, to: string, action: string | null): readonly string[] | null {
  if (action === 'force_unload' && to === 'not_loaded') return [];
  if (action === 'load' && to === 'active' && from !== 'not_loaded') return PATHS[from]?.['not_loaded'] ?? null;
  const path = PATHS[from]?.[to];
  if (path === undefined) return null;
  const told = explainsState(action, to) ? (action === 'force_unload' ? 'unload' : action) : null;
  return path.at(-1) === told ? path.slice(0, -1) : path;
}
