import type { ViewWords } from '../../apply/stored/callback-views.js';
import { isKept } from '../readers/kept-sql.js';

/** Whole seconds of milliseconds. */
export function seconds(ms: string): string {
  return `trunc(${ms} / 1000.0)::bigint`;
}

/**
 * What JSON can say and a text cannot: U+0000, and halves of characters. Whole characters are never written so, and a
 * backslash that is written itself is one of two.
 */
const UNKEEPABLE = String.raw`'(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})'`;
const REPLACED = String.raw`'\1\\ufffd'`;

export const CALLBACK_WORDS: ViewWords = {
  seconds,
  callbackOf: (alias) => `JOIN callbacks AS c ON c.source = ${alias}.source AND c.callback_no = ${alias}.callback_no`,
  kept: isKept('callbacks', 'c'),
  pairsOf: (json) => `json_each(regexp_replace(${json}, ${UNKEEPABLE}, ${REPLACED}, 'g')::json) AS k`,
  // A path of none is the value itself, without the quotes of a text.
  pairText: "k.value #>> '{}'",
  isText: "json_typeof(k.value) NOT IN ('object', 'array', 'null')",
};
