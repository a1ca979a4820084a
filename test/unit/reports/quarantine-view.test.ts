import { describe, expect, it } from 'vitest';
import { shownViolations } from '../../../src/reports/quarantine-view.js';

const NUMBER = '"+49 (151) 123-45678"';

const shown = (field: string, found: string) => shownViolations([{ field, rule: 'a rule', found }], 'masked')[0]?.found;

describe('what was found in a campaign post', () => {
  it.each([
    ['GSW_DATE_TIME', '"11/28/2026 14:05"'],
    ['GSW_STAT_HIT_RATIO', '"12.345.678,9"'],
    ['GSW_STAT_TIME_TO_COMPLETE', '-123456789'],
    ['GSW_LISTS/0/GSW_STAT_HIT_RATIO', '"1234 5678"'],
    ['GSW_LISTS/Mobile numbers/GSW_STAT_HIT_RATIO', '"1234 5678"'],
    ['GSW_QUEUE_NAME (bytes)', '"8001 8002 8003"'],
    ['GSW_NEW', '"11/28/2026 14:05"'],
    ['GSW_NEW', '{"from":"11/28/2026"}'],
    ['when', '"11/28/2026 14:05 +0100"'],
  ])('is shown whole: %s %s', (field, found) => {
    expect(shown(field, found)).toBe(found);
  });

  it.each([
    ['phone', NUMBER, '***'],
    ['GSW_PHONE', '"4915112345678"', '***'],
    ['note', NUMBER, '"***5678"'],
    ['note', '"0151 12345678"', '"***5678"'],
    ['GSW_NEW', NUMBER, '"***5678"'],
    ['GSW_NEW', '{"phone":"491511234567', '{"phone":"***4567'],
    ['_CB_NEW', '"0151 12345678"', '"***5678"'],
    ['', 'Unexpected token in "0151 12345678"', 'Unexpected token in "***5678"'],
  ])('is masked where it may be a customer’s: %s %s', (field, found, masked) => {
    expect(shown(field, found)).toBe(masked);
  });
});

describe('what the service counted', () => {
  it.each(['50000000 bytes', '50000000 bytes or more', '10000000 levels', '10000000 NUL', '10000000 more'])(
    'is shown whole: %s',
    (found) => {
      expect(shown('', found)).toBe(found);
      expect(shown('', `"${found}"`)).not.toBe(`"${found}"`);
    },
  );
});

describe('what was found in a callback body', () => {
  it.each([
    ['_CB_T_SERVICE_START', '"11/28/2026 14:05"'],
    ['_CB_T_SERVICE_START', '"2026-11-28T14:05:00+01:00"'],
    ['UserData/_CB_D_CALLBACK_OFFER', '"12 345 678"'],
    ['_CB_DIM_VQ (bytes)', '"VQ 1234567"'],
    ['_CB_N_CALLBACK_OFFERED', '1795874114000'],
  ])('is shown whole under a key that holds no number to call: %s %s', (field, found) => {
    expect(shown(field, found)).toBe(found);
  });

  it.each([
    ['_CB_T_SERVICE_START', NUMBER, '"***5678"'],
    ['_CB_DISPOSITION', '"0151 12345678"', '"***5678"'],
    ['_CB_CUSTOMER_ANI (bytes)', '"0151"', '***'],
    ['_CB_CUSTOMER_ANI (beside UserData)', '"0151"', '***'],
    ['OtherDN (beside UserData) (again)', '"0151"', '***'],
    ['UserData/phone', '"0151"', '***'],
  ])('is masked elsewhere: %s %s', (field, found, masked) => {
    expect(shown(field, found)).toBe(masked);
  });
});
