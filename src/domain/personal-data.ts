/** What may be shown of a customer's number. Whole numbers are for those who were given them (`OCM_PII`). */

/** Stands for the hidden part, however long it was. */
const HIDDEN = '***';
const SHOWN_DIGITS = 4;

/** The last four digits of a number behind a fixed mark; nothing of one that has no more than those. */
export function maskNumber(text: string): string {
  const digits = normaliseNumber(text);
  if (text === '') return '';
  return digits.length <= SHOWN_DIGITS ? HIDDEN : `${HIDDEN}${digits.slice(-SHOWN_DIGITS)}`;
}

/**
 * The digits of a number, empty when it has none. Hashes of numbers (HMAC-SHA-256) are taken over them, so that
 * `+49 (151) 123` and `49151123` are one customer.
 */
export function normaliseNumber(text: string): string {
  return text.replace(/\D/g, '');
}

/** Words of a name that say by themselves that it holds a number to call. */
const NUMBER_WORDS: ReadonlySet<string> = new Set(['ani', 'dnis', 'cli', 'clid', 'tel', 'fax', 'number', 'numbers']);
/** The same where a name is written in one. */
const NUMBER_NAME =
  /phone|msisdn|mobile|cellular|(?:customer|caller|calling|called|diall?ed|contact|party|callback)(?:number|no|ani|id)$|^otherdn$/;
/** A number of these is none to call. */
const COUNTED =
  /(?:attempt|sequence|serial|version|port|row|line|build|position|order|page|account|case|ticket)s?numbers?$/;
/** What the service adds to the name of a key that it keeps besides, such as ` (bytes)`. */
const KEPT_AS = /(?: \([a-z ]+\))+$/i;
/** Second words of a reporting key that make it a counter, a time, a duration or a dimension. */
const MEASURED: ReadonlySet<string> = new Set(['n', 't', 'd', 'dim', 'ewt', 'pos', 'priority']);

/**
 * Whether a key or parameter of this name carries a customer's number, whatever its spelling: `_customer_number`,
 * `CustomerANI`, `phone-number`. Counters and times of a customer are none.
 */
export function isPersonalKey(name: string): boolean {
  const words = wordsOf(name.replace(KEPT_AS, ''));
  if (words[0] === 'cb' && MEASURED.has(words[1] ?? '')) return false;
  const inOne = words.join('');
  if (NUMBER_NAME.test(inOne)) return true;
  return words.some((word) => NUMBER_WORDS.has(word)) && !COUNTED.test(inOne);
}

/** Whether a key holds an id or a time, whose digits are no number to call. */
export function isIdentifyingKey(name: string): boolean {
  if (isPersonalKey(name)) return false;
  const words = wordsOf(name.replace(KEPT_AS, ''));
  if (words[0] === 'cb' && (MEASURED.has(words[1] ?? '') || words.at(-1) === 'id')) return true;
  return /^(?:id|ids|dbid|guid|uuid|uid|session|time|timestamp|secs?|usecs?|at)$/.test(words.at(-1) ?? '');
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

/** What may stand between the digits of one number, percent-encoded or not. */
export const BETWEEN_DIGITS = String.raw`(?:[\s().\/+\u2010-\u2015\u00a0-]|%(?:20|28|29|2[dD]|2[eE]|2[fF])){0,4}`;

/** A date of this or the last century, day or month or year first, and the time behind it. */
const DAY = String.raw`(?:0?[1-9]|[12]\d|3[01])`;
const YEAR = String.raw`(?:19|20)\d\d`;
const DATES = ['/', String.raw`\.`, '-']
  .flatMap((by) => [`${DAY}${by}${DAY}${by}${YEAR}`, `${YEAR}${by}${DAY}${by}${DAY}`])
  .map((date) => String.raw`(?<![\d+/.-])${date}(?:,? \d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?(?![/.-]?\d)`)
  .join('|');
/** Digits that are no number: UUID, date and time, four dotted parts (an address or a version). */
const NO_NUMBER = String.raw`${DATES}|\b[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}\b|\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?!\d)|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])`;
/** Digits with what stands between them: after a plus anywhere, otherwise not within a word. */
const DIGITS = String.raw`(?:(?:\+|%2[bB])\(?|(?<![\w%])\(?)\d(?:${BETWEEN_DIGITS}\d)*(?!\w)|(?:\+|%2[bB])\(?\d(?:${BETWEEN_DIGITS}\d)*`;
const MAYBE_NUMBER = new RegExp(`(?<no>${NO_NUMBER})|${DIGITS}`, 'g');

/** E.164 has 15 digits at most; shorter than 7 nobody is reached from outside, 6 with the country said. */
const MOST_DIGITS = 15;
const LEAST_DIGITS = 7;

/**
 * Free text with every number in it masked that looks like one to call. Epoch times of 10 and 13 digits, UUIDs, dates and
 * digits within a word are left; a bare run of 7 to 15 digits is taken for a number to call.
 */
export function maskText(text: string): string {
  return text.replace(MAYBE_NUMBER, (found: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as { readonly no?: string };
    return groups.no !== undefined || !looksLikeNumber(found) ? found : maskNumber(found.replace(/%../g, ' '));
  });
}

/** A number in the international form, which nothing else looks like. */
const INTERNATIONAL = new RegExp(String.raw`(?:\+|%2[bB])\(?\d(?:${BETWEEN_DIGITS}\d)*`, 'g');

/**
 * Text under a key that holds no number to call, such as a date, with every number masked that is written in the
 * international form: it can only be one that came to the wrong place.
 */
export function maskInternational(text: string): string {
  return text.replace(INTERNATIONAL, (found) =>
    normaliseNumber(found.replace(/%../g, ' ')).length > LEAST_DIGITS ? maskNumber(found.replace(/%../g, ' ')) : found,
  );
}

function looksLikeNumber(found: string): boolean {
  const text = found.replace(/^%2[bB]/, '+').replace(/%../g, ' ');
  const digits = normaliseNumber(text);
  if (text.startsWith('+')) return digits.length >= LEAST_DIGITS - 1;
  if (digits.length < LEAST_DIGITS) return false;
  const groups = text.split(/\D+/).filter((group) => group !== '');
  if (groups.every(isEpoch)) return false;
  return groups.length > 1 || digits.length <= MOST_DIGITS;
}

/** Seconds or milliseconds from 2001 to 2033. No area code begins with 1 where numbers have ten digits. */
function isEpoch(digits: string): boolean {
  return /^1(?:\d{9}|\d{12})$/.test(digits);
}
