const WIDE = /[^\0-\xff]/;

/**
 * The same text in memory of its own, for whoever keeps it. A piece of a text keeps the whole of that: the name of a
 * campaign group a megabyte of the log that it stands in.
 */
export function ownText(piece: string): string {
  const encoding = WIDE.test(piece) ? 'utf16le' : 'latin1';
  return Buffer.from(piece, encoding).toString(encoding);
}
