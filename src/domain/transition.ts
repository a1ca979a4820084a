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
 * A load on top of a load, or another session GUID of a loaded group, proves an unload and a load between
 * (docs/adr/0008-a-load-is-told-by-its-guid.md).
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
  /** OCS gives a group another one at every load. In the form in which it is compared. */
  readonly guid: string | null;
}

/** Where a group stands: its state and, while running, the mode and goal last said since it began to run. */
export interface Bearing {
  readonly state: string;
  /** Last said since the group was loaded. */
  readonly guid: string | null;
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
  const isReloaded = provesReload(from, next);
  const bearing = carry(isReloaded ? null : from, next);
  const stateChanged = from.state !== bearing.state || isReloaded;
  if (!stateChanged && !modeChanged(from, next)) return { bearing, transition: null };
  const inferred = !explains(next, stateChanged);
  const transition: Transition = {
    ...edge(from, bearing, next),
    action: inferred ? null : next.action,
    actor: inferred ? 'unknown' : next.actor,
    inferred,
    ...(isReloaded ? pathOverUnload(from.state, next) : pathBetween(from.state, bearing.state, next.action)),
    notBeforeMs: inferred ? previous.atMs : null,
  };
  return { bearing, transition };
}

/** Whether a transition begins a session: the group is loaded with it, or loaded anew, or first heard of. */
export function beginsSession(what: Pick<Transition, 'fromState' | 'toState' | 'action' | 'impliedSteps'>): boolean {
  const { fromState, toState } = what;
  if (toState === 'not_loaded') return false;
  return fromState === null || fromState === 'not_loaded' || provedLoad(what);
}

/** Whether a transition proves that a loaded group was unloaded and loaded again. */
export function isReload({ fromState, ...what }: Parameters<typeof beginsSession>[0]): boolean {
  return fromState !== null && fromState !== 'not_loaded' && provedLoad(what);
}

/** Whether a reload was told by nothing but another GUID: it happened since the last one was said, and not since the last post. */
export function isToldByGuid(transition: Transition): boolean {
  return transition.inferred && transition.notBeforeMs !== null && isReload(transition);
}

function provedLoad({ action, impliedSteps }: Pick<Transition, 'action' | 'impliedSteps'>): boolean {
  return action === 'load' || impliedSteps.includes('load');
}

/**
 * Within one life a group is loaded once. A load that is told while it is active may be the same one, told again; one that
 * is told in another loaded state is not, and neither is one with another GUID. Of a group that is not loaded it says nothing.
 */
function provesReload(from: Bearing, next: Moment): boolean {
  if (from.state === 'not_loaded' || next.state === 'not_loaded') return false;
  const isLoad = next.action === 'load' && next.state === 'active';
  return (isLoad && from.state !== 'active') || differs(from.guid, next.guid);
}

function firstStep(next: Moment): Step {
  const bearing = carry(null, next);
  if (bearing.state === 'not_loaded') return { bearing, transition: null };
  const explicit = next.action === 'load' && explainsState('load', bearing.state);
  const from = { ...NO_MODE, state: explicit ? 'not_loaded' : null };
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

function edge(from: Omit<Bearing, 'state' | 'guid'> & { state: string | null }, to: Bearing, next: Moment) {
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

const NO_MODE = { dialMode: null, optimizeBy: null, optimizeGoal: null } as const;

/** GUIDs live only while loaded, modes and goals while running, and what is not said again stays as it was. */
function carry(from: Bearing | null, next: Moment): Bearing {
  if (next.state === 'not_loaded') return { state: next.state, guid: null, ...NO_MODE };
  const guid = next.guid ?? from?.guid ?? null;
  if (next.state !== 'running') return { state: next.state, guid, ...NO_MODE };
  const before = from?.state === 'running' ? from : null;
  const dialMode = next.dialMode ?? before?.dialMode ?? null;
  const optimizeBy = next.optimizeBy ?? (isPredictive(dialMode) ? (before?.optimizeBy ?? null) : null);
  const optimizeGoal = next.optimizeGoal ?? (optimizeBy === before?.optimizeBy ? before.optimizeGoal : null);
  return { state: 'running', guid, dialMode, optimizeBy, optimizeGoal };
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

/** Whether what was done accounts for what is new: the state, or else the mode. */
function explains({ action, state }: Moment, stateChanged: boolean): boolean {
  return stateChanged ? explainsState(action, state) : action === 'set_dial_mode';
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

type Path = Pick<Transition, 'impliedSteps' | 'unexpected'>;

const NOTHING_BETWEEN: Path = { impliedSteps: [], unexpected: false };

/**
 * The actions between two states that `action` itself does not account for; unexpected when the life cycle knows no way.
 * A forced unload leads from any loaded state straight to not_loaded, and otherwise stands for the unload it forces.
 */
function pathBetween(from: string, to: string, action: string | null): Path {
  if (from === to || (action === 'force_unload' && to === 'not_loaded')) return NOTHING_BETWEEN;
  const path = PATHS[from]?.[to];
  return path === undefined
    ? { impliedSteps: [], unexpected: true }
    : { impliedSteps: untold(path, to, action), unexpected: false };
}

/** The same where the group was unloaded and loaded again between. */
function pathOverUnload(from: string, { state: to, action }: Moment): Path {
  const [down, up] = [PATHS[from]?.['not_loaded'], PATHS['not_loaded']?.[to]];
  const isLoad = action === 'load' && to === 'active';
  if (down !== undefined && up !== undefined)
    return { impliedSteps: [...down, ...untold(up, to, action)], unexpected: false };
  return { impliedSteps: isLoad ? [] : ['load'], unexpected: true };
}

/** Without the last of these actions when that is the one which was told. */
function untold(path: readonly string[], to: string, action: string | null): readonly string[] {
  const told = explainsState(action, to) ? (action === 'force_unload' ? 'unload' : action) : null;
  return path.at(-1) === told ? path.slice(0, -1) : path;
}
