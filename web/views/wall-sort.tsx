/** Sorting where the list is of cards, which have no heads to tap. */
import { choose } from '../route.js';
import type { WallChoice } from '../wall-list.js';
import { COLUMNS } from './wall-head.js';

export function WallSort({ choice }: { readonly choice: WallChoice }) {
  const { sort, isReversed } = choice;
  return (
    <span class="wall-sort">
      <select
        aria-label="Sort by"
        value={sort === 'trouble' ? '' : sort}
        onChange={({ currentTarget: { value } }) => {
          const column = COLUMNS.find((one) => one.sort === value);
          choose({ sort: column?.sort ?? '', dir: column?.first === 'desc' ? 'desc' : '' });
        }}
      >
        <option value="">Trouble first</option>
        {COLUMNS.map((column) => (
          <option key={column.sort} value={column.sort}>
            By {column.label.toLowerCase()}
          </option>
        ))}
      </select>
      {COLUMNS.some((column) => column.sort === sort) && (
        <button
          type="button"
          aria-label={isReversed ? 'Sorted downwards' : 'Sorted upwards'}
          onClick={() => {
            choose({ dir: isReversed ? '' : 'desc' });
          }}
        >
          {isReversed ? '▾' : '▴'}
        </button>
      )}
    </span>
  );
}
