/** Turns the bytes of a body into a JSON value, and names everything about them that JSON.parse would hide. */
import { messageOf } from '../domain/errors.js';
import type { Violation } from '../domain/notification.js';
import { canonicalJson } from '../domain/json.js';

/** Deeper nesting than any sender has a reason for; deep bodies parse but break whatever walks them. */
export const MAX_DEPTH = 32;
/** Digits up to which a JSON integer is exact as a number; longer ones are kept as text, because ids stay text. */
const EXACT_DIGITS = 15;

export type ParsedBody =
  | { readonly ok: true; readonly value: unknown; readonly text: string; readonly violations: readonly BodyViolation[] }
  | { readonly ok: false; readonly violation: Violation };

/** A duplicate key; fatal when its values differ, because one of them would be lost silently. */
export interface BodyViolation extends Violation {
  readonly fatal: boolean;
}

/** Decodes bytes (one character a byte, "latin1") as UTF-8 with replacement, or by the source's configured encoding. */
export type DecodeText = (bytes: string) => string;

export function parseBody(bytes: string, decodeText: DecodeText): ParsedBody {
  const text = decodeText(bytes);
  if (text.trim() === '') return unreadable('not empty', 'an empty body');
  const outline = outlineOf(text);
  if (outline.depth > MAX_DEPTH) return unreadable(`nested at most ${MAX_DEPTH} deep`, `${outline.depth} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unreadable('JSON', shorten(messageOf(error)));
  }
  // Only in text known to be JSON, where quotes round an integer leave it JSON.
  const exactText = outline.longIntegers.length === 0 ? text : quote(text, outline.longIntegers);
  if (exactText !== text) value = JSON.parse(exactText);
  // JSON.parse keeps one of several equal keys, so a body with fewer keys than colons has duplicates.
  const violations = countKeys(value) === outline.colons ? [] : duplicateKeys(exactText);
  return { ok: true, value, text, violations };
}

function unreadable(rule: string, found: string): ParsedBody {
  return { ok: false, violation: { field: '', rule, found } };
}

/** A value as shown in a violation: bounded, and on one line. */
export function shorten(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ');
  // A cut, here or by the sender, may leave half a character.
  return (oneLine.length > 80 ? `${oneLine.slice(0, 79)}…` : oneLine).toWellFormed();
}

interface Outline {
  /** Greatest nesting of arrays and objects. */
  readonly depth: number;
  /** Colons outside strings: the number of keys as written. */
  readonly colons: number;
  /** [start, end) of integers too long to be exact as a number. */
  readonly longIntegers: readonly (readonly [number, number])[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const MINUS = 0x2d;
const LONG_INTEGER = new RegExp(`^-?\\d{${EXACT_DIGITS + 1},}$`);

/** One pass over the text, before parsing. Wrong on text that is not JSON, which JSON.parse then refuses. */
function outlineOf(text: string): Outline {
  let depth = 0;
  let deepest = 0;
  let colons = 0;
  let longIntegers: [number, number][] | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      i = endOfString(text, i);
    } else if (char === COLON) {
      colons++;
    } else if (char === 0x7b || char === 0x5b) {
      if (++depth > deepest) deepest = depth;
    } else if (char === 0x7d || char === 0x5d) {
      depth--;
    } else if (char === MINUS || (char >= 0x30 && char <= 0x39)) {
      const end = endOfNumber(text, i);
      if (end - i > EXACT_DIGITS && LONG_INTEGER.test(text.slice(i, end))) (longIntegers ??= []).push([i, end]);
      i = end - 1;
    }
  }
  return { depth: deepest, colons, longIntegers: longIntegers ?? [] };
}

/** Index of the closing quote of the string that opens at `open`, or the text's end. */
function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    const isDigit = char >= 0x30 && char <= 0x39;
    if (!isDigit && char !== 0x2e && char !== 0x65 && char !== 0x45 && char !== 0x2b && char !== 0x2d) break;
  }
  return end;
}

/** Puts quotes round the given integers. */
function quote(text: string, spans: Outline['longIntegers']): string {
  let result = '';
  let from = 0;
  for (const [start, end] of spans) {
    result += `${text.slice(from, start)}"${text.slice(start, end)}"`;
    from = end;
  }
  return result + text.slice(from);
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countKeys(item), 0);
  let keys = 0;
  for (const item of Object.values(value)) keys += 1 + countKeys(item);
  return keys;
}

/** Every key that stands twice in one object. Only called when there is one; the text is known to be JSON. */
function duplicateKeys(text: string): BodyViolation[] {
  const violations: BodyViolation[] = [];
  let at = 0;
  const space = () => {
    while (/\s/.test(text.charAt(at))) at++;
  };
  const value = (path: string): void => {
    space();
    const char = text.charAt(at);
    if (char === '{') members(path);
    else if (char === '[') elements(path);
    else if (char === '"') at = endOfString(text, at) + 1;
    else while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at++;
    space();
  };
  const members = (path: string): void => {
    const seen = new Map<string, string>();
    at++;
    space();
    while (text.charAt(at) !== '}') {
      space();
      const keyStart = at;
      at = endOfString(text, at) + 1;
      const key = String(JSON.parse(text.slice(keyStart, at)));
      const field = path === '' ? key : `${path}/${key}`;
      space();
      at++; // the colon
      space();
      const valueStart = at;
      value(field);
      const written = canonicalJson(JSON.parse(text.slice(valueStart, at)));
      const before = seen.get(key);
      if (before !== undefined) violations.push(duplicate(field, before, written));
      seen.set(key, written);
      if (text.charAt(at) === ',') at++;
      space();
    }
    at++;
  };
  const elements = (path: string): void => {
    at++;
    space();
    for (let index = 0; text.charAt(at) !== ']'; index++) {
      value(`${path}/${index}`);
      if (text.charAt(at) === ',') at++;
      space();
    }
    at++;
  };
  value('');
  return violations;
}

function duplicate(field: string, before: string, now: string): BodyViolation {
  const fatal = before !== now;
  const rule = fatal ? 'a key stands only once, or with equal values' : 'a key stands only once';
  return { field, rule, found: shorten(`${before} and ${now}`), fatal };
}
