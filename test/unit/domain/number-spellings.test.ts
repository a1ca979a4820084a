/** A number is found and covered in whatever spelling it stands in a text, and nothing else is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meantIn, numbersIn, withoutNumbers } from '../../../src/domain/number-spellings.js';
import { numberSpellings, spelled } from '../../support/number-spellings.js';

const DIGITS = '4915112345678';
const isMeant = (digits: string) => digits === DIGITS;
const stretches = (text: string) => meantIn(text, isMeant).map(({ start, end }) => text.slice(start, end));

describe('a number that is meant', () => {
  it.each([
    ['call +4915112345678 now', '4915112345678'],
    ['004915112345678', '004915112345678'],
    ['0004915112345678', '0004915112345678'],
    ['9004915112345678', '9004915112345678'],
    ['011 49 151 12345678', '011 49 151 12345678'],
    ['+49 (151) 123-45 67/8', '49 (151) 123-45 67/8'],
    ['+49 (0)151 12345678', '49 (0)151 12345678'],
    ['%2B49%20%280%29151%2012345678', '49%20%280%29151%2012345678'],
    ['sip:+4915112345678@host', '4915112345678'],
    ['%2B49%20151%2012345678', '49%20151%2012345678'],
    ['%252B49%2520151%252012345678', '49%2520151%252012345678'],
    ['%34%39%31%35%31%31%32%33%34%35%36%37%38', '%34%39%31%35%31%31%32%33%34%35%36%37%38'],
    ['\\u00349151123\\t45678', '\\u00349151123\\t45678'],
    ['\\\\u0034915112345678', '\\\\u0034915112345678'],
    ['&#52;915112345678', '&#52;915112345678'],
    ['50%4915112345678', '4915112345678'],
    ['a%204915112345678b', '4915112345678'],
    ['4\u00009\u00001\u00005\u00001\u00001\u00002\u00003\u00004\u00005\u00006\u00007\u00008', null],
    ['on 2026-11-29 4915112345678 5 times', '4915112345678'],
    ['４９１５１１２３４５６７８', '４９１５１１２３４５６７８'],
    ['4 9 1 5 1 1 2 3 4 5 6 7 8', '4 9 1 5 1 1 2 3 4 5 6 7 8'],
    ['49151\u201012345678', '49151\u201012345678'],
    ['49\u00c2\u00a0151\u00e2\u0080\u009312345678', '49\u00c2\u00a0151\u00e2\u0080\u009312345678'],
  ])('is found in %s', (text, found) => {
    expect(stretches(text)).toEqual([found ?? text]);
  });

  it.each(['49151123456789', '14915112345678', '4915112345677', '4915112345', '49,15112345678'])(
    'is not found in %s',
    (text) => {
      expect(stretches(text)).toEqual([]);
    },
  );

  it('is covered to its length, and a number of JSON stays one', () => {
    expect(withoutNumbers('{"a":"+4915112345678","b": 4915112345678}', isMeant)).toBe(
      '{"a":"+*************","b": 1000000000000}',
    );
    expect(withoutNumbers('nothing of 4915112345679', isMeant)).toBeNull();
  });

  it('is covered in any spelling, within any text, and what is beside it stays', () => {
    const around = fc.stringMatching(/^[a-z"{}:,= ]{0,20}$/);
    fc.assert(
      fc.property(around, numberSpellings(), around, (before, { digits, spelling }, after) => {
        const text = `${before}x${spelling}y${after}`;
        const covered = withoutNumbers(text, (found) => found === digits);
        expect(covered).not.toBeNull();
        expect(covered).toHaveLength(text.length);
        expect(meantIn(covered ?? '', (found) => found === digits)).toEqual([]);
        expect(covered?.startsWith(`${before}x`)).toBe(true);
        expect(covered?.endsWith(`y${after}`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is found in the spellings that are planted elsewhere', () => {
    for (const spelling of spelled(DIGITS)) expect([spelling, stretches(spelling).length]).toEqual([spelling, 1]);
  });
});

describe('a text of many digits', () => {
  it('is read in steps that grow with its length', () => {
    const text = '12 34 56 '.repeat(2000);
    const count = [...numbersIn(text)].length;
    expect(count).toBeLessThan(6000 * 12);
    expect(count).toBeGreaterThan(6000);
  });
});
