import { describe, expect, it } from 'vitest';
import { factKey, nameKey, namesOf, vendorStateEntered, vendorStateOf } from '../../../src/ocs/info-mart.js';

const TIE = { rank: 4, contentDigest: 'content' };

describe('the vendor’s state', () => {
  it.each([
    ['active', 1],
    ['running', 2],
    ['waiting_unload', 3],
    ['unload_in_progress', 3],
    ['inactive', 0],
    ['not_loaded', 0],
    [null, 0],
  ])('of %s is %s', (state, expected) => {
    expect(vendorStateOf(state)).toBe(expected);
  });

  it.each([
    ['waiting_unload', 'unload_in_progress', false, null],
    ['running', 'running', false, null],
    ['inactive', 'not_loaded', false, null],
    ['running', 'not_loaded', false, 0],
    ['active', 'running', false, 2],
    ['active', 'active', true, 1],
  ])('that is entered from %s to %s, a session beginning: %s, is %s', (fromState, toState, begins, expected) => {
    expect(vendorStateEntered({ fromState, toState }, begins)).toBe(expected);
  });
});

describe('keys', () => {
  it('of facts differ by group, time, rank and content', () => {
    const keys = [
      factKey('one', 1000, TIE),
      factKey('other', 1000, TIE),
      factKey('one', 1001, TIE),
      factKey('one', 1000, { ...TIE, rank: 8 }),
      factKey('one', 1000, { ...TIE, contentDigest: 'else' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(factKey('one', 1000, TIE)).toBe(keys[0]);
  });

  it('of names go by source and tenant, of tenants by their CCID, too', () => {
    const attributes = { tenant: 'Resources', tenantCcid: '1', campaign: 'Sale', group: 'Sale' };
    const keysOf = (source: string, parts: Partial<typeof attributes> = {}) =>
      Object.values(namesOf(source, { ...attributes, ...parts })).map(nameKey);
    const keys = keysOf('default');
    expect(new Set(keys).size).toBe(3);
    const changed = (other: readonly number[]) => keys.map((key, n) => key !== other[n]);
    expect(changed(keysOf('other'))).toEqual([true, true, true]);
    expect(changed(keysOf('default', { tenant: 'Other' }))).toEqual([true, true, true]);
    expect(changed(keysOf('default', { tenantCcid: '2' }))).toEqual([true, false, false]);
    expect(changed(keysOf('default', { campaign: 'Other' }))).toEqual([false, true, false]);
    expect(changed(keysOf('default', { group: 'Other' }))).toEqual([false, false, true]);
  });
});
