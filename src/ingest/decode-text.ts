import type { DecodeText } from './parse-body.js';

/**
 * The decoder for one encoding, as WHATWG names it. What cannot be decoded becomes U+FFFD; the raw bytes are what is
 * kept. Most bodies are ASCII, where every byte already is its character. Throws RangeError for an unknown encoding.
 */
export function decodeTextIn(encoding: string): DecodeText {
  const decoder = new TextDecoder(encoding);
  // Node 20 reads windows-1252 as latin1, 0x80 as U+0080 instead of the euro sign, until the decoder has been used for
  // a stream (nodejs/node#56542). One byte is one character there, so nothing carries over from text to text.
  if (decoder.encoding === 'windows-1252') decoder.decode(new Uint8Array(), { stream: true });
  // In these two families ASCII bytes also stand for other characters.
  const isAsciiSuperset = !/^(utf-16|iso-2022)/i.test(decoder.encoding);
  return (bytes) => {
    if (isAsciiSuperset && !NON_ASCII.test(bytes)) return bytes;
    return decoder.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  };
}

const NON_ASCII = /[\x80-\xff]/;
