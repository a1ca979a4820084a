import { describe, expect, it } from 'vitest';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';

const bytes = (...codes: number[]) => String.fromCharCode(...codes);

describe('a text decoder', () => {
  it('reads UTF-8', () => {
    expect(decodeTextIn('utf-8')(Buffer.from('Żabka 再連絡 🎧').toString('latin1'))).toBe('Żabka 再連絡 🎧');
  });

  it('replaces bytes that are not UTF-8', () => {
    expect(decodeTextIn('utf-8')(bytes(0x4d, 0xfc, 0x6c))).toBe('M\ufffdl');
  });

  it('reads windows-1252, where bytes above 0x7f are not those of latin1', () => {
    expect(decodeTextIn('windows-1252')(bytes(0x80, 0x92, 0x20, 0xfc, 0xff))).toBe('€’ üÿ');
  });

  it('takes a byte order mark away', () => {
    expect(decodeTextIn('utf-8')(bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d))).toBe('{}');
  });

  it('reads encodings in which ASCII bytes stand for other characters', () => {
    expect(decodeTextIn('utf-16le')(bytes(0x7b, 0, 0x7d, 0))).toBe('{}');
    expect(decodeTextIn('iso-2022-jp')(bytes(0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42))).toBe('日');
  });

  it('carries nothing from one text over to the next', () => {
    const decode = decodeTextIn('utf-8');

    expect([decode(bytes(0xe5)), decode(bytes(0x86, 0x8d))]).toEqual(['\ufffd', '\ufffd\ufffd']);
  });

  it('is refused for an encoding nobody knows', () => {
    expect(() => decodeTextIn('ebcdic-7')).toThrow(RangeError);
  });
});
