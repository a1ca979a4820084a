/** The line of a sample as the text formats have it: letter by letter, and nothing that they do not allow. */
import type { Sample } from './exposition.js';

export interface SampleLine extends Sample {
  /** The labels as they were said, in their order. */
  readonly said: readonly (readonly [string, string])[];
  /** As it was written. */
  readonly number: string;
}

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
/** `realnumber` of OpenMetrics, and the numbers that are none. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|\d*\.\d+(?:e[+-]?\d+)?|inf(?:inity)?)$|^nan$/i;

export class BadPage extends Error {}

export function fail(why: string, line = ''): never {
  throw new BadPage(`${why}: ${line.slice(0, 200)}`);
}

export function sampleIn(line: string): SampleLine {
  const name = /^[^{ ]*/.exec(line)?.[0] ?? '';
  if (!METRIC_NAME.test(name)) fail('no name of a metric', line);
  const { said, end } = line[name.length] === '{' ? labelsIn(line, name.length) : { said: [], end: name.length };
  const labels = Object.fromEntries(said);
  if (Object.keys(labels).length !== said.length) fail('a label twice', line);
  if (line[end] !== ' ') fail('no space before the value', line);
  const number = line.slice(end + 1);
  // Neither timestamps nor exemplars: ours has none.
  if (!NUMBER.test(number)) fail('no number', line);
  return { name, labels, said, number, value: valueOf(number) };
}

function valueOf(number: string): number {
  const [, sign, word] = /^([+-]?)(inf|infinity|nan)$/i.exec(number) ?? [];
  if (word === undefined) return Number(number);
  if (word.toLowerCase() === 'nan') return NaN;
  return sign === '-' ? -Infinity : Infinity;
}

/** `{` [label *(`,` label)] `}`. */
function labelsIn(line: string, open: number) {
  const said: (readonly [string, string])[] = [];
  let at = open + 1;
  if (line[at] === '}') return { said, end: at + 1 };
  for (;;) {
    LABEL_NAME.lastIndex = at;
    const name = LABEL_NAME.exec(line)?.[0] ?? fail('no name of a label', line);
    if (name.startsWith('_')) fail('a reserved label', line);
    at += name.length;
    if (line.slice(at, at + 2) !== '="') fail('no value of a label', line);
    const { text, end } = quotedIn(line, at + 2);
    said.push([name, text]);
    if (line[end] === '}') return { said, end: end + 1 };
    if (line[end] !== ',') fail('neither a further label nor their end', line);
    at = end + 1;
  }
}

/** Up to the quote that is not escaped. */
function quotedIn(line: string, start: number) {
  let text = '';
  for (let at = start; at < line.length; at++) {
    const letter = line.charAt(at);
    if (letter === '"') return { text, end: at + 1 };
    text += letter === '\\' ? unescaped(line.charAt(++at), line) : letter;
  }
  return fail('an open quote', line);
}

/** Only the escapes that have a meaning: the others should not be used. */
export function unescaped(letter: string, line: string): string {
  if (letter === 'n') return '\n';
  return letter === '"' || letter === '\\' ? letter : fail('no escape', line);
}

/** Lines of a page, each ended by a line feed; bytes that are no UTF-8, or have a byte order mark, are refused. */
export function linesIn(page: string | Uint8Array): string[] {
  const text = typeof page === 'string' ? page : decoded(page);
  if (text.startsWith('\uFEFF')) fail('a byte order mark');
  if (!text.isWellFormed()) fail('no Unicode');
  const lines = text.split('\n');
  if (lines.pop() !== '') fail('the last line has no end');
  return lines;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('no UTF-8');
  }
}
