/** One lane of the timeline, drawn as SVG: states, what is inferred, what nobody observed, transitions as ticks. */
import { useMemo, useRef } from 'preact/hooks';
import type { CampaignGroup, Transition } from '../api-types.js';
import { isolated } from '../bidi.js';
import { type Cell, useCell } from '../cell.js';
import { clock } from '../format.js';
import { gapsInWords, type Lane, laneOf, withPast } from '../lanes.js';
import { model } from '../model.js';
import { StateMark } from '../parts/mark.js';
import { Said, SaidTogether } from '../parts/said.js';
import type { Range } from '../range.js';
import { go, hrefOf } from '../route.js';
import { useSilences } from '../silences.js';
import { lookOf, lookOfGroup, type Tone } from '../state-look.js';
import { entersState } from '../transition-order.js';

export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where the pointer is: for the tip. */
export interface Pointed {
  readonly group: CampaignGroup;
  readonly lane: Lane;
  readonly withdrawn: readonly Transition[];
  readonly unobserved: readonly Gap[];
  readonly atMs: number;
  /** How long a few pixels are. */
  readonly nearMs: number;
  readonly x: number;
  readonly y: number;
}

interface Props {
  readonly id: string;
  readonly range: Range;
  readonly transitions: readonly Transition[] | undefined;
  readonly withdrawn: readonly Transition[] | undefined;
  readonly unobserved: readonly Gap[];
  readonly isCurrent: boolean;
  readonly onPoint: (pointed: Pointed | null) => void;
}

const NONE: readonly Transition[] = [];

export function LaneRow({ id, ...rest }: Props) {
  const cell = model.groups.get(id);
  return cell === undefined ? null : <Row cell={cell} {...rest} />;
}

function Row({
  cell,
  range,
  transitions = NONE,
  withdrawn = NONE,
  unobserved,
  isCurrent,
  onPoint,
}: Omit<Props, 'id'> & { readonly cell: Cell<CampaignGroup> }) {
  const group = useCell(cell);
  const { fromMs, toMs } = range;
  const past = useSilences(group, fromMs);
  const lane = useMemo(
    () => withPast(laneOf(group, transitions, fromMs, toMs), past, fromMs, toMs),
    [group.state, group.silent, group.state_seen_since, transitions, past, fromMs, toMs],
  );
  const look = lookOfGroup(group);
  // A tap shows what a pointer that hovers does; the name opens the group.
  const tapped = useRef(false);
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const perPixel = (toMs - fromMs) / box.width;
    const atMs = fromMs + (event.clientX - box.left) * perPixel;
    onPoint({ group, lane, withdrawn, unobserved, atMs, nearMs: perPixel * 4, x: event.clientX, y: box.bottom });
  };
  return (
    <div class={`lane${isCurrent ? ' is-current' : ''}`} role="listitem" data-group={group.id}>
      <a class="lane-name" href={hrefOf('group', group.id)} title={`${isolated(group.name)} · ${look.label}`}>
        <StateMark look={look} />
        <span class="lane-text">
          <Said text={group.name} />
        </span>
        <span class="lane-sub">
          <SaidTogether texts={[group.tenant, group.source]} />
        </span>
        <span class="hidden">{summaryOf(group, lane, range)}</span>
      </a>
      <svg
        class="lane-plot"
        aria-hidden="true"
        onPointerMove={point}
        onPointerDown={(event) => {
          tapped.current = event.pointerType === 'touch';
          point(event);
        }}
        onPointerLeave={({ pointerType }) => {
          // A finger that leaves has shown what it points at.
          if (pointerType !== 'touch') onPoint(null);
        }}
        onClick={() => {
          if (!tapped.current) go('group', group.id);
        }}
      >
        <LaneShapes lane={lane} withdrawn={withdrawn} unobserved={unobserved} range={range} />
      </svg>
    </div>
  );
}

function summaryOf(group: CampaignGroup, lane: Lane, { fromMs, toMs }: Range): string {
  const gaps = gapsInWords(lane, (ms) => clock(ms, toMs));
  const inView = lane.transitions.filter(({ at }) => Date.parse(at) >= fromMs && Date.parse(at) < toMs);
  const since = group.state_since === null ? '' : ` since ${clock(Date.parse(group.state_since), toMs)}`;
  return `: ${lookOfGroup(group).label}${since}; transitions in view: ${inView.length}${gaps === '' ? '' : `; ${gaps}`}`;
}

interface ShapesProps {
  readonly lane: Lane;
  readonly withdrawn: readonly Transition[];
  readonly unobserved: readonly Gap[];
  readonly range: Range;
}

