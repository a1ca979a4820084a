/**
 * From a value as a strategy writes it to the value it means. Values come as strings or numbers, as the texts
 * `undefined` and `null` of an ECMAScript strategy, with leading zeros, and times as 13-digit milliseconds
 * (sources.md#callback-kvps). What cannot be read is left to the schema to complain of.
 */
import { comparable } from '../domain/callback.js';
import type { KeyValuePair } from './key-value-pair.js';

/** From this on a time is milliseconds: whole seconds reach it in the year 5138. */
const FIRST_MILLISECONDS = 1e11;
const INTEGER = /^[+-]?\d+(\.0*)?$/;
const DECIMAL = /^[+-]?\d+(\.\d*)?$/;
const NOTHING: ReadonlySet<string> = new Set(['', 'undefined', 'null']);
const TRUE_OR_FALSE: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [true, 1],
  ['true', 1],
  [false, 0],
  ['false', 0],
]);

/** Whether a value says anything: absent, null, empty, `undefined` and `null` in letters do not. */
export function isSaid(value: unknown): boolean {
  return (
    value !== undefined && value !== null && !(typeof value === 'string' && NOTHING.has(value.trim().toLowerCase()))
  );
}

/** What languages write for nothing at all, where an id should stand. */
const NO_ID: ReadonlySet<string> = new Set([...NOTHING, 'none', 'nil', 'nan', '(null)', '[object object]']);

/** Whether a text may be an id: a sender that has none writes out a variable it never set. */
export function saysId(text: string): boolean {
  return !NO_ID.has(text.trim().toLowerCase());
}

/**
 * The value a key means: times in whole UTC seconds, known words in the vendor's spelling. Null when nothing is said;
 * 0 in an optional number says nothing either, because that is what unset ones are sent as. Unreadable values come
 * back as they are.
 */
export function readValue(pair: KeyValuePair, value: unknown): unknown {
  if (!isSaid(value)) return null;
  switch (pair.type) {
    case 'text':
      return pair.mandatory === true && typeof value === 'string' && !saysId(value) ? null : textOf(value);
    case 'word':
      return wordOf(pair.words ?? [], value);
    case 'flag':
      return flagOf(value);
    case 'integer':
      return unlessUnset(pair, numberOf(value, INTEGER));
    case 'seconds':
      return unlessUnset(pair, rounded(numberOf(value, DECIMAL)));
    case 'timestamp': {
      const time = numberOf(value, DECIMAL);
      if (typeof time !== 'number') return time;
      // 0 is "not yet", in a mandatory time too.
      return time === 0 ? null : Math.floor(time >= FIRST_MILLISECONDS ? time / 1000 : time);
    }
  }
}

function textOf(value: unknown): unknown {
  if (typeof value === 'string') return value.trim().toWellFormed();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** Words are open: one that nobody knows stands as it was sent. */
function wordOf(words: readonly string[], value: unknown): unknown {
  const text = textOf(value);
  if (typeof text !== 'string' || words.includes(text)) return text;
  return words.find((word) => comparable(word) === comparable(text)) ?? text;
}

/** Some strategies count where a flag is asked for: more than 0 is yes. */
function flagOf(value: unknown): unknown {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  const number = TRUE_OR_FALSE.get(word) ?? numberOf(value, INTEGER);
  return typeof number === 'number' && number > 1 ? 1 : number;
}

function numberOf(value: unknown, form: RegExp): unknown {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : null;
  return text !== null && form.test(text) ? Number(text) : value;
}

function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value) : value;
}

function unlessUnset(pair: KeyValuePair, value: unknown): unknown {
  return value === 0 && !pair.mandatory ? null : value;
}
