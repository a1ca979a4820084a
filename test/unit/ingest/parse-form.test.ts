import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { looksLikeForm, parseForm } from '../../../src/ingest/parse-form.js';

const parsed = (bytes: string, encoding = 'utf-8') => {
  const body = parseForm(bytes, decodeTextIn(encoding));
  if (!body.ok) throw new Error(body.violation.rule);
  return body;
};

describe('form encoding', () => {
  it.each([['a=1'], ['_CB_SERVICE_ID=x&b='], ['  a=1'], ['a%20b=1'], ['+=1'], ['a=']])(
    'is told by its first key: %j',
    (bytes) => {
      expect(looksLikeForm(bytes)).toBe(true);
    },
  );

  it.each([['{"a":"b=c"}'], ['[{"a":"="}]'], ['"a=b"'], ['a'], ['=a'], ['&a=1'], [''], ['a b=c']])(
    'is not %j',
    (bytes) => {
      expect(looksLikeForm(bytes)).toBe(false);
    },
  );

  it('gives texts, with plus signs as blanks and percent-encoded bytes as UTF-8', () => {
    expect(parsed('a=1&b=x+y&c=%C3%BC%26&d=').value).toEqual({ a: '1', b: 'x y', c: 'ü&', d: '' });
  });

  it('reads bytes that are not percent-encoded in the encoding of the source', () => {
    expect(parsed('a=S\xfcd', 'windows-1252').value).toEqual({ a: 'Süd' });
    expect(parsed('a=S\xc3\xbcd').value).toEqual({ a: 'Süd' });
  });

  it('ends where the text ends: a line break behind it is no part of the last value', () => {
    expect(parsed('a=1&b=2\r\n').value).toEqual({ a: '1', b: '2' });
  });

  it('may hold any key, __proto__ too', () => {
    const { value } = parsed('__proto__=x&constructor=y');

    expect(Object.entries(value as object)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('with a key twice and equal values is fine, but said', () => {
    expect(parsed('a=1&b=2&a=1')).toMatchObject({
      value: { a: '1', b: '2' },
      violations: [{ field: 'a', rule: 'a key stands only once', fatal: false }],
    });
  });

  it('with a key twice and differing values is a fatal fault, as in JSON', () => {
    expect(parsed('a=1&a=2')).toMatchObject({
      violations: [{ field: 'a', rule: 'a key stands only once, or with equal values', found: '1 and 2', fatal: true }],
    });
  });

  it('comes back as it was written, whatever the keys and values', () => {
    const key = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.dictionary(key, fc.string({ unit: 'grapheme' }), { minKeys: 1 }), (pairs) => {
        const { value, violations } = parsed(new URLSearchParams(Object.entries(pairs)).toString());

        expect(Object.entries(value as object)).toEqual(Object.entries(pairs));
        expect(violations).toEqual([]);
      }),
    );
  });
});
