/**
 * Which state each change led to that only OCS's log tells of: proven by what the log says of it, by what is held before and
 * after, and by the way a campaign group's life goes (`domain/transition.ts`), or not told. Nothing is guessed.
 */

/** Where a change led, and what did it; `action` null: it may have been one of several. */
export interface ToldChange {
  readonly state: string;
  readonly action: string | null;
}

/**
 * What the log says of a change beside that there was one. `untold`: it would say so if the group had been loaded, started,
 * stopped or unloaded with it. `unclear`: it says something that another group may be meant by, or never says such a thing.
 */
export type SaidOfChange = number | 'untold' | 'unclear';

/** What is held behind the changes. */
export interface HeldAfter {
  readonly state: string;
  /** Whether it tells of a change itself, and by which action, where it says one. */
  readonly isChange: boolean;
  readonly action: string | null;
}

/** Null: nobody knows, or the log does not reach as far. */
export interface HeldAround {
  readonly before: string | null;
  readonly after: HeldAfter | null;
}

interface Edge {
  readonly action: string;
  readonly from: string;
  readonly to: string;
}

const edge = (action: string, from: string, to: string): Edge => ({ action, from, to });
const LOADED = ['active', 'running', 'waiting_unload', 'unload_in_progress'];
const STATES = ['not_loaded', ...LOADED];
const EDGES: readonly Edge[] = [
  edge('load', 'not_loaded', 'active'),
  edge('start', 'active', 'running'),
  edge('stop', 'running', 'active'),
  edge('set_dial_mode', 'running', 'running'),
  edge('unload', 'active', 'waiting_unload'),
  edge('unload', 'running', 'waiting_unload'),
  edge('unload', 'waiting_unload', 'unload_in_progress'),
  edge('unload', 'unload_in_progress', 'not_loaded'),
  ...LOADED.map((from) => edge('force_unload', from, 'not_loaded')),
];

/** The messages of OCS that say where a group came to (reference, "Log Messages"). */
const MESSAGES: ReadonlyMap<number, ToldChange> = new Map([
  [52_000, { action: 'load', state: 'active' }],
  [52_001, { action: 'start', state: 'running' }],
  [52_002, { action: 'stop', state: 'active' }],
  [52_003, { action: 'force_unload', state: 'not_loaded' }],
  [52_004, { action: 'unload', state: 'not_loaded' }],
]);

/** Changes with a message of their own. */
const isMessaged = ({ action, to }: Edge) =>
  [...MESSAGES.values()].some((told) => told.action === action && told.state === to);

/** All changes of a group between two notifications that are held, in order; null: that one is not told. */
export function toldChanges(
  changes: readonly SaidOfChange[],
  { before, after }: HeldAround,
): readonly (ToldChange | null)[] {
  const ways = changes.map(edgesOf);
  // Where a group may have been in front of each change, as far as what came before tells, and as far as what follows does.
  const fromBefore = [before !== null && STATES.includes(before) ? [before] : STATES];
  for (const edges of ways) {
    const from = fromBefore.at(-1) ?? [];
    fromBefore.push(edges.filter((one) => from.includes(one.from)).map(({ to }) => to));
  }
  const fromAfter = [statesBefore(after)];
  for (const edges of ways.toReversed()) {
    const to = fromAfter[0] ?? [];
    fromAfter.unshift(edges.filter((one) => to.includes(one.to)).map(({ from }) => from));
  }
  const left = ways.map((edges, n) =>
    edges.filter(({ from, to }) => fromBefore[n]?.includes(from) && fromAfter[n + 1]?.includes(to)),
  );
  // Where no such life is known, what is said of a change tells of that one alone.
  if (left.some(({ length }) => length === 0)) return changes.map((said) => MESSAGES.get(Number(said)) ?? null);
  return left.map(oneOf);
}

function edgesOf(said: SaidOfChange): readonly Edge[] {
  if (said === 'unclear') return EDGES;
  if (said === 'untold') return EDGES.filter((one) => !isMessaged(one));
  const told = MESSAGES.get(said);
  return EDGES.filter(({ action, to }) => action === told?.action && to === told.state);
}

/** Where a group may be in front of what is held. */
function statesBefore(after: HeldAfter | null): readonly string[] {
  if (after === null) return STATES;
  const { state, isChange, action } = after;
  if (!isChange) return STATES.includes(state) ? [state] : STATES;
  const from = EDGES.filter((one) => one.to === state && (action === null || one.action === action));
  return from.length === 0 ? STATES : from.map((one) => one.from);
}

function oneOf(edges: readonly Edge[]): ToldChange | null {
  const states = new Set(edges.map(({ to }) => to));
  const actions = new Set(edges.map(({ action }) => action));
  const [[state], [action]] = [[...states], [...actions]];
  if (states.size !== 1 || state === undefined) return null;
  return { state, action: actions.size === 1 ? (action ?? null) : null };
}
