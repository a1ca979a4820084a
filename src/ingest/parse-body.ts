/** Turns the bytes of a body into a JSON value, and names everything about them that JSON.parse would hide. */
import { messageOf } from '../domain/errors.js';
import type { Violation } from '../domain/notification.js';
import { canonicalJson } from '../domain/json.js';
import { mend } from './second-reading.js';
import { REPLACED, type Undecoded, undecodedTexts } from './undecoded-text.js';
import { endOfString, type Placed, valuesIn } from './walk-json.js';

/**
 * Deeper nesting than any sender has a reason for; deep bodies parse but break whatever walks them.
 * @bound nesting of a body
 * @beyond 400, quarantine
 * @seen `ocs_monitor_rejected_total`
 */
export const MAX_DEPTH = 32;
/** Digits up to which a JSON integer is exact as a number; longer ones are kept as text, because ids stay text. */
const EXACT_DIGITS = 15;

export type ParsedBody =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** As parsed: what only a second reading made JSON stands here as mended. */
      readonly text: string;
      readonly violations: readonly BodyViolation[];
      /** Texts that lost characters in decoding, where that is known already. */
      readonly undecoded?: readonly Undecoded[];
      /** Statistics that are no JSON and were read as null: path, and what was written there. */
      readonly unmeasured?: readonly Unmeasured[];
    }
  | { readonly ok: false; readonly violation: Violation };

export type Unmeasured = readonly [path: string, written: string];

/** A duplicate key; fatal when its values differ, because one of them would be lost silently. */
export interface BodyViolation extends Violation {
  readonly fatal: boolean;
}

/** Decodes bytes (one character a byte, "latin1") as UTF-8 with replacement, or by the source's configured encoding. */
export type DecodeText = (bytes: string) => string;

/**
 * A body that is no JSON is read once more: without the NULs behind it, and with a bare `nan`, `inf` or decimal comma as
 * null under the keys that `isStatistic` names, if there are any.
 */
export function parseBody(
  bytes: string,
  decodeText: DecodeText,
  isStatistic: (key: string) => boolean = () => false,
): ParsedBody {
  const text = decodeText(bytes);
  if (text.trim() === '') return unreadable('not empty', 'an empty body');
  const first = parseText(text, bytes);
  if (first.ok || first.violation.rule !== NOT_JSON) return first;
  return readAgain(text, bytes, isStatistic) ?? first;
}

const NOT_JSON = 'JSON';

function parseText(text: string, bytes: string): ParsedBody {
  const outline = outlineOf(text);
  if (outline.depth > MAX_DEPTH) return unreadable(`nested at most ${MAX_DEPTH} deep`, `${outline.depth} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unreadable(NOT_JSON, shorten(messageOf(error)));
  }
  // Only in text known to be JSON, where quotes round an integer leave it JSON.
  if (outline.longIntegers.length > 0) value = JSON.parse(quote(text, outline.longIntegers));
  // JSON.parse keeps one of several equal keys, so a body with fewer keys than colons has duplicates.
  const violations = countKeys(value) === outline.colons ? [] : duplicateKeys(text, bytes);
  return { ok: true, value, text, violations };
}

/** Null when a second reading finds nothing to mend, or no JSON either. */
function readAgain(text: string, bytes: string, isStatistic: (key: string) => boolean): ParsedBody | null {
  const mended = mend(text, isStatistic);
  if (mended === null) return null;
  // What was written instead of a number takes part in the search for duplicate keys.
  const written = parseText(mended.written, mended.written);
  if (!written.ok) return null;
  const value = parseExactly(mended.text);
  const nuls = { field: '', rule: 'followed by nothing', found: `${mended.nuls} NUL`, fatal: false };
  return {
    ok: true,
    value,
    text: mended.text,
    violations: mended.nuls === 0 ? written.violations : [nuls, ...written.violations],
    undecoded: undecodedTexts(value, mended.text, mend(bytes, isStatistic)?.text ?? bytes),
    unmeasured: unmeasuredIn('', value, written.value),
  };
}

/** The value of a text known to be JSON; long integers are texts. */
export function parseExactly(text: string): unknown {
  return JSON.parse(quote(text, outlineOf(text).longIntegers));
}

/** Walks the body as read beside the same body with what was written in place of a number. */
function unmeasuredIn(path: string, read: unknown, written: unknown): Unmeasured[] {
  if (read === null) return typeof written === 'string' ? [[path, written]] : [];
  if (typeof read !== 'object' || typeof written !== 'object' || written === null) return [];
  const writtenAt = written as Readonly<Record<string, unknown>>;
  const isObject = !Array.isArray(read);
  return Object.entries(read).flatMap(([key, item]) =>
    unmeasuredIn(isObject && path === '' ? key : `${path}/${key}`, item, writtenAt[key]),
  );
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
function duplicateKeys(text: string, bytes: string): BodyViolation[] {
  const violations = duplicatesIn(text);
  // Values that are equal because they lost their characters in decoding are not.
  if (!text.includes(REPLACED) || !isJson(bytes)) return violations;
  const sent = duplicatesIn(bytes);
  if (sent.length !== violations.length) return violations;
  return violations.map((violation, index) => (sent[index]?.fatal === true ? asDiffering(violation) : violation));
}

function duplicatesIn(text: string): BodyViolation[] {
  const violations: BodyViolation[] = [];
  const before = new Map<string, Placed>();
  for (const placed of valuesIn(text)) {
    if (placed.key === null) continue;
    const place = `${placed.holder} ${placed.key}`;
    const first = before.get(place);
    if (first !== undefined) violations.push(duplicate(placed.path, writtenAt(text, first), writtenAt(text, placed)));
    before.set(place, placed);
  }
  return violations;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function writtenAt(text: string, { start, end }: Placed): string {
  return text.slice(start, end);
}

function duplicate(field: string, before: string, now: string): BodyViolation {
  const violation = { field, rule: 'said only once', found: shorten(`${before} and ${now}`), fatal: false };
  return canonicalJson(parseExactly(before)) === canonicalJson(parseExactly(now)) ? violation : asDiffering(violation);
}

/** Of two differing values one would be lost. */
export function asDiffering(violation: BodyViolation): BodyViolation {
  return { ...violation, rule: 'said only once, or with equal values', fatal: true };
}
