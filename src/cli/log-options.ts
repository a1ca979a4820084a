/** Options of commands that read the logs of others: which source, by which clock, how exactly. */
import { parseDurationMs } from '../domain/duration.js';
import { MonitorError } from '../domain/errors.js';
import { parseInstant } from '../domain/instant.js';
import { isTimeZone, LocalTime } from '../domain/local-time.js';
import { isSourceName } from '../domain/source.js';
import type { Parsed } from './options.js';

const UTC = new LocalTime('UTC');

/** An option as it was parsed. */
type Said = string | boolean | undefined;

const DEFAULT_TOLERANCE_MS = 5000;
/** Hours are done with one after the other. */
const MAX_TOLERANCE_MS = 600_000;

export function textOf(said: Said): string | null {
  return typeof said === 'string' ? said : null;
}

export function sourceOf(said: Said): string {
  const source = textOf(said) ?? 'default';
  if (isSourceName(source)) return source;
  throw new MonitorError('OCM_USAGE', `${JSON.stringify(source)} is no name of a source`);
}

export function zoneOf(said: Said): string | null {
  const text = textOf(said);
  if (text === null || isTimeZone(text)) return text;
  throw new MonitorError('OCM_USAGE', `--tz takes a time zone like Europe/Berlin or UTC, not ${JSON.stringify(text)}`);
}

/** Midnight of a date, written like UTC milliseconds. */
export function dateOf(said: Said): number | null {
  const text = textOf(said);
  if (text === null) return null;
  const dateMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (new Date(dateMs).getUTCDate() === Number(text.slice(8))) return dateMs;
  throw new MonitorError('OCM_USAGE', `--date takes a date like 2026-03-29, not ${JSON.stringify(text)}`);
}

export function toleranceOf(said: Said): number {
  const text = textOf(said);
  const toleranceMs = text === null ? DEFAULT_TOLERANCE_MS : parseDurationMs(text);
  if (toleranceMs !== null && toleranceMs > 0 && toleranceMs <= MAX_TOLERANCE_MS) return toleranceMs;
  throw new MonitorError('OCM_USAGE', `--tolerance takes a duration from 1ms to 10m, not ${JSON.stringify(text)}`);
}

/** Null: it is not said. */
/** `--from` and `--to`, half-open; null: not said. */
export function rangeOf(parsed: Parsed): { readonly fromMs: number | null; readonly toMs: number | null } {
  const [fromMs, toMs] = [instantOf(parsed, 'from'), instantOf(parsed, 'to')];
  if (fromMs !== null && toMs !== null && fromMs >= toMs)
    throw new MonitorError('OCM_USAGE', '--from should be before --to');
  return { fromMs, toMs };
}

function instantOf({ own }: Parsed, name: 'from' | 'to'): number | null {
  const said = own[name];
  if (typeof said !== 'string') return null;
  const ms = parseInstant(said, UTC);
  if (ms === null) throw new MonitorError('OCM_USAGE', `--${name} should be a time like 2026-11-20T08:00:00Z`);
  return ms;
}
