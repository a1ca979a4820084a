/** One lane of the timeline, drawn as SVG: states, what is inferred, what nobody observed, transitions as ticks. */
import { useMemo, useRef } from 'preact/hooks';
import type { CampaignGroup, Transition } from '../api-types.js';
import { together } from '../bidi.js';
import { type Cell, useCell } from '../cell.js';
import { clock } from '../format.js';
import { stopsOf } from '../lane-stops.js';
import { gapsInWords, type Lane } from '../lanes.js';
import { model } from '../model.js';
import { StateMark } from '../parts/mark.js';
import { Said, SaidTogether } from '../parts/said.js';
import { NO_TRANSITIONS, useLane, useLaneCursor } from '../parts/lane.js';
import { type Gap, scaleOf, StateShapes } from '../parts/state-shapes.js';
import type { Range } from '../range.js';
import { go, hrefTo } from '../route.js';
import { lookOfGroup } from '../state-look.js';
import { entersState } from '../transition-order.js';

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
  /** Since when all transitions are there; null: since the range begins. Of the time before it nothing is drawn. */
  readonly cutMs: number | null;
  readonly transitions: readonly Transition[] | undefined;
  readonly withdrawn: readonly Transition[] | undefined;
  readonly unobserved: readonly Gap[];
  readonly isCurrent: boolean;
  readonly onPoint: (pointed: Pointed | null) => void;
}

export function LaneRow({ id, ...rest }: Props) {
  const cell = model.groups.get(id);
  return cell === undefined ? null : <Row cell={cell} {...rest} />;
}

function Row({
  cell,
  range,
  cutMs,
  transitions = NO_TRANSITIONS,
  withdrawn = NO_TRANSITIONS,
  unobserved,
  isCurrent,
  onPoint,
}: Omit<Props, 'id'> & { readonly cell: Cell<CampaignGroup> }) {
  const group = useCell(cell);
  const { fromMs, toMs } = range;
  const { lane, startMs } = useLane(group, transitions, range, cutMs);
  const plot = useRef<SVGSVGElement>(null);
  const stops = useMemo(() => stopsOf(lane, withdrawn, unobserved, range), [lane, withdrawn, unobserved]);
  const cursor = useLaneCursor(stops, range, (atMs) => {
    const box = plot.current?.getBoundingClientRect();
    if (atMs === null || box === undefined) {
      onPoint(null);
      return;
    }
    const perPixel = (toMs - fromMs) / box.width;
    const x = box.left + (atMs - fromMs) / perPixel;
    onPoint({ group, lane, withdrawn, unobserved, atMs, nearMs: perPixel * 4, x, y: box.bottom });
  });
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
    <div class={`lane${isCurrent ? ' is-current' : ''}`} role="listitem" data-group={group.id} {...cursor}>
      <a
        class="lane-name"
        href={hrefTo('group', group.id)}
        title={together([group.name, look.label, group.tenant, group.source])}
      >
        <StateMark look={look} />
        <span class="lane-text">
          <Said text={group.name} />
        </span>
        <span class="lane-sub">
          <SaidTogether texts={[group.tenant, group.source]} />
        </span>
        <span class="hidden">{summaryOf(group, lane, range, startMs)}</span>
      </a>
      <svg
        class="lane-plot"
        ref={plot}
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

/** `startMs`: since when its transitions are known. */
function summaryOf(group: CampaignGroup, lane: Lane, { fromMs, toMs }: Range, startMs: number): string {
  const gaps = gapsInWords(lane, (ms) => clock(ms, toMs));
  const inView = lane.transitions.filter(({ at }) => Date.parse(at) >= startMs && Date.parse(at) < toMs);
  const count = `${startMs > fromMs ? 'at least ' : ''}${inView.length}`;
  const since = group.state_since === null ? '' : ` since ${clock(Date.parse(group.state_since), toMs)}`;
  return `: ${lookOfGroup(group).label}${since}; transitions in view: ${count}${gaps === '' ? '' : `; ${gaps}`}`;
}

interface ShapesProps {
  readonly lane: Lane;
  readonly withdrawn: readonly Transition[];
  readonly unobserved: readonly Gap[];
  readonly range: Range;
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
      <StateShapes lane={lane} unobserved={unobserved} range={{ fromMs, toMs }} top={22} height={56} />
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
