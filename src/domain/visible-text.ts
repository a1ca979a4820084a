/**
 * Text from elsewhere on a terminal: what would act on it, or not be seen, stands there as an escape. The escapes are
 * those of JSON, so that a document of JSON stays what it is.
 */

/** Controls (C0, DEL, C1), format characters (bidi controls, zero width, soft hyphen), lone surrogates, and the like. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Of several lines: line feeds stay. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (hidden) => (hidden === '\n' ? hidden : escapeOf(hidden)));
}

/** Of one line, as a cell of a table or a value within a sentence: no second one can be made up. */
export function visibleLine(text: string): string {
  return text.replace(HIDDEN, escapeOf);
}

function escapeOf(hidden: string): string {
  const short = SHORT.get(hidden);
  if (short !== undefined) return short;
  return hidden
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
