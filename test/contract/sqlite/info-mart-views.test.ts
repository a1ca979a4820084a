import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIMENSIONS } from '../../../src/gms/info-mart.js';
import { FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import { columnOf } from '../../../src/gms/record-columns.js';
import { type Connection, openForWriting } from '../../../src/sqlite/database.js';
import { Dimensions } from '../../../src/apply/dimensions.js';
import { DimensionTables } from '../../../src/sqlite/dimension-tables.js';
import { createInfoMartViews } from '../../../src/sqlite/info-mart-views.js';
import { migrate } from '../../../src/sqlite/migrate.js';
import { aFullRecord, aRecord, finish, insertAttachment, insertEvent } from '../../support/callback-rows.js';
import { HAS_FACTS, kvpFacts } from '../../support/facts.js';
import { removeFolder } from '../../support/folders.js';
import { digest, T0 } from '../../support/notifications.js';

let folder: string;
let db: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-views-'));
  db = openForWriting(join(folder, 'test.db'));
  migrate(db);
  createInfoMartViews(db);
});
afterEach(() => {
  db.close();
  removeFolder(folder);
});

type Row = Record<string, unknown>;
const all = (sql: string) => db.prepare(sql).all() as Row[];
const one = (sql: string) => {
  const rows = all(sql);
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
};
const columnsOf = (table: string) => db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all();
const schemaCounter = () => db.pragma('schema_version', { simple: true });

const EVERYTHING = `SELECT * FROM CALLBACK_FACT AS f
  ${DIMENSIONS.map(({ table, factKey, id }) => `JOIN ${table} ON ${table}.${id} = f.${factKey}`).join('\n  ')}`;

/** Info Mart's default by the table's nature; the five mandatory ones are said. */
function absent(table: string, column: string, type: string): unknown {
  if (column === 'TENANT_KEY') return -1;
  const isText = type === 'string' || type === 'enum';
  if (table === 'CALLBACK_FACT') return isText ? null : 0;
  return isText ? 'UNKNOWN' : 0;
}

describe('the columns', () => {
  it.each(FIELDS.filter((field) => field !== 'serviceId'))('of both tables hold the field %s', (field) => {
    expect(columnsOf('callback_events')).toContain(columnOf(field));
    expect(columnsOf('callbacks')).toContain(columnOf(field));
  });

  it('of the fact table stand in the order of the documentation', () => {
    const columns = columnsOf('CALLBACK_FACT');
    expect(columns.slice(0, 12)).toEqual([
      ...['ADDED_TS', 'EVENT_SEQUENCE', 'TENANT_KEY', 'SERVICE_ID', 'FINAL_RECORD', 'START_DATE_TIME_KEY'],
      ...['RESOURCE_KEY', 'CALLBACK_DIM_1_KEY', 'CALLBACK_DIM_2_KEY', 'CALLBACK_DIM_3_KEY', 'CALLBACK_DIM_4_KEY'],
      'CALLBACK_DIAL_RESULTS_KEY',
    ]);
    expect(columns.slice(-2)).toEqual(['SOURCE', 'AFTER_FINAL']);
    expect(new Set(columns).size).toBe(columns.length);
  });

  it.each([
    ['CALLBACK_DIM_1', ['ID', 'CHANNEL', 'CALLBACK_OFFER_TYPE', 'CALLBACK_TYPE', 'CONNECT_ORDER']],
    ['CALLBACK_DIM_2', ['ID', 'DIAL_DIALOG_RESULT', 'CALL_DIRECTION', 'FINAL_DIAL_RESULT', 'OFFER_TIMING']],
    ['CALLBACK_DIM_3', ['ID', 'DISPOSITION', 'FINAL_TARGET']],
    ['CALLBACK_DIM_4', ['ID', 'ABANDONED_DURING_CB_OFFER', 'DIAL_IGNORING_AVAILABILITY']],
    ['CALLBACK_DIAL_RESULTS', ['ID', ...[1, 2, 3, 4, 5].map((attempt) => `DIAL_${attempt}_RESULT`)]],
    ['RESOURCE_', ['RESOURCE_KEY', 'RESOURCE_NAME', 'RESOURCE_CFG_DBID', 'RESOURCE_CFG_TYPE', 'RESOURCE_CFG_TYPE_ID']],
  ])('of %s are the vendor’s', (table, columns) => {
    expect(columnsOf(table)).toEqual(columns);
  });
});

