import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitArray } from '../../../src/ingest/split-array.js';

describe('the elements of a JSON array', () => {
  it.each([
    ['[]', []],
    [' [ \n ] ', []],
    ['[1]', ['1']],
    ['[ 1 ,\t"a,b" , null ]', ['1', '"a,b"', 'null']],
    ['[{"a":[1,2]},[3,[4]]]', ['{"a":[1,2]}', '[3,[4]]']],
    [String.raw`["\"],[","\\",{"]":"}"}]`, [String.raw`"\"],["`, String.raw`"\\"`, '{"]":"}"}']],
    ['\xef\xbb\xbf[1,2]', ['1', '2']],
    ['[1.50,1e2 , -0]', ['1.50', '1e2', '-0']],
  ])('of %j are those texts, byte for byte', (text, elements) => {
    expect(splitArray(text)).toEqual(elements);
  });

  it('are, parsed one by one, what the array holds, whatever it is and however it is written', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, 2, '\t'), (array, indent) => {
        const elements = splitArray(JSON.stringify(array, null, indent));

        expect(elements.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(array)));
      }),
      { numRuns: 1000 },
    );
  });

  it('keep every byte: duplicate keys, escapes, long numbers and blanks inside', () => {
    const element = fc.constantFrom(
      '{"a":1,"a":2}',
      '{ "a" :\t1 }',
      '"\\u00fc\xfc"',
      '12345678901234567890',
      '1.000',
      '{"a,":"[\\\\"}',
      '[ ]',
    );
    const blank = fc.constantFrom('', ' ', '\n', ' \t');
    fc.assert(
      fc.property(fc.array(fc.tuple(blank, element, blank)), (parts) => {
        expect(splitArray(`[${parts.map((part) => part.join('')).join(',')}]`)).toEqual(parts.map(([, text]) => text));
      }),
    );
  });

  it('are found in a text of many brackets and quotes that stand in strings', () => {
    const hostile = fc.array(fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', ':', ' ', 'a'), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(hostile.map((parts) => parts.join(''))), (texts) => {
        expect(splitArray(JSON.stringify(texts))).toEqual(texts.map((text) => JSON.stringify(text)));
      }),
    );
  });
});
