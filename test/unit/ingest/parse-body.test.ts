import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { MAX_DEPTH, parseBody, shorten } from '../../../src/ingest/parse-body.js';

const parse = (text: string) => parseBody(Buffer.from(text).toString('latin1'), decodeTextIn('utf-8'));
const valueIn = (text: string) => {
  const body = parse(text);
  return body.ok ? body.value : body.violation;
};
const violationsIn = (text: string) => {
  const body = parse(text);
  return body.ok ? body.violations : [body.violation];
};
const nested = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);

/** A value as parsed: integers too long to be exact as numbers are text. */
function asParsed(value: unknown): unknown {
  if (typeof value === 'number') return /^-?\d{16,}$/.test(String(value)) ? String(value) : value;
  if (Array.isArray(value)) return value.map(asParsed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asParsed(item)]));
}

describe('a body', () => {
  it('of any JSON value is that value, without violations', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);

        expect(parse(text)).toEqual({ ok: true, value: asParsed(JSON.parse(text)), text, violations: [] });
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', ' ', '\r\n\t'])('of %j is empty', (text) => {
    expect(violationsIn(text)).toEqual([{ field: '', rule: 'not empty', found: 'an empty body' }]);
  });

  it.each([
    '{',
    '{"a":1,}',
    '{"a":1}{"a":1}',
    "{'a':1}",
    'a=1&b=2',
    '{1234567890123456789:1}',
    '[01234567890123456789]',
  ])('of %j is not JSON', (text) => {
    expect(violationsIn(text)).toMatchObject([{ field: '', rule: 'JSON' }]);
  });

  it('with bytes that are not UTF-8 is read with replacement', () => {
    expect(parseBody('{"a":"M\xfcller"}', decodeTextIn('utf-8'))).toMatchObject({ value: { a: 'M\ufffdller' } });
  });

  it('of a source with another encoding is read in that', () => {
    expect(parseBody('{"a":"M\xfcller"}', decodeTextIn('windows-1252'))).toMatchObject({ value: { a: 'Müller' } });
  });

  it('of two values that only their bytes tell apart under one key says that they differ', () => {
    expect(parseBody('{"a":"\xe9","a":"\xe8"}', decodeTextIn('utf-8'))).toMatchObject({
      violations: [{ field: 'a', fatal: true }],
    });
    expect(parseBody('{"a":"\xe9","a":"\xe9"}', decodeTextIn('utf-8'))).toMatchObject({
      violations: [{ field: 'a', fatal: false }],
    });
  });

  it('may begin with a byte order mark', () => {
    expect(parse('\ufeff{"a":"b"}')).toMatchObject({ ok: true, value: { a: 'b' }, violations: [] });
  });
});

describe('nesting', () => {
  it(`of ${MAX_DEPTH} levels is accepted, of one more refused`, () => {
    expect(parse(nested(MAX_DEPTH)).ok).toBe(true);
    expect(parse('{"a":'.repeat(MAX_DEPTH) + '1' + '}'.repeat(MAX_DEPTH)).ok).toBe(true);
    expect(violationsIn(nested(MAX_DEPTH + 1))).toEqual([
      { field: '', rule: 'nested at most 32 deep', found: '33 levels' },
    ]);
  });

  it('is told apart from width in 20 KB of brackets', () => {
    const wide = `[${Array.from({ length: 330 }, () => nested(MAX_DEPTH - 1)).join(',')}]`;

    expect(wide.length).toBeGreaterThan(20_000);
    expect(parse(wide).ok).toBe(true);
    expect(violationsIn(nested(10_000))).toMatchObject([{ found: '10000 levels' }]);
    expect(parse(wide.replace('[]', '[[]]')).ok).toBe(false);
  });

  it('does not count brackets within strings, escaped quotes and backslashes included', () => {
    const text = JSON.stringify({ a: '['.repeat(100), b: `\\"${'{'.repeat(100)}`, ['"['.repeat(50)]: '\\' });

    expect(violationsIn(text)).toEqual([]);
    expect(parse(text).ok).toBe(true);
  });
});

