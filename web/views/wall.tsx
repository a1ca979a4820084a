/** The wall: every campaign group as a row (a card on a phone), what wants a person first. */
import { useMemo, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { nowMs } from '../clock.js';
import { FILTER_LOOKS, isOffered } from '../filter-looks.js';
import { count } from '../format.js';
import { model } from '../model.js';
import { DiskNotice } from '../parts/disk-notice.js';
import { Empty, Loading } from '../parts/empty.js';
import { type Cursor, cursorBack, useMoving } from '../parts/moving.js';
import { NothingReceived } from '../parts/nothing-received.js';
import { RefusedNotice } from '../parts/refused-notice.js';
import { OrderHeld, useSteadyIds } from '../parts/steady.js';
import { shownWords, useTold } from '../parts/told.js';
import { VirtualList } from '../parts/virtual-list.js';
import { useNarrow, useStripRoom, useWide } from '../parts/width.js';
import { StateMark } from '../parts/mark.js';
import { type ExportLink, FilterBar, rangeQuery } from '../parts/filter-bar.js';
import { StatePatterns } from '../parts/state-shapes.js';
import { densityIn, density, DENSITIES, type Density } from '../preferences.js';
import { type Range, rangeIn } from '../range.js';
import { choose, go, route } from '../route.js';
import {
  chosen,
  type Counts,
  countStates,
  isIn,
  matching,
  ordered,
  STATE_FILTERS,
  type StateFilter,
  type WallChoice,
} from '../wall-list.js';
import { WallHead } from './wall-head.js';
import { WallPages } from './wall-pages.js';
import { WallRow } from './wall-row.js';
import { WallSort } from './wall-sort.js';

const ROW_HEIGHT: Readonly<Record<Density, number>> = { comfortable: 56, compact: 34, wall: 88 };
/** What goes along to the timeline, and into the file of transitions. */
const HOME = '6h';
const CARD_HEIGHT = 140;
/** On a wall screen of 4K type is larger. */
const WIDE_WALL_HEIGHT = 150;

export function Wall() {
  const { parameters } = useCell(route);
  const isLoaded = useCell(model.isLoaded);
  const order = useCell(model.order);
  const liked = useCell(density);
  const isNarrow = useNarrow();
  const isWide = useWide();
  const choice = chosen(parameters);
  const range = rangeIn(parameters, HOME, nowMs());
  const shown = densityIn(parameters) ?? liked;
  const rowHeight = shown === 'wall' && isWide ? WIDE_WALL_HEIGHT : ROW_HEIGHT[shown];
  const hasStrip = useStripRoom(shown === 'wall');
  const asked = JSON.stringify(choice);
  const listed = useMemo(() => listOf(choice), [order, asked]);
  const { ids, zone, bar } = useSteadyIds(listed.ids, { choice: asked, isHeldEver: shown !== 'wall' });
  useTold(asked, isLoaded ? shownWords(listed.ids.length) : null);
  const [cursor, setCursor] = useState<Cursor | null>(cursorBack);
  const { enter } = useMoving(ids, cursor, setCursor, (id) => {
    go('group', id);
  });
  if (!isLoaded) return <Loading />;
  if (model.groups.size === 0) return <NothingReceived />;
  const render = (id: string, index: number) => (
    <WallRow id={id} index={index} isCurrent={id === cursor?.id} hasStrip={hasStrip} />
  );
  return (
    <div class={`wall density-${isNarrow ? 'card' : shown}${hasStrip ? ' has-strip' : ''}`}>
      <h1 class="hidden">Campaign groups</h1>
      <DiskNotice />
      <RefusedNotice />
      <StateChips counts={listed.counts} all={listed.all} selected={choice.state} />
      <FilterBar
        groups={{ onLeaveSearch: enter, withState: false }}
        time={{ range, home: HOME, isOfView: false }}
        exports={exportsOf(choice, range)}
      >
        <WallSort choice={choice} />
        <Densities shown={shown} />
      </FilterBar>
      {ids.length === 0 ? (
        <NothingMatches />
      ) : (
        <div class="steady" ref={zone}>
          <div class="wall-table" role="table" aria-label="Campaign groups" aria-rowcount={ids.length + 1}>
            {hasStrip && <StatePatterns />}
            <WallHead choice={choice} hasStrip={hasStrip} />
            {shown === 'wall' && !isNarrow ? (
              <WallPages
                ids={ids}
                rowHeight={rowHeight}
                cursor={cursor}
                isTroubleFirst={choice.sort === 'trouble'}
                render={render}
              />
            ) : (
              <VirtualList
                ids={ids}
                rowHeight={isNarrow ? CARD_HEIGHT : rowHeight}
                label="Campaign groups"
                memory="wall"
                cursor={cursor}
                render={render}
              />
            )}
          </div>
          <OrderHeld bar={bar} />
        </div>
      )}
    </div>
  );
}

function listOf(choice: WallChoice) {
  const by = model.yardstick();
  const groups = [...model.groups.values()].map(({ value }) => value);
  const matched = matching(groups, choice);
  const { state } = choice;
  const inState = state === null ? matched : matched.filter((group) => isIn(state, group, by));
  return {
    ids: ordered(inState, choice, by).map(({ id }) => id),
    counts: countStates(matched, by),
    all: matched.length,
  };
}

interface ChipsProps {
  readonly counts: Counts;
  readonly all: number;
  readonly selected: StateFilter | null;
}

/** Counts by state, which filter. */
function StateChips({ counts, all, selected }: ChipsProps) {
  return (
    <div class="chips" role="group" aria-label="Filter by state">
      <button
        type="button"
        class="chip"
        aria-pressed={selected === null}
        onClick={() => {
          choose({ state: '' });
        }}
      >
        <b>{count(all)}</b> All
      </button>
      {STATE_FILTERS.filter((filter) => isOffered(filter, counts[filter], selected)).map((filter) => (
        <button
          key={filter}
          type="button"
          class={`chip${counts[filter] === 0 ? ' chip-none' : ''}`}
          aria-pressed={selected === filter}
          onClick={() => {
            choose({ state: selected === filter ? '' : filter });
          }}
        >
          <StateMark look={FILTER_LOOKS[filter]} />
          <b>{count(counts[filter])}</b> {FILTER_LOOKS[filter].label}
        </button>
      ))}
    </div>
  );
}

/** A wall screen is an address: nobody wants it in the next tab. */
function Densities({ shown }: { readonly shown: Density }) {
  return (
    <div class="segments" role="group" aria-label="Density">
      {DENSITIES.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === shown}
          onClick={() => {
            choose({ density: one === 'wall' ? one : '' });
            if (one !== 'wall') density.set(one);
          }}
        >
          {one === 'wall' ? 'Wall screen' : one.charAt(0).toUpperCase() + one.slice(1)}
        </button>
      ))}
    </div>
  );
}

/** What the API filters by: states it knows, not what the page makes of them. */
function exportsOf({ state, search, source, tenant }: WallChoice, range: Range): readonly ExportLink[] {
  const filter = { state: API_STATES.find((one) => one === state) ?? null, source };
  return [
    { label: 'Campaign groups', path: 'campaign-groups', query: { ...filter, tenant, q: search } },
    {
      label: 'Transitions in the time chosen',
      path: 'transitions',
      query: { ...filter, tenant, q: search, ...rangeQuery(range) },
    },
  ];
}
const API_STATES = ['running', 'active', 'inactive', 'not_loaded'] as const;

function NothingMatches() {
  return (
    <Empty title="No campaign group matches">
      <p>The search and the filters leave none of {count(model.groups.size)} groups.</p>
      <button
        type="button"
        onClick={() => {
          choose({ state: '', q: '', source: '', tenant: '' });
        }}
      >
        Show all
      </button>
    </Empty>
  );
}
