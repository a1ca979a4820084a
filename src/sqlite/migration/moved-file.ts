/** A database of SQLite as one side of a migration; whoever writes to it goes on. */
import type { MovedRow, Unit } from '../../apply/migration/moved-row.js';
import { WHOLE_TABLES } from '../../apply/migration/moved-tables.js';
import type { MovedStore } from '../../apply/migration/stores.js';
import type { Connection } from '../database.js';
import { GroupRows } from './group-rows.js';
import { OtherUnits } from './other-units.js';

/** Rows that are told together. */
const ROWS_AT_ONCE = 200;

export class MovedFile implements MovedStore {
  readonly shown: string;
  readonly #db: Connection;
  readonly #groups: GroupRows;
  readonly #others: OtherUnits;
  #journal: ReadonlyMap<number, readonly number[]> | null = null;

  constructor(db: Connection, shown: string) {
    this.shown = shown;
    this.#db = db;
    this.#groups = new GroupRows(db, (groupNo) => (this.#journal ??= journalOf(db)).get(groupNo) ?? []);
    this.#others = new OtherUnits(db);
  }

  /** What comes to the journal from now on is left to the next pass. */
  units(): Promise<readonly Unit[]> {
    this.#journal = null;
    const whole = WHOLE_TABLES.map((table) => ({ kind: 'table', table }) as const);
    return Promise.resolve([...whole, ...this.#others.groups(), ...this.#others.units()]);
  }

  /** What was written since is in the journal by other numbers. */
  protected dropJournal(): void {
    this.#journal = null;
  }

  /** In one read transaction, so that a unit is told as it stood at one moment. */
  async *rows(unit: Unit): AsyncGenerator<readonly MovedRow[], void> {
    const isOurs = !this.#db.inTransaction;
    if (isOurs) this.#db.exec('BEGIN');
    try {
      let some: MovedRow[] = [];
      const rows = unit.kind === 'group' ? this.#groups.rows(unit.source, unit.dbid) : this.#others.rows(unit);
      for (const row of rows) {
        some.push(row);
        if (some.length < ROWS_AT_ONCE) continue;
        yield await Promise.resolve(some);
        some = [];
      }
      if (some.length > 0) yield some;
    } finally {
      if (isOurs && this.#db.open) this.#db.exec('COMMIT');
    }
  }
}

/** Numbers of each group's rows, in their order. */
function journalOf(db: Connection): Map<number, number[]> {
  const entries = new Map<number, number[]>();
  const all = db.prepare('SELECT entry_no, group_no FROM journal WHERE group_no > 0 ORDER BY entry_no').raw();
  for (const [entryNo, groupNo] of all.iterate() as Iterable<[number, number]>) {
    const ofGroup = entries.get(groupNo);
    if (ofGroup === undefined) entries.set(groupNo, [entryNo]);
    else ofGroup.push(entryNo);
  }
  return entries;
}
