import { describe, expect, it } from 'vitest';
import type { CallbackRecord } from '../../../src/domain/callback-record.js';
import {
  type Dimension,
  DIMENSION_1,
  DIMENSION_3,
  DIMENSION_4,
  DIMENSIONS,
  dimensionKey,
  dimensionRow,
  FACT_COLUMNS,
  RESOURCE,
  startDateTimeKey,
} from '../../../src/gms/info-mart.js';
import { FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import { digest } from '../../support/notifications.js';

function aRecord(parts: Partial<CallbackRecord>): CallbackRecord {
  return { ...(Object.fromEntries(FIELDS.map((field) => [field, null])) as unknown as CallbackRecord), ...parts };
}
const keyOf = (dimension: Dimension, parts: Partial<CallbackRecord>) =>
  dimensionKey(dimension, dimensionRow(dimension, aRecord(parts)), digest);

describe('the dimensions', () => {
  it('hold each field of the registry that has a column, once, or the fact table does', () => {
    const held = [
      ...DIMENSIONS.flatMap(({ columns }) => columns),
      ...FACT_COLUMNS.map((one) => [one.column, one.field]),
    ]
      .map(([, field]) => field)
      .sort();
    expect(held).toEqual(FIELDS.filter((field) => pairOf(field).infoMart).sort());
  });

  it('hold the fields that the registry puts into their table, under its names', () => {
    for (const { table, columns } of DIMENSIONS.filter((dimension) => dimension !== RESOURCE)) {
      const expected = FIELDS.filter((field) => pairOf(field).infoMart?.table === table);
      expect(columns.map(([, field]) => field).sort()).toEqual([...expected].sort());
      for (const [column, field] of columns) expect(pairOf(field).infoMart?.columns).toEqual([column]);
    }
  });

  it('name the queue by the four keys that make a RESOURCE_KEY', () => {
    const expected = FIELDS.filter((field) => pairOf(field).infoMart?.columns.includes('RESOURCE_KEY'));
    expect(RESOURCE.columns.map(([, field]) => field).sort()).toEqual([...expected].sort());
  });

  it('show UNKNOWN and 0 for what was not reported', () => {
    expect(DIMENSIONS.map((dimension) => dimensionRow(dimension, aRecord({})))).toEqual([
      ['UNKNOWN', 0, 'UNKNOWN', 0],
      ['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN'],
      ['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN'],
      ['UNKNOWN', 'UNKNOWN'],
      [0, 0],
      ['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN'],
    ]);
  });
});

describe('a dimension’s key', () => {
  it('is the same for equal content, whatever else the record says', () => {
    const words = { channel: 'WEB', callbackType: 'SCHEDULED' };
    expect(keyOf(DIMENSION_1, words)).toBe(keyOf(DIMENSION_1, { ...words, serviceId: 'another', attempts: 3 }));
    expect(keyOf(DIMENSION_4, {})).toBe(keyOf(DIMENSION_4, { abandonedDuringOffer: 0 }));
  });

  it('differs where the same characters are split otherwise, stand elsewhere or in another dimension', () => {
    const keys = [
      keyOf(DIMENSION_3, { disposition: 'ab', finalTarget: 'c' }),
      keyOf(DIMENSION_3, { disposition: 'a', finalTarget: 'bc' }),
      keyOf(DIMENSION_3, { disposition: 'c', finalTarget: 'ab' }),
      ...DIMENSIONS.map((dimension) => keyOf(dimension, {})),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('never changes: rows of years hang on it, in both kinds of database', () => {
    const said = {
      ...{ vq: 'VQ_Sales', vqDbid: 7, channel: 'IVR', offerTiming: 'ON-HOURS' },
      ...{ disposition: 'COMPLETED.AGENT', ignoringAvailability: 1, dial1Result: 'PERSON' },
    };
    expect(DIMENSIONS.map((dimension) => keyOf(dimension, said))).toEqual([
      191893367295389, 41377575184282, 99920634543725, 76790286368328, 267420811916669, 254204402700964,
    ]);
  });

  it('is never 0', () => {
    expect(dimensionKey(DIMENSION_4, [0, 0], () => 'A'.repeat(22))).toBe(1);
  });
});

describe('the key of the start', () => {
  const at = (time: string) => startDateTimeKey(aRecord({ serviceStartMs: Date.parse(time) }));

  it.each([
    ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00Z'],
    ['2026-11-20T08:14:59.999Z', '2026-11-20T08:00:00Z'],
    ['2026-11-20T08:15:00Z', '2026-11-20T08:15:00Z'],
  ])('of %s is the quarter of an hour from %s', (start, interval) => {
    expect(at(start)).toBe(Date.parse(interval) / 1000);
  });

  it('is 0 when no start was reported', () => {
    expect(startDateTimeKey(aRecord({}))).toBe(0);
  });
});
