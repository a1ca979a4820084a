/** User data: a list of key-value pairs, the bytes it is packed into, and how it is read from the lines of a log. */
import { attributeOf, indentationOf, type LogStyle } from './log-lines.js';

/** A text (one character a byte), an integer, or a list of its own. */
export type PairValue = string | number | readonly Pair[];
export interface Pair {
  readonly key: string;
  readonly value: PairValue;
}

/** What the log says of the size of user data; null: that style says nothing. */
export interface Declared {
  readonly bytes: number;
  readonly pairs: number;
}

/** What is wrong, and where: `line` counts from 0 in what was handed in. */
export interface Flaw {
  readonly line: number;
  readonly reason: string;
}

export type UserDataReading =
  | { readonly pairs: readonly Pair[]; readonly end: number; readonly flaw: null }
  | { readonly pairs: null; readonly end: number; readonly flaw: Flaw };

/** How many bytes user data takes when it is packed (sources.md#callback-log). */
export function packedBytes(pairs: readonly Pair[]): number {
  return pairs.reduce((sum, { key, value }) => sum + 5 + key.length + valueBytes(value), 2);
}

function valueBytes(value: PairValue): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'number' ? 4 : 2 + packedBytes(value);
}

/** `[347] 00 0c 00 00..`: packed bytes, and the number of pairs on the first level. */
const SIZE = /^\[(\d+)\]\s+([\da-f]{2})\s+([\da-f]{2})(?:\s|$)/i;
const PSDK_LIST = /^\[\w+\]\s*=\s*KVList:/;

/** What stands behind `AttributeUserData`; undefined: nothing that this style writes there. */
export function declaredBy(value: string, style: LogStyle): Declared | null | undefined {
  if (style === 'psdk') return PSDK_LIST.test(value) ? null : undefined;
  const found = SIZE.exec(value);
  if (found === null) return undefined;
  const [, bytes, high = '', low = ''] = found;
  return { bytes: Number(bytes), pairs: parseInt(high + low, 16) };
}

/**
 * Reads the pairs behind `AttributeUserData`, up to the next attribute or the end of the lines. Lines are told apart by
 * their shape, for copies lose all indentation; a line of no shape goes on with the text before it. What was read is held
 * against what was declared, and there is one reading: what does not fit it is a flaw.
 */
export function readUserData(lines: readonly string[], style: LogStyle, declared: Declared | null): UserDataReading {
  const { items, end, flaw } = readItems(lines, style);
  if (flaw !== null) return { pairs: null, end, flaw };
  const nested = nest(items, declared);
  if (!Array.isArray(nested)) return { pairs: null, end, flaw: nested as Flaw };
  const pairs = nested as readonly Pair[];
  const bytes = packedBytes(pairs);
  if (declared !== null && (pairs.length !== declared.pairs || bytes !== declared.bytes)) {
    const says = `AttributeUserData says ${declared.pairs} pairs in ${declared.bytes} bytes`;
    return { pairs: null, end, flaw: { line: -1, reason: `${says}, there are ${pairs.length} in ${bytes}` } };
  }
  return { pairs, end, flaw: null };
}

/** A line with a key, and those that go on with its value. */
interface Item {
  readonly line: number;
  readonly indentation: number;
  readonly key: string;
  /** As printed, of texts with their quotes; null: a list, whose pairs follow. */
  written: string | null;
}

