/** A database of PostgreSQL as one side of a migration; whoever writes to it goes on. */
import type { MovedRow, Unit } from '../../apply/migration/moved-row.js';
import { WHOLE_TABLES } from '../../apply/migration/moved-tables.js';
import type { MovedStore } from '../../apply/migration/stores.js';
import type { Wire } from '../wire.js';
import { GroupRows } from './group-rows.js';
import { OtherUnits } from './other-units.js';
import { plain } from './told-rows.js';

export class MovedDatabase implements MovedStore {
  readonly shown: string;
  readonly #wire: Wire;
  readonly #groups: GroupRows;
  readonly #others: OtherUnits;

  constructor(wire: Wire, shown: string) {
    this.shown = shown;
    this.#wire = wire;
    this.#groups = new GroupRows(wire);
    this.#others = new OtherUnits(wire);
  }

  async units(): Promise<readonly Unit[]> {
    const whole = WHOLE_TABLES.map((table) => ({ kind: 'table', table }) as const);
    return [...whole, ...(await this.#others.units())];
  }

  /** Of one snapshot, so that a unit is told as it stood at one moment. */
  async *rows(unit: Unit): AsyncGenerator<readonly MovedRow[], void> {
    await this.#wire.exchange([plain('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')]);
    try {
      yield* unit.kind === 'group' ? this.#groups.rows(unit.source, unit.dbid) : this.#others.rows(unit);
    } finally {
      if (!this.#wire.isLost) await this.#wire.exchange([plain('COMMIT')]);
    }
  }
}
