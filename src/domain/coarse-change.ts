/** Changes of state that somebody tells to the second, beside what is known to the millisecond. */

/** A state in which a campaign group was at a moment. */
export interface HeldState {
  readonly atMs: number;
  readonly state: string;
}

/** What was done to a campaign group within a second, and the state that came of it. */
export interface CoarseChange {
  readonly atMs: number;
  readonly state: string;
  readonly action: string | null;
}

const SECOND_MS = 1000;

/** The second in which it happened. */
export function secondOf({ atMs }: Pick<CoarseChange, 'atMs'>): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Math.floor(atMs / SECOND_MS) * SECOND_MS;
  return { fromMs, toMs: fromMs + SECOND_MS };
}

/**
 * When in its second it happened, by what else is known of that second, in order of time: behind the last state that its
 * action leads from; else at its begin. Null: its state is known in that second, so it is told already.
 */
export function momentOf(change: CoarseChange, held: readonly HeldState[]): number | null {
  if (held.some(({ state }) => isAlike(state, change.state))) return null;
  const { fromMs, toMs } = secondOf(change);
  const before = held.findLast(({ state }) => leadsFrom(change, state));
  return before === undefined ? Math.max(fromMs, change.atMs) : Math.min(before.atMs + 1, toMs - 1);
}

/** Whoever tells changes in few words knows one way of unloading, and of being loaded without dialing. */
const ALIKE: Readonly<Record<string, string>> = { unload_in_progress: 'waiting_unload', inactive: 'active' };

function isAlike(a: string, b: string): boolean {
  return (ALIKE[a] ?? a) === (ALIKE[b] ?? b);
}

function leadsFrom({ action, state }: CoarseChange, before: string): boolean {
  switch (action) {
    case 'load':
      return before === 'not_loaded';
    case 'start':
      return isAlike(before, 'active');
    case 'stop':
      return before === 'running';
    case 'unload':
      return before !== 'not_loaded' && !isAlike(before, state);
    case null:
    default:
      return false;
  }
}
