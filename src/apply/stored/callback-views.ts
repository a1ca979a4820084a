/**
 * Callbacks in the shape of Genesys Info Mart, as the selects of views: what is written for its tables can be asked of any
 * database of this program. docs/callback-sql.md is their description. Made from the registry.
 */
import { type Dimension, DIMENSIONS, type DimensionTable, FACT_COLUMNS, type FactColumn } from '../../gms/info-mart.js';
import { pairOf } from '../../gms/key-value-pairs.js';
import { columnOf } from '../../gms/record-columns.js';

/** Table that holds a dimension, and the column of `callback_events` that names its row. */
export const STORED_IN: Readonly<Record<DimensionTable, { readonly table: string; readonly eventKey: string }>> = {
  RESOURCE_: { table: 'callback_resources', eventKey: 'resource_key' },
  CALLBACK_DIM_1: { table: 'callback_dimensions_1', eventKey: 'dimension_1_key' },
  CALLBACK_DIM_2: { table: 'callback_dimensions_2', eventKey: 'dimension_2_key' },
  CALLBACK_DIM_3: { table: 'callback_dimensions_3', eventKey: 'dimension_3_key' },
  CALLBACK_DIM_4: { table: 'callback_dimensions_4', eventKey: 'dimension_4_key' },
  CALLBACK_DIAL_RESULTS: { table: 'callback_dialings', eventKey: 'dial_results_key' },
};

/** What databases say in words of their own. */
export interface ViewWords {
  /** Whole seconds of milliseconds. */
  readonly seconds: (ms: string) => string;
  /** Joins the callback `c` of the events or attachments of an alias. */
  readonly callbackOf: (alias: string) => string;
  /** Whether a callback `c` is none that is being forgotten. */
  readonly kept: string;
  /** Joins the pairs of an object of JSON as `k`: `k.key`. */
  readonly pairsOf: (json: string) => string;
  /** The value of `k` as text, as with ICON, which drops nested lists; and whether it is one. */
  readonly pairText: string;
  readonly isText: string;
}

export function callbackViews(words: ViewWords): readonly (readonly [name: string, select: string])[] {
  return [
    ['CALLBACK_FACT', callbackFact(words)],
    ...DIMENSIONS.map((dimension) => [dimension.table, dimensionSelect(dimension)] as const),
    ['G_CUSTOM_DATA_S', customData(words)],
    ['G_USERDATA_HISTORY', userDataHistory(words)],
  ];
}

/** One row an event: what identifies it, its keys, its figures in the order of the registry, and what is ours. */
function callbackFact({ seconds, callbackOf, kept }: ViewWords): string {
  const first = ['TENANT_KEY', 'SERVICE_ID', 'FINAL_RECORD'];
  const leading = first.flatMap((name) => FACT_COLUMNS.filter(({ column }) => column === name));
  const figures = FACT_COLUMNS.filter(({ column }) => !first.includes(column));
  const columns = [
    `${seconds('e.received_ms')} AS ADDED_TS`,
    'e.event_sequence AS EVENT_SEQUENCE',
    ...leading.map((fact) => factColumn(fact, seconds)),
    'e.start_date_time_key AS START_DATE_TIME_KEY',
    ...DIMENSIONS.map(({ table, factKey }) => `e.${STORED_IN[table].eventKey} AS ${factKey}`),
    ...figures.map((fact) => factColumn(fact, seconds)),
    'c.source AS SOURCE',
    `${afterFinal()} AS AFTER_FINAL`,
  ];
  return `SELECT ${columns.join(',\n  ')}
FROM callback_events AS e ${callbackOf('e')}
WHERE ${kept}`;
}

function factColumn({ column, field, absent }: FactColumn, seconds: ViewWords['seconds']): string {
  // The service id is what the events of a callback have in common, and is held once.
  const held = `${field === 'serviceId' ? 'c' : 'e'}.${columnOf(field)}`;
  const value = pairOf(field).type === 'timestamp' ? seconds(held) : held;
  return `${absent === null ? value : `coalesce(${value}, ${absent})`} AS ${column}`;
}

/**
 * The final event that counts may have come second: then the one that came first is a further final event as well, and
 * what was stored with it at its arrival says otherwise.
 */
function afterFinal(): string {
  return `CASE WHEN e.digest = c.final_digest THEN 0
    WHEN e.final_record = 1 AND c.final_digest IS NOT NULL THEN 1
    ELSE e.is_late END`;
}

function dimensionSelect({ table, id, columns }: Dimension): string {
  const shown = columns.map(([column, field]) => `d.${columnOf(field)} AS ${column}`);
  return `SELECT d.id AS ${id}, ${shown.join(', ')}
FROM ${STORED_IN[table].table} AS d`;
}

/** One row an event and key. */
function customData({ seconds, callbackOf, kept, pairsOf, pairText, isText }: ViewWords): string {
  return `SELECT e.origination_ixn_id AS CALLID, NULL AS ENDPOINTDN, k.key AS KEYNAME, ${pairText} AS VALUE,
  ${seconds('e.received_ms')} AS ADDED_TS, c.service_id AS SERVICE_ID, c.source AS SOURCE, e.event_sequence AS EVENT_SEQUENCE
FROM callback_events AS e ${callbackOf('e')}, ${pairsOf('e.received')}
WHERE ${isText} AND ${kept}`;
}

/** One row a call and key attached to it. */
function userDataHistory({ seconds, callbackOf, kept, pairsOf, pairText, isText }: ViewWords): string {
  return `SELECT a.interaction_id AS CALLID, k.key AS KEYNAME, ${pairText} AS VALUE, ${seconds('a.received_ms')} AS ADDED_TS,
  c.service_id AS SERVICE_ID, c.source AS SOURCE
FROM callback_attachments AS a ${callbackOf('a')}, ${pairsOf('a.received')}
WHERE ${isText} AND k.key <> 'interaction_id' AND ${kept}`;
}
