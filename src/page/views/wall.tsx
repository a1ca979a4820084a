/** The wall: every campaign group as a row (a card on a phone), what wants a person first. */
import { useMemo, useState } from 'preact/hooks';
import { canonical } from '../../domain/folding.js';
import { isolated } from '../bidi.js';
import { useCell } from '../cell.js';
import { count } from '../format.js';
import { model } from '../model.js';
import { DiskNotice } from '../parts/disk-notice.js';
import { Empty, Loading } from '../parts/empty.js';
import { useMoving } from '../parts/moving.js';
import { NothingReceived } from '../parts/nothing-received.js';
import { VirtualList } from '../parts/virtual-list.js';
import { useNarrow, useWide } from '../parts/width.js';
import { StateMark } from '../parts/mark.js';
import { GroupSearch } from '../parts/group-search.js';
import { densityIn, density, DENSITIES, type Density } from '../preferences.js';
import { choose, go, route } from '../route.js';
import { type Look, lookOf } from '../state-look.js';
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
import { WallRow } from './wall-row.js';
import { WallSort } from './wall-sort.js';

const ROW_HEIGHT: Readonly<Record<Density, number>> = { comfortable: 56, compact: 34, wall: 88 };
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
  const shown = densityIn(parameters) ?? liked;
  const rowHeight = shown === 'wall' && isWide ? WIDE_WALL_HEIGHT : ROW_HEIGHT[shown];
  const listed = useMemo(() => listOf(choice), [order, JSON.stringify(choice)]);
  const [current, setCurrent] = useState<string | null>(null);
  useMoving(listed.ids, current, setCurrent, (id) => {
    go('group', id);
  });
  if (!isLoaded) return <Loading />;
  if (model.groups.size === 0) return <NothingReceived />;
  return (
    <div class={`wall density-${isNarrow ? 'card' : shown}`}>
      <h1 class="hidden">Campaign groups</h1>
      <DiskNotice />
      <StateChips counts={listed.counts} all={listed.all} selected={choice.state} />
      <Toolbar choice={choice} shown={shown} sources={listed.sources} tenants={listed.tenants} />
      {listed.ids.length === 0 ? (
        <NothingMatches />
      ) : (
        <div class="wall-table" role="table" aria-label="Campaign groups" aria-rowcount={listed.ids.length + 1}>
          <WallHead choice={choice} />
          <VirtualList
            ids={listed.ids}
            rowHeight={isNarrow ? CARD_HEIGHT : rowHeight}
            label="Campaign groups"
            memory="wall"
            current={current}
            render={(id, index) => <WallRow id={id} index={index} isCurrent={id === current} />}
          />
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
    sources: distinct(groups.map(({ source }) => source)),
    tenants: distinct(groups.map(({ tenant }) => tenant ?? '')),
  };
}

/** Each once, however it is composed. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.map(canonical))].filter((text) => text !== '').sort();
}

const CHIPS: Readonly<Record<StateFilter, Pick<Look, 'label' | 'mark' | 'tone'>>> = {
  trouble: { label: 'Trouble', mark: 'alarm', tone: 'trouble' },
  running: lookOf('running'),
  silent: { label: 'Silent', mark: 'question', tone: 'silent' },
  active: lookOf('active'),
  unloading: { label: 'Unloading', mark: 'half', tone: 'going' },
  inactive: lookOf('inactive'),
  not_loaded: lookOf('not_loaded'),
};

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
      {STATE_FILTERS.map((filter) => (
        <button
          key={filter}
          type="button"
          class={`chip${counts[filter] === 0 ? ' chip-none' : ''}`}
          aria-pressed={selected === filter}
          onClick={() => {
            choose({ state: selected === filter ? '' : filter });
          }}
        >
          <StateMark look={CHIPS[filter]} />
          <b>{count(counts[filter])}</b> {CHIPS[filter].label}
        </button>
      ))}
    </div>
  );
}

interface ToolbarProps {
  readonly choice: WallChoice;
  readonly shown: Density;
  readonly sources: readonly string[];
  readonly tenants: readonly string[];
}

function Toolbar({ choice, shown, sources, tenants }: ToolbarProps) {
  return (
    <div class="toolbar">
      <GroupSearch
        value={choice.search}
        onSearch={(q) => {
          choose({ q });
        }}
      />
      {tenants.length > 1 && <Pick name="tenant" label="All tenants" value={choice.tenant} options={tenants} />}
      {sources.length > 1 && <Pick name="source" label="All sources" value={choice.source} options={sources} />}
      <WallSort choice={choice} />
      <span class="spring" />
      <div class="segments" role="group" aria-label="Density">
        {DENSITIES.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === shown}
            onClick={() => {
              // A wall screen is an address: nobody wants it in the next tab.
              choose({ density: one === 'wall' ? one : '' });
              if (one !== 'wall') density.set(one);
            }}
          >
            {one === 'wall' ? 'Wall screen' : one.charAt(0).toUpperCase() + one.slice(1)}
          </button>
        ))}
      </div>
    </div>
  );
}

interface PickProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
}

function Pick({ name, label, value, options }: PickProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => {
        choose({ [name]: currentTarget.value });
      }}
    >
      <option value="">{label}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {isolated(option)}
        </option>
      ))}
    </select>
  );
}

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
