/** How a group's time is drawn: states, what is inferred, silences, and what nobody observed. On lanes and strips alike. */
import { foldStretches, thinned } from '../fold-stretches.js';
import { LANE_SHAPES, toneOnLane } from '../lane-shapes.js';
import type { Lane } from '../lanes.js';
import { lookOf, type Tone } from '../state-look.js';

export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Nothing is drawn narrower than this, in percent of a lane: what is shorter cannot be told apart. */
const LEAST_WIDTH = 0.04;

/** Shares of a lane, in percent. */
export function scaleOf({ fromMs, toMs }: Gap) {
  const percent = (ms: number) => ((Math.min(Math.max(ms, fromMs), toMs) - fromMs) / (toMs - fromMs)) * 100;
  const span = (from: number, to: number) => {
    const x = percent(from);
    return { x: `${x.toFixed(3)}%`, width: `${Math.max(percent(to) - x, LEAST_WIDTH).toFixed(3)}%` };
  };
  const isSeen = (one: { readonly fromMs: number; readonly toMs: number }) => one.fromMs < toMs && one.toMs > fromMs;
  return { percent, span, isSeen };
}

interface Props {
  readonly lane: Lane;
  readonly unobserved: readonly Gap[];
  readonly range: Gap;
  /** Where the bar lies in the height, in percent. */
  readonly top: number;
  readonly height: number;
}

/** States, what is inferred, silences, and what nobody observed: on lanes and on strips alike. */
export function StateShapes({ lane, unobserved, range, top, height: whole }: Props) {
  const [y, height] = [`${top}%`, `${whole}%`];
  const bar = (state: string) => {
    const [from, share] = LANE_SHAPES[toneOnLane(state)];
    return { y: `${top + from * whole}%`, height: `${share * whole}%` };
  };
  const { span, isSeen } = scaleOf(range);
  const { unknownUntilMs = null } = lane;
  const leastMs = ((range.toMs - range.fromMs) * LEAST_WIDTH) / 100;
  const heard = lane.stretches.filter((one) => !one.isSilent && isSeen(one));
  const unsure = thinned(lane.unsure.filter(isSeen), leastMs);
  const silent = lane.stretches.filter((one) => one.isSilent && isSeen(one));
  const unheard = unknownUntilMs === null ? [] : [{ fromMs: range.fromMs, toMs: unknownUntilMs, kind: 'unheard' }];
  const unseen = [...unheard, ...unobserved.filter(isSeen).map((one) => ({ ...one, kind: 'unobserved' }))];
  return (
    <>
      {foldStretches(heard, leastMs).map(({ fromMs, toMs, state }) => (
        <rect
          key={`${fromMs} ${state}`}
          class={`stretch stretch-${toneOnLane(state)}`}
          {...bar(state)}
          {...span(fromMs, toMs)}
        />
      ))}
      {unsure.map((one) => (
        <g key={one.transition.id} class="unsure">
          <rect
            fill={`url(#${gradientId(one.fromState, one.transition.to_state)})`}
            {...{ y, height, ...span(one.fromMs, one.toMs) }}
          />
          <rect class="unsure-edge" {...{ y, height, ...span(one.fromMs, one.toMs) }} />
        </g>
      ))}
      {silent.map((one) => (
        <g key={`silent ${one.fromMs}`} class="silence">
          <rect class="stretch stretch-silent" {...{ y, height, ...span(one.fromMs, one.toMs) }} />
          <rect class="hatched" fill="url(#hatch-silent)" {...{ y, height, ...span(one.fromMs, one.toMs) }} />
        </g>
      ))}
      {unseen.map((one) => (
        <rect
          key={`${one.kind} ${one.fromMs}`}
          class={one.kind}
          fill="url(#hatch-unobserved)"
          {...{ y, height, ...span(one.fromMs, one.toMs) }}
        />
      ))}
    </>
  );
}

const TONES: readonly (Tone | 'none')[] = ['none', 'running', 'active', 'going', 'inactive', 'off'];

function gradientId(from: string | null, to: string): string {
  return `blend-${from === null ? 'none' : lookOf(from).tone}-${lookOf(to).tone}`;
}

/** The fills that all of them share. */
export function StatePatterns() {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern id="hatch-unobserved" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="6" height="6" />
          <line class="hatch-line" x1="0" y1="0" x2="0" y2="6" />
        </pattern>
        <pattern id="hatch-silent" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line class="hatch-silent-line" x1="0" y1="0" x2="0" y2="6" />
        </pattern>
        {TONES.flatMap((from) =>
          TONES.filter((to) => to !== 'none').map((to) => (
            <linearGradient key={`${from}-${to}`} id={`blend-${from}-${to}`}>
              <stop offset="0" class={`stop-${from}`} />
              <stop offset="1" class={`stop-${to}`} />
            </linearGradient>
          )),
        )}
      </defs>
    </svg>
  );
}
