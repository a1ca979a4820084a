/** The timeline: every group a lane of states, now at the right edge. */
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type AxisMark, axisMarks, axisTimes } from '../axis.js';
import { useCell } from '../cell.js';
import { nowMs, useNow } from '../clock.js';
import { clock, duration } from '../format.js';
import { model } from '../model.js';
import { Empty, Failed, Loading } from '../parts/empty.js';
import { NotRefreshed } from '../parts/found.js';
import { type Cursor, cursorBack, useMoving } from '../parts/moving.js';
import { useNarrow } from '../parts/width.js';
import { OrderHeld, useSteadyIds } from '../parts/steady.js';
import { shownWords, useTold } from '../parts/told.js';
import { followFingers, pinched } from '../parts/touch.js';
import { ZoomButtons } from '../parts/zoom-buttons.js';
import { VirtualList } from '../parts/virtual-list.js';
import { Said } from '../parts/said.js';
import { StatePatterns } from '../parts/state-shapes.js';
import { FilterBar, rangeQuery } from '../parts/filter-bar.js';
import { lookAt, type Range, rangeIn } from '../range.js';
import { choose, go, route } from '../route.js';
import { unobservedIn } from '../service-info.js';
import { pasts } from '../silences.js';
import { useTransitions } from '../transitions-feed.js';
import { chosen, isIn, matching, ordered } from '../wall-list.js';
import { LaneRow } from './lane-row.js';
import { LaneTable } from './lane-table.js';
import { LaneTip, useTip } from './lane-tip.js';

const LANE_HEIGHT = 34;
const CARD_LANE_HEIGHT = 56;
const HOME = '6h';
/** A time nearer to the end of the axis is not written: it would be cut. Both with room for letters that are spaced. */
const LABEL_PX = 96;
/** Nor is one nearer to a day and time. */
const DAY_LABEL_PX = 150;

export function Timeline() {
  const { parameters } = useCell(route);
  const isLoaded = useCell(model.isLoaded);
  const order = useCell(model.order);
  const isNarrow = useNarrow();
  const range = useRange(parameters);
  const choice = chosen(parameters);
  const isTable = parameters['table'] === 'yes';
  const asked = JSON.stringify(choice);
  const wanted = useMemo(() => {
    const groups = matching(
      [...model.groups.values()].map(({ value }) => value),
      choice,
    );
    const by = model.yardstick();
    const { state } = choice;
    const inState = state === null ? groups : groups.filter((group) => isIn(state, group, by));
    return ordered(inState, choice, by).map(({ id }) => id);
  }, [order, asked]);
  const { ids, zone, bar } = useSteadyIds(wanted, { choice: asked });
  useTold(asked, isLoaded ? shownWords(wanted.length) : null);
  const feed = useTransitions(range.fromMs);
  const service = useCell(model.service);
  const unobserved = useMemo(() => unobservedIn(service), [service]);
  const [cursor, setCursor] = useState<Cursor | null>(cursorBack);
  const tip = useTip();
  const { enter } = useMoving(ids, cursor, setCursor, (id) => {
    go('group', id);
  });
  const { value, error, reload } = feed.loaded;
  if (error !== null && value === null) return <Failed why={error} onRetry={reload} />;
  if (!isLoaded || value === null) return <Loading />;
  return (
    <div class="timeline">
      <h1 class="hidden">Timeline</h1>
      <FilterBar
        groups={{ onLeaveSearch: enter, withState: true }}
        time={{ range, home: HOME }}
        exports={[
          {
            // The API narrows transitions by the state they lead to, and not by the present one of their group.
            label: choice.state === null ? 'Export CSV' : 'Export CSV of all states',
            path: 'transitions',
            query: { source: choice.source, tenant: choice.tenant, q: choice.search, ...rangeQuery(range) },
          },
        ]}
      >
        <ZoomButtons range={range} />
        <button
          type="button"
          aria-pressed={isTable}
          title="The same as a table, newest first"
          onClick={() => {
            choose({ table: isTable ? '' : 'yes' });
          }}
        >
          Table
        </button>
      </FilterBar>
      <NotRefreshed loaded={feed.loaded} />
      <SilencesMissing />
      {feed.cutMs !== null && (
        <p class="notice">
          There are more transitions than can be shown: lanes begin at {clock(feed.cutMs, nowMs())}, where all are
          known. Choose a shorter time.
        </p>
      )}
      {ids.length === 0 ? (
        <Empty title={model.groups.size === 0 ? 'Nothing received yet' : 'No campaign group matches'} />
      ) : isTable ? (
        <LaneTable ids={ids} range={range} feed={feed} unobserved={unobserved} />
      ) : (
        <Lanes range={range}>
          <StatePatterns />
          <div class="steady" ref={zone}>
            <VirtualList
              ids={ids}
              rowHeight={isNarrow ? CARD_LANE_HEIGHT : LANE_HEIGHT}
              label="Timeline of campaign groups"
              memory="timeline"
              role="list"
              arrows="list time"
              cursor={cursor}
              render={(id) => (
                <LaneRow
                  id={id}
                  range={range}
                  cutMs={feed.cutMs}
                  transitions={feed.byGroup.get(id)}
                  withdrawn={feed.withdrawn.get(id)}
                  unobserved={unobserved}
                  isCurrent={id === cursor?.id}
                  onPoint={tip.point}
                />
              )}
            />
            <OrderHeld bar={bar} />
          </div>
        </Lanes>
      )}
      {tip.pointed !== null && ids.includes(tip.pointed.group.id) && <LaneTip {...tip} pointed={tip.pointed} />}
    </div>
  );
}

