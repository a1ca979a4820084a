/** Walks a text known to be JSON without parsing it: where every value stands, and under which path. */

/** A value within an object or array: its path, and [start, end) of its text. */
export interface Placed {
  readonly path: string;
  /** Null for an element of an array. */
  readonly key: string | null;
  /** Where the object or array begins that holds it. */
  readonly holder: number;
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Index of the closing quote of the string that opens at `open`, or the text's end. */
export function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** Every value but the outermost, each after those within it. */
export function valuesIn(text: string): Placed[] {
  const found: Placed[] = [];
  let at = 0;
  const space = () => {
    while (/\s/.test(text.charAt(at))) at++;
  };
  const value = (path: string): void => {
    const char = text.charAt(at);
    if (char === '{') members(path);
    else if (char === '[') elements(path);
    else if (text.charCodeAt(at) === QUOTE) at = endOfString(text, at) + 1;
    else while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at++;
  };
  const placed = (path: string, key: string | null, holder: number): void => {
    const start = at;
    value(path);
    found.push({ path, key, holder, start, end: at });
    space();
    if (text.charAt(at) === ',') at++;
    space();
  };
  const members = (path: string): void => {
    const holder = at++;
    space();
    while (at < text.length && text.charAt(at) !== '}') {
      const keyStart = at;
      at = endOfString(text, at) + 1;
      const key = String(JSON.parse(text.slice(keyStart, at)));
      space();
      at++; // the colon
      space();
      placed(path === '' ? key : `${path}/${key}`, key, holder);
    }
    at++;
  };
  const elements = (path: string): void => {
    const holder = at++;
    space();
    for (let index = 0; at < text.length && text.charAt(at) !== ']'; index++) placed(`${path}/${index}`, null, holder);
    at++;
  };
  space();
  value('');
  return found;
}
