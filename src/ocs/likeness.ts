/**
 * Which of two notifications of a group could stand for the other, told from their bytes alone: under pressure nobody
 * has the time to parse. Careful rather than clever: what is not surely alike is not alike.
 */
import { STATISTICS } from './fields.js';

/** What a notification says apart from its date-time and its figures. */
export interface Likeness {
  readonly dbid: string;
  /** Equal texts say the same state, mode, goal, action and actor, and carry the same names and unknown fields. */
  readonly text: string;
  /** GSW_DATE_TIME in seconds. */
  readonly atSeconds: number;
}

/** Numbers that are applied without a warning; any other spelling stays in the text and makes it differ. */
const PLAIN_NUMBER = String.raw`(?:0|[1-9]\d{0,14})(?:\.\d{1,25})?(?:[eE][+-]?\d{1,2})?`;
/** What follows a value; a comma must be followed by another key. */
const END = String.raw`(?=\s*(?:,\s*"|\}))`;
const FIGURE = new RegExp(
  String.raw`("(?:${Object.values(STATISTICS).join('|')})"\s*:\s*)(?:null|"${PLAIN_NUMBER}"|${PLAIN_NUMBER})${END}`,
  'g',
);
const DATE_TIME = new RegExp(String.raw`("GSW_DATE_TIME"\s*:\s*)("?)(\d{9,10}(?:\.\d{1,6})?)\2${END}`);
const DBID = new RegExp(String.raw`"GSW_CAMPAIGN_GROUP_DBID"\s*:\s*(?:"([^"\\]{1,64})"|(\d{1,15}))${END}`);
/** 2000-01-01: anything before is refused. */
const YEAR_2000_SECONDS = 946_684_800;
/** What is left out of the text: twice in one object, it could be two different values. */
const LEFT_OUT = ['GSW_DATE_TIME', ...Object.values(STATISTICS)].map((key) => `"${key}"`);

/** Null for a body that is not written as OCS writes its own: such a one is never left out. */
export function likenessOf(bytes: string): Likeness | null {
  const atSeconds = Number(DATE_TIME.exec(bytes)?.[3]);
  const named = DBID.exec(bytes);
  const dbid = named?.[1] ?? named?.[2];
  if (dbid === undefined || !(atSeconds >= YEAR_2000_SECONDS) || repeatsKeys(bytes)) return null;
  return { dbid, atSeconds, text: bytes.replace(DATE_TIME, '$1').replace(FIGURE, '$1') };
}

/** Whether one object may have a left-out key twice: a notification that says two things is for the judge. */
function repeatsKeys(bytes: string): boolean {
  // Without escapes every quote begins or ends a string, and without braces in strings every brace is an object's.
  if (bytes.includes('\\') || (bytes.match(/"[^"]*"/g) ?? []).some((text) => /[{}]/.test(text))) return true;
  let repeats = false;
  const check = (object: string): string => {
    repeats ||= LEFT_OUT.some((key) => object.indexOf(key) !== object.lastIndexOf(key));
    return '';
  };
  for (let rest = bytes, before = ''; rest !== before;) {
    before = rest;
    rest = rest.replace(/\{[^{}]*\}/g, check);
  }
  return repeats;
}
