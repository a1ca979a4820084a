/** The date on which a log begins: lines say a time of day, and a file says its date in its head, its name or some line. */
import { headOf, stampOf } from './log-line.js';

const DAY_MS = 86_400_000;
/** A time of day that goes back by more has passed midnight. */
const PAST_MIDNIGHT_MS = 12 * 3_600_000;

/** What a log says of its own clock, written like UTC milliseconds. */
export interface LogStart {
  /** When its first line was written; null: it says no date. */
  readonly localMs: number | null;
  /** The time of day of its first line; null: no line says one. */
  readonly timeMs: number | null;
  /** How far its clock is ahead of UTC, as its head has it; null: it does not say. */
  readonly offsetMs: number | null;
  /** The first of its lines with a time: a copy has the same. */
  readonly lines: readonly string[];
}

/** So many lines of one log are those of no other, whatever its date. */
const TELLING_LINES = 20;

/** Looks at a file's name and first lines. A line with a date goes before the head, and the head before the name. */
export function startOf(fileName: string, lines: readonly string[]): LogStart {
  const stamped = lines.filter((line) => stampOf(line) !== null).slice(0, TELLING_LINES);
  return { ...datedBy(fileName, lines), lines: stamped };
}

/** Of two logs, or of one and what it was when it was shorter. */
export function isSameLog(a: LogStart, b: LogStart): boolean {
  const count = Math.min(a.lines.length, b.lines.length);
  if (count === 0 || (count < TELLING_LINES && (a.localMs === null || a.localMs !== b.localMs))) return false;
  return a.lines.slice(0, count).every((line, index) => line === b.lines[index]);
}

function datedBy(fileName: string, lines: Iterable<string>): Omit<LogStart, 'lines'> {
  const times = new TimesOfDay();
  const head: { local?: number; utc?: number } = {};
  let byHead: number | null = null;
  for (const line of lines) {
    const stamp = stampOf(line);
    const said = stamp === null ? headOf(line) : null;
    if (said !== null) head[said.clock] ??= said.atMs;
    if (said?.clock === 'local') byHead ??= times.see(said.atMs % DAY_MS, said.atMs);
    if (stamp === null) continue;
    const byLine = times.see(stamp.timeMs, stamp.dateMs);
    // The head says both times in lines that follow one another, before any other.
    if ((byLine ?? byHead) !== null)
      return { localMs: byLine ?? byHead, timeMs: times.firstMs, offsetMs: offsetOf(head) };
  }
  const { firstMs } = times;
  const localMs = byHead ?? (firstMs === null ? null : byName(fileName, firstMs));
  return { localMs, timeMs: firstMs, offsetMs: offsetOf(head) };
}

/** Times of day in a row, and the midnights between them. */
class TimesOfDay {
  firstMs: number | null = null;
  #lastMs = 0;
  #midnights = 0;

  /** When the first was, if this one was on a date: of whatever time; null: no date is said. */
  see(timeMs: number, dateMs: number | null): number | null {
    if (this.firstMs === null) this.firstMs = timeMs;
    else if (this.#lastMs - timeMs > PAST_MIDNIGHT_MS) this.#midnights++;
    this.#lastMs = timeMs;
    return dateMs === null ? null : (Math.floor(dateMs / DAY_MS) - this.#midnights) * DAY_MS + this.firstMs;
  }
}

/** To the quarter of an hour, as zones are. */
function offsetOf({ local, utc }: { readonly local?: number; readonly utc?: number }): number | null {
  if (local === undefined || utc === undefined) return null;
  return Math.round((local - utc) / 900_000) * 900_000;
}

/** `ocs.20260329_014500_123.log`, `ocs-2026-03-29.log.gz`, `ocs.log.20260329`: the last date there is. */
const DATE_IN_NAME = /(?<!\d)(20\d\d)([-_.]?)(\d\d)\2(\d\d)(?:[-_.T](\d\d)[-_.:]?(\d\d)[-_.:]?(\d\d))?(?!\d)/g;

function byName(fileName: string, firstTimeMs: number): number | null {
  const named = [...fileName.matchAll(DATE_IN_NAME)].at(-1);
  if (named === undefined) return null;
  const [, year, , month, day, hours, minutes, seconds] = named;
  const iso = `${year ?? ''}-${month ?? ''}-${day ?? ''}`;
  const stamp = stampOf(`${iso}T${hours ?? '00'}:${minutes ?? '00'}:${seconds ?? '00'}`);
  if (stamp?.dateMs == null) return null;
  // Opened just before midnight, first written to behind it; of a name without a time nothing is known of that.
  const isNextDay = hours !== undefined && stamp.timeMs - firstTimeMs > PAST_MIDNIGHT_MS;
  return stamp.dateMs + (isNextDay ? DAY_MS : 0) + firstTimeMs;
}

/** A log among others: its place on the command line, and when it begins; null: where the one before it ends. */
export interface PlacedLog {
  readonly index: number;
  readonly localMs: number | null;
}

/**
 * The order in which logs are read. Those that say no date follow the one that was named before them; `dateMs` is that of
 * the first that was named. Null: that one says no date, and none was given.
 */
export function orderOf(starts: readonly LogStart[], dateMs: number | null): readonly PlacedLog[] | null {
  const placed: (PlacedLog & { readonly keyMs: number })[] = [];
  for (const [index, { localMs, timeMs }] of starts.entries()) {
    const given = index === 0 && dateMs !== null ? dateMs + (timeMs ?? 0) : null;
    const said = given ?? localMs;
    const before = placed.at(-1);
    if (said === null && before === undefined && timeMs !== null) return null;
    placed.push({ index, localMs: said, keyMs: said ?? before?.keyMs ?? -Infinity });
  }
  return placed
    .sort((a, b) => a.keyMs - b.keyMs || a.index - b.index)
    .map(({ index, localMs }) => ({ index, localMs }));
}
