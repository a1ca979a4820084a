import { describe, expect, it } from 'vitest';
import { encodeRecord, type Spelling } from '../../../src/gms/encode-record.js';
import { FIELD_OF_KEY, FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';

const PLAIN: Spelling = { keys: 'upper-case', values: 'texts', nulls: 'omitted', leadingZeros: 0 };
const RECORD = { serviceId: '0a1b', offeredMs: 1_700_000_000_999, offerSeconds: 12, vqConfigType: 'VQ', vqDbid: 0 };

describe('encodeRecord', () => {
  it('writes texts under upper-case names, times as whole seconds rounded down', () => {
    expect(encodeRecord(RECORD, PLAIN)).toEqual({
      _CB_SERVICE_ID: '0a1b',
      _CB_T_CALLBACK_OFFERED: '1700000000',
      _CB_D_CALLBACK_OFFER: '12',
      VQ_CFG_TYPE: 'VQ',
      _CB_DIM_VQ_DBID: '0',
    });
  });

  it('writes numbers as numbers, and texts as texts', () => {
    const body = encodeRecord(RECORD, { ...PLAIN, values: 'numbers' });
    expect(body).toMatchObject({ _CB_SERVICE_ID: '0a1b', _CB_T_CALLBACK_OFFERED: 1_700_000_000, _CB_DIM_VQ_DBID: 0 });
  });

  it('uses the spelling of the request where a key has one', () => {
    const body = encodeRecord(RECORD, { ...PLAIN, keys: 'request' });
    expect(Object.keys(body).sort()).toEqual(
      ['VQ_CFG_TYPE', '_CB_DIM_VQ_DBID', '_CB_SERVICE_ID', '_cb_d_callback_offer', '_cb_t_callback_offered'].sort(),
    );
  });

  it.each([
    ['omitted', {}],
    ['undefined', { _CB_DIM_VQ: 'undefined' }],
    ['null', { _CB_DIM_VQ: 'null' }],
    ['empty', { _CB_DIM_VQ: '' }],
  ] as const)('writes null as %s', (nulls, expected) => {
    expect(encodeRecord({ vq: null }, { ...PLAIN, nulls })).toEqual(expected);
  });

  it('puts leading zeros before numbers only', () => {
    expect(encodeRecord({ vqDbid: 7, vq: '7' }, { ...PLAIN, leadingZeros: 2 })).toEqual({
      _CB_DIM_VQ_DBID: '007',
      _CB_DIM_VQ: '7',
    });
  });

  it('knows every field, and every name leads back to it', () => {
    const record = Object.fromEntries(
      FIELDS.map((field) => [field, ['word', 'text'].includes(pairOf(field).type) ? 'x' : 1]),
    );
    for (const keys of ['upper-case', 'request'] as const) {
      const names = Object.keys(encodeRecord(record, { ...PLAIN, keys }));
      expect(names.map((name) => FIELD_OF_KEY.get(name))).toEqual(FIELDS);
    }
  });
});
