/**
 * Where Genesys Info Mart puts a callback record, and what stands there when nothing was reported. Its fact table holds
 * figures and times; words stand in dimensions, once a combination, and the fact names them by key
 * (sources.md#callback-kvps). Held against the registry by a test.
 */
import type { CallbackRecord } from '../domain/callback-record.js';
import { type Digest, lengthPrefixed } from '../domain/identity.js';
import type { InfoMartTable } from './key-value-pair.js';
import { FIELDS, pairOf } from './key-value-pairs.js';

type Field = keyof CallbackRecord;
export type DimensionValue = string | number;

/** Info Mart's dimensions of a callback. `RESOURCE_` is the virtual queue. */
export type DimensionTable = Exclude<InfoMartTable, 'CALLBACK_FACT'> | 'RESOURCE_';

export interface Dimension {
  readonly table: DimensionTable;
  /** Column of CALLBACK_FACT that names a row. */
  readonly factKey: string;
  /** Column of the dimension's own key. */
  readonly id: string;
  /** Vendor's columns and the fields they show. The order goes into the keys: never change it. */
  readonly columns: readonly (readonly [column: string, field: Field])[];
}

/** A column of CALLBACK_FACT that shows one field. */
export interface FactColumn {
  readonly column: string;
  readonly field: Field;
  /** Info Mart's, for an event that does not say it. */
  readonly absent: number | null;
}

export const RESOURCE: Dimension = {
  table: 'RESOURCE_',
  factKey: 'RESOURCE_KEY',
  id: 'RESOURCE_KEY',
  columns: [
    ['RESOURCE_NAME', 'vq'],
    ['RESOURCE_CFG_DBID', 'vqDbid'],
    ['RESOURCE_CFG_TYPE', 'vqConfigType'],
    ['RESOURCE_CFG_TYPE_ID', 'vqConfigTypeId'],
  ],
};
export const DIMENSION_1 = dimension('CALLBACK_DIM_1', ['channel', 'offerType', 'callbackType', 'connectOrder']);
export const DIMENSION_2 = dimension('CALLBACK_DIM_2', [
  'dialogResult',
  'callDirection',
  'finalDialResult',
  'offerTiming',
]);
export const DIMENSION_3 = dimension('CALLBACK_DIM_3', ['disposition', 'finalTarget']);
export const DIMENSION_4 = dimension('CALLBACK_DIM_4', ['abandonedDuringOffer', 'ignoringAvailability']);
export const DIAL_RESULTS = dimension('CALLBACK_DIAL_RESULTS', [
  'dial1Result',
  'dial2Result',
  'dial3Result',
  'dial4Result',
  'dial5Result',
]);
export const DIMENSIONS = [RESOURCE, DIMENSION_1, DIMENSION_2, DIMENSION_3, DIMENSION_4, DIAL_RESULTS] as const;

const START_KEY = 'START_DATE_TIME_KEY';
/** Mandatory columns, for which Info Mart has no default. */
const WITHOUT_DEFAULT = ['CALLBACK_OFFER_TIME', 'CALLBACK_OFFERED_TS'];

/** Columns of the fact table that show a field as it is, in the order of the registry; keys are not among them. */
export const FACT_COLUMNS: readonly FactColumn[] = FIELDS.flatMap((field) => {
  const { infoMart } = pairOf(field);
  if (infoMart?.table !== 'CALLBACK_FACT') return [];
  return infoMart.columns
    .filter((column) => column !== START_KEY && column !== RESOURCE.factKey)
    .map((column) => ({ column, field, absent: absentInFact(field, column) }));
});

function dimension(table: Exclude<DimensionTable, 'RESOURCE_'>, fields: readonly Field[]): Dimension {
  const columns = fields.map((field) => [pairOf(field).infoMart?.columns[0] ?? field, field] as const);
  return { table, factKey: `${table}_KEY`, id: 'ID', columns };
}

function absentInFact(field: Field, column: string): number | null {
  if (column === 'TENANT_KEY') return -1;
  return isText(field) || WITHOUT_DEFAULT.includes(column) ? null : 0;
}

/** Whether a field holds text or a word, rather than a number. */
function isText(field: Field): boolean {
  const { type } = pairOf(field);
  return type === 'text' || type === 'word';
}

/** A record's row of a dimension, in the order of its columns: UNKNOWN and 0 stand for what was not reported. */
export function dimensionRow({ columns }: Dimension, record: CallbackRecord): DimensionValue[] {
  return columns.map(([, field]) => record[field] ?? (isText(field) ? 'UNKNOWN' : 0));
}

/**
 * The key of a dimension's row: 48 bits of a hash of its content, never 0. Equal content has equal keys in every
 * database. Of 100,000 rows of one dimension two share a key with a chance of 1 in 50,000.
 */
export function dimensionKey({ table }: Dimension, row: readonly DimensionValue[], digest: Digest): number {
  return Buffer.from(digest(lengthPrefixed([table, ...row])), 'base64url').readUIntBE(0, 6) || 1;
}

const INTERVAL_SECONDS = 15 * 60;

/** START_DATE_TIME_KEY: start of the quarter of an hour in which the service started, epoch seconds; 0 when not reported. */
export function startDateTimeKey({ serviceStartMs }: CallbackRecord): number {
  if (serviceStartMs === null) return 0;
  return Math.floor(serviceStartMs / 1000 / INTERVAL_SECONDS) * INTERVAL_SECONDS;
}
