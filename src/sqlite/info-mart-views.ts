/**
 * Callbacks in the shape of Genesys Info Mart, as views: what is written for its tables can be asked of this database
 * too. docs/callback-sql.md is their description. Made from the registry, so they are no migration: every opening for
 * writing puts them right.
 */
import { type Dimension, DIMENSIONS, FACT_COLUMNS, type FactColumn } from '../gms/info-mart.js';
import { pairOf } from '../gms/key-value-pairs.js';
import { columnOf } from '../gms/record-columns.js';
import type { Connection } from './database.js';
import { isKept } from './removal-tables.js';
import { STORED_IN } from './dimension-tables.js';

/** Creates the views, or creates anew those that an earlier version of this program made otherwise; the tables are there. */
export function createInfoMartViews(db: Connection): void {
  const held = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?").pluck();
  db.transaction(() => {
    for (const [name, select] of views()) {
      const sql = `CREATE VIEW ${name} AS\n${select}`;
      if (held.get(name) !== sql) db.exec(`DROP VIEW IF EXISTS ${name}; ${sql};`);
    }
  })();
}

function views(): (readonly [name: string, select: string])[] {
  return [
    ['CALLBACK_FACT', callbackFact()],
    ...DIMENSIONS.map((dimension) => [dimension.table, dimensionSelect(dimension)] as const),
    ['G_CUSTOM_DATA_S', customData()],
    ['G_USERDATA_HISTORY', userDataHistory()],
  ];
}

/** None that is being forgotten: a removal goes in slices. */
const KEPT = isKept('callbacks', 'c');

/** One row an event: what identifies it, its keys, its figures in the order of the registry, and what is ours. */
function callbackFact(): string {
  const first = ['TENANT_KEY', 'SERVICE_ID', 'FINAL_RECORD'];
  const leading = first.flatMap((name) => FACT_COLUMNS.filter(({ column }) => column === name));
  const figures = FACT_COLUMNS.filter(({ column }) => !first.includes(column));
  const columns = [
    'e.received_ms / 1000 AS ADDED_TS',
    'e.event_sequence AS EVENT_SEQUENCE',
    ...leading.map(factColumn),
    'e.start_date_time_key AS START_DATE_TIME_KEY',
    ...DIMENSIONS.map(({ table, factKey }) => `e.${STORED_IN[table].eventKey} AS ${factKey}`),
    ...figures.map(factColumn),
    'c.source AS SOURCE',
    `${afterFinal()} AS AFTER_FINAL`,
  ];
  return `SELECT ${columns.join(',\n  ')}
FROM callback_events AS e JOIN callbacks AS c ON c.callback_no = e.callback_no
WHERE ${KEPT}`;
}

function factColumn({ column, field, absent }: FactColumn): string {
  // The service id is what the events of a callback have in common, and is held once.
  const held = `${field === 'serviceId' ? 'c' : 'e'}.${columnOf(field)}`;
  const value = pairOf(field).type === 'timestamp' ? `${held} / 1000` : held;
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

/** Values are texts, as with ICON, which drops nested lists. */
const TEXT_VALUE = "CASE WHEN k.type IN ('true', 'false') THEN k.type ELSE CAST(k.value AS TEXT) END AS VALUE";
const IS_TEXT = "k.type NOT IN ('object', 'array', 'null')";

/** One row an event and key. */
function customData(): string {
  return `SELECT e.origination_ixn_id AS CALLID, NULL AS ENDPOINTDN, k.key AS KEYNAME, ${TEXT_VALUE},
  e.received_ms / 1000 AS ADDED_TS, c.service_id AS SERVICE_ID, c.source AS SOURCE, e.event_sequence AS EVENT_SEQUENCE
FROM callback_events AS e JOIN callbacks AS c ON c.callback_no = e.callback_no, json_each(e.received) AS k
WHERE ${IS_TEXT} AND ${KEPT}`;
}

/** One row a call and key attached to it. */
function userDataHistory(): string {
  return `SELECT a.interaction_id AS CALLID, k.key AS KEYNAME, ${TEXT_VALUE}, a.received_ms / 1000 AS ADDED_TS,
  c.service_id AS SERVICE_ID, c.source AS SOURCE
FROM callback_attachments AS a JOIN callbacks AS c ON c.callback_no = a.callback_no, json_each(a.received) AS k
WHERE ${IS_TEXT} AND k.key <> 'interaction_id' AND ${KEPT}`;
}
