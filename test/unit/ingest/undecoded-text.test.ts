import { describe, expect, it } from 'vitest';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { undecodedTexts } from '../../../src/ingest/undecoded-text.js';

const lostIn = (bytes: string) => {
  const text = decodeTextIn('utf-8')(bytes);
  return undecodedTexts(JSON.parse(text), text, bytes);
};

describe('texts that lost characters', () => {
  it('are told with their place and their bytes', () => {
    expect(lostIn('{"a":"\xe9","b":["x",{"c":"\xe8"}],"k\xe9":1,"d":"\xef\xbf\xbd"}')).toEqual([
      ['a', '\xe9'],
      ['b/1/c', '\xe8'],
      ['/k\ufffd', 'k\xe9'],
      ['d', '\xef\xbf\xbd'],
    ]);
    expect(lostIn('{"d":"\xef\xbf\xbd"}')).toEqual([]);
  });

  it('are told one by one behind a byte order mark too', () => {
    expect(lostIn('\xef\xbb\xbf{"a":"\xe9"}')).toEqual([['a', '\xe9']]);
  });

  it('are told together where keys became one', () => {
    expect(lostIn('{"o":{"\xe9":1,"\xe8":1}}')).toEqual([['o', '{"\xe9":1,"\xe8":1}']]);
  });
});
