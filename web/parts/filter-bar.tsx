/** The bar of every view: which groups, which time, and a file of what is shown. All of it is in the link, and goes along. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { canonical } from '../../src/domain/folding.js';
import { apiUrl, type Query } from '../api.js';
import { useCell } from '../cell.js';
import { FILTER_LOOKS } from '../filter-looks.js';
import { model } from '../model.js';
import { type Range, viewerZone } from '../range.js';
import { choose, route } from '../route.js';
import { STATE_FILTERS } from '../wall-list.js';
import { GroupSearch } from './group-search.js';
import { Menu } from './menu.js';
import { Pick } from './pick.js';
import { type RangeChoice, RangePicker, RangeState } from './range-picker.js';
import { useNarrow } from './width.js';

/** One file: its name, and what the API is asked for. */
export interface ExportLink {
  readonly label: string;
  readonly path: string;
  readonly query: Query;
}

interface Props {
  /** Which groups: none where the view is of one. */
  readonly groups?: { readonly onLeaveSearch: () => void; readonly withState: boolean };
  /** By source alone; of groups it goes without saying. */
  readonly sources?: readonly string[];
  readonly time?: RangeChoice;
  readonly exports: readonly ExportLink[];
  readonly children?: ComponentChildren;
}

export function FilterBar({ groups, sources, time, exports, children }: Props) {
  const { parameters } = useCell(route);
  const isNarrow = useNarrow();
  const picks = (
    <>
      {groups && <GroupPicks withState={groups.withState} />}
      {!groups && sources && <Pick name="source" label="All sources" options={sources} />}
      <span class="spring" />
      {!isNarrow && time && <RangeState {...time} />}
      {time && <RangePicker {...time} />}
      <Exports exports={exports} />
    </>
  );
  return (
    <div class="toolbar" role="group" aria-label="Filter and time">
      {groups && (
        <GroupSearch
          value={parameters['q'] ?? ''}
          onSearch={(q) => {
            choose({ q });
          }}
          onLeave={groups.onLeaveSearch}
        />
      )}
      {isNarrow ? (
        <details class="toolbar-more">
          <summary>Filter, time, export</summary>
          <div class="toolbar-rest">{picks}</div>
        </details>
      ) : (
        picks
      )}
      {isNarrow && time && <RangeState {...time} />}
      {children}
    </div>
  );
}

function GroupPicks({ withState }: { readonly withState: boolean }) {
  const order = useCell(model.order);
  const [tenants, sources] = useMemo(() => {
    const groups = [...model.groups.values()].map(({ value }) => value);
    return [distinct(groups.map(({ tenant }) => tenant ?? '')), distinct(groups.map(({ source }) => source))];
  }, [order]);
  return (
    <>
      {withState && <Pick name="state" label="All states" options={STATE_FILTERS} words={stateWord} />}
      <Pick name="tenant" label="All tenants" options={tenants} />
      <Pick name="source" label="All sources" options={sources} />
    </>
  );
}

const stateWord = (filter: string) => FILTER_LOOKS[filter as keyof typeof FILTER_LOOKS].label;

/** Each once, however it is composed. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.map(canonical))].filter((text) => text !== '').sort();
}

function Exports({ exports }: { readonly exports: readonly ExportLink[] }) {
  const [only] = exports;
  if (only === undefined) return null;
  if (exports.length === 1) return <ExportAnchor one={only} label={only.label} />;
  return (
    <Menu label="Export">
      {(close) => (
        <ul class="menu-list" onClick={close}>
          {exports.map((one) => (
            <li key={one.label}>
              <ExportAnchor one={one} label={`${one.label}, CSV`} />
            </li>
          ))}
        </ul>
      )}
    </Menu>
  );
}

function ExportAnchor({ one, label }: { readonly one: ExportLink; readonly label: string }) {
  return (
    <a class="button" download href={apiUrl(one.path, { ...one.query, format: 'csv', bom: 'true' })} title={one.label}>
      {label}
    </a>
  );
}

/** A range as the API takes it; one that ends now has no end there. */
export function rangeQuery({ fromMs, toMs, span }: Range): Query {
  return {
    from: new Date(fromMs).toISOString(),
    to: span === null ? new Date(toMs).toISOString() : null,
    tz: viewerZone(),
  };
}
