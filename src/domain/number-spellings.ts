/**
 * Where numbers to call stand in a text, however they are spelled: with `+` or `00`, with spaces, dashes and brackets,
 * percent-encoded or escaped, at any depth of texts within texts; and the same text without some of them.
 */

/** Whether a number's digits, the country first and nothing before it, are those of somebody who is meant. */
export type IsMeant = (digits: string) => boolean;

/** A stretch of a text that may be a number. */
export interface Spelling {
  readonly start: number;
  /** Behind its last digit. */
  readonly end: number;
  /** Its digits, without what is dialed to get abroad. */
  readonly digits: string;
}

/** E.164 has 15 digits at most; fewer than these are anything. */
export const LEAST_NUMBER_DIGITS = 7;
export const MOST_NUMBER_DIGITS = 15;
/** With `0`, `9` or nothing, and then `00` or `011`, before it. */
const MOST_DIALED_DIGITS = MOST_NUMBER_DIGITS + 4;
/** What is dialed to get abroad, from a desk too. */
const ABROAD = /^(?:0?00(?=[1-9])|[09]?011(?=[1-9])|900(?=[1-9]\d{9}))/;

/** What may stand between two digits of a number, as written, and as bytes of UTF-8 and UTF-16 that were read as Latin-1. */
const PLAIN_GAP = String.raw`[\s()./_+\-\u2010-\u2015\u2212\u00a0\0]|\u00c2\u00a0|\u00e2\u0080[\u0090-\u0095]|\u00e2\u0088\u0092`;
const PERCENT = '%(?:25){0,4}';
const ENCODED_DIGIT = String.raw`${PERCENT}3\d|\\+u003\d|&#(?:x3\d|4[89]|5[0-7]);`;
const ENCODED_GAP = String.raw`${PERCENT}(?:0[09aAdD]|20|2[89bBdDeEfF]|5[fF]|[cC]2${PERCENT}[aA]0)|\\+(?:[tnr/]|u00(?:0[09aAdD]|20|2[89bBdDeEfF]|5[fF]|[aA]0)|u201[0-5]|u2212)|&nbsp;|&#(?:x20|32|43|45);`;
const OTHER_ESCAPE = String.raw`%[\da-fA-F]{2}|\\+u[\da-fA-F]{4}|&#x?[\da-fA-F]{1,6};`;

/** Each token is a digit (first group), a gap (second), or what holds digits that are none (neither). */
const AS_WRITTEN = String.raw`([\d\uff10-\uff19])|(${PLAIN_GAP})`;
const AS_ENCODED = String.raw`([\d\uff10-\uff19]|${ENCODED_DIGIT})|(${PLAIN_GAP}|${ENCODED_GAP})|${OTHER_ESCAPE}`;
const MOST_GAPS = 6;

/** Digits with nothing but gaps between them: what each is, where it begins, and where it ends. */
interface Run {
  digits: string;
  readonly starts: number[];
  readonly ends: number[];
}

/** Digits of a run next to each other. */
interface Group {
  readonly start: number;
  end: number;
  digits: string;
}

/** Every stretch that may be a number, some of them within others: groups of digits are taken as they follow each other. */
export function* numbersIn(text: string): Generator<Spelling> {
  for (const run of runsIn(text)) yield* within(text, run);
}

/**
 * The same where texts lie side by side and nothing says where one ends, as in the file of a database: numbers of so many
 * digits that begin and end anywhere in a run.
 */
export function* numbersAnywhereIn(text: string, lengths: readonly number[]): Generator<Spelling> {
  for (const { digits, starts, ends } of runsIn(text)) {
    for (let at = 0; at < digits.length; at++) {
      for (const length of lengths) {
        const [start, end] = [starts[at], ends[at + length - 1]];
        if (start !== undefined && end !== undefined) yield { start, end, digits: digits.slice(at, at + length) };
      }
    }
  }
}

const DIGIT = new RegExp(`[\\d\\uff10-\\uff19]|${ENCODED_DIGIT}`);

