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
  it.each([['a=1'], ['_CB_SERVICE_ID=x&b='], ['  a=1'], ['a%20b=1'], ['+=1'], ['a='], ['\xc3\xa0=1'], ['\x85\xa0=1']])(
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

  it.each([
    ['windows-1252', 'a=S\xfcd&b=S%FCd&c=%80', { a: 'Süd', b: 'Süd', c: '€' }],
    ['windows-1252', 'k\xe9y=1&k%e8y=2', { kéy: '1', kèy: '2' }],
    ['windows-1252', 'a=S%C3%BCd&b=M\xfcller+%26+S%C3%B6hne&c=%E9%C3%A9', { a: 'Süd', b: 'Müller & Söhne', c: 'éÃ©' }],
    ['windows-1251', 'a=%CF%F0%E8%E2%E5%F2&b=%D0%9F', { a: 'Привет', b: 'П' }],
    ['shift_jis', 'a=%E6%97%A5&b=%93%8C', { a: '日', b: '東' }],
    ['gbk', 'a=%C4%A3&b=%E6%97%A5&c=%D6%D0%CE%C4', { a: '模', b: '日', c: '中文' }],
    ['utf-8', 'a=S\xc3\xbcd&b=S%C3%BCd&c=S\xc3%BCd', { a: 'Süd', b: 'Süd', c: 'Süd' }],
    ['shift_jis', 'a=%95%5C&b=%83A&c=\x95\\', { a: '表', b: 'ア', c: '表' }],
    ['gb18030', 'a=%B1%B1&b=%81%30%81%30', { a: '北', b: '\u0080' }],
    ['iso-2022-jp', 'a=%1B%24B%46%7C%1B%28B&b=1', { a: '日', b: '1' }],
    ['iso-2022-jp', 'a=\x1b$BF|\x1b(B&b=1', { a: '日', b: '1' }],
    ['utf-16le', Buffer.from('a=日&b=%C3%BC', 'utf16le').toString('latin1'), { a: '日', b: 'ü' }],
  ])('is read in the encoding of its source, percent-encoded or not: %s %s', (encoding, bytes, value) => {
    expect(parsed(bytes, encoding)).toMatchObject({ value, undecoded: [], violations: [] });
  });

  it('tells the bytes of what is not in the encoding of its source, keys too', () => {
    expect(parsed('a=Qu%E9bec&b=Qu\xe8bec&c=%EF%BF%BD&k%E9y=1').undecoded).toEqual([
      ['a', 'Qu\xe9bec'],
      ['b', 'Qu\xe8bec'],
      ['/k\ufffdy', 'k\xe9y'],
    ]);
  });

  it('keeps keys apart that only their bytes tell apart, and values under one key', () => {
    expect(Object.values(parsed('%E9=1&%E8=2&%E9=1').value as object)).toEqual(['1', '2']);
    expect(parsed('%E9=1&%E8=2').violations).toEqual([]);
    expect(parsed('a=%E9&a=%E8')).toMatchObject({ violations: [{ field: 'a', fatal: true }] });
    expect(parsed('a=%E9&a=%E9')).toMatchObject({ violations: [{ field: 'a', fatal: false }] });
  });

  it('has U+FEFF at its beginning as a mark, and elsewhere as text', () => {
    expect(parsed('\xef\xbb\xbfa=%EF%BB%BFb').value).toEqual({ a: '\ufeffb' });
  });

  it.each([['%zz'], ['100%'], ['%4'], ['%%41x']])('keeps what is no percent-encoding, and says so: %s', (value) => {
    expect(parsed(`a=1&b=${value}`)).toMatchObject({
      value: { a: '1', b: value.replace('%41', 'A') },
      violations: [{ field: 'b', rule: 'percent-encoded, % itself too', fatal: false }],
    });
  });

  it('may be followed by NULs', () => {
    expect(parsed('a=1&b=2\0\0\r\n')).toMatchObject({
      value: { a: '1', b: '2' },
      violations: [{ field: '', rule: 'followed by nothing', found: '2 NUL' }],
    });
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
      violations: [{ field: 'a', rule: 'said only once', fatal: false }],
    });
  });

  it('with a key twice and differing values is a fatal fault, as in JSON', () => {
    expect(parsed('a=1&a=2')).toMatchObject({
      violations: [{ field: 'a', rule: 'said only once, or with equal values', found: '1 and 2', fatal: true }],
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
