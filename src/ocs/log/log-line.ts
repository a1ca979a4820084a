/**
 * One line of an OCS log: when it was written, and what it tells of notifications. The number of a message counts before its
 * words, which vary from build to build (reference, "Log Messages").
 */

/** `periodic`: message 81001; `state`: 81000, sent on a change of state. */
export const NOTIFICATION_KINDS = ['state', 'periodic'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** A time as a line has it: by the clock of that machine, mostly without a date. */
export interface LogStamp {
  /** Midnight of the date, written like UTC milliseconds; null: the line says no date. */
  readonly dateMs: number | null;
  /** Since midnight. */
  readonly timeMs: number;
  /** Behind the stamp. */
  readonly end: number;
}

/** Something OCS says about a campaign group. `unreadable`: the number is known, and what follows is not understood. */
export type LogMessage =
  | { readonly message: 'notification'; readonly kind: NotificationKind; readonly name: string; readonly uri: string }
  | { readonly message: 'group'; readonly id: number; readonly name: string }
  | { readonly message: 'unreadable'; readonly id: number };

const DAY_MS = 86_400_000;
const [ZERO, NINE, COLON, DASH, DOT, COMMA, T, SPACE] = [48, 57, 58, 45, 46, 44, 84, 32];

/** The time at the beginning of a line: `HH:MM:SS.mmm`, or `YYYY-MM-DDTHH:MM:SS.mmm`; null: it has none. */
export function stampOf(line: string): LogStamp | null {
  if (line.charCodeAt(2) === COLON) return timeAt(line, 0, null);
  if (line.charCodeAt(4) !== DASH || line.charCodeAt(7) !== DASH) return null;
  const separator = line.charCodeAt(10);
  if (separator !== T && separator !== SPACE) return null;
  const [year, month, day] = [digits(line, 0, 4), digits(line, 5, 2), digits(line, 8, 2)];
  const dateMs = Date.UTC(year, month - 1, day);
  // What no calendar has is no date: Date.UTC would go on counting.
  if (Number.isNaN(dateMs) || new Date(dateMs).getUTCDate() !== day || month > 12) return null;
  return timeAt(line, 11, dateMs);
}

function timeAt(line: string, from: number, dateMs: number | null): LogStamp | null {
  if (line.charCodeAt(from + 2) !== COLON || line.charCodeAt(from + 5) !== COLON) return null;
  const [hours, minutes, seconds] = [digits(line, from, 2), digits(line, from + 3, 2), digits(line, from + 6, 2)];
  const wholeMs = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  if (!(hours < 24 && minutes < 60 && seconds < 60 && wholeMs < DAY_MS)) return null;
  let end = from + 8;
  let fractionMs = 0;
  const point = line.charCodeAt(end);
  if (point === DOT || point === COMMA) {
    for (let unitMs = 100; isDigit(line.charCodeAt(++end)); unitMs /= 10)
      fractionMs += (line.charCodeAt(end) - ZERO) * unitMs;
  }
  return { dateMs, timeMs: wholeMs + Math.floor(fractionMs + 1e-6), end };
}

/** NaN where a character is no digit. */
function digits(line: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const code = line.charCodeAt(at);
    value = isDigit(code) ? value * 10 + code - ZERO : NaN;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Short (`Trc 81000 …`) and full records (`Trace host application GCTI-34-81000 …`), behind their stamp. */
const MESSAGE = /\s(?:[A-Za-z]+\s+|.*?GCTI-\d+-)(8100[01]|5200[0-4])\s+(.*\S)\s*$/sy;
const GROUP_NAME = /campaign group /i;
const GROUP_ENDS = [' has been ', ' is ', ' was '];
const URI_FOLLOWS = ' to ';

/** What a line tells, behind its stamp; null: nothing of notifications or of states of campaign groups. */
export function messageOf(line: string, { end }: Pick<LogStamp, 'end'>): LogMessage | null {
  MESSAGE.lastIndex = end;
  const [, number, text = ''] = MESSAGE.exec(line) ?? [];
  if (number === undefined) return null;
  const id = Number(number);
  const found = GROUP_NAME.exec(text);
  if (found === null) return { message: 'unreadable', id };
  const from = found.index + found[0].length;
  return id === 81_000 || id === 81_001 ? notificationIn(text, from, id) : groupIn(text, from, id);
}

/** Names may contain ` to `, and a URI no blank. */
function notificationIn(text: string, from: number, id: number): LogMessage {
  const to = text.lastIndexOf(URI_FOLLOWS);
  if (to < from) return { message: 'unreadable', id };
  const kind = id === 81_000 ? 'state' : 'periodic';
  return { message: 'notification', kind, name: text.slice(from, to), uri: text.slice(to + URI_FOLLOWS.length) };
}

function groupIn(text: string, from: number, id: number): LogMessage {
  for (const words of GROUP_ENDS) {
    const to = text.lastIndexOf(words);
    if (to >= from) return { message: 'group', id, name: text.slice(from, to) };
  }
  return { message: 'unreadable', id };
}

/** What the head of a log says, at the start of every file: `Local time: 2026-03-29T00:00:12.345`. */
export interface LogHead {
  readonly clock: 'local' | 'utc';
  /** Written like UTC milliseconds. */
  readonly atMs: number;
}

const HEAD = /^\s*(Local|UTC) time(?: \(UTC\))?\s*:\s+(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?)\s*$/i;

export function headOf(line: string): LogHead | null {
  const [, clock, time] = HEAD.exec(line) ?? [];
  const stamp = time === undefined ? null : stampOf(time);
  if (clock === undefined || stamp?.dateMs == null) return null;
  return { clock: clock.toLowerCase() === 'utc' ? 'utc' : 'local', atMs: stamp.dateMs + stamp.timeMs };
}
