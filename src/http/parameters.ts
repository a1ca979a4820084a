/** Query parameters of the reading API. Every fault is a 400 that names the parameter and what it should be. */
import type { Request, RequestHandler } from 'express';
import { parseDurationMs } from '../domain/duration.js';
import { MonitorError } from '../domain/errors.js';
import type { PageRequest, TimeRange } from '../domain/store.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const DAY_MS = 86_400_000;
const MAX_STEP_MS = 31 * DAY_MS;
/** The last instant that JavaScript can write as a date. */
const LAST_MS = 8.64e15;

/** Every parameter that some list takes. A name that none takes is a slip, and its answer would only look filtered. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['state', 'tenant', 'source', 'campaign', 'group', 'template', 'queue', 'q', 'limit', 'cursor', 'from', 'to'],
  ...['step', 'tz', 'by', 'format', 'channel', 'interaction', 'ors_session', 'phone_hash', 'open', 'due'],
  ...['action', 'inferred', 'reason', 'replayed', 'events', 'last_event_id'],
]);

/** Refuses parameters that no list takes. */
export const refuseUnknownParameters: RequestHandler = (request, _response, next) => {
  const unknown = Object.keys(request.query).filter((name) => !KNOWN.has(name));
  if (unknown.length > 0)
    throw fault(unknown.join(', '), `left out: no list takes it; there are ${[...KNOWN].join(', ')}`);
  next();
};

export class Parameters {
  readonly #query: Request['query'];

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
    const toMs = to ?? Math.min(nowMs + maxAheadMs, LAST_MS);
    const fromMs = this.#time('from') ?? (to ?? nowMs) - DAY_MS;
    if (fromMs >= toMs) throw fault('from', 'before `to`');
    return { fromMs, toMs };
  }

  /** Half-open; null when neither end is said. */
  optionalRange(): TimeRange | null {
    const from = this.#time('from');
    const to = this.#time('to');
    if (from === null && to === null) return null;
    const range = { fromMs: from ?? 0, toMs: to ?? LAST_MS };
    if (range.fromMs >= range.toMs) throw fault('from', 'before `to`');
    return range;
  }

  /** Half-open and with both ends: without `to` until now, and of the 24 hours before it without `from`. */
  closedRange(nowMs: number): TimeRange {
    const toMs = this.#time('to') ?? nowMs;
    const fromMs = this.#time('from') ?? toMs - DAY_MS;
    if (fromMs >= toMs) throw fault('from', 'before `to`');
    return { fromMs, toMs };
  }

  /** A duration from a second to 31 days, null when it is absent. */
  stepMs(): number | null {
    const text = this.text('step');
    if (text === null) return null;
    const ms = parseDurationMs(text);
    if (ms === null || ms < 1000 || ms > MAX_STEP_MS)
      throw fault('step', 'a duration from 1s to 31d, like 10s, 5m or 1h');
    return ms;
  }

  flag(name: string): boolean {
    const text = this.text(name);
    if (text !== null && text !== 'true' && text !== 'false') throw fault(name, 'true or false');
    return text === 'true';
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const found = allowed.find((one) => one === text);
    if (found === undefined) throw fault(name, `one of ${allowed.join(', ')}`);
    return found;
  }

  /** As `oneOf`, whatever the case. */
  oneOfAnyCase<T extends string>(name: string, allowed: readonly T[]): T | null {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return null;
    const found = allowed.find((one) => one.toLowerCase() === text);
    if (found === undefined) throw fault(name, `one of ${allowed.join(', ')}`);
    return found;
  }

  #time(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const ms = /^\d+(\.\d+)?$/.test(text)
      ? Math.round(Number(text) * 1000)
      : ISO_TIME.test(text)
        ? Date.parse(text)
        : NaN;
    if (!(Math.abs(ms) <= LAST_MS) || !isDay(text))
      throw fault(name, 'a time like 2026-11-20T08:00:00Z, or epoch seconds');
    return ms;
  }
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Whether the day it begins with, if any, is in the calendar: Date.parse takes 30 February for a day in March. */
function isDay(text: string): boolean {
  const [day] = /^\d{4}-\d{2}-\d{2}/.exec(text) ?? [];
  if (day === undefined) return true;
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

function fault(name: string, rule: string): MonitorError {
  return new MonitorError('OCM_BAD_PARAMETER', `${name} should be ${rule}`);
}
