/** Query parameters of the reading API. Every fault is a 400 that names the parameter and what it should be. */
import type { Request } from 'express';
import { parseDurationMs } from '../domain/duration.js';
import { MonitorError } from '../domain/errors.js';
import { canonical } from '../domain/folding.js';
import { LAST_INSTANT_MS, parseInstant } from '../domain/instant.js';
import { LocalTime } from '../domain/local-time.js';
import type { PageRequest, Resolution, TimeRange } from '../domain/store.js';
import type { WordTable } from '../domain/vocabulary.js';

const DEFAULT_LIMIT = 100;
/**
 * @bound rows in one page of a list
 * @beyond `next_cursor` names the next page
 * @seen the answer
 */
const MAX_LIMIT = 1000;
const DAY_MS = 86_400_000;
const MAX_STEP_MS = 31 * DAY_MS;
export class Parameters {
  readonly #query: Request['query'];
  #clock: LocalTime | null = null;

  constructor(request: Request) {
    this.#query = request.query;
  }

  /** A parameter's text, null when it is absent or empty. */
  text(name: string): string | null {
    const value: unknown = this.#query[name];
    if (value === undefined || value === '') return null;
    if (typeof value === 'string') return value;
    throw fault(name, 'given once');
  }

  page(): PageRequest {
    const limit = this.text('limit');
    if (limit !== null && (!/^\d+$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT)) {
      throw fault('limit', `a whole number from 1 to ${MAX_LIMIT}`);
    }
    return { limit: limit === null ? DEFAULT_LIMIT : Number(limit), cursor: this.text('cursor') };
  }

  /** Half-open; without `from` the last 24 hours (before `to`), without `to` open: a sender's clock may be ahead of ours. */
  range(nowMs: number, maxAheadMs = Infinity): TimeRange {
    const to = this.#time('to');
    const toMs = to ?? Math.min(nowMs + maxAheadMs, LAST_INSTANT_MS);
    return this.#between(this.#time('from') ?? (to ?? nowMs) - DAY_MS, toMs);
  }

  /** Half-open; null when neither end is said. */
  optionalRange(): TimeRange | null {
    const from = this.#time('from');
    const to = this.#time('to');
    if (from === null && to === null) return null;
    return this.#between(from ?? 0, to ?? LAST_INSTANT_MS);
  }

  /** Half-open and with both ends: without `to` until now, and of the 24 hours before it without `from`. */
  closedRange(nowMs: number): TimeRange {
    const toMs = this.#time('to') ?? nowMs;
    return this.#between(this.#time('from') ?? toMs - DAY_MS, toMs);
  }

  /** A moment; null when it is absent. */
  moment(name: string): number | null {
    return this.#time(name);
  }

  /** The zone whose clock is meant: an IANA name. */
  timeZone(): string {
    const zone = this.text('tz');
    if (zone !== null) this.#clockOf(zone);
    return zone ?? 'UTC';
  }

  /** Of a length from a second to 31 days, null when it is absent. */
  step(): Resolution | null {
    const text = this.text('step');
    if (text === null) return null;
    const ms = text === text.trim() ? parseDurationMs(text) : null;
    if (ms === null || ms < 1000 || ms > MAX_STEP_MS)
      throw fault('step', 'a duration from 1s to 31d, like 10s, 5m, 1h or 1d');
    return { ms, timeZone: this.timeZone() };
  }

  flag(name: string): boolean {
    const text = this.text(name);
    if (text !== null && text !== 'true' && text !== 'false') throw fault(name, 'true or false');
    return text === 'true';
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const asked = canonical(text);
    const found = allowed.find((one) => canonical(one) === asked);
    if (found === undefined) throw fault(name, `one of ${allowed.join(', ')}`);
    return found;
  }

  /** A word of a table, one of `more`, `unknown` for every number without a word, or `unknown(<n>)` for one of these. */
  word(name: string, table: WordTable, more: readonly string[] = []): string | null {
    const text = this.text(name);
    if (text !== null && /^unknown\(-?\d+\)$/.test(text)) return text;
    return this.oneOf(name, [...new Set([...table.values(), 'unknown', ...more])]);
  }

  /** As `oneOf`, whatever the case. */
  oneOfAnyCase<T extends string>(name: string, allowed: readonly T[]): T | null {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return null;
    const found = allowed.find((one) => one.toLowerCase() === text);
    if (found === undefined) throw fault(name, `one of ${allowed.join(', ')}`);
    return found;
  }

  /** A begin that is yet to come, without an end, is an empty range and no fault. */
  #between(fromMs: number, toMs: number): TimeRange {
    if (fromMs >= toMs && this.text('from') !== null && this.text('to') !== null) throw fault('from', 'before `to`');
    return { fromMs, toMs: Math.max(fromMs, toMs) };
  }

  #time(name: string): number | null {
    const text = this.text(name);
    // A zone that nobody knows is refused where no time is given, too.
    const zone = this.timeZone();
    if (text === null) return null;
    const ms = parseInstant(text, this.#clockOf(zone));
    if (ms === null)
      throw fault(
        name,
        'a time like 2026-11-20T08:00:00Z, 2026-11-20 or 2026-W47, or epoch seconds; in a URL a + is written %2B',
      );
    return ms;
  }

  #clockOf(zone: string): LocalTime {
    return (this.#clock ??= new LocalTime(zone));
  }
}

function fault(name: string, rule: string): MonitorError {
  return new MonitorError('OCM_BAD_PARAMETER', `${name} should be ${rule}`);
}
