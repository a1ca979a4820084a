/** The two sides of a migration. */
import type { Mark } from './mark.js';
import type { MovedRow, Unit } from './moved-row.js';

/** A store that is read; each unit as of one moment. */
export interface MovedStore {
  /** For people, without a password. */
  readonly shown: string;
  /** All that has rows, and the whole tables. */
  units(): Promise<readonly Unit[]>;
  /** Some rows at a time, in the order in which every store tells them. */
  rows(unit: Unit): AsyncIterable<readonly MovedRow[]>;
}

/** What is committed with a unit's rows, asked when the last of them was given; null: the unit is not there any more. */
export type MarkOf = () => Mark | null;

export interface MoveTarget extends MovedStore {
  /** By the name of their unit, of what an earlier run of this migration has moved. */
  marks(): Promise<Map<string, Mark>>;
  /** Puts rows in the place of what it has of a unit, with the mark, in one transaction. `isNew`: nothing of it is there. */
  replace(
    unit: Unit,
    rows: AsyncIterable<readonly MovedRow[]>,
    after: { markOf: MarkOf; isNew: boolean },
  ): Promise<void>;
}
