/** The shape of a state on lanes and strips. */
import { lookOf, type Tone } from './state-look.js';

type LaneTone = Exclude<Tone, 'silent' | 'trouble'>;

/**
 * Which part of the height a state takes, from its top, as shares: with its outline (styles/timeline.css) each has a
 * shape of its own, as its mark has, for those who do not see its colour.
 */
export const LANE_SHAPES: Readonly<Record<LaneTone, readonly [number, number]>> = {
  running: [0, 1],
  active: [0, 1],
  going: [0.5, 0.5],
  inactive: [0.35, 0.3],
  off: [0.15, 0.7],
};

export function toneOnLane(state: string): LaneTone {
  const { tone } = lookOf(state);
  return tone === 'silent' || tone === 'trouble' ? 'inactive' : tone;
}
