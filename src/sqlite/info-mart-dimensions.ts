/** Keeps the rows of Info Mart's dimensions: one per combination of values, under a hash of its content as key. */
import { LRUCache } from 'lru-cache';
import type { CallbackRecord } from '../domain/callback-record.js';
import type { Digest } from '../domain/identity.js';
import {
  DIAL_RESULTS,
  type Dimension,
  DIMENSION_1,
  DIMENSION_2,
  DIMENSION_3,
  DIMENSION_4,
  dimensionKey,
  dimensionRow,
  type DimensionTable,
  RESOURCE,
  startDateTimeKey,
} from '../gms/info-mart.js';
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

/** What an event names its rows by. */
export interface DimensionKeys {
  /** No row: start of the quarter of an hour of the service start, epoch seconds, 0 when not reported. */
  readonly startDateTimeKey: number;
  readonly resourceKey: number;
  readonly dimension1Key: number;
  readonly dimension2Key: number;
  readonly dimension3Key: number;
  readonly dimension4Key: number;
  readonly dialResultsKey: number;
}

/**
 * @bound keys of a callback dimension in the writer's memory
 * @beyond the one used longest ago makes room; its row is inserted again, to no effect
 */
const MAX_KNOWN_KEYS = 10_000;

export class InfoMartDimensions {
  readonly #resources: DimensionRows;
  readonly #dimensions1: DimensionRows;
  readonly #dimensions2: DimensionRows;
  readonly #dimensions3: DimensionRows;
  readonly #dimensions4: DimensionRows;
  readonly #dialings: DimensionRows;

  constructor(db: Connection, digest: Digest) {
    const rowsOf = (dimension: Dimension) => new DimensionRows(db, dimension, digest);
    this.#resources = rowsOf(RESOURCE);
    this.#dimensions1 = rowsOf(DIMENSION_1);
    this.#dimensions2 = rowsOf(DIMENSION_2);
    this.#dimensions3 = rowsOf(DIMENSION_3);
    this.#dimensions4 = rowsOf(DIMENSION_4);
    this.#dialings = rowsOf(DIAL_RESULTS);
  }

  /** The keys of an event's record. Their rows are there afterwards; runs inside the event's transaction. */
  keysOf(record: CallbackRecord): DimensionKeys {
    return {
      startDateTimeKey: startDateTimeKey(record),
      resourceKey: this.#resources.keyOf(record),
      dimension1Key: this.#dimensions1.keyOf(record),
      dimension2Key: this.#dimensions2.keyOf(record),
      dimension3Key: this.#dimensions3.keyOf(record),
      dimension4Key: this.#dimensions4.keyOf(record),
      dialResultsKey: this.#dialings.keyOf(record),
    };
  }

  /** Drops everything kept in memory: after a transaction was rolled back, only the file is right. */
  forget(): void {
    this.#resources.forget();
    this.#dimensions1.forget();
    this.#dimensions2.forget();
    this.#dimensions3.forget();
    this.#dimensions4.forget();
    this.#dialings.forget();
  }
}

/** The rows of one dimension. */
class DimensionRows {
  readonly #dimension: Dimension;
  readonly #digest: Digest;
  readonly #insert;
  readonly #known = new LRUCache<number, true>({ max: MAX_KNOWN_KEYS });

  constructor(db: Connection, dimension: Dimension, digest: Digest) {
    this.#dimension = dimension;
    this.#digest = digest;
    const columns = ['id', ...dimension.columns.map(([, field]) => columnOf(field))];
    const places = columns.map(() => '?').join(', ');
    this.#insert = db.prepare(
      `INSERT INTO ${STORED_IN[dimension.table].table} (${columns.join(', ')}) VALUES (${places})
       ON CONFLICT (id) DO NOTHING`,
    );
  }

  keyOf(record: CallbackRecord): number {
    const row = dimensionRow(this.#dimension, record);
    const key = dimensionKey(this.#dimension, row, this.#digest);
    if (this.#known.get(key) === undefined) {
      this.#insert.run(key, ...row);
      this.#known.set(key, true);
    }
    return key;
  }

  forget(): void {
    this.#known.clear();
  }
}