const SHAPES: Readonly<Record<LogStyle, RegExp>> = {
  // Nothing is escaped: a key ends before the first thing that is a value.
  tserver: /^\s*'(.*?)'(?:(\(list\))\s*|\s+('.*|-?\d+\s*))?$/s,
  psdk: /^\s*'(.*?)'\s*(?:\[\w+\]\s*=\s*(KVList:)\s*|\[(?:str|int|long)\]\s*=\s*(".*|-?\d+\s*))?$/s,
};

interface Items {
  readonly items: readonly Item[];
  /** Where they end. */
  readonly end: number;
  readonly flaw: Flaw | null;
}

function readItems(lines: readonly string[], style: LogStyle): Items {
  const items: Item[] = [];
  for (const [line, text] of lines.entries()) {
    if (isAttribute(text, items)) return { items, end: line, flaw: flawOf(items, style) };
    const item = itemIn(text, line, items, style);
    const last = items.at(-1);
    if (item !== null) items.push(item);
    else if (last !== undefined && isText(last)) last.written = `${last.written}\n${text}`;
    else if (text.trim() !== '') {
      return { items, end: line, flaw: { line, reason: 'a line that is neither a pair nor an attribute' } };
    }
  }
  return { items, end: lines.length, flaw: flawOf(items, style) };
}

/** Pairs stand deeper than attributes: what has the shape of one and stands there belongs to a text. */
function isAttribute(text: string, [first]: readonly Item[]): boolean {
  const level = first?.indentation ?? 0;
  return (level === 0 || indentationOf(text) < level) && attributeOf(text) !== null;
}

function itemIn(text: string, line: number, [first]: readonly Item[], style: LogStyle): Item | null {
  const indentation = indentationOf(text);
  const found = indentation >= (first?.indentation ?? 0) ? SHAPES[style].exec(text) : null;
  if (found === null) return null;
  const [, key = '', list, written] = found;
  return { line, indentation, key, written: list === undefined ? (written ?? '') : null };
}

function isText(item: Item): item is Item & { written: string } {
  return item.written !== null && /^['"]/.test(item.written);
}

function flawOf(items: readonly Item[], style: LogStyle): Flaw | null {
  const quote = style === 'psdk' ? '"' : "'";
  for (const { line, key, written } of items) {
    if (written === null || /^-?\d+\s*$/.test(written)) continue;
    const reason = written === '' ? 'has no value' : isClosed(written, quote) ? null : 'has a value without an end';
    if (reason !== null) return { line, reason: `'${shown(key)}' ${reason}` };
  }
  return null;
}

/** Blanks behind the last quote are a copy's. */
function isClosed(written: string, quote: string): boolean {
  const text = written.trimEnd();
  return text.length >= 2 && text.startsWith(quote) && text.endsWith(quote);
}

const SHOWN_CHARACTERS = 60;

function shown(key: string): string {
  return key.length > SHOWN_CHARACTERS ? `${key.slice(0, SHOWN_CHARACTERS)}…` : key;
}

function valueOf(written: string): string | number {
  return /^['"]/.test(written) ? written.trimEnd().slice(1, -1) : Number(written);
}

/** Puts pairs into the lists they belong to: those that stand deeper, or in a copy without indentation by their number. */
function nest(items: readonly Item[], declared: Declared | null): readonly Pair[] | Flaw {
  const lists = items.filter(({ written }) => written === null);
  const isFlat = lists.length > 0 && items.every(({ indentation }) => indentation === 0);
  if (!isFlat) return nested(items, (list, item) => item.indentation > list.indentation);
  const [list, another] = lists;
  if (another !== undefined || declared === null) {
    return { line: (another ?? list)?.line ?? 0, reason: 'lists that are not indented cannot be told apart' };
  }
  // Of one list it is known how many pairs do not belong to it.
  const first = items.findIndex((item) => item === list) + 1;
  const within = new Set(items.slice(first, first + Math.max(0, items.length - declared.pairs)));
  return nested(items, (_, item) => within.has(item));
}

function nested(items: readonly Item[], isWithin: (list: Item, item: Item) => boolean): Pair[] {
  const top: Pair[] = [];
  const open: { readonly list: Item; readonly pairs: Pair[] }[] = [];
  for (const item of items) {
    let level = open.at(-1);
    while (level !== undefined && !isWithin(level.list, item)) {
      open.pop();
      level = open.at(-1);
    }
    const pairs: Pair[] = [];
    (level?.pairs ?? top).push({ key: item.key, value: item.written === null ? pairs : valueOf(item.written) });
    if (item.written === null) open.push({ list: item, pairs });
  }
  return top;
}
