import type { DimensionRows } from '../apply/callback-rows.js';
import { STORED_IN } from '../apply/stored/callback-views.js';
import { type Dimension, DIMENSIONS, type DimensionValue } from '../gms/info-mart.js';
import { columnOf } from '../gms/record-columns.js';
import type { Connection } from './database.js';

/** The rows of Info Mart's dimensions, each dimension in a table of its own. */
export class DimensionTables implements DimensionRows {
  readonly #inserts;

  constructor(db: Connection) {
    this.#inserts = new Map(DIMENSIONS.map((dimension) => [dimension.table, prepareInsert(db, dimension)]));
  }

  insert({ table }: Dimension, key: number, row: readonly DimensionValue[]): void {
    this.#inserts.get(table)?.run(key, ...row);
  }
}

function prepareInsert(db: Connection, { table, columns }: Dimension) {
  const names = ['id', ...columns.map(([, field]) => columnOf(field))];
  const places = names.map(() => '?').join(', ');
  return db.prepare(
    `INSERT INTO ${STORED_IN[table].table} (${names.join(', ')}) VALUES (${places}) ON CONFLICT (id) DO NOTHING`,
  );
}
