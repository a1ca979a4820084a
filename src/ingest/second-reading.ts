/**
 * What makes a body JSON that is none: C runtimes print numbers that JSON does not know, and leave NULs behind their
 * texts. Statistics alone may be so written, because a bad statistic never refuses a state change (contract section 3).
 */
import { endOfString } from './walk-json.js';

export interface Mended {
  /** With null where a statistic is no number. */
  readonly text: string;
  /** With a text there: what was written. */
  readonly written: string;
  /** How many NULs were cut off. */
  readonly nuls: number;
}

/**
 * A number as C prints what is none: `nan`, `-nan(ind)`, `inf`, `Infinity`, `-1.#IND`, `1.#QNAN0`; or one with a decimal
 * comma. Up to the end of its member, so that `0,81` is not `0` and something else.
 */
const NO_NUMBER =
  /(?:[+-]?(?:nan(?:\([a-z\d_]{0,20}\))?|inf(?:inity)?|1[.,]#(?:ind|inf|[qs]nan)\d{0,20})|-?\d{1,200},\d{1,200}(?:e[+-]?\d{1,3})?)(?=[ \t\r\n]*(?:,[ \t\r\n]*"|\}))/iy;
const COLON = /[ \t\r\n]*:[ \t\r\n]*/y;

/** Null when there is nothing to mend. */
export function mend(text: string, isStatistic: (key: string) => boolean): Mended | null {
  const body = withoutNuls(text);
  const spans = noNumbersIn(body, isStatistic);
  const nuls = text.slice(body.length).split('\0').length - 1;
  if (nuls === 0 && spans.length === 0) return null;
  const written = replaced(body, spans, (token) => JSON.stringify(token));
  return { text: replaced(body, spans, () => 'null'), written, nuls };
}

/** Without the NULs and the white space behind the last brace, when there is a NUL among them. */
function withoutNuls(text: string): string {
  let end = text.length;
  while (end > 0 && '\0 \t\r\n'.includes(text.charAt(end - 1))) end--;
  const closes = text.charAt(end - 1) === '}' || text.charAt(end - 1) === ']';
  return closes && text.includes('\0', end) ? text.slice(0, end) : text;
}

type Span = readonly [start: number, end: number];

/** Where values of statistics stand that are no numbers; nothing within strings. */
function noNumbersIn(text: string, isStatistic: (key: string) => boolean): Span[] {
  const spans: Span[] = [];
  let close: number;
  for (let open = text.indexOf('"'); open !== -1; open = text.indexOf('"', close + 1)) {
    close = endOfString(text, open);
    const start = afterColon(text, close + 1);
    if (start === null || !isStatistic(text.slice(open + 1, close))) continue;
    NO_NUMBER.lastIndex = start;
    const [token] = NO_NUMBER.exec(text) ?? [];
    if (token !== undefined) spans.push([start, start + token.length]);
  }
  return spans;
}

function afterColon(text: string, at: number): number | null {
  COLON.lastIndex = at;
  return COLON.test(text) ? COLON.lastIndex : null;
}

function replaced(text: string, spans: readonly Span[], by: (token: string) => string): string {
  let result = '';
  let from = 0;
  for (const [start, end] of spans) {
    result += text.slice(from, start) + by(text.slice(start, end));
    from = end;
  }
  return result + text.slice(from);
}
