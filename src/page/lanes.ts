/** A group's lane on the timeline: transitions to the intervals between them. Pure. */
import type { CampaignGroup, Transition } from './api-types.js';
import { msOf } from './format.js';
import { entersState, inOrder } from './transition-order.js';

/** A time in which a group was in one state, as far as we know. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: string;
  readonly isSilent: boolean;
}

/** A time within which something happened that nobody told us of. */
export interface Unsure {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: the first that was heard of the group. */
  readonly fromState: string | null;
  readonly transition: Transition;
}

export interface Lane {
  readonly stretches: readonly Stretch[];
  readonly unsure: readonly Unsure[];
  /** Oldest first. */
  readonly transitions: readonly Transition[];
}

type Present = Pick<CampaignGroup, 'state' | 'state_seen_since' | 'silent' | 'silent_since'>;

/** `transitions` of one group since `fromMs`, in any order; the lane ends at `toMs`. */
export function laneOf(group: Present, transitions: readonly Transition[], fromMs: number, toMs: number): Lane {
  const known = [...transitions].sort(inOrder);
  const stretches: Stretch[] = [];
  const unsure: Unsure[] = [];
  const add = (startMs: number, endMs: number, state: string | null) => {
    if (state === null || endMs <= startMs) return;
    stretches.push({ fromMs: startMs, toMs: endMs, state, isSilent: false });
  };
  let sinceMs = fromMs;
  let state = group.state as string | null;
  const [first] = known;
  if (first === undefined) sinceMs = Math.max(fromMs, Date.parse(group.state_seen_since));
  else state = first.from_state;
  for (const transition of known.filter(entersState)) {
    const atMs = Date.parse(transition.at);
    const notBeforeMs = transition.inferred ? msOf(transition.not_before) : null;
    if (notBeforeMs === null) add(sinceMs, atMs, state);
    else {
      const startMs = Math.max(notBeforeMs, sinceMs);
      add(sinceMs, startMs, state);
      unsure.push({ fromMs: Math.max(notBeforeMs, fromMs), toMs: atMs, fromState: transition.from_state, transition });
    }
    sinceMs = Math.max(atMs, fromMs);
    state = transition.to_state;
  }
  add(sinceMs, toMs, state);
  return { stretches: withSilence(stretches, group, toMs), unsure, transitions: known };
}

/** From the first post that did not come on, nobody knows. */
function withSilence(stretches: Stretch[], { silent, silent_since }: Present, toMs: number): Stretch[] {
  const sinceMs = silent ? msOf(silent_since) : null;
  const last = stretches.at(-1);
  if (sinceMs === null || last === undefined || sinceMs >= toMs) return stretches;
  const startMs = Math.max(sinceMs, last.fromMs);
  const before = startMs > last.fromMs ? [{ ...last, toMs: startMs }] : [];
  return [...stretches.slice(0, -1), ...before, { ...last, fromMs: startMs, isSilent: true }];
}
