/** Keeps the rows of Info Mart's dimensions: one per combination of values, under a hash of its content as key. */
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
  RESOURCE,
  startDateTimeKey,
} from '../gms/info-mart.js';
import type { DimensionKeys, DimensionRows } from './callback-rows.js';

/**
 * @bound keys of callback dimensions in the writer's memory
 * @beyond all are dropped; their rows are inserted again, to no effect
 */
const MAX_KNOWN_KEYS = 60_000;

export class Dimensions {
  readonly #rows: DimensionRows;
  readonly #digest: Digest;
  /** By table and key. */
  readonly #known = new Set<string>();

  constructor(rows: DimensionRows, digest: Digest) {
    this.#rows = rows;
    this.#digest = digest;
  }

  /** The keys of an event's record. Their rows are there afterwards. */
  keysOf(record: CallbackRecord): DimensionKeys {
    return {
      startDateTimeKey: startDateTimeKey(record),
      resourceKey: this.#keyOf(RESOURCE, record),
      dimension1Key: this.#keyOf(DIMENSION_1, record),
      dimension2Key: this.#keyOf(DIMENSION_2, record),
      dimension3Key: this.#keyOf(DIMENSION_3, record),
      dimension4Key: this.#keyOf(DIMENSION_4, record),
      dialResultsKey: this.#keyOf(DIAL_RESULTS, record),
    };
  }

  /** Drops what a rolled-back transaction may have put into memory. */
  dropMemory(): void {
    this.#known.clear();
  }

  #keyOf(dimension: Dimension, record: CallbackRecord): number {
    const row = dimensionRow(dimension, record);
    const key = dimensionKey(dimension, row, this.#digest);
    const name = `${dimension.table};${key}`;
    if (this.#known.has(name)) return key;
    this.#rows.insert(dimension, key, row);
    if (this.#known.size >= MAX_KNOWN_KEYS) this.#known.clear();
    this.#known.add(name);
    return key;
  }
}
