/** Text that is not in the encoding its source should use: shown with U+FFFD, kept as it came. */

/** A text that could not be decoded: where it stands, and its bytes, one character a byte. */
export type Undecoded = readonly [path: string, bytes: string];

export const REPLACED = '\ufffd';
/** U+FFFD itself, sent on purpose, in UTF-8. */
const SENT_AS_SUCH = '\xef\xbf\xbd';
const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;

/** The texts of a parsed body that lost characters in decoding; `bytes` is the body as received. */
export function undecodedTexts(value: unknown, text: string, bytes: string): Undecoded[] {
  if (!losesCharacters(text, bytes)) return [];
  const found: Undecoded[] = [];
  try {
    compare('', value, JSON.parse(bytes.replace(BYTE_ORDER_MARK, '')), found);
  } catch {
    // An encoding that is no superset of ASCII: the whole body is what could not be decoded.
    found.push(['', bytes]);
  }
  return found;
}

/** Whether a text is not all that its bytes say. */
export function losesCharacters(text: string, bytes: string): boolean {
  return text.includes(REPLACED) && count(text, REPLACED) > count(bytes, SENT_AS_SUCH);
}

/** Walks the body as decoded beside the same body with a character for each byte; keys keep their order in both. */
function compare(path: string, decoded: unknown, raw: unknown, found: Undecoded[]): void {
  if (typeof decoded === 'string') {
    if (typeof raw === 'string' && decoded.includes(REPLACED)) found.push([path, raw]);
    return;
  }
  if (typeof decoded !== 'object' || decoded === null || typeof raw !== 'object' || raw === null) return;
  const entries = Object.entries(decoded);
  const rawEntries = Object.entries(raw);
  if (entries.length !== rawEntries.length) {
    // Names that only their bytes tell apart.
    found.push([path, JSON.stringify(raw)]);
    return;
  }
  entries.forEach(([key, item], index) => {
    const [rawKey = '', rawItem] = rawEntries[index] ?? [];
    if (key.includes(REPLACED)) found.push([`${path}/${key}`, rawKey]);
    compare(path === '' ? key : `${path}/${key}`, item, rawItem, found);
  });
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
