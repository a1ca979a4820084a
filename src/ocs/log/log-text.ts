/** Bytes of a log as text: names may be in UTF-8 or in the code page of that machine. */

/** Text of bytes that are given one a character (latin1). */
export type DecodeLine = (bytes: string) => string;

const NON_ASCII = /[\x80-\xff]/;

/** UTF-8 where it is that; else the encoding that is named. Throws RangeError for one that is unknown. */
export function decodeLineIn(encoding: string): DecodeLine {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const other = new TextDecoder(encoding);
  return (bytes) => {
    if (!NON_ASCII.test(bytes)) return bytes;
    const raw = Uint8Array.from(bytes, (char) => char.charCodeAt(0));
    try {
      return utf8.decode(raw);
    } catch {
      // As Node 20 needs it for windows-1252 (nodejs/node#56542): one byte is one character there.
      return other.decode(raw, { stream: other.encoding === 'windows-1252' });
    }
  };
}
