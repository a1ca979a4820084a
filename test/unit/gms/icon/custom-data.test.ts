import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Columns } from '../../../../src/domain/table-rows.js';
import { CustomData, eventsIn } from '../../../../src/gms/icon/custom-data.js';

const KEYS = ['AAA', '_CB_DISPOSITION', '_CB_SERVICE_ID', '_CB_T_SERVICE_START', 'service_name', 'zzz'];
/** The keys of an event, as T-Server sends them. */
const event = fc
  .subarray(KEYS.filter((key) => key !== '_CB_SERVICE_ID'))
  .map((keys) => [...keys, '_CB_SERVICE_ID'].toSorted().map((key) => ({ key })));

describe('events of one moment', () => {
  it('are told apart by the order of their keys', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (events) => {
        expect(eventsIn(events.flat())).toEqual(events);
      }),
    );
  });

  it('are told apart by their first key, where keys have another order', () => {
    const keys = ['_CB_SERVICE_ID', 'b', 'a'].map((key) => ({ key }));
    expect(eventsIn([...keys, ...keys])).toEqual([keys, keys]);
  });

  it('are none where that does not tell them apart', () => {
    const of = (...keys: readonly string[]) => keys.map((key) => ({ key }));
    expect(eventsIn(of('c', '_CB_SERVICE_ID', 'b', 'a', '_CB_SERVICE_ID', 'c'))).toBeNull();
    expect(eventsIn(of('b', 'a', 'b', '_CB_SERVICE_ID'))).toBeNull();
  });
});

function read(lines: readonly (readonly [key: string, value: string, addedTs?: number, call?: string] | 'damaged')[]) {
  let others = 0;
  const reader = new CustomData(new Columns(['CallID', 'EndPointDN', 'KeyName', 'Value', 'Added_ts']), {
    decode: (bytes) => bytes,
    onOther: () => others++,
  });
  const told = lines.flatMap((cells, index) => {
    if (cells === 'damaged') {
      reader.damaged(index + 1);
      return [];
    }
    const [key, value, addedTs = 1_795_161_605, call = ''] = cells;
    const fields = [call, 'REPORTING', key, value, String(addedTs)];
    return [...reader.row({ line: index + 1, fields, text: fields.join(',') })];
  });
  return { told: [...told, ...reader.end()], others };
}

describe('rows of G_CUSTOM_DATA_S', () => {
  it('become the body that was posted, with when it was recorded', () => {
    const { told, others } = read([
      ['_CB_SERVICE_ID', 'a'],
      ['_CB_DIM_VQ', 'Zürich'],
      ['other', '1', 1_795_161_606],
      ['_CB_SERVICE_ID', 'b', 1_795_161_607],
    ]);
    expect(others).toBe(1);
    expect(told).toEqual([
      { line: 1, body: '{"_CB_SERVICE_ID":"a","_CB_DIM_VQ":"Z\\u00fcrich"}', atMs: 1_795_161_605_000, source: null },
      { line: 4, body: '{"_CB_SERVICE_ID":"b"}', atMs: 1_795_161_607_000, source: null },
    ]);
  });

  it('of an event from before there were records become a legacy body', () => {
    const { told } = read([['gms_SessionId', 'x']]);
    expect(told).toMatchObject([
      { body: '{"UserData":{"gms_SessionId":"x"},"AttributeThisDN":"REPORTING","SentToIcon":true}' },
    ]);
  });

  it('damage the events that a damaged row may be one of, and no other', () => {
    const one = (no: number) => ['_CB_SERVICE_ID', `s${no}`, 1_795_161_600 + no] as const;
    const damagedLines = (rows: Parameters<typeof read>[0]) =>
      read(rows).told.flatMap((told) => ('damage' in told ? [told.line] : []));
    expect(damagedLines([one(1), one(2), 'damaged', one(3), one(4)])).toEqual([2, 4]);
    expect(damagedLines([one(1), ['_CB_DIM_VQ', 'q', 1_795_161_602], 'damaged', one(2), one(3)])).toEqual([2]);
    expect(damagedLines(['damaged', one(1), one(2)])).toEqual([2]);
    expect(damagedLines([one(1), one(2), 'damaged'])).toEqual([2]);
  });

  const ofCall = (call: string) =>
    event.map((keys) => keys.map(({ key }) => [key, `of ${call}`, 1_795_161_605, call] as const));
  const calls = fc.tuple(ofCall('1'), ofCall('2'), ofCall('3'));

  it('of several calls in one moment are told by their call, however they are mixed', () => {
    fc.assert(
      fc.property(calls, fc.array(fc.nat({ max: 2 }), { maxLength: 20 }), (apart, turns) => {
        const left = apart.map((rows) => [...rows]);
        const mixed = [...turns, 0, 1, 2].flatMap((turn, index) =>
          index < turns.length ? (left[turn] ?? []).splice(0, 1) : (left[turn] ?? []).splice(0),
        );
        const bodies = (rows: Parameters<typeof read>[0]) =>
          read(rows).told.map((told) => ('body' in told ? told.body : told.damage));
        expect(bodies(mixed).sort()).toEqual(bodies(apart.flat()).sort());
        expect(bodies(mixed)).toHaveLength(3);
      }),
    );
  });

  it('that are mixed may all lack the one that is damaged', () => {
    const row = (key: string, call: string) => [key, 'x', 1_795_161_605, call] as const;
    const [a, b] = ['_CB_DISPOSITION', '_CB_SERVICE_ID'];
    const later = ['_CB_SERVICE_ID', 'y', 1_795_161_609, '4'] as const;
    const { told } = read([row(a, '1'), row(a, '2'), row(a, '3'), 'damaged', row(b, '2'), row(b, '3'), later]);
    expect(told.map((one) => 'damage' in one)).toEqual([true, true, true, false]);
  });
});