/** Lanes would show as running what may have been silent. */
function SilencesMissing() {
  const failure = useCell(pasts.failure);
  if (failure === null) return null;
  return (
    <p class="notice" role="status">
      Silences could not be loaded, because <Said text={failure} />: a group that is shown as running may have been
      silent. They are asked for again.
    </p>
  );
}

/** A range that ends now moves a pixel at a time, not every second. */
function useRange(parameters: Readonly<Record<string, string>>): Range {
  const now = useNow();
  const { fromMs, toMs } = rangeIn(parameters, HOME, now);
  const stepMs = Math.max(1000, Math.round((toMs - fromMs) / 1500 / 1000) * 1000);
  const steady = Math.ceil(now / stepMs) * stepMs;
  return useMemo(() => rangeIn(parameters, HOME, steady), [parameters, steady]);
}

interface LanesProps {
  readonly range: Range;
  readonly children: ComponentChildren;
}

/** The axis above the lanes, and the selection that zooms. */
function Lanes({ range, children }: LanesProps) {
  const plot = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const { fromMs, toMs } = range;
  const width = useWidth(plot);
  // The range moves with time: a drag under way must not notice.
  const shown = useRef(range);
  shown.current = range;
  useEffect(() => {
    const element = plot.current?.parentElement;
    if (!element) return undefined;
    const endDrag = followDrag(element, plot, setDrag, (from, to) => {
      const start = shown.current.fromMs;
      const length = shown.current.toMs - start;
      lookAt(start + length * from, start + length * to, 'push');
    });
    const endFingers = followFingers(element, {
      frame: plot.current,
      onPinch: (from, to) => {
        const span = pinched(shown.current, from, to);
        if (span !== null) lookAt(span.fromMs, span.toMs, 'push');
      },
    });
    return () => {
      endDrag();
      endFingers();
    };
  }, []);
  const share = (ms: number) => `${((ms - fromMs) / (toMs - fromMs)) * 100}%`;
  return (
    <div class="lanes">
      <div class="lane-axis" ref={plot} title="Drag to zoom" aria-hidden="true">
        {axisMarks(axisTimes(fromMs, toMs, Math.max(3, width / 100)), nowMs()).map((mark, index, marks) => (
          <span key={mark.ms} class="axis-time" style={{ left: share(mark.ms) }}>
            {hasRoom(marks, index, toMs, (toMs - fromMs) / width) && [mark.day, mark.time].filter(Boolean).join(' ')}
          </span>
        ))}
        {drag !== null && (
          <span
            class="axis-drag"
            style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }}
          >
            {duration(Math.abs(drag.to - drag.from) * (toMs - fromMs))}
          </span>
        )}
      </div>
      {children}
    </div>
  );
}

/** Whether what a mark says has room before the end, and after what the mark before it says. */
function hasRoom(marks: readonly AxisMark[], index: number, toMs: number, msPerPx: number): boolean {
  const [before, mark] = [marks[index - 1], marks[index]];
  if (mark === undefined || toMs - mark.ms <= LABEL_PX * msPerPx) return false;
  const isLong = before !== undefined && before.day !== null && before.time !== '';
  return !isLong || mark.ms - before.ms >= DAY_LABEL_PX * msPerPx;
}

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(900);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(entry.contentRect.width);
    });
    observer.observe(element.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  return width;
}

/** Less than this is a click. */
const LEAST_DRAG_PX = 6;

function followDrag(
  element: HTMLElement,
  plot: RefObject<HTMLElement | null>,
  show: (drag: { from: number; to: number } | null) => void,
  zoom: (from: number, to: number) => void,
): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  let startX: number | null = null;
  const at = (x: number) => {
    const box = plot.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (x - box.left) / box.width)) : 0;
  };
  element.addEventListener(
    'pointerdown',
    (event) => {
      const isPlot = (event.target as Element).closest('.lane-plot, .lane-axis') !== null;
      if (event.button === 0 && event.pointerType === 'mouse' && isPlot) startX = event.clientX;
    },
    { signal },
  );
  addEventListener(
    'pointermove',
    ({ clientX }) => {
      if (startX !== null && Math.abs(clientX - startX) >= LEAST_DRAG_PX) show({ from: at(startX), to: at(clientX) });
    },
    { signal },
  );
  addEventListener(
    'pointerup',
    ({ clientX }) => {
      if (startX === null) return;
      const [from, to] = [at(Math.min(startX, clientX)), at(Math.max(startX, clientX))];
      const isDrag = Math.abs(clientX - startX) >= LEAST_DRAG_PX;
      startX = null;
      show(null);
      if (!isDrag) return;
      // The click that follows a drag opens nothing; where none follows, because what was under it is gone, the next does.
      const swallow = (event: Event) => {
        event.stopPropagation();
        event.preventDefault();
      };
      addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => {
        removeEventListener('click', swallow, { capture: true });
      });
      zoom(from, to);
    },
    { signal },
  );
  return () => {
    ending.abort();
  };
}
