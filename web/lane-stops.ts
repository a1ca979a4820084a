/** A lane told in rows: what was when, for a cursor that keys move along it and for a table. Pure. */
import type { Transition } from './api-types.js';
import { duration } from './format.js';
import type { Lane } from './lanes.js';
import { lookOf, lookOfGroup } from './state-look.js';
import { inOrder } from './transition-order.js';
import { describe } from './transition-words.js';

interface Time {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A time of a lane, or a moment: then both ends are the same. */
export interface LaneStop extends Time {
  readonly kind: 'unknown' | 'state' | 'inferred' | 'unobserved' | 'transition';
  readonly words: string;
}

/** Everything that a lane shows, oldest first: of what begins together, what lasts longer stands first. */
export function stopsOf(
  lane: Lane,
  withdrawn: readonly Transition[],
  unobserved: readonly Time[],
  { fromMs, toMs }: Time,
): LaneStop[] {
  const stop = (kind: LaneStop['kind'], time: Time, words: string): LaneStop => ({
    kind,
    fromMs: Math.max(time.fromMs, fromMs),
    toMs: Math.min(time.toMs, toMs),
    words,
  });
  const { unknownUntilMs = null } = lane;
  const times = [
    ...(unknownUntilMs === null ? [] : [stop('unknown', { fromMs, toMs: unknownUntilMs }, 'nothing known')]),
    ...lane.stretches.map((one) => stop('state', one, stretchWords(one))),
    ...lane.unsure.map((one) => stop('inferred', one, `inferred: ${describe(one.transition)}, some time in it`)),
    ...unobserved.map((one) => stop('unobserved', one, 'nobody observed: the service did not run')),
  ].filter((one) => one.fromMs < one.toMs);
  const moments = [...lane.transitions.filter(({ inferred }) => !inferred), ...withdrawn]
    .sort(inOrder)
    .map((one) => ({ ms: Date.parse(one.at), words: `${describe(one)}${one.withdrawn ? ', withdrawn' : ''}` }))
    .filter(({ ms }) => ms >= fromMs && ms < toMs)
    .map(({ ms, words }) => stop('transition', { fromMs: ms, toMs: ms }, words));
  return [...times, ...moments].sort((a, b) => a.fromMs - b.fromMs || b.toMs - a.toMs);
}

function stretchWords({ state, isSilent, isAtLeast, fromMs, toMs }: Lane['stretches'][number]): string {
  const { label } = isSilent ? lookOfGroup({ state, silent: true }) : lookOf(state);
  return `${label}${isAtLeast === true ? ', at least' : ''} ${duration(toMs - fromMs)}`;
}
