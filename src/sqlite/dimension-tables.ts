import type { DimensionRows } from '../apply/callback-rows.js';
import { type Dimension, DIMENSIONS, type DimensionTable, type DimensionValue } from '../gms/info-mart.js';
import { columnOf } from '../gms/record-columns.js';
import type { Connection } from './database.js';

/** Table that holds a dimension, and the column of `callback_events` that names its row. */
export const STORED_IN: Readonly<Record<DimensionTable, { readonly table: string; readonly eventKey: string }>> = {
  RESOURCE_: { table: 'callback_resources', eventKey: 'resource_key' },
  CALLBACK_DIM_1: { table: 'callback_dimensions_1', eventKey: 'dimension_1_key' },
  CALLBACK_DIM_2: { table: 'callback_dimensions_2', eventKey: 'dimension_2_key' },
  CALLBACK_DIM_3: { table: 'callback_dimensions_3', eventKey: 'dimension_3_key' },
  CALLBACK_DIM_4: { table: 'callback_dimensions_4', eventKey: 'dimension_4_key' },
  CALLBACK_DIAL_RESULTS: { table: 'callback_dialings', eventKey: 'dial_results_key' },
};

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