describe.skipIf(!HAS_FACTS)('an event that says only the mandatory keys', () => {
  const mandatory: Row = {
    SERVICE_ID: 'service-1',
    SERVICE_START_TS: T0 / 1000,
    START_DATE_TIME_KEY: T0 / 1000,
    CALLBACK_OFFER_TIME: 12,
    CALLBACK_OFFERED: 1,
    CALLBACK_OFFERED_TS: T0 / 1000,
  };
  const facts = (HAS_FACTS ? kvpFacts() : []).flatMap(({ table, columns, type }) =>
    columns.filter((column) => column !== 'RESOURCE_KEY').map((column) => ({ table: table ?? '', column, type })),
  );

  it('shows the vendor’s default in every other column of the facts', () => {
    insertEvent(db, aRecord());
    const shown = facts.map(({ table, column }) => [column, one(`SELECT ${column} FROM ${table}`)[column]]);
    const expected = facts.map(({ table, column, type }) => [column, mandatory[column] ?? absent(table, column, type)]);
    expect(shown).toEqual(expected);
    expect(shown.length).toBeGreaterThanOrEqual(61);
    expect(one('SELECT * FROM RESOURCE_')).toEqual({
      RESOURCE_KEY: one('SELECT RESOURCE_KEY FROM CALLBACK_FACT')['RESOURCE_KEY'],
      RESOURCE_NAME: 'UNKNOWN',
      RESOURCE_CFG_DBID: 0,
      RESOURCE_CFG_TYPE: 'UNKNOWN',
      RESOURCE_CFG_TYPE_ID: 0,
    });
  });
});

describe('a record after the join of all dimensions', () => {
  const queue: Readonly<Record<string, string>> = {
    vq: 'RESOURCE_NAME',
    vqDbid: 'RESOURCE_CFG_DBID',
    vqConfigType: 'RESOURCE_CFG_TYPE',
    vqConfigTypeId: 'RESOURCE_CFG_TYPE_ID',
  };

  it('shows the value of each field in its column', () => {
    const record = aFullRecord();
    insertEvent(db, aRecord({ serviceId: 'another one', channel: 'WEB', vq: 'VQ_Other' }));
    insertEvent(db, record);
    const row = one(`${EVERYTHING} WHERE f.SERVICE_ID = '${record.serviceId}'`);
    const fields = FIELDS.filter((field) => pairOf(field).infoMart);
    expect(fields).toHaveLength(64);
    for (const field of fields) {
      const column = queue[field] ?? pairOf(field).infoMart?.columns[0] ?? '';
      const value = record[field];
      const seconds = pairOf(field).type === 'timestamp' ? Number(value) / 1000 : value;
      expect({ [column]: row[column] }).toEqual({ [column]: seconds });
    }
    expect(row['START_DATE_TIME_KEY']).toBe(Math.floor((record.serviceStartMs ?? 0) / 900_000) * 900);
    expect(row).toMatchObject({ SOURCE: 'default', ADDED_TS: T0 / 1000 + 5, EVENT_SEQUENCE: 1 });
  });

  it('is one row an event, whatever the events share', () => {
    for (const serviceId of ['a', 'b', 'c']) {
      insertEvent(db, aRecord({ serviceId, channel: 'IVR' }));
      insertEvent(db, aRecord({ serviceId, channel: 'IVR', finalRecord: 1, disposition: 'COMPLETED.AGENT' }));
    }
    expect(all(EVERYTHING)).toHaveLength(6);
    expect(all('SELECT * FROM CALLBACK_DIM_1')).toHaveLength(1);
    expect(all('SELECT * FROM CALLBACK_DIM_3')).toHaveLength(2);
  });

  it('does not lose an event after the final record that lacks mandatory keys', () => {
    insertEvent(db, aRecord({ serviceStartMs: null, offerSeconds: null, offered: null, offeredMs: null }), {
      isLate: true,
    });
    expect(one(EVERYTHING)).toMatchObject({
      ...{ SERVICE_START_TS: 0, START_DATE_TIME_KEY: 0, CALLBACK_OFFER_TIME: null, CALLBACK_OFFERED: 0 },
      ...{ CALLBACK_OFFERED_TS: null, AFTER_FINAL: 1 },
    });
  });
});

