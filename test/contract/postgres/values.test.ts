import { describe, expect, it } from 'vitest';
import { arrayOf, pgText } from '../../../src/postgres/values.js';

describe('values as PostgreSQL takes them', () => {
  it('are texts without what it cannot keep: U+0000, and halves of characters', () => {
    expect(pgText('a\u0000b\uD800c\uDC00d')).toBe('a\uFFFDb\uFFFDc\uFFFDd');
    expect(pgText('plain, ü, 😀')).toBe('plain, ü, 😀');
  });

  it('are arrays of numbers to the last bit, and null', () => {
    expect(arrayOf('float8', [0.1 + 0.2, -0, 5e-324, null, 1e15])).toBe(
      '{0.30000000000000004,-0,5e-324,NULL,1000000000000000}',
    );
    expect(arrayOf('bigint', [2 ** 53 - 1, -1])).toBe('{9007199254740991,-1}');
  });

  it('are arrays of texts in which quotes and backslashes stand for themselves, and NULL is a word', () => {
    expect(arrayOf('text', ['a"b\\c', 'NULL', '', null, '{,}'])).toBe('{"a\\"b\\\\c","NULL","",NULL,"{,}"}');
  });

  it('are arrays of bytes', () => {
    expect(arrayOf('bytea', [new Uint8Array([0, 255]), null])).toBe('{"\\\\x00ff",NULL}');
  });
});