function* runsIn(text: string): Generator<Run> {
  if (!DIGIT.test(text)) return;
  yield* readAs(text, new RegExp(AS_WRITTEN, 'g'));
  // A percent sign may be one, or begin an escape: both readings count.
  if (/[%\\]|&#/.test(text)) yield* readAs(text, new RegExp(AS_ENCODED, 'g'));
}

function* readAs(text: string, token: RegExp): Generator<Run> {
  let run: Run = { digits: '', starts: [], ends: [] };
  let [end, gaps] = [-1, 0];
  for (const { 0: found, 1: digit, 2: gap, index } of text.matchAll(token)) {
    const isNext = index === end && gaps <= MOST_GAPS;
    end = index + found.length;
    if (gap !== undefined) {
      gaps = isNext ? gaps + 1 : MOST_GAPS + 1;
      continue;
    }
    if (!isNext || digit === undefined) {
      if (run.digits.length >= LEAST_NUMBER_DIGITS) yield run;
      run = { digits: '', starts: [], ends: [] };
    }
    gaps = digit === undefined ? MOST_GAPS + 1 : 0;
    if (digit === undefined) continue;
    run.digits += valueOf(digit);
    run.starts.push(index);
    run.ends.push(end);
  }
  if (run.digits.length >= LEAST_NUMBER_DIGITS) yield run;
}

function groupsOf({ digits, starts, ends }: Run): Group[] {
  const groups: Group[] = [];
  for (const [at, start] of starts.entries()) {
    const end = ends[at] ?? start;
    const last = groups.at(-1);
    if (last?.end === start) {
      last.digits += digits[at] ?? '';
      last.end = end;
    } else groups.push({ start, end, digits: digits[at] ?? '' });
  }
  return groups;
}

function valueOf(digit: string): string {
  if (digit.startsWith('&#')) return String.fromCharCode(Number(digit.slice(2, -1).replace('x', '0x')));
  const last = digit.charCodeAt(digit.length - 1);
  return String(last >= 0xff10 ? last - 0xff10 : last - 0x30);
}

function* within(text: string, run: Run): Generator<Spelling> {
  const groups = groupsOf(run);
  for (const [at, { start }] of groups.entries()) {
    let [digits, withoutTrunk] = ['', ''];
    for (let next = at; next < groups.length && withoutTrunk.length <= MOST_DIALED_DIGITS; next++) {
      const group = groups[next];
      if (group === undefined) break;
      digits += group.digits;
      withoutTrunk += next > at && isTrunk(text, group) ? '' : group.digits;
      for (const number of numbersOf(digits)) yield { start, end: group.end, digits: number };
      if (withoutTrunk === digits) continue;
      for (const number of numbersOf(withoutTrunk)) yield { start, end: group.end, digits: number };
    }
  }
}

/** Whether it is the zero of +49 (0)151, which is dialed only within the country. */
function isTrunk(text: string, { start, end, digits }: Group): boolean {
  return (
    digits === '0' &&
    /(?:\(|%28)$/.test(text.slice(Math.max(0, start - 3), start)) &&
    /^(?:\)|%29)/.test(text.slice(end, end + 3))
  );
}

function* numbersOf(dialed: string): Generator<string> {
  if (isLong(dialed)) yield dialed;
  if (!/^[09]/.test(dialed)) return;
  const number = dialed.replace(ABROAD, '');
  if (number !== dialed && isLong(number)) yield number;
}

function isLong({ length }: string): boolean {
  return length >= LEAST_NUMBER_DIGITS && length <= MOST_NUMBER_DIGITS;
}

/** Stretches of a text that are numbers of somebody who is meant, in order and apart from each other. */
export function meantIn(
  text: string,
  isMeant: IsMeant,
  candidates: Iterable<Spelling> = numbersIn(text),
): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const { start, end, digits } of candidates) if (isMeant(digits)) found.push({ start, end });
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const apart: { start: number; end: number }[] = [];
  for (const one of found) {
    const last = apart.at(-1);
    if (last === undefined || one.start >= last.end) apart.push(one);
    else last.end = Math.max(last.end, one.end);
  }
  return apart;
}

/**
 * A text of the same length in which those numbers are covered by asterisks; null when it has none of them. A number of
 * JSON stays one: its first digit becomes 1, the others 0.
 */
export function withoutNumbers(text: string, isMeant: IsMeant): string | null {
  const meant = meantIn(text, isMeant);
  if (meant.length === 0) return null;
  let [shown, at] = ['', 0];
  for (const { start, end } of meant) {
    shown += text.slice(at, start);
    const covered = text.slice(start, end);
    const isBare = /^\d+$/.test(covered) && /[:[,]\s*$/.test(text.slice(Math.max(0, start - 20), start));
    const endsValue = isBare && /^\s*[,\]}]/.test(text.slice(end, end + 20));
    shown += endsValue ? `1${'0'.repeat(end - start - 1)}` : '*'.repeat(end - start);
    at = end;
  }
  return shown + text.slice(at);
}

/** The digits of a number as it is asked for; null where it has too few or too many to tell a customer by. */
export function numberAsked(text: string): string | null {
  const digits = text.replace(/\(0\)/, '').replace(/\D/g, '').replace(ABROAD, '');
  return isLong(digits) ? digits : null;
}
