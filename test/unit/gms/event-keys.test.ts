import { describe, expect, it } from 'vitest';
import type { Body } from '../../../src/domain/json.js';
import { unwrap } from '../../../src/gms/event-keys.js';

const unwrapped = (body: Body) => unwrap(body, (value) => JSON.stringify(value));

describe('the keys of an event', () => {
  it('are its own when nothing wraps them', () => {
    const body = { _CB_DIM_VQ: 'A', _cb_dim_vq: 'B' };

    expect(unwrapped(body)).toEqual({ keys: body, warnings: [] });
  });

  it.each(['UserData', 'userdata', 'USERDATA', 'userData', 'user_data', '_UserData', 'User-Data'])(
    'are those in %s and those beside it',
    (wrapper) => {
      expect(unwrapped({ Site: 1, [wrapper]: { _CB_DIM_VQ: 'A' } })).toEqual({
        keys: { Site: 1, _CB_DIM_VQ: 'A' },
        warnings: [],
      });
    },
  );

  it('stand in wrappers within wrappers too, the innermost before the others', () => {
    const body = { a: 1, b: 1, UserData: { b: 2, c: 2, UserData: { c: 3, d: 3 } } };

    expect(unwrapped(body)).toEqual({
      keys: { a: 1, b: 2, c: 3, d: 3, 'b (beside UserData)': 1, 'c (beside UserData)': 2 },
      warnings: [
        { field: 'c', rule: 'equal to c in UserData', found: '2' },
        { field: 'b', rule: 'equal to b in UserData', found: '1' },
      ],
    });
  });

  it('are opened so deep and no deeper', () => {
    const nested = Array.from({ length: 9 }).reduce<Body>((body) => ({ UserData: body }), { a: 1 });
    const { keys } = unwrapped(nested);

    expect(Object.keys(keys)).toEqual(['UserData']);
    expect(JSON.stringify(keys)).toContain('"a":1');
  });

  it.each([
    ['_CB_DIM_VQ', 'A', 'B'],
    ['_cb_dim_vq', 'A', 'B'],
    ['_CB_N_CALLBACK_OFFERED', 1, 0],
    ['_CB_T_SERVICE_START', 1_795_161_600, 1_795_161_601],
    ['_CB_DIM_CHANNEL', 'WEB', 'IVR'],
    ['Site', 'x', 'y'],
    ['Site', { a: 1 }, { a: 2 }],
    ['_CB_FINAL_RECORD', 'maybe', 1],
  ])('that differ inside and beside are both kept, and told: %s', (key, inside, beside) => {
    expect(unwrapped({ [key]: beside, UserData: { [key.toUpperCase()]: inside, [key]: inside } })).toMatchObject({
      keys: { [key]: inside, [`${key} (beside UserData)`]: beside },
      warnings: [{ field: key, found: JSON.stringify(beside) }],
    });
  });

  it.each([
    ['_CB_DIM_VQ', 'A', ' A '],
    ['_CB_N_CALLBACK_OFFERED', '01', 1],
    ['_CB_T_SERVICE_START', '1795161600000', 1_795_161_600],
    ['_CB_DIM_OFFER_TIMING', 'OFF_HOURS', 'off-hours'],
    ['_CB_FINAL_RECORD', 'true', 1],
    ['Site', 7, '7'],
    ['Site', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ])('that mean the same inside and beside are one: %s', (key, inside, beside) => {
    const { keys, warnings } = unwrapped({ [key]: beside, UserData: { [key]: inside } });

    expect([keys, warnings]).toEqual([{ [key]: inside }, []]);
  });

  it.each([
    ['_CB_DIM_VQ', '', 'A'],
    ['_CB_DIM_VQ', 'undefined', 'A'],
    ['_CB_DIM_VQ', null, 'A'],
    ['_CB_N_CALLBACK_MEDIA_ATTEMPTS', 0, 2],
    ['Site', 'null', 'x'],
  ])('that say something beside and nothing inside are those beside: %s', (key, inside, beside) => {
    expect(unwrapped({ [key]: beside, UserData: { [key]: inside } })).toEqual({
      keys: { [key]: beside },
      warnings: [],
    });
    expect(unwrapped({ [key]: inside, UserData: { [key]: beside } })).toEqual({
      keys: { [key]: beside },
      warnings: [],
    });
  });

  it('may be named like what every object has', () => {
    const body = JSON.parse('{"__proto__":1,"constructor":2,"UserData":{"__proto__":3,"toString":4}}') as Body;

    expect(Object.entries(unwrapped(body).keys)).toEqual([
      ['__proto__', 3],
      ['toString', 4],
      ['__proto__ (beside UserData)', 1],
      ['constructor', 2],
    ]);
  });

  it('are put together in linear time', () => {
    const many = (from: number) => Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${from + n}`, n]));

    expect(Object.keys(unwrapped({ ...many(10_000), UserData: many(0) }).keys)).toHaveLength(40_000);
  });
});