describe('a number', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['1234567890123456', '1234567890123456'],
    ['123456789012345', 123_456_789_012_345],
    ['-123456789012345', -123_456_789_012_345],
    ['0.12345678901234567', Number('0.12345678901234567')],
    ['-0.3333333333333333', Number('-0.3333333333333333')],
    ['12345678901234567.5', Number('12345678901234567.5')],
    ['1e20', 1e20],
    ['1e400', Infinity],
  ])('written %s is read as %j', (written, value) => {
    expect(valueIn(`{"a":[${written}],"b":${written}}`)).toEqual({ a: [value], b: value });
  });

  it('within a string is left alone', () => {
    expect(valueIn('{"a":"\\"9007199254740993","9007199254740993":1}')).toEqual({
      a: '"9007199254740993',
      '9007199254740993': 1,
    });
  });
});

describe('a duplicate key', () => {
  const EQUAL = 'said only once';
  const DIFFERS = 'said only once, or with equal values';

  it.each([
    ['at the top', '{"a":1,"b":2,"a":1}', 'a', EQUAL],
    ['at the top with another value', '{"a":1,"b":2,"a":2}', 'a', DIFFERS],
    ['in an object', '{"a":{"b":1,"b":1}}', 'a/b', EQUAL],
    ['in an array', '[{"c":1},{"b":[],"b":[0]}]', '/1/b', DIFFERS],
    ['written with an escape', String.raw`{"ab":1,"\u0061b":2}`, 'ab', DIFFERS],
    ['written with an escaped quote', String.raw`{"a\"b":1,"a\u0022b":1}`, 'a"b', EQUAL],
    ['with equal objects in another order', '{"a":{"x":1,"y":2},"a":{"y":2,"x":1}}', 'a', EQUAL],
    ['with another spelling of one number', '{"a":1.0,"a":1}', 'a', EQUAL],
    ['with 1 and "1"', '{"a":1,"a":"1"}', 'a', DIFFERS],
    ['with long integers that round to one double', '{"a":9007199254740993,"a":9007199254740992}', 'a', DIFFERS],
    ['with a number beyond double and null', '{"a":1e400,"a":null}', 'a', DIFFERS],
    ['named __proto__', '{"__proto__":1,"__proto__":2}', '__proto__', DIFFERS],
    ['with much white space', '{\n "a" : 1 ,\r\n\t"a" : 1 }', 'a', EQUAL],
    ['without a name', '{"":1,"":2}', '', DIFFERS],
  ])('is found %s', (_, text, field, rule) => {
    expect(violationsIn(text)).toMatchObject([{ field, rule, fatal: rule === DIFFERS }]);
  });

  it('is not seen in equal keys of different objects, nor in colons within strings', () => {
    expect(violationsIn('[{"a":1},{"a":2},{"b":{"a":"::"}}]')).toEqual([]);
  });

  it('is shown with its values as they were sent', () => {
    expect(violationsIn('{"a":1.50,"a":{"b":9007199254740993, "c":1e2}}')).toMatchObject([
      { found: '1.50 and {"b":9007199254740993, "c":1e2}' },
    ]);
  });

  it('that stands three times is named for each differing neighbour', () => {
    expect(violationsIn('{"a":1,"a":1,"a":2}')).toMatchObject([
      { field: 'a', fatal: false },
      { field: 'a', fatal: true },
    ]);
  });

  it('is found wherever any object repeats one of its members', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }),
        fc.boolean(),
        (value, equal) => {
          const [key, item] = Object.entries(value)[0] as [string, unknown];
          const again = JSON.stringify(equal ? item : [item]);
          const text = JSON.stringify(value).replace(/\}$/, () => `,${JSON.stringify(key)}:${again}}`);

          expect(violationsIn(text)).toMatchObject([{ field: key, fatal: !equal }]);
        },
      ),
    );
  });
});

describe('a value in a violation', () => {
  it('is shown on one line and within 80 characters', () => {
    expect(shorten(`a\n\tb${'c'.repeat(100)}`)).toBe(`a b${'c'.repeat(76)}…`);
    expect(shorten('c'.repeat(80))).toBe('c'.repeat(80));
  });

  it('is well formed even when the cut goes through a character', () => {
    expect(shorten('🎧'.repeat(60)).isWellFormed()).toBe(true);
  });
});
