import { useNarrow } from '../parts/width.js';
import { choose } from '../route.js';
import type { Sort, WallChoice } from '../wall-list.js';

interface Column {
  readonly sort: Sort;
  readonly label: string;
  readonly kind: 'text' | 'number';
  /** Which way the first click sorts. */
  readonly first: 'asc' | 'desc';
}

export const COLUMNS: readonly Column[] = [
  { sort: 'state', label: 'State', kind: 'text', first: 'asc' },
  { sort: 'name', label: 'Campaign group', kind: 'text', first: 'asc' },
  { sort: 'mode', label: 'Dialing mode', kind: 'text', first: 'asc' },
  { sort: 'since', label: 'Since', kind: 'number', first: 'desc' },
  { sort: 'busy', label: 'Busy factor', kind: 'number', first: 'desc' },
  { sort: 'hit', label: 'Hit ratio', kind: 'number', first: 'desc' },
  { sort: 'overdial', label: 'Overdial', kind: 'number', first: 'desc' },
  { sort: 'finish', label: 'Finishes at', kind: 'number', first: 'asc' },
  { sort: 'heard', label: 'Last heard', kind: 'number', first: 'asc' },
];

/** Heads that sort: once, the other way, and back to trouble first. */
export function WallHead({ choice, hasStrip }: { readonly choice: WallChoice; readonly hasStrip: boolean }) {
  return (
    <div class="wall-head" role="rowgroup" data-order="free">
      <div class="wall-row" role="row" aria-rowindex={1}>
        {COLUMNS.map((column) => (
          <Head key={column.sort} column={column} choice={choice} />
        ))}
        {hasStrip && (
          <div class="cell cell-strip" role="columnheader">
            Last 6 hours
          </div>
        )}
      </div>
    </div>
  );
}

function Head({ column, choice }: { readonly column: Column; readonly choice: WallChoice }) {
  const isSorted = choice.sort === column.sort;
  const direction = choice.isReversed ? 'descending' : 'ascending';
  const sortNext = () => {
    if (!isSorted) choose({ sort: column.sort, dir: column.first === 'desc' ? 'desc' : '' });
    else if (choice.isReversed === (column.first === 'desc')) choose({ dir: choice.isReversed ? '' : 'desc' });
    else choose({ sort: '', dir: '' });
  };
  // On cards heads are read, not seen: what sorts is a field of the bar there.
  const isNarrow = useNarrow();
  return (
    <div
      class={`cell cell-${column.sort}${column.kind === 'number' ? ' cell-number' : ''}`}
      role="columnheader"
      aria-sort={isSorted ? direction : 'none'}
    >
      {isNarrow ? (
        column.label
      ) : (
        <button type="button" class="sort" onClick={sortNext}>
          {column.label}
          <span class="sort-arrow" aria-hidden="true">
            {isSorted && (choice.isReversed ? '▾' : '▴')}
          </span>
        </button>
      )}
    </div>
  );
}