describe('keys of dimensions', () => {
  const keysOf = (parts: Parameters<typeof aRecord>[0]) =>
    new Dimensions(new DimensionTables(db), digest).keysOf(aRecord(parts));

  it('are equal for equal content and differ for different content', () => {
    const first = keysOf({ disposition: 'ab', finalTarget: 'c' });
    expect(keysOf({ disposition: 'ab', finalTarget: 'c', serviceId: 'another' })).toEqual(first);
    expect(keysOf({ disposition: 'a', finalTarget: 'bc' })).not.toEqual(first);
    expect(all('SELECT DISPOSITION, FINAL_TARGET FROM CALLBACK_DIM_3 ORDER BY 1')).toEqual([
      { DISPOSITION: 'a', FINAL_TARGET: 'bc' },
      { DISPOSITION: 'ab', FINAL_TARGET: 'c' },
    ]);
  });

  it('have their rows again after a rollback, once told to forget', () => {
    const dimensions = new Dimensions(new DimensionTables(db), digest);
    db.exec('BEGIN');
    const { dimension1Key } = dimensions.keysOf(aRecord({ channel: 'WEB' }));
    db.exec('ROLLBACK');
    dimensions.dropMemory();
    expect(dimensions.keysOf(aRecord({ channel: 'WEB' })).dimension1Key).toBe(dimension1Key);
    expect(one('SELECT ID, CHANNEL FROM CALLBACK_DIM_1')).toEqual({ ID: dimension1Key, CHANNEL: 'WEB' });
  });

  it('stay right beyond the number that is kept in memory', () => {
    const dimensions = new Dimensions(new DimensionTables(db), digest);
    const targets = Array.from({ length: 10_050 }, (_, index) => `agent ${index}`);
    db.transaction(() => {
      for (const finalTarget of [...targets, ...targets.slice(0, 10)]) dimensions.keysOf(aRecord({ finalTarget }));
    })();
    expect(one('SELECT count(*) AS held, count(DISTINCT FINAL_TARGET) AS targets FROM CALLBACK_DIM_3')).toEqual({
      held: 10_050,
      targets: 10_050,
    });
  });
});

describe('AFTER_FINAL', () => {
  const flags = () => all('SELECT FINAL_RECORD, AFTER_FINAL FROM CALLBACK_FACT ORDER BY EVENT_SEQUENCE');
  const start = aRecord();
  const end = aRecord({ finalRecord: 1 });

  it('is 0 for every event of an open callback, and for the final event that counts', () => {
    insertEvent(db, start, { digest: 'start' });
    expect(flags()).toEqual([{ FINAL_RECORD: 0, AFTER_FINAL: 0 }]);
    insertEvent(db, end, { digest: 'end' });
    finish(db, end, 'end');
    expect(flags()).toEqual([
      { FINAL_RECORD: 0, AFTER_FINAL: 0 },
      { FINAL_RECORD: 1, AFTER_FINAL: 0 },
    ]);
  });

  it('is 1 for further final events, and for others as they were stored', () => {
    insertEvent(db, end, { digest: 'end' });
    insertEvent(db, start, { digest: 'start', isLate: true });
    insertEvent(db, end, { digest: 'wrap-up', isLate: true });
    finish(db, end, 'end');
    expect(flags()).toEqual([
      { FINAL_RECORD: 1, AFTER_FINAL: 0 },
      { FINAL_RECORD: 0, AFTER_FINAL: 1 },
      { FINAL_RECORD: 1, AFTER_FINAL: 1 },
    ]);
  });

  it('changes sides when the final event that counts came second: always one row a finished callback', () => {
    insertEvent(db, end, { digest: 'first' });
    insertEvent(db, end, { digest: 'second', isLate: true });
    finish(db, end, 'second');
    expect(flags()).toEqual([
      { FINAL_RECORD: 1, AFTER_FINAL: 1 },
      { FINAL_RECORD: 1, AFTER_FINAL: 0 },
    ]);
  });
});

