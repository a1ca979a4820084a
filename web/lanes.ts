/** A group's lane on the timeline: transitions to the intervals between them. Pure. */
import type { CampaignGroup, Transition } from './api-types.js';
import { duration, msOf } from './format.js';
import { type KnownPast, silentWithin } from './silences.js';
import { lookOf } from './state-look.js';
import { entersState, inOrder } from './transition-order.js';

/** A time in which a group was in one state, as far as we know. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: string;
  readonly isSilent: boolean;
  /** It may have been longer: cut where the lane begins or ends, or where nobody knows. */
  readonly isAtLeast?: boolean;
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
  /** Until when nothing is known of the group; null: something is from the begin of the lane on. */
  readonly unknownUntilMs?: number | null;
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

/**
 * The lane with what nobody knows cut out of it: silences, from the first post that did not come to the next that came,
 * and the time before the first post. What is left says whether it may have been longer.
 */
export function withPast(lane: Lane, past: KnownPast, fromMs: number, toMs: number): Lane {
  const unknownUntilMs = past.knownFromMs !== null && past.knownFromMs > fromMs ? past.knownFromMs : null;
  const startMs = Math.min(unknownUntilMs ?? fromMs, toMs);
  const silences = silentWithin(past, { fromMs: startMs, toMs });
  const heard = lane.stretches
    .filter(({ isSilent }) => !isSilent)
    .flatMap((stretch) => without(stretch, silences, startMs));
  const silent = silences.map((one) => ({ ...one, state: 'running', isSilent: true }));
  // What the group says of now goes before what was loaded.
  const present = lane.stretches.filter(
    ({ isSilent, fromMs: sinceMs }) => isSilent && silences.every((one) => one.toMs <= sinceMs),
  );
  const borders = new Set([fromMs, toMs, startMs, ...lane.unsure.flatMap((one) => [one.fromMs, one.toMs])]);
  for (const one of silences) borders.add(one.fromMs).add(one.toMs);
  const cut = heard.map((one) => ({ ...one, isAtLeast: borders.has(one.fromMs) || borders.has(one.toMs) }));
  const stretches = [...cut, ...silent, ...present].sort((a, b) => a.fromMs - b.fromMs);
  return { ...lane, stretches, unknownUntilMs: unknownUntilMs === null ? null : startMs };
}

function without(stretch: Stretch, silences: readonly { fromMs: number; toMs: number }[], startMs: number): Stretch[] {
  const parts: Stretch[] = [];
  let sinceMs = Math.max(stretch.fromMs, startMs);
  for (const { fromMs, toMs } of silences) {
    if (toMs <= sinceMs || fromMs >= stretch.toMs) continue;
    if (fromMs > sinceMs) parts.push({ ...stretch, fromMs: sinceMs, toMs: fromMs });
    sinceMs = toMs;
  }
  return sinceMs < stretch.toMs ? [...parts, { ...stretch, fromMs: sinceMs }] : parts;
}

/** What of a lane is not known, in words: `silent twice, 17 m 00 s in all`; '' when all is. */
export function gapsInWords({ stretches, unknownUntilMs = null }: Lane, timeWords: (ms: number) => string): string {
  const silent = stretches.filter(({ isSilent }) => isSilent);
  const words: string[] = [];
  const last = silent.at(-1);
  if (last !== undefined) {
    const ms = silent.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    const least = silent.some(({ isAtLeast }) => isAtLeast) ? 'at least ' : '';
    const howOften = silent.length === 1 ? 'silent' : `silent ${silent.length} times, the last time`;
    words.push(`${howOften} from ${timeWords(last.fromMs)} to ${timeWords(last.toMs)}, ${least}${duration(ms)} in all`);
  }
  if (unknownUntilMs !== null) words.push(`nothing known before ${timeWords(unknownUntilMs)}`);
  return words.join('; ');
}

interface Time {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A lane in words: how long which state was, longest first, and what nobody knows. */
export function laneInWords(
  lane: Lane,
  unobserved: readonly Time[],
  { fromMs, toMs }: Time,
  timeWords: (ms: number) => string,
): string {
  const times = new Map<string, number>();
  for (const { state, isSilent, ...one } of lane.stretches)
    if (!isSilent) times.set(state, (times.get(state) ?? 0) + one.toMs - one.fromMs);
  const states = [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([state, ms]) => `${lookOf(state).label} ${duration(ms)}`);
  const missed = lane.unsure.length;
  const downMs = unobserved.reduce(
    (sum, one) => sum + Math.max(0, Math.min(one.toMs, toMs) - Math.max(one.fromMs, fromMs)),
    0,
  );
  const parts = [
    states.join(', '),
    gapsInWords(lane, timeWords),
    missed === 0 ? '' : `inferred changes: ${missed}`,
    downMs === 0 ? '' : `not observed for ${duration(downMs)}`,
  ];
  return parts.filter((part) => part !== '').join('; ') || 'nothing known';
}