/** Shares of a lane, in percent. */
function scaleOf({ fromMs, toMs }: Pick<Range, 'fromMs' | 'toMs'>) {
  const percent = (ms: number) => ((Math.min(Math.max(ms, fromMs), toMs) - fromMs) / (toMs - fromMs)) * 100;
  const span = (from: number, to: number) => {
    const x = percent(from);
    return { x: `${x.toFixed(3)}%`, width: `${Math.max(percent(to) - x, 0.04).toFixed(3)}%` };
  };
  const isSeen = (one: { readonly fromMs: number; readonly toMs: number }) => one.fromMs < toMs && one.toMs > fromMs;
  return { percent, span, isSeen };
}

interface StripProps {
  readonly lane: Lane;
  readonly unobserved: readonly Gap[];
  readonly range: Pick<Range, 'fromMs' | 'toMs'>;
  /** Where the bar lies in the height. */
  readonly y: string;
  readonly height: string;
}

/** States, what is inferred, silences, and what nobody observed: on lanes and on strips alike. */
export function StateShapes({ lane, unobserved, range, y, height }: StripProps) {
  const { span, isSeen } = scaleOf(range);
  const { unknownUntilMs = null } = lane;
  const silent = lane.stretches.filter((one) => one.isSilent && isSeen(one));
  const unseen = [
    ...(unknownUntilMs === null ? [] : [{ fromMs: range.fromMs, toMs: unknownUntilMs }]),
    ...unobserved.filter(isSeen),
  ];
  return (
    <>
      {lane.stretches
        .filter((one) => !one.isSilent && isSeen(one))
        .map(({ fromMs, toMs, state }) => (
          <rect
            key={`${fromMs} ${state}`}
            class={`stretch stretch-${lookOf(state).tone}`}
            {...{ y, height, ...span(fromMs, toMs) }}
          />
        ))}
      {lane.unsure.filter(isSeen).map((one) => (
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
          key={`unseen ${one.fromMs}`}
          class="unobserved"
          fill="url(#hatch-unobserved)"
          {...{ y, height, ...span(one.fromMs, one.toMs) }}
        />
      ))}
    </>
  );
}

/** Narrower than this, in percent of the lane, a silence has no room for its mark. */
const LEAST_MARKED = 1.5;

function LaneShapes({ lane, withdrawn, unobserved, range }: ShapesProps) {
  const { fromMs, toMs } = range;
  const { percent, isSeen } = scaleOf(range);
  const isAt = ({ at }: Transition) => isSeen({ fromMs: Date.parse(at), toMs: Date.parse(at) + 1 });
  const marked = lane.stretches.filter(
    (one) => one.isSilent && isSeen(one) && percent(one.toMs) - percent(one.fromMs) >= LEAST_MARKED,
  );
  return (
    <>
      <StateShapes lane={lane} unobserved={unobserved} range={{ fromMs, toMs }} y="22%" height="56%" />
      {marked.map((one) => (
        <text
          key={`mark ${one.fromMs}`}
          class="silence-mark"
          x={`${((percent(one.fromMs) + percent(one.toMs)) / 2).toFixed(3)}%`}
          y="50%"
          dy="0.36em"
          text-anchor="middle"
        >
          ?
        </text>
      ))}
      {apart(lane.transitions, percent)
        .filter(isAt)
        .map((one) => (
          <Tick key={one.id} transition={one} x={percent(Date.parse(one.at))} />
        ))}
      {withdrawn.filter(isAt).map((one) => (
        <text
          key={one.id}
          class="tick-withdrawn"
          x={`${percent(Date.parse(one.at)).toFixed(3)}%`}
          y="20%"
          text-anchor="middle"
        >
          ×
        </text>
      ))}
    </>
  );
}

/** Nearer than this, in percent of the lane, ticks would make a black bar: zooming in shows them. */
const LEAST_APART = 0.4;

/** Leaves out ticks that stand too near to the one before; alarms stay. */
function apart(transitions: readonly Transition[], percent: (ms: number) => number): Transition[] {
  let last = -Infinity;
  return transitions.filter((transition) => {
    const x = percent(Date.parse(transition.at));
    const isKept = x - last >= LEAST_APART || isAlarm(transition);
    if (isKept) last = x;
    return isKept;
  });
}

function isAlarm({ actor, action }: Transition): boolean {
  return actor === 'automatic' && action === 'stop';
}

/** Red where a campaign stopped by itself; shorter where only the mode or the goal changed. */
function Tick({ transition, x }: { readonly transition: Transition; readonly x: number }) {
  const isModeOnly = !entersState(transition);
  const at = `${x.toFixed(3)}%`;
  return (
    <line
      class={`tick${isAlarm(transition) ? ' tick-alarm' : ''}`}
      x1={at}
      x2={at}
      y1={isModeOnly ? '50%' : '12%'}
      y2="88%"
    />
  );
}

const TONES: readonly (Tone | 'none')[] = ['none', 'running', 'active', 'going', 'inactive', 'off'];

function gradientId(from: string | null, to: string): string {
  return `blend-${from === null ? 'none' : lookOf(from).tone}-${lookOf(to).tone}`;
}

/** The fills that all lanes share. */
export function TimelinePatterns() {
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