describe('the views in ICON’s shape', () => {
  const received = JSON.stringify({
    _CB_SERVICE_ID: 'service-1',
    _CB_T_SERVICE_START: '01700000000',
    own_key: '',
    list: { nested: '1' },
    array: ['1'],
    nothing: null,
  });

  it('show one row an event and key, as text and as received, without nested lists', () => {
    insertEvent(db, aRecord({ originationIxnId: 'call-7' }), { received });
    const common = {
      ...{ CALLID: 'call-7', ENDPOINTDN: null, ADDED_TS: T0 / 1000 + 5 },
      ...{ SERVICE_ID: 'service-1', SOURCE: 'default', EVENT_SEQUENCE: 1 },
    };
    expect(all('SELECT * FROM G_CUSTOM_DATA_S ORDER BY KEYNAME')).toEqual([
      { ...common, KEYNAME: '_CB_SERVICE_ID', VALUE: 'service-1' },
      { ...common, KEYNAME: '_CB_T_SERVICE_START', VALUE: '01700000000' },
      { ...common, KEYNAME: 'own_key', VALUE: '' },
    ]);
  });

  it('show values as text even where they stand as numbers or as true and false', () => {
    insertEvent(db, aRecord(), { received: '{"a":1700000000,"b":true,"c":0.5}' });
    expect(all('SELECT KEYNAME, VALUE, typeof(VALUE) AS type FROM G_CUSTOM_DATA_S ORDER BY KEYNAME')).toEqual([
      { KEYNAME: 'a', VALUE: '1700000000', type: 'text' },
      { KEYNAME: 'b', VALUE: 'true', type: 'text' },
      { KEYNAME: 'c', VALUE: '0.5', type: 'text' },
    ]);
  });

  it('show the keys attached to a call', () => {
    const attached = { interaction_id: 'call-7', _CB_SERVICE_ID: 'service-1', _CB_T_CALLBACK_ACCEPTED: '1700000000' };
    insertAttachment(db, 'service-1', 'call-7', JSON.stringify(attached));
    const common = { CALLID: 'call-7', ADDED_TS: T0 / 1000 + 4, SERVICE_ID: 'service-1', SOURCE: 'default' };
    expect(all('SELECT * FROM G_USERDATA_HISTORY ORDER BY KEYNAME')).toEqual([
      { ...common, KEYNAME: '_CB_SERVICE_ID', VALUE: 'service-1' },
      { ...common, KEYNAME: '_CB_T_CALLBACK_ACCEPTED', VALUE: '1700000000' },
    ]);
  });
});

describe('the views themselves', () => {
  it('are left alone when they are as they should be', () => {
    const before = schemaCounter();
    createInfoMartViews(db);
    expect(schemaCounter()).toBe(before);
  });

  it('are put right when an earlier version made them otherwise, or when one is missing', () => {
    insertEvent(db, aRecord());
    const before = one('SELECT * FROM CALLBACK_FACT');
    db.exec('DROP VIEW CALLBACK_FACT; CREATE VIEW CALLBACK_FACT AS SELECT 1 AS ADDED_TS; DROP VIEW RESOURCE_;');
    createInfoMartViews(db);
    expect(one('SELECT * FROM CALLBACK_FACT')).toEqual(before);
    expect(all('SELECT * FROM RESOURCE_')).toHaveLength(1);
  });
});
